package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// A useCase is a block of the page of matching: a starter table, or rows of its own, with a
// lookup and what it makes of leads.
type useCase struct {
	Table  string          `json:"table"`
	Rows   []string        `json:"rows"`
	Lookup json.RawMessage `json:"lookup"`
	More   []struct {
		Table  string          `json:"table"`
		Rows   []string        `json:"rows"`
		Lookup json.RawMessage `json:"lookup"`
	} `json:"more"` // tables that leads go on to
	Aliases []struct {
		Values map[string]string  `json:"values"`
		Action schema.AliasAction `json:"action"`
		Target map[string]string  `json:"target"`
	} `json:"aliases"`
	Examples []struct {
		AsOf     time.Time       `json:"asOf"` // when it is accepted; left out: now
		Lead     json.RawMessage `json:"lead"`
		Writes   map[string]any  `json:"writes"`
		Code     engine.Code     `json:"code"`
		Activity map[string]any  `json:"activity"` // a part of it
	} `json:"examples"`
}

func TestTheUseCasesOfMatchingAnswerAsTheySay(t *testing.T) {
	found := blocks(section(t, matchingFile, "Use cases"), "json")
	require.GreaterOrEqual(t, len(found), 14)
	modes := map[schema.Mode]bool{}
	for n, block := range found {
		var c useCase
		strict(t, []byte(block), &c)
		t.Run(fmt.Sprintf("%d %s", n+1, c.Table), func(t *testing.T) {
			h := open(t, t.TempDir(), engine.Options{})
			defer h.close(t)
			if c.Rows != nil {
				h.table(t, c.Table, strings.Join(c.Rows, "\n")+"\n", "")
			} else {
				h.starter(t, c.Table)
			}
			for _, m := range h.withLookup(t, c.Table, c.Lookup).Match {
				modes[m.Mode] = true
			}
			for _, more := range c.More {
				h.table(t, more.Table, strings.Join(more.Rows, "\n")+"\n", "")
				h.withLookup(t, more.Table, more.Lookup)
			}
			for _, a := range c.Aliases {
				alias := schema.Alias{Values: a.Values, Action: a.Action, Target: a.Target}
				_, err := h.store.AddAliases(t.Context(), c.Table, "", []schema.Alias{alias}, tables.AliasOptions{})
				require.NoError(t, err)
			}
			require.GreaterOrEqual(t, len(c.Examples), 2)
			for _, x := range c.Examples {
				require.Equal(t, x.Code == "", x.Writes != nil, "an example writes or fails: %s", x.Lead)
				if x.Writes == nil {
					x.Writes = map[string]any{}
				}
				writes, activity := h.answerAsOf(t, x.AsOf, c.Table, x.Lead)
				require.Equal(t, x.Writes, writes, "%s", x.Lead)
				code, _ := activity["errorCode"].(string)
				require.Equal(t, string(x.Code), code, "%s", x.Lead)
				for name, want := range x.Activity {
					require.Equal(t, want, activity[name], "%s of %s", name, x.Lead)
				}
			}
		})
	}
	require.GreaterOrEqual(t, len(modes), 8, "the use cases show most modes: %v", slices.Sorted(maps.Keys(modes)))
}

