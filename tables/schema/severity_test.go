package schema_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

// codesInTheSource are the codes of findings and of refused uploads that the packages below tables
// name, with a place of each: every text of two upper-case words or more, and of single words
// those that stand where a code does.
func codesInTheSource(t *testing.T) map[string]string {
	t.Helper()
	words, word := regexp.MustCompile(`^[A-Z]{2,}(_[A-Z]+)+$`), regexp.MustCompile(`^[A-Z]{4,}$`)
	found := map[string]string{}
	files := token.NewFileSet()
	take := func(e ast.Expr, form *regexp.Regexp) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		if text, err := strconv.Unquote(lit.Value); err == nil && form.MatchString(text) {
			found[text] = files.Position(lit.Pos()).String()
		}
	}
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if path == filepath.Join("..", "schema", "severity.go") {
			return nil // the table itself
		}
		f, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				take(n, words)
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
					take(n.Value, word)
				}
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if i < len(n.Values) && (strings.HasPrefix(name.Name, "Warn") || strings.HasPrefix(name.Name, "Code")) {
						take(n.Values[i], word)
					}
				}
			}
			return true
		})
		return nil
	}))
	return found
}

// notCodes are texts of upper-case words that stand in the source and are no codes.
func notCodes() []string {
	return []string{"LOOKUP_VALUE_NOT_FOUND", "VERSION_NOT_FOUND", "LOOKUP_NOT_FOUND", "COLUMN_NOT_FOUND", "SCHEDULE_PASSED"}
}

func TestEveryCodeHasASeverity(t *testing.T) {
	t.Parallel()
	found := codesInTheSource(t)
	require.Greater(t, len(found), 50)
	table := schema.SeverityTable()
	for code, at := range found {
		_, known := table[code]
		require.True(t, known || slices.Contains(notCodes(), code), "%s: code %s is not in the table of severities; if it is no code of a finding, name it in notCodes", at, code)
	}
	// And the other way round: what nobody finds has no severity.
	ahead := []string{"ALIAS_LOST"} // told by readers that are to come
	for code := range table {
		_, there := found[code]
		require.True(t, there || slices.Contains(ahead, code), "nobody finds %s", code)
	}
}

func TestSeveritiesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	of := map[schema.Severity][]string{
		schema.SeverityBlock:  {"BAD_PATTERN", "LONG_ROW", "NO_ROWS", "DUPLICATE_COLUMN", "COLUMN_MISSING", "LARGE_LOSS", "CONVENTION", "TEST_FAILED"},
		schema.SeverityChange: {"TEXT_NULL", "TOO_LONG", "NOT_OF_TYPE", "ERROR_VALUE", "OVERLAP", "DUPLICATE_KEY", "EMPTY_KEY", "ORDER_UNDECIDED", "LOOKS_LIKE_SPAN", "ANYTHING", "ALIAS_LOST"},
		schema.SeverityNote:   {"KEY_VARIANT", "SHORT_ROW", "LOOKUP_SLOW", "OF_NO_TABLE"},
	}
	for severity, codes := range of {
		for _, code := range codes {
			require.Equal(t, severity, schema.SeverityOf(code), code)
		}
	}
	changes := 0
	for _, severity := range schema.SeverityTable() {
		require.Contains(t, schema.Severities(), severity)
		if severity == schema.SeverityChange {
			changes++
		}
	}
	require.Len(t, of[schema.SeverityChange], changes, "all that change what leads get are named by the contract")
}

func TestFindingsAreCountedWithThoseThatAreNotWrittenOut(t *testing.T) {
	t.Parallel()
	f := schema.FindingsOf([]schema.Warning{{Row: 3, Code: "EMPTY_KEY"}, {Code: "EMPTY_KEY", More: 7}, {Code: "BAD_PATTERN"}, {Code: "SHORT_ROW"}})
	require.Equal(t, map[string]int{"EMPTY_KEY": 8, "BAD_PATTERN": 1, "SHORT_ROW": 1}, f.Counts)
	require.Equal(t, []any{10, 1, 8}, []any{f.Total(), f.Of(schema.SeverityBlock), f.Of(schema.SeverityChange)})
	require.Equal(t, []string{"BAD_PATTERN", "EMPTY_KEY", "SHORT_ROW"}, f.Codes(), "the worst first")
	require.Equal(t, schema.Findings{List: f.List[2:3], Counts: map[string]int{"BAD_PATTERN": 1}}, f.Blocking())
	require.Equal(t, schema.SeverityChange, f.List[1].Severity)
	require.Zero(t, schema.Findings{}.Total())
	uses := f.Where(schema.ByUse)
	require.Equal(t, 9, uses.Total(), "a short row is one whatever a lookup says")
}
