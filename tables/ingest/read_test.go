package ingest_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tablestep/tables/ingest"
	"tablestep/tables/schema"
)

var _ schema.RowSource = (*ingest.File)(nil)

func TestHeaderIsFound(t *testing.T) {
	for _, c := range []struct {
		name, content string
		line          int
		columns       []string
		rows          int
		warnings      []string
	}{
		{"in the first line", "a,b\n1,2\n", 1, []string{"a", "b"}, 1, nil},
		{"behind blank lines", "\n\na,b\n1,2\n", 3, []string{"a", "b"}, 1, nil},
		{"below a title", "Report\na,b\n1,2\n", 2, []string{"a", "b"}, 1, []string{"HEADER_FOUND"}},
		{"below a title and a date", "Report;;;;\n2024;March;;;\n;;;;\nid;a;b;c;d\n1;2;3;4;5\n1;2;3;4;5\n", 4, []string{"id", "a", "b", "c", "d"}, 2, []string{"HEADER_FOUND"}},
		{"below a title over lines", "\"Report\nof March\",,\na,b,c\n1,2,3\n", 3, []string{"a", "b", "c"}, 1, []string{"HEADER_FOUND"}},
		{"not in data below a short header", "id\n1,2\n3,4\n", 1, []string{"id", "column 2"}, 2, []string{"UNNAMED_COLUMN"}},
		{"with names over lines and spaces", "\" first\nname \",\u00a0last name\n1,2\n", 1, []string{"first\nname", "last name"}, 1, nil},
		{"of numbers, with a doubt", "1,2\n3,4\n", 1, []string{"1", "2"}, 1, []string{"HEADER_LIKE_DATA"}},
		{"with a name that a column without one would get", "a,,column 2\n1,2,3\n", 1, []string{"a", "column 2 (2)", "column 2"}, 1, []string{"UNNAMED_COLUMN"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readText(t, c.content, ingest.Options{})
			require.NoError(t, err)
			require.Equal(t, c.line, got.used.HeaderRow)
			require.Equal(t, c.columns, got.columns)
			require.Len(t, got.rows, c.rows)
			require.Equal(t, c.warnings, codes(got.warnings))
		})
	}
}

func TestDelimiterIsFound(t *testing.T) {
	for _, c := range []struct{ name, file, content, want string }{
		{"commas", "", "a,b\n1,2\n", ","},
		{"semicolons, with commas in numbers", "", "a;b\n1,5;2,5\n", ";"},
		{"tabs, with commas in texts", "", "a\tb\nx, y\tz, w\n", "\t"},
		{"pipes", "", "a|b\n1|2\n", "|"},
		{"commas inside quotes do not count", "", "a;b\n\"1,2,3\";4\n\"5,6,7\";8\n", ";"},
		{"a list in each cell does not count", "", "tags,name\na;b;c,x\nd;e;f,y\n", ","},
		{"uneven rows below a proper header", "", "a,b,c\n1,2\n3\n4,5\n6\n", ","},
		{"one column", "", "a\n1\n2\n", ","},
		{"one column with commas in prose", "", "name\nSmith, John\nMiller, Ann\n", ";"},
		{"the name of the file, where both fit", "x.tsv", "a,b\tc,d\n1,2\t3,4\n", "\t"},
		{"Excel's line", "", "sep=;\r\na,b;c\r\n1,2;3\r\n", ";"},
		{"Excel's line in quotes", "", "\"sep=|\"\na,b|c\n1,2|3\n", "|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readText(t, c.content, ingest.Options{Name: c.file})
			require.NoError(t, err)
			require.Equal(t, c.want, got.used.Delimiter)
		})
	}
	t.Run("one that is given wins", func(t *testing.T) {
		got, err := readText(t, "sep=;\na;b\n1;2\n", ingest.Options{Delimiter: '|'})
		require.NoError(t, err)
		require.Equal(t, []string{"a;b"}, got.columns)
		require.Equal(t, 2, got.used.HeaderRow)
	})
}

func TestEncodingIsFound(t *testing.T) {
	western := strings.Repeat("Jürgen;Köln;5 €\n", 30)
	russian := "Иван Петров;Москва;директор по продажам\nАнна Смирнова;Санкт-Петербург;главный бухгалтер и советник\n" +
		"Пётр Кузнецов;Новосибирск;руководитель отдела маркетинга\nМария Иванова;Екатеринбург;менеджер по работе с клиентами\n"
	chinese := strings.Repeat("张伟,北京市朝阳区建国路八十八号\n王芳,上海市浦东新区世纪大道一百号\n", 20)
	encode := func(s string, err error) string {
		require.NoError(t, err)
		return s
	}
	for _, c := range []struct {
		name, content, want string
		guessed             bool
	}{
		{"ASCII", "a,b\n1,2\n", "UTF-8", false},
		{"UTF-8", "a;b;c\n" + western, "UTF-8", false},
		{"UTF-16 with a mark", "\xff\xfe" + wide("a,b\né,2\n"), "UTF-16LE", false},
		{"UTF-16 without a mark", wide("a,b\né,2\n"), "UTF-16LE", true},
		{"UTF-16 of another script without a mark", wide("名前,都市\n山田太郎,東京\n鈴木花子,上海\n"), "UTF-16LE", true},
		{"UTF-32", "\xff\xfe\x00\x00a\x00\x00\x00,\x00\x00\x00b\x00\x00\x00\n\x00\x00\x001\x00\x00\x00,\x00\x00\x002\x00\x00\x00", "UTF-32LE", false},
		{"windows-1252", "a;b;c\n" + encode(charmap.Windows1252.NewEncoder().String(western)), "windows-1252", true},
		{"windows-1251", "a;b;c\n" + encode(charmap.Windows1251.NewEncoder().String(russian)), "windows-1251", true},
		{"GBK", "a,b\n" + encode(simplifiedchinese.GBK.NewEncoder().String(chinese)), "GB18030", true},
		{"a byte behind much ASCII", "a,b\n" + strings.Repeat("1,2\n", 100_000) + "caf\xe9,2\n", "windows-1252", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readText(t, c.content, ingest.Options{})
			require.NoError(t, err)
			require.Equal(t, c.want, got.used.Encoding)
			if c.guessed {
				require.Equal(t, []string{"ENCODING_GUESSED"}, codes(got.warnings))
				require.Contains(t, got.warnings[0].Message, c.want)
			} else {
				require.Empty(t, got.warnings)
			}
		})
	}
	t.Run("one that is given wins", func(t *testing.T) {
		raw := encode(japanese.ShiftJIS.NewEncoder().String("名前,都市\n山田,東京\n"))
		for _, name := range []string{"Shift_JIS", "shift-jis", "MS_Kanji"} {
			got, err := readText(t, raw, ingest.Options{Encoding: name})
			require.NoError(t, err)
			require.Equal(t, [][]string{{"山田", "東京"}}, got.rows)
			require.Empty(t, got.warnings)
		}
	})
}

