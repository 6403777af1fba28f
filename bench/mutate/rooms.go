package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Room is one package of the module.
type Room struct {
	Path      string   // from the module's root
	Files     []string // without tests, from the module's root
	Importers []string // rooms of its quarter that import it directly and have tests
	Tested    bool     // it has tests of its own
	Name      string   // of the package
	Group     Group    // that it is counted in
}

// A Group is what one part of --only names: "engine" is that room, "engine/queue/..." is
// that room with all below it.
type Group struct {
	Pattern string
	Changes int // to try in each of its rooms
}

// groups reads --only: PATTERN or PATTERN=CHANGES, separated by commas.
func groups(only string, changes int) ([]Group, error) {
	if only == "" {
		return []Group{{"./...", changes}}, nil
	}
	var all []Group
	for o := range strings.SplitSeq(only, ",") {
		pattern, number, own := strings.Cut(o, "=")
		g := Group{pattern, changes}
		if own {
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%w: --only %q: write a number of at least 1 behind the equals sign", errUsage, o)
			}
			g.Changes = n
		}
		all = append(all, g)
	}
	return all, nil
}

func (g Group) holds(room string) bool {
	above, all := strings.CutSuffix(g.Pattern, "/...")
	return room == above || all && (above == "." || strings.HasPrefix(room, above+"/"))
}

// listed is what the go command tells of a package.
type listed struct {
	ImportPath, Name          string
	GoFiles, Imports          []string
	TestGoFiles, XTestGoFiles []string
	TestImports, XTestImports []string
	Module                    *struct{ Path string }
}

// rooms are the packages of the given groups that have files for this machine, group by
// group, sorted by path. A room that only tests import is part of the tests and left out.
// The second result is the module's path.
func rooms(ctx context.Context, root string, wanted []Group) ([]*Room, string, error) {
	command := exec.CommandContext(ctx, "go", "list", "-json=ImportPath,Name,GoFiles,Imports,TestGoFiles,XTestGoFiles,TestImports,XTestImports,Module", "./...")
	command.Dir = root
	out, err := command.Output()
	if err != nil {
		return nil, "", fmt.Errorf("list packages: %w%s", err, stderrOf(err))
	}
	byPath := map[string]*Room{}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, "", fmt.Errorf("read the list of packages: %w", err)
		}
		packages = append(packages, p)
	}
	var all []*Room
	module := ""
	for _, p := range packages {
		r := &Room{Path: p.within(), Tested: len(p.TestGoFiles)+len(p.XTestGoFiles) > 0, Name: p.Name}
		for _, f := range p.GoFiles {
			r.Files = append(r.Files, path.Join(r.Path, f))
		}
		byPath[p.ImportPath] = r
		all = append(all, r)
		if p.Module != nil {
			module = p.Module.Path
		}
	}
	inProgram, inTests := map[*Room]bool{}, map[*Room]bool{}
	for _, p := range packages {
		importer := byPath[p.ImportPath]
		for _, imported := range p.Imports {
			inProgram[byPath[imported]] = true
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if r := byPath[imported]; r != importer {
				inTests[r] = true
			}
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if r := byPath[imported]; r != nil && r != importer && importer.Tested && r.quarter() == importer.quarter() && !slices.Contains(r.Importers, importer.Path) {
				r.Importers = append(r.Importers, importer.Path)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Room) int { return strings.Compare(a.Path, b.Path) })
	var list []*Room
	for _, g := range wanted {
		for _, r := range all {
			if g.holds(r.Path) && len(r.Files) > 0 && !slices.Contains(list, r) && (inProgram[r] || r.Tested && !inTests[r]) {
				r.Group = g
				list = append(list, r)
			}
		}
	}
	return list, module, nil
}

// quarter is the top folder that a room lies in.
func (r *Room) quarter() string {
	top, _, _ := strings.Cut(r.Path, "/")
	return top
}

func (p listed) within() string {
	if p.Module == nil || p.ImportPath == p.Module.Path {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, p.Module.Path+"/")
}

// changes are all changes of a room in the order of a seed.
func (r *Room) changes(root string, seed uint64) ([]Change, error) {
	all, err := findAll(root, r.Files)
	if err != nil {
		return nil, err
	}
	// Each room has an order of its own, so that it stays when another changes.
	sum := seed
	for _, b := range []byte(r.Path) {
		sum = sum*1099511628211 + uint64(b)
	}
	rand.New(rand.NewPCG(seed, sum)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, nil
}

func stderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return ": " + string(exit.Stderr)
	}
	return ""
}
