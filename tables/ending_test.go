package tables_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func validMatch() schema.Match {
	return schema.Match{Column: "from", ColumnTo: "to", Field: schema.Now, Mode: schema.ModeRange}
}

func datedSheet(rows ...[]string) *keepertest.Sheet {
	return &keepertest.Sheet{Header: []string{"k", "from", "to", "v"}, Rows: rows}
}

// eventually waits until what is looked for in the background has been found.
func eventually(t *testing.T, want []tables.Ending, s *tables.Store) {
	t.Helper()
	require.Eventually(t, func() bool { return len(s.Endings()) == len(want) }, 10*time.Second, time.Millisecond, "%v", want)
	require.Equal(t, want, s.Endings())
}

func TestATableWhoseLastRowEndsSoonIsNamed(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	set := func(text string) {
		at, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		now.Store(at.UnixNano())
	}
	set("2026-11-01T00:00:00Z")
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "tables.db")
	options := tables.SmallGroups(tables.Options{Zone: berlin, Now: func() time.Time { return time.Unix(0, now.Load()) }}, 2)
	s := openAt(t, path, options)
	keepertest.Publish(t, s, "t", datedSheet(
		[]string{"a", "2026-01-01", "2026-06-30", "1"}, []string{"b", "", "2026-11-30", "2"}, []string{"a", "2026-07-01", "2026-09-30", "3"}, []string{"c", "", "2026-10-01 12:00", "4"},
	))
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}, validMatch()}}, "ann"))
	// Another table, of which a row is open-ended, and one that is told nothing of.
	keepertest.Publish(t, s, "open", datedSheet([]string{"a", "", "2026-11-02", "1"}, []string{"b", "2020-01-01", "", "2"}))
	require.NoError(t, s.SetLookup("open", schema.Lookup{Match: []schema.Match{validMatch()}}, "ann"))
	keepertest.Publish(t, s, "ever", datedSheet([]string{"a", "", "", "1"}, []string{"b", "2020-01-01", "2020-01-02", "2"}))
	require.NoError(t, s.SetLookup("ever", schema.Lookup{Match: []schema.Match{validMatch()}}, "ann"))

	soon := tables.Ending{Table: "t", Version: 1, Lookup: "t", Columns: "from..to", Last: "2026-11-30"}
	over := soon
	over.Over = true
	set("2026-11-16T23:00:00Z") // 14 days before the first moment of December in Berlin
	eventually(t, []tables.Ending{soon}, s)
	set("2026-11-16T22:59:59.9Z")
	require.Empty(t, s.Endings())
	set("2026-11-30T22:59:59Z")
	require.Equal(t, []tables.Ending{soon}, s.Endings())
	set("2026-11-30T23:00:00Z")
	require.Equal(t, []tables.Ending{over}, s.Endings(), "it is told when it is over, too")

	// It is known again after a restart, of the version that is live.
	require.NoError(t, s.Close())
	s = openAt(t, path, options)
	defer func() { require.NoError(t, s.Close()) }()
	eventually(t, []tables.Ending{over}, s)
	keepertest.Publish(t, s, "t", datedSheet([]string{"a", "2026-01-01", "2026-12-10", "1"}))
	soon.Version, soon.Last = 2, "2026-12-10"
	require.Eventually(t, func() bool { list := s.Endings(); return len(list) == 1 && list[0] == soon }, 10*time.Second, time.Millisecond)
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}}}, "ann"))
	require.Empty(t, s.Endings(), "no lookup asks when a row is valid")
}

