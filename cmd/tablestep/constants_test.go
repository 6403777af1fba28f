package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// projectRoot is the project's folder, seen from this one.
const projectRoot = "../.."

// parsed is one file of ours that is no test.
type parsed struct {
	dir  string // of the package, below the project's folder
	name string
	file *ast.File
}

// parseIn parses the files of a folder that are no tests.
func parseIn(t *testing.T, dir string) []parsed {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(projectRoot, dir, "*.go"))
	require.NoError(t, err)
	var files []parsed
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, parsed{dir, name, file})
	}
	return files
}

// parseBelow is parseIn for a folder and all below it.
func parseBelow(t *testing.T, dir string) []parsed {
	t.Helper()
	var files []parsed
	err := filepath.WalkDir(filepath.Join(projectRoot, dir), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(projectRoot, name)
		files = append(files, parseIn(t, filepath.ToSlash(rel))...)
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, files, dir)
	return files
}

// constant is the value of a constant of ours, exported or not, so that documents can be
// held against what the code says. It is looked for in a package, else in those below
// it, where only one may have it: what moves into a room of its own is found there. It
// knows whole numbers, what is reckoned from them, durations, and constants of our other
// packages.
func constant(t *testing.T, dir, name string) int64 {
	t.Helper()
	if value, ok := constantIn(t, parseIn(t, dir), name); ok {
		return value
	}
	var found []string
	var value int64
	rooms := map[string][]parsed{}
	for _, p := range parseBelow(t, dir) {
		rooms[p.dir] = append(rooms[p.dir], p)
	}
	for room, files := range rooms {
		if v, ok := constantIn(t, files, name); ok {
			found, value = append(found, room), v
		}
	}
	require.Len(t, found, 1, "packages with a constant %s in or below %s", name, dir)
	return value
}

// constantIn is the value of a constant that one of the files of a package declares.
func constantIn(t *testing.T, files []parsed, name string) (int64, bool) {
	t.Helper()
	for _, p := range files {
		for _, decl := range p.file.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				values, ok := spec.(*ast.ValueSpec)
				require.True(t, ok)
				for i, n := range values.Names {
					if strings.EqualFold(n.Name, name) && i < len(values.Values) { // it may be exported since
						return evaluate(t, p, values.Values[i]), true
					}
				}
			}
		}
	}
	return 0, false
}

func evaluate(t *testing.T, in parsed, e ast.Expr) int64 {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseFloat(strings.ReplaceAll(e.Value, "_", ""), 64)
		require.NoError(t, err, e.Value)
		require.InDelta(t, n, float64(int64(n)), 0, "a whole number")
		return int64(n)
	case *ast.ParenExpr:
		return evaluate(t, in, e.X)
	case *ast.Ident:
		return constant(t, in.dir, e.Name)
	case *ast.CallExpr: // a conversion
		require.Len(t, e.Args, 1)
		return evaluate(t, in, e.Args[0])
	case *ast.SelectorExpr:
		pkg, ok := e.X.(*ast.Ident)
		require.True(t, ok)
		if pkg.Name == "time" {
			unit := map[string]time.Duration{
				"Microsecond": time.Microsecond, "Millisecond": time.Millisecond,
				"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour,
			}[e.Sel.Name]
			require.NotZero(t, unit, e.Sel.Name)
			return int64(unit)
		}
		for _, imported := range in.file.Imports {
			path, err := strconv.Unquote(imported.Path.Value)
			require.NoError(t, err)
			if dir, ours := strings.CutPrefix(path, "tablestep/"); ours && strings.HasSuffix("/"+dir, "/"+pkg.Name) {
				return constant(t, dir, e.Sel.Name)
			}
		}
	case *ast.BinaryExpr:
		x, y := evaluate(t, in, e.X), evaluate(t, in, e.Y)
		switch e.Op {
		case token.ADD:
			return x + y
		case token.SUB:
			return x - y
		case token.MUL:
			return x * y
		case token.QUO:
			return x / y
		case token.SHL:
			return x << y
		}
	}
	require.Fail(t, "not a constant that is known here", "%T in %s", e, in.name)
	return 0
}

func TestConstantsAreReadAsTheCompilerReadsThem(t *testing.T) {
	require.EqualValues(t, minQueueBytes, constant(t, "cmd/tablestep", "minQueueBytes"))
	require.EqualValues(t, intakeGrace, constant(t, "cmd/tablestep", "intakeGrace"))
	require.EqualValues(t, processBase, constant(t, "cmd/tablestep", "processBase"))
}
