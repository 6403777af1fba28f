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
// README. A package that is not named here may not exist. Its tests may import the same,
// and the package itself.
func houseMap() map[string][]string {
	return map[string][]string{
		"cmd/tablestep": {"api", "api/admin", "api/marketo", "api/shape", "api/ssfs", "cmd/tablestep/archive", "cmd/tablestep/starter", "cmd/tablestep/terminal", "engine", "engine/queue", "engine/queue/file", "engine/rules", "tables", "tables/boltfile", "tables/file", "tables/schema", "tables/typos", "testdata"},

		"cmd/tablestep/archive":  {},
		"cmd/tablestep/starter":  {"testdata"},
		"cmd/tablestep/terminal": {},

		"api":         {"api/admin", "api/edge", "api/openapi", "api/route", "api/shape", "api/ssfs", "api/strict", "api/ui", "engine", "tables", "tables/schema"},
		"api/edge":    {},
		"api/route":   {},
		"api/shape":   {},
		"api/strict":  {"tables/typos"},
		"api/openapi": {"api/route", "api/shape"},
		"api/ssfs":    {"api/route", "engine", "tables", "tables/answers", "tables/schema"},
		"api/admin":   {"api/route", "api/shape", "api/strict", "engine", "tables", "tables/ingest", "tables/notation", "tables/schema", "tables/typos", "tables/view"},
		"api/ui":      {"api/route"},
		"api/marketo": {},
		"api/apitest": {"api", "api/admin", "api/shape", "api/ssfs", "engine", "engine/queue", "engine/queue/file", "tables", "tables/file"}, // for tests only

		"engine":                 {"engine/delivery", "engine/queue", "engine/request", "engine/rotate", "engine/rules", "tables", "tables/answers", "tables/column", "tables/roster", "tables/schema"},
		"engine/queue":           {},
		"engine/queue/file":      {"engine/queue", "tables/boltfile"},
		"engine/queue/queuetest": {"engine/queue"},
		"engine/delivery":        {},
		"engine/rules":           {"tables/column", "tables/schema", "tables/spelling", "tables/typos"},
		"engine/request":         {"tables/column"},
		"engine/rotate":          {"engine/queue", "tables/roster", "tables/schema"},

		"tables":               {"tables/alias", "tables/answers", "tables/check", "tables/column", "tables/match", "tables/scan", "tables/schema", "tables/view"},
		"tables/file":          {"tables", "tables/boltfile", "tables/column", "tables/notation", "tables/schema"},
		"tables/keepertest":    {"tables", "tables/answers", "tables/schema"},
		"tables/alias":         {"tables/column", "tables/index", "tables/scan", "tables/schema", "tables/spelling"},
		"tables/answers":       {"tables/alias", "tables/column", "tables/index", "tables/match", "tables/roster", "tables/scan", "tables/schema", "tables/spelling"},
		"tables/check":         {"tables/alias", "tables/column", "tables/index", "tables/match", "tables/notation", "tables/roster", "tables/scan", "tables/schema"},
		"tables/view":          {"tables/column", "tables/match", "tables/scan", "tables/schema"},
		"tables/match":         {"tables/column", "tables/index", "tables/schema"},
		"tables/roster":        {"tables/column", "tables/index", "tables/schema"},
		"tables/scan":          {"tables/column", "tables/schema"},
		"tables/scan/scantest": {"tables/column", "tables/schema"},
		"tables/boltfile":      {},
		"tables/schema":        {"tables/column", "tables/notation", "tables/typos"},
		"tables/index":         {"tables/column", "tables/notation", "tables/schema", "tables/spelling", "tables/typos"},
		"tables/column":        {},
		"tables/spelling":      {"tables/column"},
		"tables/typos":         {},
		"tables/notation":      {},

		"tables/ingest":         {"tables/ingest/csv", "tables/ingest/record", "tables/ingest/xlsx", "tables/schema"},
		"tables/ingest/csv":     {"tables/ingest/charset", "tables/ingest/record", "tables/schema"},
		"tables/ingest/charset": {},
		"tables/ingest/xlsx":    {"tables/ingest/record", "tables/schema"},
		"tables/ingest/record":  {"tables/schema"},

		"testdata": {},

		"bench":        {"api", "api/admin", "api/ssfs", "engine", "engine/delivery", "engine/queue", "engine/queue/file", "engine/request", "tables", "tables/answers", "tables/file", "tables/ingest", "tables/schema"},
		"bench/mutate": {},
	}
}

