package tables_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// harm is what a version would do that goes live.
type harm struct {
	columns bool // the lookup's output column v is gone
	rows    bool // one row of ten is left
	cell    bool // a cell that the lookup cannot read: it blocks, and nothing lifts it
}

// sheet is a table with the harm in it: ten rows, k matched by regex, v sent.
func (h harm) sheet() *keepertest.Sheet {
	s := &keepertest.Sheet{Header: []string{"k", "v"}}
	if h.columns {
		s.Header = []string{"k", "other"}
	}
	for n := range 10 {
		row := []string{"^" + string(rune('a'+n)), "1"}
		if h.cell && n == 0 {
			row[0] = "("
		}
		if s.Rows = append(s.Rows, row); h.rows {
			break
		}
	}
	return s
}

// regexLookup is the lookup of t that the harm is done to.
func regexLookup() schema.Lookup {
	return schema.Lookup{Match: []schema.Match{{Column: "k", Field: "f", Mode: schema.ModeRegex}}, Outputs: []schema.Output{{Column: "v", Field: "v"}}}
}

// A road walks a way: it brings a version with a harm to the point where one call would make it live.
type road struct {
	can  []harm // what can be done on this way
	walk func(t *testing.T, s *tables.Store, h harm) (arrive func(lift tables.Lift) error)
}

// harms are all of them.
func harms() (all []harm) {
	for n := range 8 {
		all = append(all, harm{n&1 != 0, n&2 != 0, n&4 != 0})
	}
	return all
}

// good makes table t live, without harm, and sets its lookup.
func good(t *testing.T, s *tables.Store) {
	t.Helper()
	keepertest.Publish(t, s, "t", harm{}.sheet())
	require.NoError(t, s.SetLookup("t", regexLookup(), "ann"))
}

