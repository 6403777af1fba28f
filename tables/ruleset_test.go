package tables_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

const routing = "rules:\n  - when: lead.country == \"US\" && lead.size >= 10 # é \u2028 <&>\x00\r\n"

func putRules(t require.TestingT, s *tables.Store, name, source string) *tables.RuleSetVersion {
	v, err := s.PutRuleSet(name, source, true, "ann")
	require.NoError(t, err)
	return v
}

// liveRules is what the catalog has for a name that is there and published.
func liveRules(t require.TestingT, c *tables.Catalog, name string) tables.RuleSetVersion {
	set, ok := c.RuleSet(name)
	require.True(t, ok, name)
	require.NotNil(t, set.Live, name)
	return *set.Live
}

func TestARuleSetIsLiveByteForByteAndStaysSoAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, err := file.OpenStore(path, tables.Options{Now: fixedClock()})
	require.NoError(t, err)
	keepertest.Publish(t, s, "t", keepertest.Countries())
	v := putRules(t, s, "lead-routing", routing)
	want := tables.RuleSetVersion{Number: 1, Source: routing, Created: fixedClock()(), By: "ann"}
	require.Equal(t, want, *v)
	draft, err := s.PutRuleSet("lead-routing", "draft", false, "bob")
	require.NoError(t, err)
	require.Equal(t, tables.RuleSetVersion{Number: 2, Source: "draft", Created: fixedClock()(), By: "bob"}, *draft)
	_, err = s.PutRuleSet("a-draft", "", false, "")
	require.NoError(t, err)

	check := func() {
		require.Equal(t, []*tables.RuleSet{
			{Name: "a-draft", Versions: 1, Updated: fixedClock()()},
			{Name: "lead-routing", Live: &want, Versions: 2, Updated: fixedClock()()},
		}, s.Catalog().RuleSets())
		_, ok := s.Catalog().RuleSet("lead")
		require.False(t, ok)
		require.Len(t, s.Catalog().Tables(), 1)
		versions, err := s.RuleSetVersions("lead-routing")
		require.NoError(t, err)
		require.Equal(t, []tables.RuleSetVersion{*draft, want}, versions)
		for number, expected := range map[int]tables.RuleSetVersion{0: want, 1: want, 2: *draft} {
			got, err := s.RuleSetVersion("lead-routing", number)
			require.NoError(t, err)
			require.Equal(t, expected, *got)
		}
		events, err := s.RuleSetHistory("lead-routing")
		require.NoError(t, err)
		require.Equal(t, []tables.Event{
			{At: fixedClock()(), By: "bob", Action: tables.ActionPut, Version: 2},
			{At: fixedClock()(), By: "ann", Action: tables.ActionPublish, Version: 1},
			{At: fixedClock()(), By: "ann", Action: tables.ActionPut, Version: 1},
		}, events)
	}
	check()
	require.NoError(t, s.Close())
	s = openAt(t, path, tables.Options{Now: fixedClock()})
	check()

	copied := backup(t, s)
	require.NoError(t, s.Close())
	path = filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, os.WriteFile(path, copied, 0o600))
	s, err = file.OpenStore(path, tables.Options{Now: fixedClock()})
	require.NoError(t, err)
	check()
	require.NoError(t, s.Close())
}

func TestAnEqualSourceMakesNoNewVersion(t *testing.T) {
	s := open(t, tables.Options{})
	v, err := s.PutRuleSet("r", "one", false, "ann")
	require.NoError(t, err)
	before := s.Catalog()
	again, err := s.PutRuleSet("r", "one", false, "bob")
	require.NoError(t, err)
	require.Equal(t, v, again)
	require.Same(t, before, s.Catalog(), "nothing changed, so nobody compiles again")

	again, err = s.PutRuleSet("r", "one", true, "bob")
	require.NoError(t, err)
	require.Equal(t, v, again)
	require.Equal(t, *v, liveRules(t, s.Catalog(), "r"))
	before = s.Catalog()
	putRules(t, s, "r", "one")
	require.NoError(t, s.PublishRuleSet("r", 1, "bob"))
	require.Same(t, before, s.Catalog())
	events, err := s.RuleSetHistory("r")
	require.NoError(t, err)
	require.Len(t, events, 2)
	require.Equal(t, "bob", events[0].By)

	require.Equal(t, 2, putRules(t, s, "r", "two").Number)
	require.Equal(t, 3, putRules(t, s, "r", "one").Number, "equal to an older version only")
	require.NoError(t, s.PublishRuleSet("r", 1, "bob"))
	require.Equal(t, 3, putRules(t, s, "r", "one").Number, "the newest, not the live one, is compared")
	require.Equal(t, 3, liveRules(t, s.Catalog(), "r").Number)
}