func TestWarningsAreCapped(t *testing.T) {
	var b strings.Builder
	b.WriteString("a,b\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "%d\n", i)
	}
	got, err := readText(t, b.String(), ingest.Options{})
	require.NoError(t, err)
	require.Len(t, got.rows, 5000)
	require.Len(t, got.warnings, 51)
	require.Equal(t, schema.Warning{Code: "SHORT_ROW", Message: "… and 4950 more", More: 4950}, got.warnings[50])
	require.Equal(t, 50, got.warnings[49].Row)
	require.Equal(t, "line 51 has 1 of 2 cells; the missing ones are read as empty", got.warnings[49].Message)
}

func TestUsedIsReadyForAnAnswer(t *testing.T) {
	got, err := readText(t, "Title\n\na;b\n1;2\n", ingest.Options{})
	require.NoError(t, err)
	raw, err := json.Marshal(got.used)
	require.NoError(t, err)
	require.JSONEq(t, `{"format":"csv","encoding":"UTF-8","delimiter":";","headerRow":3}`, string(raw))
}

func TestRowsOutliveTheNextOne(t *testing.T) {
	f, err := ingest.Open(put(t, "a.csv", []byte("a,b\n1,\"x\ny\"\n2,z\n")), ingest.Options{})
	require.NoError(t, err)
	defer f.Close()
	first, err := f.Next()
	require.NoError(t, err)
	a, b := first.Cells[0], first.Cells[1]
	_, err = f.Next()
	require.NoError(t, err)
	require.Equal(t, "1", a)
	require.Equal(t, "x\ny", b)
	_, err = f.Next()
	require.ErrorIs(t, err, io.EOF)
	_, err = f.Next()
	require.ErrorIs(t, err, io.EOF)
}

// liveHeap reads a file and gives by how much the live heap grew at most.
func liveHeap(t *testing.T, path string, every int) (rows int, grown uint64) {
	t.Helper()
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	f, err := ingest.Open(path, ingest.Options{})
	require.NoError(t, err)
	defer f.Close()
	for {
		_, err := f.Next()
		if errors.Is(err, io.EOF) {
			return rows, grown
		}
		require.NoError(t, err)
		if rows++; rows%every == 0 {
			if now := live(); now > before {
				grown = max(grown, now-before)
			}
		}
	}
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("writes megabytes")
	}
	t.Run("csv", func(t *testing.T) {
		const want = 150_000
		path := filepath.Join(t.TempDir(), "big.csv")
		file, err := os.Create(path)
		require.NoError(t, err)
		w := bufio.NewWriter(file)
		fmt.Fprintln(w, "id,name,text")
		for i := range want {
			fmt.Fprintf(w, "%d,\"Company \"\"%d\"\"\",some text that makes the row longer and longer %d\n", i, i, i)
		}
		require.NoError(t, w.Flush())
		info, err := file.Stat()
		require.NoError(t, err)
		require.NoError(t, file.Close())
		require.Greater(t, info.Size(), int64(10<<20))
		rows, grown := liveHeap(t, path, want/4)
		require.Equal(t, want, rows)
		require.Less(t, grown, uint64(3<<20))
	})
	t.Run("xlsx", func(t *testing.T) {
		const want = 30_000
		path := filepath.Join(t.TempDir(), "big.xlsx")
		file, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, ingest.WriteXLSX(file, []string{"id", "name", "text"}, &counted{n: want}))
		require.NoError(t, file.Close())
		rows, grown := liveHeap(t, path, want/4)
		require.Equal(t, want, rows)
		require.Less(t, grown, uint64(3<<20))
	})
}

// counted gives n rows that are made as they are asked for.
type counted struct{ n, next int }

func (c *counted) Next() (schema.Row, error) {
	if c.next == c.n {
		return schema.Row{}, io.EOF
	}
	c.next++
	return schema.Row{Number: c.next, Cells: []string{fmt.Sprint(c.next), fmt.Sprintf("Company %d", c.next), "some text that makes the row longer"}}, nil
}
