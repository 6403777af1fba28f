package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

func TestTurnsAreGivenAsTheirPageSays(t *testing.T) {
	found := blocks(section(t, matchingFile, "Turns"), "json")
	require.Len(t, found, 3)
	for _, block := range found {
		var c struct {
			Rows   []string
			Lookup json.RawMessage
			Leads  []int
			Gives  map[string]int
		}
		strict(t, []byte(block), &c)
		h := open(t, t.TempDir(), engine.Options{})
		h.table(t, "team", strings.Join(c.Rows, "\n")+"\n", "")
		h.withLookup(t, "team", c.Lookup)
		leads := make([]json.RawMessage, len(c.Leads))
		for i, id := range c.Leads {
			leads[i] = fmt.Appendf(nil, `{"id":%d}`, id)
		}
		results, err := h.Try(t.Context(), leads, json.RawMessage(`{"table":"team"}`))
		require.NoError(t, err)
		gives, owners := map[string]int{}, map[int]string{}
		for i, r := range results {
			var data struct{ LeadOwner string }
			decodeJSON(t, string(r.LeadData), &data)
			gives[data.LeadOwner]++
			if before, twice := owners[c.Leads[i]]; twice {
				require.Equal(t, before, data.LeadOwner)
			}
			owners[c.Leads[i]] = data.LeadOwner
		}
		require.Equal(t, c.Gives, gives)
		h.close(t)
	}
}
