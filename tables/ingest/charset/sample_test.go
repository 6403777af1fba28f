package charset_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/charset"
)

func TestSampleTakesLinesWithBytesBeyondASCIIFromAllParts(t *testing.T) {
	t.Parallel()
	plain := strings.Repeat("a plain line\n", 1000)
	for _, c := range []struct {
		name, text, want string
	}{
		{"nothing", "", ""},
		{"ASCII alone", plain, ""},
		{"one line", plain + "caf\xe9\n" + plain, "caf\xe9\n"},
		{"no end of the line", plain + "caf\xe9", "caf\xe9"},
		{"the end of a long line", strings.Repeat("x", 9_000) + "\xe9", strings.Repeat("x", 9_000-2*4096) + "\xe9"},
		{"in the last sixteenth", strings.Repeat(plain, 20) + "caf\xe9\n", "caf\xe9\n"},
	} {
		got, err := charset.Sample(strings.NewReader(c.text))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, string(got), c.name)
	}
	// Letters of one language behind very many of another are seen, too.
	text := strings.Repeat("\xe9\xe8;first language\n", 20_000) + strings.Repeat("\xf0\xfe;second language\n", 20_000)
	got, err := charset.Sample(strings.NewReader(text))
	require.NoError(t, err)
	require.InDelta(t, strings.Count(string(got), "first"), strings.Count(string(got), "second"), 300)
	require.LessOrEqual(t, len(got), 64<<10)
	require.Greater(t, len(got), 60<<10)
	// No letter is lost where a line, or a piece of a long one, lies over the end of a part.
	for _, line := range []int{10, 7001} {
		for back := -line - 10; back < line+10; back += 1 + line/700 {
			pad := strings.Repeat(strings.Repeat("x", line-1)+"\n", 160_000/line|1)
			at := len(pad)/2 - back
			text := pad[:at] + "\xe9" + pad[at+1:]
			got, err := charset.Sample(strings.NewReader(text))
			require.NoError(t, err)
			require.Contains(t, string(got), "\xe9", "%d before a part", back)
		}
	}
	// A small file is taken whole, and one line of any length is bounded.
	small := strings.Repeat("\xe9,\xe8\n", 10_000)
	got, err = charset.Sample(strings.NewReader(small))
	require.NoError(t, err)
	require.Equal(t, small, string(got))
	got, err = charset.Sample(bytes.NewReader(bytes.Repeat([]byte{0xe9}, 10<<20)))
	require.NoError(t, err)
	require.LessOrEqual(t, len(got), 64<<10)
}

// A broken disk is no answer.
func TestReadersThatFailAreReported(t *testing.T) {
	t.Parallel()
	gone := errors.New("disk gone")
	for at := range 3 {
		_, err := charset.Sample(&failing{Reader: strings.NewReader("caf\xe9\n"), at: at, err: gone})
		require.ErrorIs(t, err, gone, at)
	}
	_, err := charset.Escaped(iotest.ErrReader(gone))
	require.ErrorIs(t, err, gone)
	_, err = charset.Escaped(io.MultiReader(strings.NewReader("a\x1b$"), iotest.ErrReader(gone)))
	require.ErrorIs(t, err, gone)
}

// failing is a file of which one step fails.
type failing struct {
	*strings.Reader
	at  int
	err error
}

func (f *failing) step() error {
	if f.at--; f.at == -1 {
		return f.err
	}
	return nil
}

func (f *failing) Seek(offset int64, whence int) (int64, error) {
	if err := f.step(); err != nil {
		return 0, err
	}
	return f.Reader.Seek(offset, whence)
}

func (f *failing) Read(p []byte) (int, error) {
	if err := f.step(); err != nil {
		return 0, err
	}
	return f.Reader.Read(p)
}

func TestISO2022JPIsToldByItsEscapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want bool
	}{
		{"", false},
		{"a,b\n", false},
		{"\x1b$B;3ED\x1b(B,x\n", true},
		{"\x1b$@;3ED\x1b(J,x\n", true},
		{"\x1b$(D;3\x1b(B\n", true},
		{"\x1b(I1\x1b(B\n", false}, // no characters of two bytes
		{"\x1b[31mred\x1b[0m\n", false},
		{"\x1b$B;3ED\x1b(B,\x1b[31m\n", false},
		{"\x1b$B;3ED\x1b(B,\xe9\n", false},
		{"\x1b$B;3ED\x1b(B,é\n", false},
		{"\x1b$B;3ED\x1b", false},
	} {
		got, err := charset.Escaped(strings.NewReader(c.text))
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%q", c.text)
	}
}