// roads are the ways that there are. Whoever adds one to tables.Ways adds its road here.
func roads() map[tables.Way]road {
	ctx := context.Background()
	// What is made of the live version has its columns.
	var rowsAndCells, restored []harm
	for _, h := range harms() {
		if !h.columns {
			rowsAndCells = append(rowsAndCells, h)
		}
		if !h.rows { // nothing is live that a loss could be told by
			restored = append(restored, h)
		}
	}
	return map[tables.Way]road{
		tables.WayUpload: {harms(), func(t *testing.T, s *tables.Store, h harm) func(tables.Lift) error {
			good(t, s)
			return func(lift tables.Lift) error {
				_, err := s.Import(ctx, "t", h.sheet(), tables.ImportOptions{Publish: true, Confirm: lift.Confirm, Force: lift.Force})
				return err
			}
		}},
		tables.WayPublish: {harms(), func(t *testing.T, s *tables.Store, h harm) func(tables.Lift) error {
			good(t, s)
			im, err := s.Import(ctx, "t", h.sheet(), tables.ImportOptions{Confirm: true, Force: true})
			require.NoError(t, err, "what is not to go live is kept")
			return func(lift tables.Lift) error {
				return s.PublishTogether(ctx, "t", tables.PublishRequest{Version: im.Version, Lift: lift}, "ann")
			}
		}},
		tables.WayRollback: {harms(), func(t *testing.T, s *tables.Store, h harm) func(tables.Lift) error {
			keepertest.Publish(t, s, "t", h.sheet()) // no lookup was set yet
			good(t, s)
			time.Sleep(tables.RestoreTime) // of a version that was live lately a loss is not asked
			return func(lift tables.Lift) error {
				_, err := s.Rollback(ctx, "t", lift, "ann")
				return err
			}
		}},
		tables.WayPatch: {rowsAndCells, func(t *testing.T, s *tables.Store, h harm) func(tables.Lift) error {
			good(t, s)
			// Rows are found by an exact key, which the regex then reads as a pattern.
			l := regexLookup()
			l.Name = "by-pattern"
			require.NoError(t, s.SetLookup("t", l, "ann"))
			l.Name, l.Match[0].Mode = "t", schema.ModeExact
			require.NoError(t, s.SetLookup("t", l, "ann"))
			rows := harm{}.sheet().Rows
			p := view.Patch{Upsert: []map[string]string{{"k": "^z", "v": "2"}}}
			if h.cell {
				p.Upsert[0]["k"] = "("
			}
			if h.rows {
				for _, row := range rows[1:] {
					p.Delete = append(p.Delete, map[string]string{"k": row[0]})
				}
			}
			return func(lift tables.Lift) error {
				_, err := s.Patch(ctx, "t", p, tables.PatchOptions{Publish: true, Lift: lift, By: "ann"})
				return err
			}
		}},
		tables.WayConvention: {[]harm{{}, {cell: true}}, func(t *testing.T, s *tables.Store, h harm) func(tables.Lift) error {
			cell := "1.500-2.500" // which 1,234.5 reads as well
			if h.cell {
				cell = "1.500,5-2.500,5"
			}
			keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{cell, "1"}, {"1.001,5-1.002,5", "2"}}[:1]})
			if h.cell {
				_, err := s.SetNotation(ctx, "t", "k", schema.Notation{Numbers: "1.234,5"}, "ann")
				require.NoError(t, err)
			}
			l := regexLookup()
			l.Match[0].Mode = schema.ModeRange
			require.NoError(t, s.SetLookup("t", l, "ann"))
			return func(tables.Lift) error {
				_, err := s.SetNotation(ctx, "t", "k", schema.Notation{Numbers: "1,234.5"}, "ann")
				return err
			}
		}},
		tables.WayDraft: {harms(), func(t *testing.T, s *tables.Store, h harm) func(tables.Lift) error {
			good(t, s)
			_, err := s.DraftFile(ctx, "t", "ann", h.sheet(), tables.ImportOptions{})
			require.NoError(t, err, "a draft is kept with whatever is found")
			return func(lift tables.Lift) error {
				_, err := s.SaveDraft(ctx, "t", tables.SaveOptions{DraftOptions: tables.DraftOptions{Person: "ann"}, Publish: true, Lift: lift, By: "ann"})
				return err
			}
		}},
		tables.WayRestore: {restored[:2], func(t *testing.T, s *tables.Store, h harm) func(tables.Lift) error {
			good(t, s)
			_, err := s.Import(ctx, "t", h.sheet(), tables.ImportOptions{Publish: true, Force: true})
			require.NoError(t, err)
			require.NoError(t, s.Delete("t", "ann"))
			return func(lift tables.Lift) error { return s.Restore(ctx, "t", "", lift, "ann") }
		}},
		tables.WaySchedule: {harms(), func(t *testing.T, s *tables.Store, h harm) func(tables.Lift) error {
			good(t, s)
			im, err := s.Import(ctx, "t", h.sheet(), tables.ImportOptions{Confirm: true, Force: true})
			require.NoError(t, err)
			return func(lift tables.Lift) error {
				// What came after it was asked for is found when it is due.
				require.NoError(t, tables.PutSchedule(s, "t", tables.Schedule{Version: im.Version, Lift: lift, At: time.Now().UTC().Add(time.Hour)}))
				time.Sleep(time.Hour + time.Minute)
				synctest.Wait()
				return refusalOf(s)
			}
		}},
	}
}

// refusalOf is why what was scheduled for t did not go live; nil: it did.
func refusalOf(s *tables.Store) error {
	table, _ := s.Catalog().Table("t")
	if table.Scheduled == nil {
		return nil
	}
	refused := &schema.Refusal{Table: "t", Version: table.Scheduled.Version}
	var blocks []schema.Warning
	for _, r := range table.Scheduled.Refusals {
		if r.Lift != "" {
			refused.Guards = append(refused.Guards, schema.Guard{Code: r.Code, Lift: r.Lift, Message: r.Message})
		} else {
			blocks = append(blocks, schema.Warning{Row: r.Row, Column: r.Column, Code: r.Code, Message: r.Message})
		}
	}
	refused.Blocks = schema.FindingsOf(blocks)
	return refused
}

// reasons are the codes of a refusal, and what lifts them.
func reasons(t *testing.T, err error) (codes map[string]string) {
	t.Helper()
	codes = map[string]string{}
	if err == nil {
		return codes
	}
	var refused *schema.Refusal
	require.ErrorAs(t, err, &refused)
	for _, g := range refused.Guards {
		codes[g.Code] = g.Lift
	}
	for code := range refused.Blocks.Counts {
		codes[code] = ""
	}
	return codes
}