// TestTheModesMatchWhatTheirPageSays makes a table of one row of each mode's
// example and holds both values beside it against it.
func TestTheModesMatchWhatTheirPageSays(t *testing.T) {
	var listed []schema.Mode
	for _, row := range tableRows(t, section(t, matchingFile, "Match modes"), "| mode | the cell holds | cell | is hit by | but not by |") {
		mode := schema.Mode(strings.Trim(strings.Fields(row[0])[0], "`"))
		if !slices.Contains(listed, mode) {
			listed = append(listed, mode)
		}
		t.Run(string(mode)+" "+row[2], func(t *testing.T) {
			h := open(t, t.TempDir(), engine.Options{})
			defer h.close(t)
			columns := strings.Split(row[2], "` to `")
			match := map[string]any{"column": "c", "field": "f", "mode": mode}
			header := "c,v"
			if len(columns) == 2 {
				match["columnTo"] = "d"
				header = "c,d,v"
			}
			for i := range columns {
				columns[i] = `"` + strings.ReplaceAll(strings.Trim(columns[i], "`"), `"`, `""`) + `"`
			}
			h.table(t, "t", header+"\n"+strings.Join(columns, ",")+",yes\n", "")
			lookup, err := json.Marshal(map[string]any{"match": []any{match}, "outputs": []any{map[string]any{"column": "v", "field": "v"}}})
			require.NoError(t, err)
			h.withLookup(t, "t", lookup)
			for value, want := range map[string]bool{row[3]: true, row[4]: false} {
				lead, err := json.Marshal(map[string]string{"f": value})
				require.NoError(t, err)
				writes, activity := h.answer(t, "t", lead)
				require.Equal(t, want, activity["matched"], "%q: %v", value, activity)
				require.Equal(t, want, writes["v"] == "yes")
			}
		})
	}
	require.ElementsMatch(t, schema.Modes(), listed)
}

// TestFormsMatchWhatTheirPageSays is the same for the table of loose and company, each way
// round: what meets does so whichever stands in the cell.
func TestFormsMatchWhatTheirPageSays(t *testing.T) {
	rows := tableRows(t, section(t, matchingFile, "Marks, signs and legal forms"), "| mode | cell | is hit by | but not by |")
	require.GreaterOrEqual(t, len(rows), 10)
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	for n, row := range rows {
		for i, pair := range [][3]string{{row[1], row[2], "yes"}, {row[2], row[1], "yes"}, {row[1], row[3], ""}, {row[3], row[1], ""}} {
			name := fmt.Sprintf("t%d-%d", n, i)
			h.table(t, name, "c,v\n\""+pair[0]+"\",yes\n", "")
			lookup, err := json.Marshal(map[string]any{"match": []any{map[string]any{"column": "c", "field": "f", "mode": row[0]}}, "outputs": []any{map[string]any{"column": "v", "field": "v"}}})
			require.NoError(t, err)
			h.withLookup(t, name, lookup)
			lead, err := json.Marshal(map[string]string{"f": pair[1]})
			require.NoError(t, err)
			writes, activity := h.answer(t, name, lead)
			require.Equal(t, pair[2] != "", writes["v"] == "yes", "%s: %q and %q: %v", row[0], pair[0], pair[1], activity)
		}
	}
}

func TestThePageOfMatchingNamesAllPoliciesAndAggregates(t *testing.T) {
	var policies []schema.HitPolicy
	for _, row := range tableRows(t, section(t, matchingFile, "Hit policies"), "| hit policy | of several hits |") {
		policies = append(policies, schema.HitPolicy(row[0]))
	}
	require.Equal(t, schema.HitPolicies(), policies)
	var aggregates []schema.Aggregate
	for _, row := range tableRows(t, section(t, matchingFile, "Aggregates"), "| aggregate of `collect` | what it makes of the cells; empty ones are left out |") {
		for name := range strings.SplitSeq(row[0], ", ") {
			aggregates = append(aggregates, schema.Aggregate(strings.Trim(name, "`")))
		}
	}
	require.ElementsMatch(t, schema.Aggregates(), aggregates)
}

// TestABadCellIsShownAsItsPageShowsIt uploads the cell of the page's text block and
// compares the message.
func TestABadCellIsShownAsItsPageShowsIt(t *testing.T) {
	found := blocks(section(t, matchingFile, "What an upload is checked for"), "text")
	require.Len(t, found, 1)
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.starter(t, "score-grades")
	text := strings.Replace(read(t, "tables/score-grades.csv"), "60-99", "99-60", 1)
	_, err := h.store.Import(t.Context(), "score-grades", fromCSV(t, text), tables.ImportOptions{Publish: true})
	var refused *schema.Refusal
	require.ErrorAs(t, err, &refused)
	upload := refused.Blocks.List[0]
	require.Equal(t, strings.TrimSpace(found[0]), fmt.Sprintf("%s, row %d, column %s: %s", upload.Code, upload.Row, upload.Column, upload.Message))
}