// Rows of one key that are valid one after the other are what is meant; those that are valid at
// once are told with both rows and the time.
func TestRowsOfOneKeyMayFollowEachOther(t *testing.T) {
	t.Parallel()
	sheet := func() *keepertest.Sheet {
		return datedSheet(
			[]string{"a", "", "2026-06-30", "1"}, []string{"A", "2026-07-01", "", "2"}, []string{"b", "2026-01-01", "2026-03-31", "3"},
			[]string{"b", "2026-03-01", "2026-05-31", "4"}, []string{"c", "", "", "5"}, []string{"c", "2026-01-01 08:30", "2026-01-01 09:00", "6"},
		)
	}
	for policy, code := range map[schema.HitPolicy]string{schema.PolicyFirst: schema.WarnRangesOverlap, schema.PolicyUnique: schema.WarnOverlap, schema.PolicyAny: schema.WarnOverlap, schema.PolicyBest: schema.WarnRangesOverlap} {
		s := open(t, tables.Options{})
		keepertest.Publish(t, s, "t", sheet())
		require.NoError(t, s.SetLookup("t", schema.Lookup{HitPolicy: policy, Match: []schema.Match{{Column: "k", Field: "k"}, validMatch()}, Outputs: []schema.Output{{Column: "v", Field: "v"}}}, "ann"))
		v, err := s.Import(t.Context(), "t", sheet(), tables.ImportOptions{Publish: true, Confirm: true, Force: true})
		require.NoError(t, err)
		var told []string
		for _, w := range v.Findings.List {
			require.NotContains(t, []string{schema.WarnDuplicateKey, schema.WarnEmptyKey}, w.Code, w.Message)
			if w.Code == code {
				require.Equal(t, "k + from + to", w.Column)
				told = append(told, w.Message)
			}
		}
		require.Len(t, told, 2, "%s: %v", policy, v.Findings.List)
		require.Regexp(t, `row 3 \("b", "2026-01-01", "2026-03-31"\).*; both are valid from 2026-03-01 to 2026-03-31$`, told[0])
		require.Regexp(t, `row 5 \("c", "", ""\).*; both are valid from 2026-01-01 08:30:00 to 2026-01-01 09:00:00$`, told[1])
	}
}

// A file in which a cell says no time is refused, as with any other mode.
func TestACellThatIsNoTimeIsRefusedAtUpload(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", datedSheet([]string{"a", "2026-01-01", "", "1"}))
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{validMatch()}}, "ann"))
	for _, c := range [][3]string{
		{"12", "", "its ends are days or times; write 2026-01-31"},
		{"soon", "", "its ends are days or times"},
		{"2026-05-01", "2026-04-01", "the range ends before it begins"},
		{"2026-05-01", "12", "its ends are a date and a number"},
	} {
		_, err := s.Import(t.Context(), "t", datedSheet([]string{"a", "2026-01-01", "", "1"}, []string{"b", c[0], c[1], "2"}), tables.ImportOptions{Publish: true, Confirm: true, Force: true})
		refused := blocked(t, err)
		require.Equal(t, schema.CodeBadPattern, refused[0].Code)
		require.Equal(t, 2, refused[0].Row)
		require.Contains(t, refused[0].Message, c[2])
	}
	// Days of eight digits are days where all cells are such, or where a person says so.
	_, err := s.Import(t.Context(), "t", datedSheet([]string{"a", "20260101", "20260131", "1"}), tables.ImportOptions{Publish: true, Confirm: true, Force: true})
	require.NoError(t, err)
}

// A row whose end is set, or changed, is the same row: it is known by its key and its first day.
func TestARowIsKnownByItsKeyAndItsFirstDay(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", datedSheet([]string{"a", "2025-01-01", "2025-12-31", "1"}, []string{"a", "2026-01-01", "", "2"}, []string{"b", "", "", "3"}))
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}, validMatch()}}, "ann"))
	_, err := s.Patch(t.Context(), "t", view.Patch{Upsert: []map[string]string{{"k": "A", "from": "2026-01-01", "to": "2026-06-30"}, {"k": "a", "from": "2026-07-01", "v": "4"}, {"k": "b", "from": "", "v": "5"}}}, tables.PatchOptions{Publish: true})
	require.NoError(t, err)
	d, err := s.Diff(t.Context(), "t", 1, 2)
	require.NoError(t, err)
	require.Equal(t, [3]int{1, 0, 2}, [3]int{d.Count.Added, d.Count.Removed, d.Count.Changed})
}