func TestRollingRulesBackGoesFurtherEachTime(t *testing.T) {
	s := open(t, tables.Options{})
	for i := range 4 {
		putRules(t, s, "r", strconv.Itoa(i+1))
	}
	require.NoError(t, s.PublishRuleSet("r", 2, "bob"))
	for _, want := range []int{4, 3, 2, 1} {
		got, err := s.RollbackRuleSet("r", "eve")
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, strconv.Itoa(want), liveRules(t, s.Catalog(), "r").Source)
	}
	before := s.Catalog()
	_, err := s.RollbackRuleSet("r", "eve")
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.ErrorIs(t, s.PublishRuleSet("r", 9, "bob"), schema.ErrVersionNotFound)
	require.ErrorIs(t, s.PublishRuleSet("r", 0, "bob"), schema.ErrVersionNotFound)
	require.ErrorIs(t, s.PublishRuleSet("r", -1, "bob"), schema.ErrVersionNotFound)
	require.Same(t, before, s.Catalog())
	events, err := s.RuleSetHistory("r")
	require.NoError(t, err)
	require.Len(t, events, 4*2+1+4)
	require.Equal(t, tables.ActionRollback, events[0].Action)
	require.Equal(t, "eve", events[0].By)
	require.Equal(t, 1, events[0].Version)
}

func TestRollingRulesBackPassesOverSweptVersions(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 2})
	for i := range 4 {
		putRules(t, s, "r", strconv.Itoa(i+1))
	}
	got, err := s.RollbackRuleSet("r", "")
	require.NoError(t, err)
	require.Equal(t, 3, got)
	_, err = s.RollbackRuleSet("r", "")
	require.ErrorIs(t, err, schema.ErrVersionNotFound, "1 and 2 are gone")
}

func TestRollingRulesBackNeverEndsWhereItBegan(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 2})
	putRules(t, s, "r", "1")
	putRules(t, s, "r", "2")
	require.NoError(t, s.PublishRuleSet("r", 1, ""))
	for _, source := range []string{"3", "4"} {
		_, err := s.PutRuleSet("r", source, false, "")
		require.NoError(t, err)
	}
	require.NoError(t, s.PublishRuleSet("r", 3, ""))
	got, err := s.RollbackRuleSet("r", "")
	require.NoError(t, err)
	require.Equal(t, 1, got)
	_, err = s.RollbackRuleSet("r", "")
	require.ErrorIs(t, err, schema.ErrVersionNotFound, "2 is gone, and before it 1 was live, which is so now")
}

func TestOldRulesGoAndTheLiveOnesStay(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 3})
	putRules(t, s, "r", "live")
	putRules(t, s, "r-2", "a neighbour")
	for i := range 5 {
		_, err := s.PutRuleSet("r", strconv.Itoa(i), false, "")
		require.NoError(t, err)
	}
	versions, err := s.RuleSetVersions("r")
	require.NoError(t, err)
	numbers := []int{}
	for _, v := range versions {
		numbers = append(numbers, v.Number)
	}
	require.Equal(t, []int{6, 5, 4, 1}, numbers)
	set, ok := s.Catalog().RuleSet("r")
	require.True(t, ok)
	require.Equal(t, 4, set.Versions)
	require.Equal(t, "live", set.Live.Source)
	_, err = s.RuleSetVersion("r", 2)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.ErrorIs(t, s.PublishRuleSet("r", 3, ""), schema.ErrVersionNotFound)
	require.Equal(t, "a neighbour", liveRules(t, s.Catalog(), "r-2").Source)
	require.Equal(t, 5, keys(t, s, "versions"), "the swept ones are gone from the file")
}

