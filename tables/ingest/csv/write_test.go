package csv_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/csv"
	"tablestep/tables/schema"
)

// given is a source of rows; after the last one comes an error, or the end.
type given struct {
	rows [][]string
	err  error
}

func (g *given) Next() (schema.Row, error) {
	if len(g.rows) == 0 {
		if g.err != nil {
			return schema.Row{}, g.err
		}
		return schema.Row{}, io.EOF
	}
	row := schema.Row{Number: 1, Cells: g.rows[0]}
	g.rows = g.rows[1:]
	return row, nil
}

func TestACellIsWrittenSoThatItIsReadAsItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cell, alone, beside string }{
		{"plain", "plain", "plain"},
		{"", `""`, ""},
		{"a,b", `"a,b"`, `"a,b"`},
		{`a"b`, `"a""b"`, `"a""b"`},
		{`"`, `""""`, `""""`},
		{"a\nb", "\"a\nb\"", "\"a\nb\""},
		{"a\rb", "\"a\rb\"", "\"a\rb\""},
		{`\.`, `"\."`, `"\."`},
		{` a`, `" a"`, `" a"`},
		{"\u00a0a", "\"\u00a0a\"", "\"\u00a0a\""},
		{"a ", "a ", "a "},
		{"a;b", `"a;b"`, "a;b"}, // a table of one column must not be cut at it
		{"a|b", `"a|b"`, "a|b"},
		{"a\tb", "\"a\tb\"", "a\tb"},
		{"=1", `"'=1"`, `"'=1"`},
		{"'=1", `"''=1"`, `"''=1"`},
		{"'a", "'a", "'a"},
		{"-", `"'-"`, `"'-"`},
	} {
		var alone, beside strings.Builder
		require.NoError(t, csv.Write(&alone, []string{"c"}, &given{rows: [][]string{{c.cell}}}))
		require.NoError(t, csv.Write(&beside, []string{"c", "d"}, &given{rows: [][]string{{"x", c.cell}}}))
		end := "\n"
		if strings.Contains(c.alone, `"'`) {
			end = "\r\n" // the mark of a file with defused cells
		}
		require.Equal(t, "c\n"+c.alone+end, alone.String())
		require.Equal(t, "c,d\nx,"+c.beside+end, beside.String())

		defused, err := opened(t, alone.String(), csv.Options{}).Exported()
		require.NoError(t, err)
		require.Equal(t, end == "\r\n", defused, "%q", alone.String())
	}
	// A row of nothing is a row, and a row that begins with nothing needs no quotes.
	var b strings.Builder
	require.NoError(t, csv.Write(&b, []string{"a", "b"}, &given{rows: [][]string{{"", ""}, {"", "x"}}}))
	require.Equal(t, "a,b\n\"\",\n,x\n", b.String())
	// So is a table without rows.
	b.Reset()
	require.NoError(t, csv.Write(&b, []string{"a", "=b"}, &given{}))
	require.Equal(t, "a,\"'=b\"\r\n", b.String())
}

// full takes so many bytes and no more.
type full struct{ left int }

var errFull = errors.New("the disk is full")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestAnErrorOfWritingOrOfARowEndsAnExport(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70<<10)
	require.ErrorIs(t, csv.Write(&full{}, []string{"a"}, &given{}), errFull, "at the end, when all is flushed")
	err := csv.Write(&full{}, []string{long}, &given{})
	require.ErrorIs(t, err, errFull)
	require.ErrorContains(t, err, "header")
	err = csv.Write(&full{10 << 10}, []string{"a"}, &given{rows: [][]string{{long}}})
	require.ErrorIs(t, err, errFull)
	require.ErrorContains(t, err, "row 1")
	broken := errors.New("the table is gone")
	require.ErrorIs(t, csv.Write(io.Discard, []string{"a"}, &given{rows: [][]string{{"1"}}, err: broken}), broken)
}

// A reader that gives neither bytes nor an end would be asked for ever.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestAReaderThatFailsOrSticksEndsTheReading(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for _, begin := range []string{"a,b\n", "a,b\n\"x", "a,b\n\"x\"", "a,b\nx\r"} {
		_, _, err := csv.Cut(io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)), ',', 2)
		require.ErrorIs(t, err, broken, "%q", begin)
		require.ErrorContains(t, err, "read line 2", "%q", begin)
		_, _, err = csv.Cut(io.MultiReader(strings.NewReader(begin), stuck{}), ',', 2)
		require.ErrorIs(t, err, io.ErrNoProgress, "%q", begin)
	}
}
