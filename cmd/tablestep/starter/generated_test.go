package starter_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/cmd/tablestep/starter"
)

// update rewrites the tables that are generated.
var update = flag.Bool("update", false, "rewrite the generated tables")

// generated are the tables that a program makes, and what makes each.
func generated() map[string]func(t *testing.T) *starter.Sheet {
	return map[string]func(t *testing.T) *starter.Sheet{
		"countries":   countries,
		"time-zones":  zones,
		"legal-forms": legalForms,
	}
}

// Compared is what is packed: compressors may write other bytes from one Go to the next.
func TestGeneratedTablesAreWhatTheirSourcesSay(t *testing.T) {
	t.Parallel()
	for name, generate := range generated() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sheet := generate(t)
			var want bytes.Buffer
			w := csv.NewWriter(&want)
			require.NoError(t, w.Write(sheet.Columns))
			require.NoError(t, w.WriteAll(sheet.Rows))
			file := "tables/" + name + ".csv.gz"
			if *update {
				var packed bytes.Buffer
				z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
				require.NoError(t, err)
				_, err = z.Write(want.Bytes())
				require.NoError(t, err)
				require.NoError(t, z.Close())
				require.NoError(t, os.WriteFile(file, packed.Bytes(), 0o600))
			}
			packed, err := os.ReadFile(file)
			require.NoError(t, err)
			from, err := gzip.NewReader(bytes.NewReader(packed))
			require.NoError(t, err)
			got, err := io.ReadAll(from)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want.Bytes(), got), "%s is not what is generated now: run go test ./cmd/tablestep/starter -run Generated -update, and read what changed", file)
		})
	}
}