// keys is how many keys a bucket has.
func keys(t *testing.T, s *tables.Store, bucket string) int {
	t.Helper()
	n := 0
	inside(t, s, func(tx *bolt.Tx) error {
		n = tx.Bucket([]byte(bucket)).Stats().KeyN
		return nil
	})
	return n
}

func TestDeletedRulesAreGoneAndTheirNumbersAreNotUsedAgain(t *testing.T) {
	s := open(t, tables.Options{})
	putRules(t, s, "r", "one")
	putRules(t, s, "r", "two")
	before := s.Catalog()
	require.NoError(t, s.DeleteRuleSet("r", "ann"))
	require.Empty(t, s.Catalog().RuleSets())
	require.Equal(t, "two", liveRules(t, before, "r").Source, "who has it goes on")
	require.Equal(t, 2, keys(t, s, "versions"), "they can be restored")
	require.NoError(t, s.PurgeRuleSet("r", "ann"))
	require.Zero(t, keys(t, s, "versions"))

	require.Equal(t, 3, putRules(t, s, "r", "two").Number)
	_, err := s.RollbackRuleSet("r", "ann")
	require.ErrorIs(t, err, schema.ErrVersionNotFound, "nothing from its former life comes back")
	_, err = s.RuleSetVersion("r", 2)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	events, err := s.RuleSetHistory("r")
	require.NoError(t, err)
	require.Len(t, events, 4+2+2)
	require.Equal(t, tables.ActionDelete, events[3].Action)
}

func TestRulesThatAreNotThereAreNamedInTheError(t *testing.T) {
	s := open(t, tables.Options{})
	putRules(t, s, "gone", "one")
	require.NoError(t, s.DeleteRuleSet("gone", ""))
	for _, name := range []string{"gone", "none", "", "a\x00b"} {
		_, rollback := s.RollbackRuleSet(name, "")
		_, versions := s.RuleSetVersions(name)
		_, version := s.RuleSetVersion(name, 1)
		for _, err := range []error{rollback, versions, version, s.PublishRuleSet(name, 1, ""), s.DeleteRuleSet(name, "")} {
			require.ErrorIs(t, err, schema.ErrRuleSetNotFound)
			require.NotErrorIs(t, err, schema.ErrTableNotFound)
		}
	}
	_, err := s.RuleSetHistory("none")
	require.ErrorIs(t, err, schema.ErrRuleSetNotFound)
	require.ErrorContains(t, err, `"none"`)
	_, err = s.RuleSetHistory("gone")
	require.NoError(t, err)
	_, err = s.PutRuleSet("draft", "x", false, "")
	require.NoError(t, err)
	_, err = s.RuleSetVersion("draft", 0)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.ErrorContains(t, err, "no version is published")
}

func TestNamesAndSourcesOfRulesAreChecked(t *testing.T) {
	s := open(t, tables.Options{})
	for _, name := range []string{"", "-a", ".a", "A", "a b", "ä", "a/b", "a\x00", strings.Repeat("a", 101)} {
		_, err := s.PutRuleSet(name, "x", true, "")
		require.ErrorIs(t, err, schema.ErrInvalid, "%q", name)
		require.ErrorContains(t, err, "rule set name")
	}
	for _, source := range []string{strings.Repeat("a", 1<<20+1), "caf\xe9"} {
		_, err := s.PutRuleSet("r", source, true, "")
		require.ErrorIs(t, err, schema.ErrInvalid)
	}
	require.Empty(t, s.Catalog().RuleSets())
	_, err := s.RuleSetHistory("r")
	require.ErrorIs(t, err, schema.ErrRuleSetNotFound, "what is refused leaves nothing")

	longest := strings.Repeat("<", 1<<20) // Six bytes each in the file.
	putRules(t, s, strings.Repeat("a", 100), longest)
	got := liveRules(t, s.Catalog(), strings.Repeat("a", 100)).Source
	require.Len(t, got, len(longest))
	require.Empty(t, strings.Trim(got, "<"))
}

