package ssfs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
	"tablestep/api/ssfs"
	"tablestep/engine"
	"tablestep/tables"
)

// told is a mapping that leaves nothing to warn of.
var told = engine.Mapping{Invocation: []string{"country"}, Callback: []string{"code"}}

const codes = "country,code\nGermany,DE\n"

const tiers = `
name: tiers
rules:
  - name: big
    when: number(lead.employees) >= 1000
    set: {tier: '"Enterprise"'}
`

// lookup writes a field.
func lookup(field string) string {
	return `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"` + field + `"}]}`
}

func TestTheStatusOfAnEmptyServiceSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	empty := ssfs.StatusOf(s.Store.Catalog(), engine.Mapping{}, engine.Stats{}, nil)
	require.Equal(t, []string{
		"0 tables are published; a new one appears in the flow step after a picklist refresh.",
		"No rule set is published, so the rule set picklist offers (none) only.",
	}, empty.Info)
	require.Len(t, empty.Warnings, 3)
	require.Contains(t, empty.Warnings[0], "No table is published")
	require.Contains(t, empty.Warnings[1], "no outgoing field mapping")
	require.Contains(t, empty.Warnings[2], "no incoming field mapping")
	require.Equal(t, []string{}, empty.Errors, "an empty list, and not null")

	// What is uploaded and not published counts as nothing.
	require.Equal(t, 201, s.Send(t, "POST", "/api/v1/tables/draft/versions?publish=false", strings.NewReader(codes)).Status)
	require.Equal(t, empty, ssfs.StatusOf(s.Store.Catalog(), engine.Mapping{}, engine.Stats{}, nil))

	s.Table(t, "codes", codes, lookup("code"))
	require.Equal(t, 200, s.Send(t, "PUT", "/api/v1/rulesets/tiers", strings.NewReader(tiers)).Status)
	full := ssfs.StatusOf(s.Store.Catalog(), told, engine.Stats{Waiting: 3, Delivered: 4, Probably: 5}, nil)
	require.Equal(t, []string{
		"1 tables are published; a new one appears in the flow step after a picklist refresh.",
		"1 rule sets are published.",
	}, full.Info)
	require.Empty(t, full.Warnings, "work that is done, or will be, is no trouble")
	require.Empty(t, full.Errors)
}

func TestTheStatusTellsEachTroubleOfDeliveriesByItself(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "codes", codes, lookup("code"))
	for _, c := range []struct {
		stats engine.Stats
		warns bool
		says  string
	}{
		{engine.Stats{Retrying: 1}, true, "1 answers could not be delivered yet and are tried again."},
		{engine.Stats{FailedEvaluations: 1, FailedEvaluation: "the disk is full"}, true, "1 evaluations failed since the service started and were tried again. The last one: the disk is full"},
		{engine.Stats{FailedBatches: 1, FailedBatch: "RULE_FAILED"}, false, "1 batches were answered with an error as a whole since the service started. The last one: RULE_FAILED"},
		{engine.Stats{Dead: 1}, false, "1 answers could not be delivered and were given up"},
		{engine.Stats{Damaged: 1}, false, "1 accepted requests cannot be read"},
		{engine.Stats{DamagedTurns: 2}, false, "rows that take turns could not be read 2 times"},
	} {
		st := ssfs.StatusOf(s.Store.Catalog(), told, c.stats, nil)
		lists := [][]string{st.Errors, st.Warnings}
		if c.warns {
			lists[0], lists[1] = lists[1], lists[0]
		}
		require.Len(t, lists[0], 1, "%+v", c.stats)
		require.Contains(t, lists[0][0], c.says)
		require.Empty(t, lists[1], "%+v", c.stats)
	}
}

func TestTheStatusNamesTenSlowLookupsAndCountsTheOthers(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "codes", codes, lookup("code"))
	for n, more := range map[int]string{10: "", 11: "1 more lookups are too slow.", 13: "3 more lookups are too slow."} {
		var slow []engine.SlowLookup
		for i := range n {
			slow = append(slow, engine.SlowLookup{Table: "codes", Lookup: fmt.Sprintf("l%02d", i), Version: 7, Pace: "3 leads a second"})
		}
		warnings := ssfs.StatusOf(s.Store.Catalog(), told, engine.Stats{}, slow).Warnings
		require.Len(t, warnings, min(n, 11))
		require.Contains(t, warnings[9], `Table "codes", lookup "l09" (version 7) is too slow: it looked up 3 leads a second`)
		if more != "" {
			require.Equal(t, more, warnings[10])
		}
	}
}