func TestEveryWayByWhichAVersionGoesLiveHasTheSameGuards(t *testing.T) {
	walked := roads()
	require.Len(t, walked, len(tables.Ways()))
	for _, way := range tables.Ways() {
		road, known := walked[way]
		require.True(t, known, "nobody walks %s", way)
		require.Contains(t, road.can, harm{}, "a way on which nothing arrives tells nothing")
		require.Greater(t, len(road.can), 1, way)
		for _, h := range road.can {
			t.Run(string(way), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, _ := over(t, keepertest.NewMemory(), tables.Options{KeepVersions: 5})
					defer func() { require.NoError(t, s.Close()) }()
					arrive := road.walk(t, s, h)
					before, history := liveOf(s), eventsOf(t, s)

					want := map[string]string{}
					if h.columns {
						want[schema.CodeColumnMissing] = schema.LiftForce
					}
					if h.rows {
						want[schema.CodeLargeLoss] = schema.LiftConfirm
					}
					if h.cell {
						want[schema.CodeBadPattern] = ""
					}
					for _, lift := range []tables.Lift{{}, {Confirm: true}, {Force: true}, {Confirm: true, Force: true}} {
						left := map[string]string{}
						for code, by := range want {
							if by == "" || by == schema.LiftConfirm && !lift.Confirm || by == schema.LiftForce && !lift.Force {
								left[code] = by
							}
						}
						err := arrive(lift)
						require.Equal(t, left, reasons(t, err), "%+v with %+v: every reason at once, and nothing else", h, lift)
						if len(left) == 0 {
							require.NotEqual(t, before, liveOf(s), "it is live")
							return
						}
						require.Equal(t, before, liveOf(s), "nothing was done")
						require.Equal(t, history, eventsOf(t, s))
					}
					require.True(t, h.cell, "else something lifts it")
				})
			})
		}
	}
}

// liveOf is which version of table t is live, and how many there are.
func liveOf(s *tables.Store) [2]int {
	table, ok := s.Catalog().Table("t")
	if !ok || table.Live == nil {
		return [2]int{}
	}
	return [2]int{table.Live.Number, table.Versions}
}

// eventsOf are those of table t, but for what only tells that something scheduled was refused.
func eventsOf(t *testing.T, s *tables.Store) []tables.Event {
	t.Helper()
	events, err := s.History("t")
	require.NoError(t, err)
	return slices.DeleteFunc(events, func(e tables.Event) bool { return e.Action == tables.ActionRefused })
}

func TestGoingBackToWhatWasLiveLatelyIsNeverRefusedForALossOfRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := over(t, keepertest.NewMemory(), tables.Options{})
		defer func() { require.NoError(t, s.Close()) }()
		ctx := context.Background()
		keepertest.Publish(t, s, "t", harm{rows: true}.sheet())
		keepertest.Publish(t, s, "t", harm{}.sheet())
		back, err := s.Rollback(ctx, "t", tables.Lift{}, "ann")
		require.NoError(t, err)
		require.Equal(t, 1, back)
		// And forth, and back by its number, which no trail tells.
		require.NoError(t, s.Publish("t", 2, "ann"))
		require.NoError(t, s.Publish("t", 1, "ann"))
		require.NoError(t, s.Publish("t", 2, "ann"))
		time.Sleep(tables.RestoreTime - time.Second)
		require.NoError(t, s.Publish("t", 1, "ann"))
		require.NoError(t, s.Publish("t", 2, "ann"))
		time.Sleep(tables.RestoreTime)
		err = s.Publish("t", 1, "ann")
		require.Equal(t, map[string]string{schema.CodeLargeLoss: schema.LiftConfirm}, reasons(t, err))
		require.ErrorIs(t, err, schema.ErrConflict)
		require.ErrorContains(t, err, "version 1 has 1 rows, the live version 2 of table \"t\" has 10")

		im, err := s.Import(ctx, "t", harm{rows: true}.sheet(), tables.ImportOptions{Confirm: true})
		require.NoError(t, err)
		require.Equal(t, map[string]string{schema.CodeLargeLoss: schema.LiftConfirm}, reasons(t, s.Publish("t", im.Version, "ann")), "it was never live")
	})
}

