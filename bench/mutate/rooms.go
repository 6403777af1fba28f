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
	"strings"
)

// A Room is one package of the module.
type Room struct {
	Path      string   // from the module's root
	Files     []string // without tests, from the module's root
	Importers []string // rooms that import it directly, tests included
	Tested    bool     // it has tests of its own
}

// listed is what the go command tells of a package.
type listed struct {
	ImportPath                string
	GoFiles, Imports          []string
	TestGoFiles, XTestGoFiles []string
	TestImports, XTestImports []string
	Module                    *struct{ Path string }
}

// rooms are the packages below the given paths that have files for this machine,
// sorted by path.
func rooms(ctx context.Context, root string, only []string) ([]*Room, error) {
	list := exec.CommandContext(ctx, "go", "list", "-json=ImportPath,GoFiles,Imports,TestGoFiles,XTestGoFiles,TestImports,XTestImports,Module", "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w%s", err, stderrOf(err))
	}
	byPath := map[string]*Room{}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read the list of packages: %w", err)
		}
		packages = append(packages, p)
	}
	var all []*Room
	for _, p := range packages {
		r := &Room{Path: p.within(), Tested: len(p.TestGoFiles)+len(p.XTestGoFiles) > 0}
		for _, f := range p.GoFiles {
			r.Files = append(r.Files, path.Join(r.Path, f))
		}
		byPath[p.ImportPath] = r
		all = append(all, r)
	}
	for _, p := range packages {
		importer := byPath[p.ImportPath]
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if r := byPath[imported]; r != nil && r != importer && importer.Tested && !slices.Contains(r.Importers, importer.Path) {
				r.Importers = append(r.Importers, importer.Path)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Room) int { return strings.Compare(a.Path, b.Path) })
	return slices.DeleteFunc(all, func(r *Room) bool { return len(r.Files) == 0 || !r.wanted(only) }), nil
}

func (p listed) within() string {
	if p.Module == nil || p.ImportPath == p.Module.Path {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, p.Module.Path+"/")
}

// wanted says that a room is named, or lies below one that is named.
func (r *Room) wanted(only []string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool { return r.Path == o || strings.HasPrefix(r.Path, o+"/") })
}

// changes are all changes of a room in the order of a seed.
func (r *Room) changes(root string, seed uint64) ([]Change, error) {
	var all []Change
	for _, f := range r.Files {
		found, err := find(root, f)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
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