func TestTheStatusNamesTenTablesThatWaitToBeConfirmedAndCountsTheOthers(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	warnings := func() []string { return ssfs.StatusOf(s.Store.Catalog(), told, engine.Stats{}, nil).Warnings }
	s.Table(t, "codes", codes, lookup("code"))
	require.Equal(t, 201, s.Send(t, "POST", "/api/v1/tables/draft/versions?publish=false", strings.NewReader(codes)).Status)
	require.Empty(t, warnings(), "a table that answers nobody waits for nothing")
	for i := range 10 {
		s.Table(t, fmt.Sprintf("t%02d", i), codes, "")
	}
	require.Len(t, warnings(), 10)
	require.Equal(t, `Lookup "t00" is not confirmed: leads are matched, and nothing is written. Look at what it suggests, and confirm it on the page of the table or with: tablestep table lookup t00 --confirm`, warnings()[0])
	for i := range 3 {
		s.Table(t, fmt.Sprintf("u%02d", i), codes, "")
	}
	require.Len(t, warnings(), 11)
	require.Equal(t, "3 more lookups are not confirmed.", warnings()[10])
	require.Equal(t, 200, s.Send(t, "POST", "/api/v1/tables/t00/lookups/t00/confirm", nil).Status)
	require.Contains(t, warnings()[0], `"t01"`)
}

func TestTheStatusNamesTwentyDamagesAndCountsTheOthers(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	for n, more := range map[int]string{1: "", 20: "", 21: "1 more are damaged.", 25: "5 more are damaged."} {
		list := make([]tables.Damage, n)
		for i := range list {
			list[i] = tables.Damage{Kind: tables.DamagedRuleSet, Name: fmt.Sprintf("r%02d", i), Problem: "it cannot be read"}
		}
		st := ssfs.StatusOf(s.Store.Catalog(), told, engine.Stats{}, nil)
		ssfs.Damaged(st, list)
		require.Len(t, st.Errors, min(n, 21))
		require.Equal(t, `Damaged: rule set "r00": it cannot be read.`, st.Errors[0])
		if more != "" {
			require.Equal(t, more, st.Errors[20])
		}
	}
}

func TestTheStatusNamesTheFieldsThatMarketoWillDrop(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	warned := func(m engine.Mapping) []string {
		return ssfs.StatusOf(s.Store.Catalog(), m, engine.Stats{}, nil).Warnings
	}
	s.Table(t, "a-guess", "color,shade\nred,dark\n", "") // nobody has chosen what it writes
	s.Table(t, "mapped", codes, lookup("code"))
	require.NotContains(t, strings.Join(warned(told), "\n"), "drops the value")
	require.Equal(t, 204, s.Send(t, "DELETE", "/api/v1/tables/a-guess", nil).Status)
	require.Empty(t, warned(told))

	s.Table(t, "t", codes, `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"code"},{"column":"code","field":"one"},{"column":"country","field":"two"}]}`)
	require.Equal(t, []string{`Lookup "t" writes one, two, not among the incoming fields mapped in Marketo, so Marketo drops the value.`}, warned(told))
	require.Len(t, warned(engine.Mapping{Invocation: told.Invocation}), 1, "before any mapping was told there is that to say alone")

	for i := range 9 {
		name := fmt.Sprintf("u%d", i)
		require.Equal(t, 200, s.Send(t, "PUT", "/api/v1/tables/t/lookups/"+name, strings.NewReader(lookup("x"))).Status)
	}
	require.Len(t, warned(told), 10)
	require.NotContains(t, strings.Join(warned(told), "\n"), "more lookups")
	for i := range 2 {
		require.Equal(t, 200, s.Send(t, "PUT", fmt.Sprintf("/api/v1/tables/t/lookups/v%d", i), strings.NewReader(lookup("x"))).Status)
	}
	list := warned(told)
	require.Len(t, list, 11)
	require.Equal(t, "2 more lookups write fields that are not mapped in Marketo.", list[10])
}

func TestTheStatusNamesTenTablesWhoseLastRowEndsAndCountsTheOthers(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "codes", codes, lookup("code"))
	for n, more := range map[int]string{0: "", 10: "", 11: "The last rows of 1 more tables end soon or have ended.", 14: "The last rows of 4 more tables end soon or have ended."} {
		list := make([]tables.Ending, n)
		for i := range list {
			list[i] = tables.Ending{Table: fmt.Sprintf("t%02d", i), Version: 3, Lookup: "l", Columns: "from..to", Last: "2026-11-30", Over: i%2 == 1}
		}
		st := ssfs.StatusOf(s.Store.Catalog(), told, engine.Stats{}, nil)
		ssfs.Endings(st, list)
		require.Len(t, st.Warnings, min(n, 11))
		if n > 0 {
			require.Equal(t, `Table "t00" (version 3), lookup "l": the last row ends with 2026-11-30 (from..to), and no lead finds one afterwards. Upload rows that are valid from then on.`, st.Warnings[0])
			require.Equal(t, `Table "t01" (version 3), lookup "l": no row is valid any more; the last one ended with 2026-11-30 (from..to), so no lead finds one. Upload rows that are valid from then on.`, st.Warnings[1])
		}
		if more != "" {
			require.Equal(t, more, st.Warnings[10])
		}
	}
}
