package csv_test

import (
	"bytes"
	strict "encoding/csv"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/ingest/csv"
	"tablestep/tables/schema"
)

func TestScannerReadsWhatEncodingCSVReads(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab,\"\n é"))).Draw(t, "text")
		reader := strict.NewReader(strings.NewReader(text))
		reader.FieldsPerRecord = -1
		want, err := reader.ReadAll()
		if err != nil {
			return
		}
		accepted++
		got, found, err := csv.Cut(strings.NewReader(text), ',', 0)
		require.NoError(t, err)
		require.Empty(t, found, "the strict reader guesses nothing")
		var kept [][]string
		for _, rec := range got {
			if len(rec) > 1 || rec[0] != "" {
				kept = append(kept, rec)
			}
		}
		var wanted [][]string
		for _, rec := range want {
			if len(rec) > 1 || rec[0] != "" {
				wanted = append(wanted, rec)
			}
		}
		require.Equal(t, wanted, kept)
	})
	require.Positive(t, accepted)
}

// refused gives the refusal that an error is.
func refused(t testing.TB, err error) *schema.UploadError {
	t.Helper()
	var e *schema.UploadError
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Message)
	return e
}

// letters keeps what no reading of a CSV file may lose.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func TestScannerLosesNoLetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("abc1,\"\"\n\r é"))).Draw(t, "text")
		cells := rapid.IntRange(0, 4).Draw(t, "cells")
		got, _, err := csv.Cut(iotest.OneByteReader(strings.NewReader(text)), ',', cells)
		require.NoError(t, err)
		var all strings.Builder
		for _, rec := range got {
			all.WriteString(strings.Join(rec, ""))
		}
		require.Equal(t, letters(text), letters(all.String()))
	})
}

func TestScannerGivesTheSameInAnyPortions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("abc1,\"\"\n\r é"))).Draw(t, "text")
		cells := rapid.IntRange(0, 4).Draw(t, "cells")
		whole, foundWhole, err := csv.Cut(strings.NewReader(text), ',', cells)
		require.NoError(t, err)
		bits, foundBits, err := csv.Cut(iotest.OneByteReader(strings.NewReader(text)), ',', cells)
		require.NoError(t, err)
		require.Equal(t, whole, bits)
		require.Equal(t, foundWhole, foundBits)
	})
}

func TestScannerGuesses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		cells      int
		want       [][]string
		found      []string
	}{
		{
			"a quote that is never closed does not swallow the file", "\"abc,1\ndef,2\nghi,3\n", 2,
			[][]string{{`"abc`, "1"}, {"def", "2"}, {"ghi", "3"}},
			[]string{"UNCLOSED_QUOTE"},
		},
		{
			"an unclosed quote that meets another one two lines on stays in its line", "\"abc,1\ndef,2\n\"ghi\",3\n", 2,
			[][]string{{`"abc`, "1"}, {"def", "2"}, {"ghi", "3"}},
			[]string{"UNCLOSED_QUOTE"},
		},
		{
			"an unclosed quote that is closed in another column stays in its line", "\"abc,1,x\ndef,2,y\ng,6\",3\n", 3,
			[][]string{{`"abc`, "1", "x"}, {"def", "2", "y"}, {"g", `6"`, "3"}},
			[]string{"UNCLOSED_QUOTE", "BARE_QUOTE"},
		},
		{
			"rows that a quote takes in where all fits are reported", "\"abc,1\ndef,2\n6\",3\n", 2,
			[][]string{{"abc,1\ndef,2\n6", "3"}},
			[]string{"ROWS_IN_CELL"},
		},
		{
			"a cell over lines with a comma in the middle is no reason to worry", "\"Main Street 1\nSpringfield, IL\",1\n", 2,
			[][]string{{"Main Street 1\nSpringfield, IL", "1"}},
			nil,
		},
		{
			"a cell over lines stays one cell", "\"a\nb\",1\n\"c\n\nd\",2\n", 2,
			[][]string{{"a\nb", "1"}, {"c\n\nd", "2"}},
			nil,
		},
		{
			"stray quotes in a cell over lines are characters where that gives the right number of cells", "\"a\nsay \"hi\" b\",1\nx,2\n", 2,
			[][]string{{"a\nsay \"hi\" b", "1"}, {"x", "2"}},
			[]string{"INNER_QUOTE"},
		},
		{
			"stray quotes in a quoted cell are characters", `"he said "hi" to me",2` + "\n", 2,
			[][]string{{`he said "hi" to me`, "2"}},
			[]string{"INNER_QUOTE"},
		},
		{
			"a bare quote is a character", `5" pipe,2` + "\n", 2,
			[][]string{{`5" pipe`, "2"}},
			[]string{"BARE_QUOTE"},
		},
		{
			"spaces around quotes are left out, spaces inside are kept", "a, \" b, c \" ,d\n", 3,
			[][]string{{"a", " b, c ", "d"}},
			[]string{"SPACE_AROUND_QUOTES"},
		},
		{
			"doubled quotes in an unquoted cell are kept", "a\"\"b,c\n", 2,
			[][]string{{`a""b`, "c"}},
			[]string{"BARE_QUOTE"},
		},
		{
			"every kind of line end ends a line", "a,b\rc,d\r\ne,f\ng,h", 2,
			[][]string{{"a", "b"}, {"c", "d"}, {"e", "f"}, {"g", "h"}},
			nil,
		},
		{
			"line ends inside quotes are kept", "\"a\r\nb\",\"c\rd\"\r\n", 2,
			[][]string{{"a\r\nb", "c\rd"}},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, found, err := csv.Cut(strings.NewReader(c.text), ',', c.cells)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.found, found)
		})
	}
}

