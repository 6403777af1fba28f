package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Kind is what a change does.
type Kind string

// The kinds of changes.
const (
	Condition Kind = "condition" // turned round, or an "and" made an "or"
	Bound     Kind = "bound"     // a comparison that takes its limit in or leaves it out, a larger number
	Return    Kind = "return"    // an early one that is dropped
)

// A Change is one edit of one file.
type Change struct {
	File       string // from the module's root
	Line       int
	Func       string // the function it stands in; empty at package level
	Kind       Kind
	Old, New   string
	start, end int     // bytes of the file
	op         int     // the byte where an operator begins that is exchanged
	operator   string  // it; empty if the change is another
	other      string  // what takes its place
	constant   string  // the one whose value it changes; empty if it changes none
	places     []Place // where it takes effect; empty if that is in other rooms
}

// A Place is a line of a file that a change has an effect on, if it has one.
type Place struct {
	File string
	Line int
}

// String names the change as the file of accepted survivors does.
func (c Change) String() string {
	return fmt.Sprintf("%s: %s => %s", c.File, oneLine(c.Old), oneLine(c.New))
}

// oneLine puts a piece of source on one line, and cuts it where it is long.
func oneLine(s string) string {
	const most = 100
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}

// id tells the change from all others.
func (c Change) id() string { return fmt.Sprint(c.File, c.start, c.end, c.New) }

// apply gives the file with the change in it.
func (c Change) apply(source []byte) []byte {
	changed := append([]byte(nil), source[:c.start]...)
	changed = append(changed, c.New...)
	return append(changed, source[c.end:]...)
}

// findAll gives all changes of a room's files, in the order of their lines. A constant has
// an effect where it is used.
func findAll(root string, files []string) ([]Change, error) {
	var all []Change
	used := map[string][]Place{}
	for _, file := range files {
		found, err := find(root, file, used)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	for i, c := range all {
		if c.constant != "" {
			all[i].places = slices.DeleteFunc(slices.Clone(used[c.constant]), func(p Place) bool { return p == c.places[0] })
		}
	}
	return all, nil
}

// find gives all changes of a file, in the order of its lines, and notes where names are
// used in functions.
func find(root, file string, used map[string][]Place) ([]Change, error) {
	source, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse source: %w", err)
	}
	f := &finder{file: file, set: set, source: source}
	ast.Inspect(tree, f.cases)
	for _, d := range tree.Decls {
		f.function = ""
		if fn, ok := d.(*ast.FuncDecl); ok {
			f.function = fn.Name.Name
		}
		ast.Inspect(d, f.visit)
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				used[id.Name] = append(used[id.Name], f.place(id.Pos()))
			}
			return true
		})
	}
	return f.changes, nil
}

// A finder collects the changes of one file.
type finder struct {
	file     string
	function string
	set      *token.FileSet
	source   []byte
	asked    []askedCase
	changes  []Change
}

// An askedCase is an expression behind the word case. It is evaluated with the switch,
// although what is counted of a test's lines begins behind its colon.
type askedCase struct{ first, last, switched int }

func (f *finder) cases(n ast.Node) bool {
	s, ok := n.(*ast.SwitchStmt)
	if !ok {
		return true
	}
	for _, clause := range s.Body.List {
		for _, e := range clause.(*ast.CaseClause).List {
			f.asked = append(f.asked, askedCase{f.offset(e.Pos()), f.offset(e.End()), f.set.Position(s.Switch).Line})
		}
	}
	return true
}

// place is the line with which a piece of source is run.
func (f *finder) place(from token.Pos) Place {
	at := Place{f.file, f.set.Position(from).Line}
	for _, a := range f.asked { // the innermost comes last
		if a.first <= f.offset(from) && f.offset(from) < a.last {
			at.Line = a.switched
		}
	}
	return at
}

func (f *finder) offset(p token.Pos) int { return f.set.Position(p).Offset }

func (f *finder) text(from, to token.Pos) string {
	return string(f.source[f.offset(from):f.offset(to)])
}

func (f *finder) add(kind Kind, from, to token.Pos, replacement string) {
	line := f.set.Position(from).Line
	f.changes = append(f.changes, Change{
		File: f.file, Line: line, Func: f.function, Kind: kind,
		Old: f.text(from, to), New: replacement, start: f.offset(from), end: f.offset(to),
		places: []Place{f.place(from)},
	})
}

func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.add(Condition, n.Cond.Pos(), n.Cond.End(), "!("+f.text(n.Cond.Pos(), n.Cond.End())+")")
		f.early(n)
	case *ast.BinaryExpr:
		if kind, other, ok := turned(n.Op); ok {
			f.add(kind, n.Pos(), n.End(), f.text(n.Pos(), n.OpPos)+other.String()+f.text(n.OpPos+token.Pos(len(n.Op.String())), n.End()))
			c := &f.changes[len(f.changes)-1]
			c.op, c.operator, c.other = f.offset(n.OpPos), n.Op.String(), other.String()
		}
	case *ast.GenDecl:
		if n.Tok == token.CONST {
			f.constants(n)
		}
	}
	return true
}

// turned is the operator that is put in place of another.
func turned(op token.Token) (Kind, token.Token, bool) {
	switch op {
	case token.LAND:
		return Condition, token.LOR, true
	case token.LOR:
		return Condition, token.LAND, true
	case token.EQL:
		return Condition, token.NEQ, true
	case token.NEQ:
		return Condition, token.EQL, true
	case token.LSS:
		return Bound, token.LEQ, true
	case token.LEQ:
		return Bound, token.LSS, true
	case token.GTR:
		return Bound, token.GEQ, true
	case token.GEQ:
		return Bound, token.GTR, true
	}
	return "", token.ILLEGAL, false
}

// early drops the return that ends the body of an if. What follows then runs, too.
func (f *finder) early(n *ast.IfStmt) {
	if len(n.Body.List) == 0 {
		return
	}
	last, ok := n.Body.List[len(n.Body.List)-1].(*ast.ReturnStmt)
	if !ok {
		return
	}
	// What was returned stays used, so that the program compiles.
	var kept []string
	for _, r := range last.Results {
		if id, ok := r.(*ast.Ident); ok && id.Name != "nil" && id.Name != "true" && id.Name != "false" {
			kept = append(kept, "_ = "+id.Name)
		}
	}
	f.add(Return, last.Pos(), last.End(), strings.Join(kept, "; "))
}

// constants makes the whole numbers of a const declaration ten times as large.
func (f *finder) constants(d *ast.GenDecl) {
	for _, s := range d.Specs {
		spec := s.(*ast.ValueSpec)
		for i, v := range spec.Values {
			ast.Inspect(v, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.INT {
					return true
				}
				number, err := strconv.ParseInt(strings.ReplaceAll(lit.Value, "_", ""), 10, 32)
				if err == nil && number > 1 {
					f.add(Bound, lit.Pos(), lit.End(), strconv.FormatInt(10*number, 10))
					f.changes[len(f.changes)-1].constant = spec.Names[i].Name
				}
				return true
			})
		}
	}
}
