package tables_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// A prober is a Tester that looks the key of each test up, and fails those that no row hits, or all while harsh is set.
type prober struct {
	t     *testing.T
	harsh atomic.Bool
	runs  atomic.Int64
	err   error
}

func (p *prober) FailedTests(ctx context.Context, trial *tables.Trial) (failed []tables.FailedTest, err error) {
	p.runs.Add(1)
	for _, l := range trial.Tested {
		for n := range l.Tests {
			var lead map[string]string
			require.NoError(p.t, json.Unmarshal(l.Tests[n].Lead, &lead))
			var found answers.Batch
			err := trial.Snapshot.Answer(ctx, &l, [][]string{{lead[l.Match[0].Field]}}, &found, answers.NewBudget(answers.BatchWork, nil))
			if p.harsh.Load() || err != nil || found.Found[0].Row < 0 {
				failed = append(failed, tables.FailedTest{Lookup: l.Name, Message: fmt.Sprintf("lookup %q, %s fails", l.Name, l.Tests[n].Title(n))})
			}
		}
	}
	return failed, p.err
}

// tested is a lookup of table t with a test that wants a row for one value.
func tested(name, value string) schema.Lookup {
	return schema.Lookup{
		Name: name, Match: []schema.Match{{Column: "k", Field: "f", Mode: schema.ModeExact}}, Outputs: []schema.Output{},
		Tests: []schema.Test{{Lead: json.RawMessage(fmt.Sprintf(`{"f":%q}`, value)), Matched: new(true)}},
	}
}

func TestOnEveryWayByWhichRowsGoLiveTheTestsOfTheLookupsRun(t *testing.T) {
	for _, way := range tables.Ways() {
		t.Run(string(way), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// From the disk: what is in memory tells when the collector has freed it, which is outside of the bubble.
				s, _ := over(t, keepertest.NewMemory(), tables.Options{MemoryBudget: 1})
				defer func() { require.NoError(t, s.Close()) }()
				p := &prober{t: t}
				s.TestBy(p)
				arrive := roads()[way].walk(t, s, harm{})
				if way == tables.WayRestore {
					require.NoError(t, s.Restore(t.Context(), "t", "", tables.Lift{}, ""))
				}
				rows, err := s.Rows(t.Context(), "t", view.Query{Limit: 1})
				require.NoError(t, err)
				require.NoError(t, s.SetLookup("t", tested("tested", rows.Rows[0].Cells[0]), "ann"))
				if way == tables.WayRestore {
					require.NoError(t, s.Delete("t", "ann"))
				}
				before, history := liveOf(s), eventsOf(t, s)
				p.harsh.Store(true)
				for _, lift := range []tables.Lift{{}, {Confirm: true, Force: true}} {
					err := arrive(lift)
					require.Equal(t, map[string]string{schema.CodeTestFailed: ""}, reasons(t, err), "nothing lifts it")
					require.Equal(t, before, liveOf(s), "nothing was done")
					require.Equal(t, history, eventsOf(t, s))
				}
				p.harsh.Store(false)
				p.err = errors.New("no answer")
				err = arrive(tables.Lift{})
				require.Error(t, err, "who cannot run them does not pass them")
				if way != tables.WaySchedule { // which is tried again until somebody can run them
					require.ErrorIs(t, err, p.err)
				}
				require.Equal(t, before, liveOf(s))
				p.err = nil
				require.NoError(t, arrive(tables.Lift{}))
				require.NotEqual(t, before, liveOf(s))
			})
		})
	}
}

