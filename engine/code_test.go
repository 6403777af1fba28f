package engine_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// engineFiles parses the files of the package that are no tests.
func engineFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		files[name], err = parser.ParseFile(token.NewFileSet(), name, text, 0)
		require.NoError(t, err)
	}
	return files
}

// A code that is not in the table is not told to people; one that nothing emits is told
// for nothing. matched_test.go and the test below emit each.
func TestTheTableOfCodesHasEachCodeThatThereIs(t *testing.T) {
	files := engineFiles(t)
	declared, used := map[string]string{}, map[string]bool{} // by the constant's name
	for name, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "Code" {
					require.Equal(t, "code.go", name, "codes stand in one file")
					literal, ok := n.Values[0].(*ast.BasicLit)
					require.True(t, ok)
					code, err := strconv.Unquote(literal.Value)
					require.NoError(t, err)
					declared[n.Names[0].Name] = code
				}
			case *ast.CallExpr:
				if to, ok := n.Fun.(*ast.Ident); ok && to.Name == "Code" {
					require.Fail(t, "a code that is no constant", name)
				}
			case *ast.Ident:
				if name != "code.go" {
					used[n.Name] = true
				}
			}
			return true
		})
	}
	require.Len(t, declared, 15)
	inTable := map[string]bool{}
	for _, c := range engine.Codes() {
		require.False(t, inTable[string(c.Code)], "%s stands twice", c.Code)
		inTable[string(c.Code)] = true
		require.Equal(t, c.Batch, strings.HasPrefix(string(c.Code), "BATCH_"))
		for _, text := range []string{c.Meaning, c.WayOut} {
			require.True(t, strings.HasSuffix(text, "."), "%s: %q is no sentence", c.Code, text)
			require.Greater(t, len(text), 40, c.Code)
		}
		require.NotEqual(t, c.Meaning, c.WayOut)
	}
	for constant, code := range declared {
		require.True(t, inTable[code], "%s is not in the table", code)
		require.True(t, used[constant], "nothing emits %s", code)
	}
	require.Len(t, inTable, len(declared))
}

func TestEachCodeOfAWholeBatchIsAnswered(t *testing.T) {
	seen := map[string]bool{}
	for code, c := range map[engine.Code]struct {
		options engine.Options
		before  func(h *house)
		reason  string
	}{
		engine.CodeBatchInvalid: {engine.Options{MaxLeads: 2}, func(*house) {}, "3 leads and may have 2"},
		engine.CodeBatchFailed:  {engine.Options{}, func(h *house) { h.SetAnswerLimit(10) }, "may have 0 MB"},
		engine.CodeBatchExpired: {engine.Options{GiveUpAfter: time.Millisecond}, func(*house) { time.Sleep(20 * time.Millisecond) }, "waited for"},
	} {
		t.Run(string(code), func(t *testing.T) {
			h := open(t, t.TempDir(), c.options)
			defer h.close(t)
			h.table(t, "countries", "country,code\nGermany,DE\n", "")
			r := newReceiver(t, nil)
			_, err := h.Accept(t.Context(), batch("x", r.URL, 3))
			require.NoError(t, err)
			c.before(h)
			defer h.run(t)()
			require.Eventually(t, func() bool { return len(r.all()) == 1 }, soon, time.Millisecond)
			require.Equal(t, string(code), chunkError(t, r.all()[0].body))
			require.Contains(t, string(r.all()[0].body), c.reason)
			seen[string(code)] = true
		})
	}
	for _, c := range engine.Codes() {
		require.True(t, !c.Batch || seen[string(c.Code)], fmt.Sprint(c.Code, " without a case here"))
	}
}
