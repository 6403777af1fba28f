package ingest_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

func look(t testing.TB, content string, o ingest.Options) (*ingest.Preview, error) {
	t.Helper()
	return ingest.Look(put(t, "given", []byte(content)), o)
}

func TestALookShowsTheFirstLinesAtTheirPlaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		options ingest.Options
		header  int
		lines   [][]string
	}{
		"titles, a blank line and the header": {"Report\n\nname;code;region\nA;1;x\n", ingest.Options{}, 3, [][]string{{"Report"}, nil, {"name", "code", "region"}, {"A", "1", "x"}}},
		"a cell of two lines":                 {"a,b\n\"x\ny\",2\nz,3\n", ingest.Options{}, 1, [][]string{{"a", "b"}, {"x\ny", "2"}, nil, {"z", "3"}}},
		"the header that was given":           {"a,b\n1,2\n3,4\n", ingest.Options{HeaderRow: 2}, 2, [][]string{{"a", "b"}, {"1", "2"}, {"3", "4"}}},
		"the delimiter that was given":        {"a,b;c\n1,2;3\n", ingest.Options{Delimiter: ','}, 1, [][]string{{"a", "b;c"}, {"1", "2;3"}}},
		"a header without rows":               {"a,b\n", ingest.Options{}, 1, [][]string{{"a", "b"}}},
		"two columns of one name":             {"a,a\n1,2\n", ingest.Options{}, 1, [][]string{{"a", "a"}, {"1", "2"}}},
		"a row with too many cells":           {"a,b\n1,2,3\n", ingest.Options{}, 1, [][]string{{"a", "b"}, {"1", "2", "3"}}},
	} {
		p, err := look(t, c.content, c.options)
		require.NoError(t, err, name)
		require.Equal(t, c.lines, p.Lines, name)
		require.Equal(t, c.header, p.HeaderRow, name)
		require.Equal(t, ingest.CSV, p.Format, name)
	}
}

func TestALookIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("k,v\n")
	for i := range 1000 {
		b.WriteString(strconv.Itoa(i) + "," + strings.Repeat("é", 400) + "\n")
	}
	p, err := look(t, b.String(), ingest.Options{})
	require.NoError(t, err)
	require.Len(t, p.Lines, 20)
	require.Equal(t, strings.Repeat("é", 250)+"…", p.Lines[19][1])
	wide := strings.Repeat(strings.Repeat("x", 500)+",", 5000) + "x\n"
	p, err = look(t, strings.Repeat(wide, 20), ingest.Options{})
	require.NoError(t, err)
	require.Len(t, p.Lines, 1, "a megabyte of text is enough")
}

// The first part of a file may end anywhere.
func TestALookAtTheFirstPartOfAFileFindsTheSameEncoding(t *testing.T) {
	t.Parallel()
	whole := "name,city\nJosé,München\nZoë,Łódź\nИван,東京\n"
	for cut := len("name,city\nJosé"); cut <= len(whole); cut++ {
		p, err := look(t, whole[:cut], ingest.Options{})
		require.NoError(t, err)
		require.Equal(t, "UTF-8", p.Encoding, "cut after %d bytes: %q", cut, whole[:cut])
		require.Equal(t, []string{"name", "city"}, p.Lines[0])
	}
	large := "k\n" + strings.Repeat("é", 1<<17)
	path := put(t, "large", []byte(large[:len(large)-1]))
	p, err := ingest.Look(path, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, "UTF-8", p.Encoding)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, len(large)-2, info.Size())

	// What is not UTF-8 stays whole.
	latin := "name\nJos\xe9"
	path = put(t, "latin", []byte(latin))
	p, err = ingest.Look(path, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, "windows-1252", p.Encoding)
	require.Equal(t, [][]string{{"name"}, {"José"}}, p.Lines)
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, latin, string(kept))
	p, err = look(t, latin, ingest.Options{Encoding: "windows-1257"})
	require.NoError(t, err)
	require.Equal(t, "windows-1257", p.Encoding)
}

