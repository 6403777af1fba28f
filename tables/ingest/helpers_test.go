package ingest_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
	"tablestep/tables/schema"
)

// A table is the content of a file, for tests.
type table struct {
	columns  []string
	rows     [][]string
	warnings []schema.Warning
	used     ingest.Used
}

// readAll reads a file to its end.
func readAll(path string, o ingest.Options) (got table, err error) {
	f, err := ingest.Open(path, o)
	if err != nil {
		return table{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	got = table{columns: f.Columns(), used: f.Used()}
	for number := 1; ; number++ {
		row, err := f.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return got, err
		}
		if row.Number != number || len(row.Cells) != len(got.columns) {
			return got, errors.New("row out of order or of the wrong width")
		}
		got.rows = append(got.rows, append([]string(nil), row.Cells...))
	}
	got.warnings = f.Warnings()
	return got, nil
}

func put(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func readText(t testing.TB, content string, o ingest.Options) (table, error) {
	t.Helper()
	return readAll(put(t, "upload", []byte(content)), o)
}

// refused gives the code of the refusal of a content.
func refused(t testing.TB, err error) *schema.UploadError {
	t.Helper()
	var e *schema.UploadError
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Code)
	require.NotEmpty(t, e.Message)
	return e
}

func codes(warnings []schema.Warning) []string {
	var out []string
	for _, w := range warnings {
		out = append(out, w.Code)
	}
	return out
}

// stored gives rows as a stored version would.
type stored struct {
	rows [][]string
	next int
}

func (s *stored) Next() (schema.Row, error) {
	if s.next == len(s.rows) {
		return schema.Row{}, io.EOF
	}
	s.next++
	return schema.Row{Number: s.next, Cells: s.rows[s.next-1]}, nil
}
