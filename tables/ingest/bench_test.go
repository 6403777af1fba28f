package ingest_test

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"tablestep/tables/ingest"
)

// go test ./tables/ingest -run '^$' -bench . -benchtime 3x

func benchCSV(b *testing.B, rows int, quotes bool) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "t.csv")
	file, err := os.Create(path)
	require.NoError(b, err)
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "id,country,company,postal code,score")
	for i := range rows {
		if quotes {
			fmt.Fprintf(w, "%d,\"Country, %d\",\"Company \"\"%d\"\" Inc.\",%05d,+%d\n", i, i%200, i, i%99999, i%50)
		} else {
			fmt.Fprintf(w, "%d,Country %d,Company %d Inc.,%05d,+%d\n", i, i%200, i, i%99999, i%50)
		}
	}
	require.NoError(b, w.Flush())
	require.NoError(b, file.Close())
	return path
}

func drain(b *testing.B, path string) int {
	b.Helper()
	f, err := ingest.Open(path, ingest.Options{})
	require.NoError(b, err)
	defer f.Close()
	n := 0
	for {
		_, err := f.Next()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkCSV(b *testing.B) {
	for _, quotes := range []bool{false, true} {
		const rows = 200_000
		path := benchCSV(b, rows, quotes)
		info, err := os.Stat(path)
		require.NoError(b, err)
		b.Run(fmt.Sprintf("rows=%d/quotes=%t", rows, quotes), func(b *testing.B) {
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				require.Equal(b, rows, drain(b, path))
			}
		})
		b.Run(fmt.Sprintf("rows=%d/quotes=%t/reader=encoding-csv", rows, quotes), func(b *testing.B) {
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				file, err := os.Open(path)
				require.NoError(b, err)
				r := csv.NewReader(bufio.NewReader(file))
				r.ReuseRecord = true
				for {
					if _, err := r.Read(); errors.Is(err, io.EOF) {
						break
					}
				}
				require.NoError(b, file.Close())
			}
		})
	}
}

func BenchmarkXLSX(b *testing.B) {
	const rows = 20_000
	path := filepath.Join(b.TempDir(), "t.xlsx")
	book := excelize.NewFile()
	sheet, err := book.NewStreamWriter("Sheet1")
	require.NoError(b, err)
	require.NoError(b, sheet.SetRow("A1", []any{"id", "country", "company", "postal code", "score", "ratio"}))
	for i := range rows {
		require.NoError(b, sheet.SetRow(fmt.Sprintf("A%d", i+2), []any{
			i, fmt.Sprintf("Country %d", i%200), fmt.Sprintf("Company %d Inc.", i), fmt.Sprintf("%05d", i), i % 50, float64(i) / 3,
		}))
	}
	require.NoError(b, sheet.Flush())
	require.NoError(b, book.SaveAs(path))
	b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			require.Equal(b, rows, drain(b, path))
		}
	})
	b.Run(fmt.Sprintf("rows=%d/reader=excelize", rows), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			book, err := excelize.OpenFile(path)
			require.NoError(b, err)
			r, err := book.Rows("Sheet1")
			require.NoError(b, err)
			for r.Next() {
				if _, err := r.Columns(); err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, book.Close())
		}
	})
}
