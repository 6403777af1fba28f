package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// houseMap says which of our packages each package may import: the picture in the
// README. A package that is not named here may not exist.
func houseMap() map[string][]string {
	return map[string][]string{
		"cmd/tablestep": {"api", "api/admin", "api/marketo", "cmd/tablestep/archive", "api/ssfs", "engine", "engine/queue", "engine/queue/file", "tables", "tables/boltfile", "tables/schema", "testdata"},

		"cmd/tablestep/archive": {},

		"api":         {"api/admin", "api/edge", "api/ssfs", "api/ui", "engine", "tables", "tables/schema"},
		"api/edge":    {},
		"api/ssfs":    {"engine", "tables", "tables/schema"},
		"api/admin":   {"engine", "tables", "tables/ingest", "tables/schema"},
		"api/ui":      {},
		"api/marketo": {},

		"engine":                 {"engine/delivery", "engine/queue", "engine/request", "engine/rules", "tables", "tables/column", "tables/schema"},
		"engine/queue":           {},
		"engine/queue/file":      {"engine/queue", "tables/boltfile"},
		"engine/queue/queuetest": {"engine/queue"},
		"engine/delivery":        {},
		"engine/rules":           {"tables/column"},
		"engine/request":         {"tables/column"},

		"tables":          {"tables/boltfile", "tables/column", "tables/index", "tables/schema"},
		"tables/boltfile": {},
		"tables/schema":   {},
		"tables/index":    {"tables/column", "tables/schema"},
		"tables/column":   {},
		"tables/ingest":   {"tables", "tables/schema"},

		"testdata": {},

		"bench":        {"api", "api/admin", "api/ssfs", "engine", "engine/delivery", "engine/queue", "engine/queue/file", "engine/request", "tables", "tables/ingest", "tables/schema"},
		"bench/mutate": {},
	}
}

// confined says where a library may be used, by the start of the package's path.
func confined() map[string][]string {
	return map[string][]string{
		"github.com/gofiber/":       {"api", "bench"},
		"github.com/valyala/":       {"api"},
		"github.com/xuri/excelize/": {"tables/ingest", "bench"},
		"github.com/expr-lang/":     {"engine/rules"},
		"go.etcd.io/bbolt":          {"tables", "tables/boltfile", "engine/queue/file"},
		"github.com/alecthomas/":    {"cmd/tablestep"},
	}
}

func TestImportsFollowTheHouseMap(t *testing.T) {
	files := sources(t)
	require.Greater(t, len(files), 50, "the walk found too few files to be right")
	for _, f := range files {
		allowed, known := houseMap()[f.pkg]
		require.True(t, known, "%s: package %s is not in the house map", f.name, f.pkg)
		for _, imp := range f.imports {
			if ours, ok := strings.CutPrefix(imp, "tablestep/"); ok {
				require.Contains(t, append(allowed, f.pkg), ours, "%s imports %s", f.name, ours)
			}
			for library, places := range confined() {
				if strings.HasPrefix(imp+"/", library) {
					require.True(t, slices.ContainsFunc(places, func(p string) bool { return f.pkg == p || strings.HasPrefix(f.pkg, p+"/") && p == "api" }),
						"%s imports %s, which belongs in %v", f.name, imp, places)
				}
			}
			require.NotEqual(t, "unsafe", imp, "%s imports unsafe", f.name)
		}
	}
}

func TestTopLevelIsFixed(t *testing.T) {
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	allowed := []string{"cmd", "engine", "tables", "api", "testdata", "bench", "go.mod", "go.sum", "Dockerfile", "README.md", "LICENSE", "CHANGELOG.md"}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || e.Name() == "tablestep-data" {
			continue
		}
		require.Contains(t, allowed, e.Name())
	}
}

// root is the project's folder, seen from this one.
const root = "../.."

// A source is one Go file that is no test.
type source struct {
	name, pkg string
	imports   []string
}

// sources parses the files themselves: what the go tool says may come from a cache.
func sources(t *testing.T) []source {
	t.Helper()
	var files []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{name: rel, pkg: path.Dir(rel)}
		for _, i := range parsed.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, p)
		}
		files = append(files, s)
		return nil
	})
	require.NoError(t, err)
	return files
}