func TestThereIsAMostOfRuleSets(t *testing.T) {
	s := open(t, tables.Options{})
	for i := range 1000 {
		putRules(t, s, fmt.Sprintf("r%d", i), "x")
	}
	_, err := s.PutRuleSet("one-more", "x", true, "")
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.Equal(t, 2, putRules(t, s, "r7", "y").Number, "those that are there can be changed")
	require.NoError(t, s.DeleteRuleSet("r7", ""))
	putRules(t, s, "one-more", "x")
	_, err = s.PutRuleSet("r7", "x", true, "")
	require.ErrorIs(t, err, schema.ErrInvalid, "a deleted one comes back as a new one does")
}

func TestRulesAndATableOfOneNameDoNotMix(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "x", keepertest.Countries())
	putRules(t, s, "x", "one")
	keepertest.Publish(t, s, "x", keepertest.Countries())
	putRules(t, s, "x", "two")
	putRules(t, s, "x", "three")
	table, ok := s.Catalog().Table("x")
	require.True(t, ok)
	require.Equal(t, 2, table.Live.Number)
	require.Equal(t, 3, liveRules(t, s.Catalog(), "x").Number)
	ofTable, err := s.History("x")
	require.NoError(t, err)
	require.Len(t, ofTable, 4)
	ofRules, err := s.RuleSetHistory("x")
	require.NoError(t, err)
	require.Len(t, ofRules, 6)
	require.NoError(t, s.Delete("x", ""))
	require.Equal(t, "three", liveRules(t, s.Catalog(), "x").Source)
	require.NoError(t, s.DeleteRuleSet("x", ""))
	keepertest.Publish(t, s, "x", keepertest.Countries())
	require.Empty(t, s.Catalog().RuleSets())
}

func TestALookupMayNameRulesThatAreNotThere(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	l := schema.Lookup{Match: []schema.Match{{Column: "country", Field: "country"}}, RuleSet: "later"}
	require.NoError(t, s.SetLookup("t", l, ""))
	putRules(t, s, "later", "x")
	require.NoError(t, s.DeleteRuleSet("later", ""))
	table, ok := s.Catalog().Table("t")
	require.True(t, ok)
	got, ok := table.Lookup("")
	require.True(t, ok)
	require.Equal(t, "later", got.RuleSet)
}

func TestHistoryOfRulesHasABound(t *testing.T) {
	s := open(t, tables.Options{})
	putRules(t, s, "other", "x")
	for i := range 501 {
		putRules(t, s, "r", strconv.Itoa(i))
	}
	events, err := s.RuleSetHistory("r")
	require.NoError(t, err)
	require.Len(t, events, 1000)
	require.Equal(t, 501, events[0].Version)
	require.Equal(t, 2, events[999].Version)
	events, err = s.RuleSetHistory("other")
	require.NoError(t, err)
	require.Len(t, events, 2)
}

func TestAClosedStoreChangesNoRules(t *testing.T) {
	s, err := file.OpenStore(filepath.Join(t.TempDir(), "tables.db"), tables.Options{})
	require.NoError(t, err)
	putRules(t, s, "r", "one")
	require.NoError(t, s.Close())
	_, put := s.PutRuleSet("r", "two", true, "")
	_, rollback := s.RollbackRuleSet("r", "")
	_, versions := s.RuleSetVersions("r")
	_, version := s.RuleSetVersion("r", 1)
	_, history := s.RuleSetHistory("r")
	for _, err := range []error{put, rollback, versions, version, history, s.PublishRuleSet("r", 1, ""), s.DeleteRuleSet("r", "")} {
		require.ErrorIs(t, err, tables.ErrClosed)
	}
	require.Equal(t, "one", liveRules(t, s.Catalog(), "r").Source)
}

