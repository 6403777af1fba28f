package main_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/cmd/tablestep/starter"
)

// A starterExample is a lead and what the lookup of a starter table makes of it.
type starterExample struct {
	Name    string
	Lead    map[string]any
	Matched bool
	Want    map[string]any
	Error   string
}

// starterExamples are those of a starter table.
func starterExamples(t *testing.T, table starter.Table) []starterExample {
	t.Helper()
	raw, err := table.Examples()
	require.NoError(t, err)
	var set struct{ Examples []starterExample }
	require.NoError(t, json.Unmarshal(raw, &set))
	require.NotEmpty(t, set.Examples)
	return set.Examples
}

// Each is added to a real service under a name of its own, and asked as a flow step asks.
func TestStarterTablesAnswerTheirExamples(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	all, err := starter.All()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(all), 12)
	for _, table := range all {
		sheet, err := table.Sheet()
		require.NoError(t, err)
		name := "our-" + table.Name
		var added struct {
			Table   string
			Version int
			Live    bool
			Rows    int
			Lookup  struct{ Match []struct{ Field string } }
		}
		require.NoError(t, json.Unmarshal([]byte(p.client("starter", "add", table.Name, "--as", name, "--json")), &added))
		require.Equal(t, name, added.Table)
		require.Equal(t, 1, added.Version)
		require.True(t, added.Live)
		require.Equal(t, len(sheet.Rows), added.Rows, table.Name)
		for _, x := range starterExamples(t, table) {
			t.Run(table.Name+"/"+x.Name, func(t *testing.T) {
				lead := map[string]any{"id": 1}
				for _, m := range added.Lookup.Match {
					lead[m.Field] = nil // Marketo sends a mapped field that is empty as null
				}
				maps.Copy(lead, x.Lead)
				raw, err := json.Marshal(lead)
				require.NoError(t, err)
				var answer struct {
					Results []struct {
						LeadData     map[string]any
						ActivityData map[string]any
					}
				}
				require.NoError(t, json.Unmarshal([]byte(p.evaluated(name, string(raw))), &answer))
				require.Len(t, answer.Results, 1)
				got := answer.Results[0]
				delete(got.LeadData, "id")
				if x.Error != "" {
					require.Equal(t, x.Error, got.ActivityData["errorCode"], "%v", got)
				}
				require.Equal(t, x.Matched, got.ActivityData["matched"], "%v", got)
				if x.Want == nil {
					x.Want = map[string]any{}
				}
				if len(x.Want) == 0 {
					require.Empty(t, got.LeadData)
					return
				}
				require.Equal(t, x.Want, got.LeadData)
			})
		}
	}
}

func TestWordsOfStarterTables(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	c.with()
	c.say(
		said{why: "what there is", args: "starter list"},
		said{why: "a table of it", args: "starter add time-zones"},
		said{why: "a table that is there already", args: "starter add time-zones"},
		said{why: "the same under another name", args: "starter add time-zones --as zones --no-publish"},
		said{why: "what came of it", args: "table list"},
		said{why: "what is to know of one", args: "table check time-zones"},
		said{why: "names that mean two countries are told", args: "starter add countries"},
		said{why: "rows that are those of this program", args: "starter update time-zones"},
		said{why: "a table with a slip, to be updated", args: "starter update time-zonse"},
		said{why: "a side that is none", args: "starter update time-zones --conflicts theirs"},
		said{why: "a slip", args: "starter add countris"},
		said{why: "a name that is none of these", args: "starter add wheather"},
		said{why: "a name that no table can have", args: `starter add networks --as "My Networks"`},
	)
	c.end("starter")
}
