package engine_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
	"tablestep/testdata"
)

// TestTheStarterTablesAnswerTheirExamples runs each example of testdata/tables
// through its lookup: lead fields in, written fields out.
func TestTheStarterTablesAnswerTheirExamples(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	files, err := fs.Glob(testdata.Files, "tables/*.examples.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 15)
	loaded := make(map[string]bool)
	examples := 0
	for _, file := range files {
		var set struct {
			Table, Lookup string
			Examples      []struct {
				Name    string
				Lead    map[string]json.RawMessage
				Matched bool
				Want    map[string]any
				Error   engine.Code
			}
		}
		decodeJSON(t, read(t, file), &set)
		if !loaded[set.Table] {
			loaded[set.Table] = true
			h.starter(t, set.Table)
		}
		for _, x := range set.Examples {
			t.Run(set.Table+"/"+set.Lookup+"/"+x.Name, func(t *testing.T) {
				examples++
				raw, err := json.Marshal(x.Lead)
				require.NoError(t, err)
				fields := strings.TrimPrefix(strings.TrimSuffix(string(raw), "}"), "{")
				if fields != "" {
					fields = "," + fields
				}
				got := activityOf(t, h, lead(`"id":1`+fields, `"table":"`+set.Table+"/"+set.Lookup+`"`))[0]
				if x.Error != "" {
					require.Equal(t, string(x.Error), got["errorCode"], "%v", got)
				}
				require.Equal(t, x.Matched, got["matched"], "%v", got)
				written := map[string]any{}
				for name, value := range got {
					if field, ok := strings.CutPrefix(name, "lead."); ok && field != "id" {
						written[field] = value
					}
				}
				if x.Want == nil {
					x.Want = map[string]any{}
				}
				require.Equal(t, x.Want, written)
			})
		}
	}
	require.Greater(t, examples, 200)
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := testdata.Files.ReadFile(file)
	require.NoError(t, err)
	return string(raw)
}

// starter loads a starter table with its lookups, and tells their fields as mapped.
func (h *house) starter(t *testing.T, table string) {
	t.Helper()
	_, err := h.store.Import(t.Context(), table, fromCSV(t, read(t, "tables/"+table+".csv")), tables.ImportOptions{Publish: true})
	require.NoError(t, err)
	files, err := fs.Glob(testdata.Files, "tables/"+table+"*.lookup.json")
	require.NoError(t, err)
	mapping := h.Mapping()
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".lookup.json")
		base, other, second := strings.Cut(name, ".")
		if base != table {
			continue
		}
		if second {
			name = other
		}
		var l schema.Lookup
		decodeJSON(t, read(t, file), &l)
		l.Name = name
		require.NoError(t, h.store.SetLookup(table, l, "test"), file)
		for _, m := range l.Match {
			mapping.Invocation = append(mapping.Invocation, m.Field)
		}
	}
	require.NoError(t, h.SetMapping(mapping))
}