func TestALookAtAWorkbookTellsOfItsSheets(t *testing.T) {
	t.Parallel()
	content := string(zipped(t, threeSheets()))
	p, err := look(t, content, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, ingest.XLSX, p.Format)
	require.Equal(t, []ingest.PreviewSheet{{Name: "Secret", Rows: 2, Hidden: true}, {Name: "2", Rows: 2}, {Name: "Empty"}}, p.Sheets)
	require.Equal(t, "2", p.Sheet)
	require.Equal(t, 1, p.HeaderRow)
	require.Len(t, p.Lines, 2)
	p, err = look(t, content, ingest.Options{Sheet: "Empty"})
	require.NoError(t, err, "so that another one can be chosen")
	require.Empty(t, p.Lines)
	require.Zero(t, p.HeaderRow)
	require.Len(t, p.Sheets, 3)

	broken := threeSheets()
	broken["xl/worksheets/sheet1.xml"] = "<worksheet><sheetData><row><c"
	p, err = look(t, string(zipped(t, broken)), ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, -1, p.Sheets[0].Rows)
	require.Equal(t, 2, p.Sheets[1].Rows)
}

func TestALookRefusesWhatIsNoTable(t *testing.T) {
	t.Parallel()
	for content, code := range map[string]string{"": "FILE_EMPTY", "%PDF-1.7": "NOT_A_TABLE", "PK\x03\x04 cut off": "DAMAGED"} {
		_, err := look(t, content, ingest.Options{Name: "x.csv"})
		e := refused(t, err)
		require.Equal(t, code, e.Code)
		require.Equal(t, "x.csv", e.File)
	}
	_, err := look(t, string(zipped(t, threeSheets())), ingest.Options{Sheet: "Nope"})
	require.Equal(t, "SHEET_NOT_FOUND", refused(t, err).Code)
	_, err = ingest.Look("nowhere", ingest.Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// FuzzLook looks at the beginning of anything, and holds what it tells against how an upload of it
// is read. It makes about 70 a second on two processors that have other work, most of it files.
func FuzzLook(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\xef\xbb\xbf\"a\";\"b\"\r\n1;2", "sep=;\na;b\n1;2\n", "a,b\n\"x\ny\",2\n\"z,3\n4,5\n", "Report\n\n\na,b,c\n1,2,3\n",
		"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00", "k\nJos\xc3\xa9\nZo\xc3", "k\nJos\xe9", "k\n\xe6\x9d\xb1\xe4\xba",
	} {
		f.Add([]byte(seed), 0, uint8(0))
	}
	f.Add(zipped(f, threeSheets()), 0, uint8(0))
	path := filepath.Join(f.TempDir(), "given")
	f.Fuzz(func(t *testing.T, data []byte, headerRow int, choice uint8) {
		require.NoError(t, os.WriteFile(path, data, 0o600))
		o := ingest.Options{HeaderRow: headerRow % 30, Sheet: []string{"", "2", "Secret"}[int(choice>>4)%3], Limits: ingest.Limits{CellBytes: 1000, RowBytes: 5000, Columns: 50, UnzipSizeLimit: 1 << 20, Entries: 100}}
		o.Encoding = []string{"", "UTF-8", "UTF-16", "windows-1252"}[int(choice)%4]
		o.Delimiter = []rune{0, ',', ';', '\t'}[int(choice>>2)%4]
		p, err := ingest.Look(path, o)
		if err != nil {
			require.NotEmpty(t, refused(t, err).Code)
			return
		}
		require.LessOrEqual(t, len(p.Lines), 20)
		for _, line := range p.Lines {
			for _, cell := range line {
				require.True(t, utf8.ValidString(cell))
				require.LessOrEqual(t, len(cell), 503)
			}
		}
		read, err := ingest.Open(path, o) // what is left of it
		if err != nil {
			require.NotEmpty(t, refused(t, err).Code)
			return
		}
		require.Equal(t, read.Used(), p.Used)
		if p.HeaderRow <= len(p.Lines) {
			require.NotEmpty(t, p.Lines[p.HeaderRow-1])
		}
		require.NoError(t, read.Close())
	})
}