// One writer changes a table, then rules a, then rules b, each to the same number;
// others change things of their own. Whoever takes a catalog sees the numbers of
// one moment: never a later one before an earlier one.
func TestACatalogIsOneMomentOfTablesAndRules(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 100})
	const rounds = 100
	for range rounds {
		_, err := s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{})
		require.NoError(t, err)
	}
	step := func(n int) error {
		if err := s.Publish("t", n, ""); err != nil {
			return err
		}
		for _, name := range []string{"a", "b"} {
			if _, err := s.PutRuleSet(name, strconv.Itoa(n), true, ""); err != nil {
				return err
			}
		}
		_, err := moment(s.Catalog(), n)
		return err
	}
	require.NoError(t, step(1))

	var writers, readers sync.WaitGroup
	failed := make(chan error, 8) // One a goroutine.
	write := func(f func(n int) error) {
		writers.Go(func() {
			for n := 2; n <= rounds; n++ {
				if err := f(n); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	write(step)
	write(func(n int) error {
		if _, err := s.PutRuleSet("c", strconv.Itoa(n), n%2 == 0, ""); err != nil {
			return err
		}
		if _, ok := s.Catalog().RuleSet("c"); !ok {
			return fmt.Errorf("rules c at %d were put and are not there", n)
		}
		if err := s.DeleteRuleSet("c", ""); err != nil {
			return err
		}
		if _, ok := s.Catalog().RuleSet("c"); ok {
			return fmt.Errorf("rules c at %d were deleted and are there", n)
		}
		return nil
	})
	write(func(n int) error {
		return s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "country", Field: "f" + strconv.Itoa(n)}}}, "")
	})
	var done atomic.Bool
	for range 3 {
		readers.Go(func() {
			for last := 1; !done.Load(); {
				now, err := moment(s.Catalog(), last)
				if err != nil {
					failed <- err
					return
				}
				last = now
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	c := s.Catalog()
	require.Len(t, c.RuleSets(), 2)
	require.Equal(t, rounds, liveRules(t, c, "b").Number)
	table, ok := c.Table("t")
	require.True(t, ok)
	require.Equal(t, rounds, table.Live.Number, "no change of one swallows another's")
	require.Equal(t, "f"+strconv.Itoa(rounds), table.Lookups[0].Match[0].Field)
}

// moment is the number of the table in a catalog, and an error where the numbers
// are not of one moment or are older than those seen before.
func moment(c *tables.Catalog, last int) (int, error) {
	table, okTable := c.Table("t")
	a, okA := c.RuleSet("a")
	b, okB := c.RuleSet("b")
	if !okTable || !okA || !okB {
		return 0, fmt.Errorf("something is missing: table %t, a %t, b %t", okTable, okA, okB)
	}
	n := [3]int{table.Live.Number, a.Live.Number, b.Live.Number}
	if n[0] < last || n[0] < n[1] || n[1] < n[2] || n[0] > n[2]+1 {
		return 0, fmt.Errorf("table, a and b at %v after %d", n, last)
	}
	if a.Live.Source != strconv.Itoa(n[1]) || a.Versions != n[1] {
		return 0, fmt.Errorf("version %d of %d has source %s", n[1], a.Versions, a.Live.Source)
	}
	return n[0], nil
}

// Whoever asks for versions is told, however fast others change them.
func TestVersionsAreToldThoughOthersKeepChangingThem(t *testing.T) {
	s, owner := over(t, keepertest.NewMemory(), tables.Options{KeepVersions: 2})
	defer func() { require.NoError(t, s.Close()) }()
	putRules(t, s, "r", "0")
	n := 0
	var changes sync.WaitGroup
	owner.Inject(func(call string) *keepertest.Fault {
		if call != "Versions" {
			return nil
		}
		n++
		done, source := make(chan struct{}), fmt.Sprint(n)
		changes.Go(func() {
			defer close(done)
			if _, err := s.PutRuleSet("r", source, true, ""); err != nil {
				t.Errorf("put: %v", err)
			}
		})
		select {
		case <-done:
		case <-time.After(200 * time.Millisecond): // it waits for who asks
		}
		return nil
	})
	set, versions, err := s.WholeRuleSet("r")
	require.NoError(t, err)
	require.Greater(t, n, 2, "it was changed again and again")
	require.Equal(t, set.Live.Source, versions[0].Source)
	require.Len(t, versions, set.Versions)
	changes.Wait()
}