func TestALookupWithTestsGoesLiveOnlyWhenTheyPass(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	ctx := t.Context()
	p := &prober{t: t}
	s.TestBy(p)
	keepertest.Publish(t, s, "t", harm{}.sheet())
	put := func(l schema.Lookup, publish bool) (schema.Lookup, schema.Findings, error) {
		return s.PutLookup(ctx, "t", l, tables.LookupOptions{Publish: publish, By: "ann"})
	}
	live := func(name string) int {
		table, _ := s.Catalog().Table("t")
		l, _ := table.Lookup(name)
		return l.Version
	}
	_, _, err := put(tested("t", "none"), true)
	var refused *schema.Refusal
	require.ErrorAs(t, err, &refused)
	require.True(t, refused.Unprocessable(), "nothing is stored")
	require.ErrorContains(t, err, `lookup "t", test 1 fails`)
	versions, err := s.LookupVersions("t", "t")
	require.NoError(t, err)
	require.Empty(t, versions)

	set, found, err := put(tested("t", "none"), false)
	require.NoError(t, err)
	require.Equal(t, 1, found.Counts[schema.CodeTestFailed], "it is told where it is only kept")
	for _, publish := range []func() error{
		func() error { return s.PublishLookup(ctx, "t", "t", set.Version, "ann") },
		func() error {
			return s.PublishTogether(ctx, "t", tables.PublishRequest{Lookups: map[string]int{"t": set.Version}}, "ann")
		},
		func() error {
			return s.PublishTogether(ctx, "t", tables.PublishRequest{Version: 1, Lookups: map[string]int{"t": set.Version}}, "ann")
		},
	} {
		err := publish()
		require.ErrorIs(t, err, schema.ErrConflict, "it is stored and has to be mended")
		require.Equal(t, map[string]string{schema.CodeTestFailed: ""}, reasons(t, err))
		require.Zero(t, live("t"))
	}
	require.ErrorContains(t, s.PublishLookup(ctx, "t", "t", set.Version, "ann"), `version 1 of lookup "t" of table "t" cannot go live`)

	_, _, err = put(tested("t", "^a"), true)
	require.NoError(t, err)
	require.Equal(t, 2, live("t"))
	// One that is rolled back to, and one that is restored, is held against the rows as they are now.
	changed := tested("t", "^a")
	changed.Label = "changed"
	_, _, err = put(changed, true)
	require.NoError(t, err)
	p.harsh.Store(true)
	_, err = s.RollbackLookup(ctx, "t", "t", "ann")
	require.Equal(t, map[string]string{schema.CodeTestFailed: ""}, reasons(t, err))
	require.Equal(t, 3, live("t"))
	require.NoError(t, s.DeleteLookup("t", "t", "ann"))
	require.Equal(t, map[string]string{schema.CodeTestFailed: ""}, reasons(t, s.RestoreLookup("t", "t", "ann")))
	require.Zero(t, live("t"))
	p.harsh.Store(false)
	require.NoError(t, s.RestoreLookup("t", "t", "ann"))
	back, err := s.RollbackLookup(ctx, "t", "t", "ann")
	require.NoError(t, err)
	require.Equal(t, 2, back)
}

func TestTestsRunAnewWhereTheRestOfTheFindingsIsKept(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	ctx := t.Context()
	p := &prober{t: t}
	s.TestBy(p)
	keepertest.Publish(t, s, "t", harm{}.sheet())
	require.NoError(t, s.SetLookup("t", tested("t", "^a"), ""))
	im, err := s.Import(ctx, "t", harm{}.sheet(), tables.ImportOptions{})
	require.NoError(t, err)
	require.Zero(t, im.Findings.Blocking().Total())
	p.harsh.Store(true) // as where another table has changed, or the day
	err = s.Publish("t", im.Version, "ann")
	require.Equal(t, map[string]string{schema.CodeTestFailed: ""}, reasons(t, err))
	require.ErrorContains(t, err, "version 2 of table \"t\" cannot go live")
	found, _, err := s.Findings(ctx, "t", 0)
	require.NoError(t, err)
	require.Equal(t, 1, found.Counts[schema.CodeTestFailed], "of the live version it is told")
	p.harsh.Store(false)
	found, _, err = s.Findings(ctx, "t", 0)
	require.NoError(t, err)
	require.Zero(t, found.Counts[schema.CodeTestFailed])
	require.NoError(t, s.Publish("t", im.Version, "ann"))

	// A draft has its findings as an upload that is not published.
	p.harsh.Store(true)
	d, err := s.DraftFile(ctx, "t", "ann", harm{}.sheet(), tables.ImportOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, d.Rows.Findings.Counts[schema.CodeTestFailed])
	runs := p.runs.Load()
	require.NoError(t, s.SetLookup("t", schema.Lookup{Name: "other", Match: []schema.Match{{Column: "k", Field: "f"}}}, ""))
	require.Equal(t, runs, p.runs.Load(), "a lookup without tests asks nobody, and those of others do not hold it up")
}

func TestWhereNobodyRunsTestsWhatHasSomeDoesNotGoLive(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", harm{}.sheet())
	err := s.SetLookup("t", tested("t", "^a"), "")
	require.Equal(t, map[string]string{schema.CodeTestFailed: ""}, reasons(t, err))
	require.ErrorContains(t, err, "nothing runs here that could answer their leads")
	s.TestBy(&prober{t: t})
	require.NoError(t, s.SetLookup("t", tested("t", "^a"), ""))
	s.TestBy(nil)
	_, err = s.Import(t.Context(), "t", harm{}.sheet(), tables.ImportOptions{Publish: true})
	require.Equal(t, map[string]string{schema.CodeTestFailed: ""}, reasons(t, err))
}