func TestAFileThatHasNothingInCommonWithItsTableWantsForce(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	up := func(o tables.ImportOptions, header []string, rows ...[]string) error {
		_, err := s.Import(context.Background(), "t", &keepertest.Sheet{Header: header, Rows: rows}, o)
		return err
	}
	publish := tables.ImportOptions{Publish: true}
	require.NoError(t, up(publish, []string{"zip", "state", "rep"}, []string{"1", "MA", "Ada"}, []string{"2", "NY", "Bob"}, []string{"3", "CA", "Cy"}))
	both := map[string]string{schema.CodeColumnMissing: schema.LiftForce, schema.CodeLargeLoss: schema.LiftConfirm}
	require.Equal(t, both, reasons(t, up(publish, []string{"note"}, []string{"ReadMe"})), "no lookup was set, and yet")
	require.Equal(t, both, reasons(t, up(tables.ImportOptions{}, []string{"note"}, []string{"ReadMe"})), "whether or not it is to go live")
	err := up(publish, []string{"Country", "Region", "Manager"}, []string{"Germany", "DACH", "x"}, []string{"France", "SOUTH", "y"})
	require.Equal(t, map[string]string{schema.CodeColumnMissing: schema.LiftForce}, reasons(t, err))
	require.ErrorContains(t, err, "it has Country, Region, Manager, and not zip, state, rep")
	require.NoError(t, up(publish, []string{"ZIP", "Region"}, []string{"1", "DACH"}, []string{"2", "SOUTH"}), "one column is enough, in any case")
	require.NoError(t, up(tables.ImportOptions{Publish: true, Force: true}, []string{"note", "more"}, []string{"a", "b"}))

	// Of a lookup that was set each column is told, and that says it all.
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "note", Field: "f"}}, Outputs: []schema.Output{{Column: "more", Field: "g"}}}, ""))
	err = up(publish, []string{"zip"}, []string{"1"})
	var refused *schema.Refusal
	require.ErrorAs(t, err, &refused)
	require.Equal(t, []string{"note", "more"}, []string{refused.Guards[0].Column, refused.Guards[1].Column})
	require.Len(t, refused.Guards, 2)
}

func TestWhatBlocksIsKeptWhereItIsNotToGoLiveUntilItIsMended(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	good(t, s)
	im, err := s.Import(context.Background(), "t", harm{cell: true}.sheet(), tables.ImportOptions{})
	require.NoError(t, err)
	require.False(t, im.Live)
	require.Equal(t, map[string]int{schema.CodeBadPattern: 1}, im.Findings.Blocking().Counts)
	require.Equal(t, "k", im.Findings.Blocking().List[0].Column)
	versions, err := s.Versions("t")
	require.NoError(t, err)
	require.Equal(t, im.Findings, versions[0].Findings)
	require.Equal(t, 1, versions[0].Findings.Of(schema.SeverityBlock))
	err = s.Publish("t", im.Version, "ann")
	require.ErrorIs(t, err, schema.ErrConflict, "it is stored: there is nothing to be uploaded that could be mended")
	require.ErrorContains(t, err, "version 2 of table \"t\" cannot go live: row 1: column \"k\": lookup \"t\" cannot read the cell")

	// By its cell, or by the lookup.
	l := regexLookup()
	l.Match[0].Mode = schema.ModeExact
	require.NoError(t, s.SetLookup("t", l, ""))
	require.NoError(t, s.Publish("t", im.Version, "ann"), "what depends on a lookup is made anew")
	found, _, err := s.Findings(context.Background(), "t", im.Version)
	require.NoError(t, err)
	require.Zero(t, found.Blocking().Total())

	// A finding of the file depends on no lookup.
	bad := harm{}.sheet()
	bad.Findings = []schema.Warning{{Row: 2, Code: "LONG_ROW", Message: "a long row"}}
	_, err = s.Import(context.Background(), "t", bad, tables.ImportOptions{Publish: true})
	require.Equal(t, "LONG_ROW", blocked(t, err)[0].Code)
	bad = harm{}.sheet()
	bad.Findings = []schema.Warning{{Row: 2, Code: "LONG_ROW", Message: "a long row"}}
	im, err = s.Import(context.Background(), "t", bad, tables.ImportOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Publish("t", 1, "ann"))
	require.NoError(t, s.SetLookup("t", regexLookup(), ""))
	require.Equal(t, map[string]string{"LONG_ROW": ""}, reasons(t, s.Publish("t", im.Version, "ann")))

	// Both lists at once, and nothing is stored.
	rows := harm{rows: true, cell: true}.sheet()
	_, err = s.Import(context.Background(), "t", rows, tables.ImportOptions{Publish: true})
	var refused *schema.Refusal
	require.ErrorAs(t, err, &refused)
	require.Equal(t, []int{1, 1}, []int{len(refused.Guards), refused.Blocks.Total()})
	require.True(t, refused.Unprocessable())
}
