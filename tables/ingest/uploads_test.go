package ingest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
	"tablestep/tables/schema"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata/uploads; read the diff")

const uploads = "../../testdata/uploads"

// An upload is what NAME.want.json says about the file beside it.
type upload struct {
	Options  *uploadOptions  `json:"options,omitempty"` // not rewritten
	Used     *ingest.Used    `json:"used,omitempty"`
	Columns  []string        `json:"columns,omitempty"`
	Rows     [][]string      `json:"rows,omitempty"`
	Warnings []uploadWarning `json:"warnings,omitempty"`
	Error    *uploadError    `json:"error,omitempty"`
}

type uploadOptions struct {
	Sheet      string   `json:"sheet,omitempty"`
	HeaderRow  int      `json:"headerRow,omitempty"`
	Headerless bool     `json:"headerless,omitempty"`
	Delimiter  string   `json:"delimiter,omitempty"`
	Encoding   string   `json:"encoding,omitempty"`
	Exported   bool     `json:"exported,omitempty"`
	LeaveOut   []string `json:"leaveOut,omitempty"`
	Join       []string `json:"join,omitempty"`
	Verbatim   []string `json:"verbatim,omitempty"`
}

type uploadWarning struct {
	Row    int    `json:"row,omitempty"`
	Column string `json:"column,omitempty"`
	Code   string `json:"code"`
}

type uploadError struct {
	Row     int    `json:"row,omitempty"`
	Column  string `json:"column,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func TestUploads(t *testing.T) {
	files, err := filepath.Glob(uploads + "/*")
	require.NoError(t, err)
	cases := 0
	for _, path := range files {
		ext := filepath.Ext(path)
		if ext != ".csv" && ext != ".xlsx" {
			continue
		}
		cases++
		t.Run(filepath.Base(path), func(t *testing.T) {
			wantPath := strings.TrimSuffix(path, ext) + ".want.json"
			var want upload
			if raw, err := os.ReadFile(wantPath); err == nil {
				require.NoError(t, json.Unmarshal(raw, &want))
			} else {
				require.True(t, *update, "no %s; run with -update", wantPath)
			}
			got := readUpload(t, path, want.Options)
			if *update {
				var b bytes.Buffer
				enc := json.NewEncoder(&b)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				require.NoError(t, enc.Encode(got))
				require.NoError(t, os.WriteFile(wantPath, b.Bytes(), 0o600))
			}
			require.Equal(t, want, got)
			if got.Error == nil {
				checkFile(t, path, got.Options.options(path))
			}
		})
	}
	require.GreaterOrEqual(t, cases, 40)
}

func (o *uploadOptions) options(path string) ingest.Options {
	out := ingest.Options{Name: filepath.Base(path)}
	if o != nil {
		out.Sheet, out.HeaderRow, out.Headerless, out.Encoding, out.Exported = o.Sheet, o.HeaderRow, o.Headerless, o.Encoding, o.Exported
		out.LeaveOut, out.Join, out.Verbatim = o.LeaveOut, o.Join, o.Verbatim
		for _, r := range o.Delimiter {
			out.Delimiter = r
		}
	}
	return out
}

func readUpload(t *testing.T, path string, o *uploadOptions) upload {
	t.Helper()
	got, err := readAll(path, o.options(path))
	if err != nil {
		var e *schema.UploadError
		require.ErrorAs(t, err, &e, "%v", err)
		require.Equal(t, filepath.Base(path), e.File)
		return upload{Options: o, Error: &uploadError{e.Row, e.Column, e.Code, e.Message}}
	}
	out := upload{Options: o, Used: &got.used, Columns: got.columns, Rows: got.rows}
	for _, w := range got.warnings {
		require.NotEmpty(t, w.Message)
		out.Warnings = append(out.Warnings, uploadWarning{w.Row, w.Column, w.Code})
	}
	return out
}