func TestScannerIsFastOnTraps(t *testing.T) {
	if testing.Short() {
		t.Skip("reads megabytes")
	}
	const size = 1 << 20
	for name, line := range map[string]string{
		"an inner quote a line":            "\"a \"b,1\n",
		"an opening quote a line":          "\"abc,1\n",
		"three quotes a line":              "\"\"\"x,1\n",
		"a doubled quote a line":           "x,\"\"\"\"\n",
		"closing quotes of wrong width":    "\"a \"b,1,2\n",
		"quotes and spaces":                "\" \" \" ,1\n",
		"a quote before many spaces":       "\"" + strings.Repeat(" ", 1000) + "x,1\n",
		"bare quotes":                      "a\",b\"\n",
		"stray quotes and a far away end":  "\"a\n\"b c\n",
		"cells that end in the third line": "\"a\nb\nc\",2,3\n",
		"text formulas":                    "=\"1\",=\"\"\"\"\n",
		"text formulas that do not end":    "=\"abc,1\n",
	} {
		for _, end := range []string{"", "\",\n"} {
			t.Run(name, func(t *testing.T) {
				text := strings.Repeat(line, size/len(line)) + end
				start := time.Now()
				got, _, err := csv.Cut(strings.NewReader(text), ',', 2)
				require.NoError(t, err)
				require.NotEmpty(t, got)
				require.Less(t, time.Since(start), 10*time.Second)
			})
		}
	}
	t.Run("a line of text formulas that do not end", func(t *testing.T) {
		start := time.Now()
		for _, cell := range []string{`="a,`, `="a"",`, `=""a,`, `=",`} {
			_, _, err := csv.Cut(strings.NewReader(strings.Repeat(strings.Repeat(cell, 16_000)+"\n", 10)), ',', 0)
			require.NoError(t, err)
		}
		require.Less(t, time.Since(start), 10*time.Second)
	})
	t.Run("a line of cells with bare quotes", func(t *testing.T) {
		_, _, err := csv.Cut(strings.NewReader(strings.Repeat(`a",`, 16_000)), ',', 2)
		require.NoError(t, err)
		_, _, err = csv.Cut(strings.NewReader(strings.Repeat(`a",`, 100_000)), ',', 2)
		require.Equal(t, "TOO_LARGE", refused(t, err).Code)
	})
}

func TestScannerBoundsMemory(t *testing.T) {
	for name, text := range map[string]io.Reader{
		"a line without an end is refused": io.LimitReader(endless('x'), 40<<20),
		"a cell without an end is refused": io.MultiReader(strings.NewReader("a,b,\"x\ny"), io.LimitReader(endless('x'), 40<<20)),
		"a line of delimiters is refused":  io.LimitReader(endless(','), 40<<20),
		"a line of quotes is refused":      io.LimitReader(endless('"'), 40<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := csv.Cut(text, ',', 2)
			require.Equal(t, "TOO_LARGE", refused(t, err).Code)
		})
	}
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	return copy(p, bytes.Repeat([]byte{byte(e)}, len(p))), nil
}

func TestReadErrorsAreReported(t *testing.T) {
	_, _, err := csv.Cut(io.MultiReader(strings.NewReader("a,b\nc,"), iotest.ErrReader(io.ErrClosedPipe)), ',', 2)
	require.ErrorIs(t, err, io.ErrClosedPipe)
	// Also inside quotes, and where the reader would go on after it.
	got, _, err := csv.Cut(io.MultiReader(strings.NewReader("a,b\nc,\"d"), iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("ef\"\n")))), ',', 2)
	require.ErrorIs(t, err, iotest.ErrTimeout)
	require.Equal(t, [][]string{{"a", "b"}}, got)
}