// testMap says what the tests of a package may import besides: what they are run against,
// or made of.
func testMap() map[string][]string {
	return map[string][]string{
		"cmd/tablestep/starter": {"tables/spelling"},

		"tables/file":       {"tables/answers", "tables/keepertest", "tables/view"},
		"api":               {"api/apitest"},
		"api/admin":         {"api/apitest"},
		"api/ssfs":          {"api/apitest"},
		"api/ui":            {"api/admin", "api/apitest"},
		"engine":            {"engine/queue/file", "engine/queue/queuetest", "tables/file", "tables/view", "testdata"},
		"engine/queue":      {"engine/queue/queuetest"},
		"engine/queue/file": {"engine/queue/queuetest"},
		"tables":            {"tables/file", "tables/index", "tables/keepertest"},
		"tables/alias":      {"tables/scan/scantest"},
		"tables/answers":    {"tables/scan/scantest"},
		"tables/check":      {"tables/scan/scantest", "tables/spelling"},
		"tables/notation":   {"tables/schema"},
		"tables/roster":     {"tables/notation"},
		"tables/scan":       {"tables/scan/scantest"},
		"tables/spelling":   {"tables/typos"},
		"tables/view":       {"tables/scan/scantest"},
	}
}

// confined says where a library may be used, by the start of the package's path.
func confined() map[string][]string {
	return map[string][]string{
		"github.com/gofiber/":       {"api", "bench"},
		"github.com/valyala/":       {"api"},
		"github.com/swaggest/":      {"api/openapi"},
		"github.com/xuri/excelize/": {"tables/ingest/xlsx", "bench"},
		"github.com/xuri/nfp":       {"tables/ingest/xlsx"},
		"github.com/mozillazg/":     {"tables/schema"},
		"github.com/expr-lang/":     {"engine/rules"},
		"github.com/nyaruka/":       {"engine/rules"},
		"go.etcd.io/bbolt":          {"tables/file", "tables/boltfile", "engine/queue/file"},
		"github.com/alecthomas/":    {"cmd/tablestep"},
	}
}

// confinedInTests says where tests may use a library besides.
func confinedInTests() map[string][]string {
	return map[string][]string{
		"go.etcd.io/bbolt":          {"cmd/tablestep", "tables"},   // looks at files after a fault, and damages some
		"github.com/xuri/excelize/": {"tables/ingest", "testdata"}, // makes workbooks
	}
}

func TestImportsFollowTheHouseMap(t *testing.T) {
	files := sources(t)
	tests := 0
	for _, f := range files {
		if f.test {
			tests++
		}
	}
	require.Greater(t, tests, 50, "the walk found too few tests to be right")
	require.Greater(t, len(files)-tests, 50, "the walk found too few files to be right")
	for _, f := range files {
		allowed, known := houseMap()[f.pkg]
		require.True(t, known, "%s: package %s is not in the house map", f.name, f.pkg)
		for _, imp := range f.imports {
			if ours, ok := strings.CutPrefix(imp, "tablestep/"); ok {
				may := append(slices.Clone(allowed), f.pkg)
				if f.test {
					may = append(may, testMap()[f.pkg]...)
				}
				require.Contains(t, may, ours, "%s imports %s", f.name, ours)
			}
			for library, places := range confined() {
				if f.test {
					places = append(places, confinedInTests()[library]...)
				}
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

// A source is one Go file.
type source struct {
	name, pkg string
	test      bool
	imports   []string
}

// sources parses the files themselves: what the go tool says may come from a cache.
func sources(t *testing.T) []source {
	t.Helper()
	var files []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
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
		s := source{name: rel, pkg: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go")}
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
