package tables

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tablestep/tables/answers"
	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// A Trial is a version of a table with lookups of it, neither of which need be live, or stored.
type Trial struct {
	Table    string
	Snapshot *answers.Snapshot
	Lookups  []schema.Lookup // of the table that would be live with it, but for one that is guessed
	Tested   []schema.Lookup // whose tests are to be run
}

// A FailedTest says in words what came of a test, and of which lookup it is.
type FailedTest struct {
	Lookup  string
	Message string
}

// A Tester runs the tests of lookups, as leads are answered.
type Tester interface {
	// FailedTests runs the tests of the lookups that are tested, in their order. It changes nothing.
	FailedTests(ctx context.Context, t *Trial) ([]FailedTest, error)
}

// TestBy says who runs the tests of lookups from now on. Without one, which nil is, every test fails: what has tests
// does not go live by a program that cannot run them; what is scheduled waits.
func (s *Store) TestBy(t Tester) {
	s.tester.Store(&t)
	s.wakeScheduler()
}

// runsTests is who runs the tests of lookups; nil: nobody does.
func (s *Store) runsTests() Tester {
	if t := s.tester.Load(); t != nil {
		return *t
	}
	return nil
}

// failedTests runs the tests of some lookups of a table over a version, whose rows the caller holds.
func (s *Store) failedTests(ctx context.Context, table string, v *schema.Version, lookups, tested []schema.Lookup) ([]FailedTest, error) {
	tested = slices.DeleteFunc(slices.Clone(tested), func(l schema.Lookup) bool { return len(l.Tests) == 0 })
	if len(tested) == 0 {
		return nil, nil
	}
	tester := s.runsTests()
	if tester == nil {
		var failed []FailedTest
		for _, l := range tested {
			failed = append(failed, FailedTest{l.Name, fmt.Sprintf("lookup %q has tests, and nothing runs here that could answer their leads: publish it by the service", l.Name)})
		}
		return failed, nil
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	ctx, stop := s.bind(ctx)
	defer stop()
	sn, err := s.cache.Snapshot(ctx, table, v)
	if err != nil {
		return nil, fmt.Errorf("load version %d of table %q: %w", v.Number, table, err)
	}
	failed, err := tester.FailedTests(ctx, &Trial{Table: table, Snapshot: sn, Lookups: lookups, Tested: tested})
	if err != nil {
		return nil, fmt.Errorf("run the tests of the lookups of table %q: %w", schema.Excerpt(table), err)
	}
	return failed, nil
}

// checkTests warns of all tests of lookups that fail.
func (s *Store) checkTests(ctx context.Context, table string, v *schema.Version, lookups []schema.Lookup, w *check.Warnings) error {
	failed, err := s.failedTests(ctx, table, v, lookups, lookups)
	for _, f := range failed {
		w.Add(0, "", schema.CodeTestFailed, "%s", f.Message)
	}
	return err
}

// retested are findings with the tests that fail now. What comes of a test may depend on more than the version and
// its lookups: on the day, and on other tables.
func (s *Store) retested(ctx context.Context, table string, v *schema.Version, lookups []schema.Lookup, found schema.Findings) (now schema.Findings, anew bool, err error) {
	var w check.Warnings
	if err := s.checkTests(ctx, table, v, lookups, &w); err != nil {
		return found, false, err
	}
	failed := w.All(nil)
	isTest := func(code string) bool { return code == schema.CodeTestFailed }
	was := found.Where(isTest)
	if slices.Equal(was.List, failed.List) && maps.Equal(was.Counts, failed.Counts) {
		return found, false, nil
	}
	now = found.Where(func(code string) bool { return !isTest(code) })
	now.Under = found.Under
	if now.Counts == nil {
		now.Counts = map[string]int{}
	}
	now.List = append(now.List, failed.List...)
	maps.Copy(now.Counts, failed.Counts)
	return now, true, nil
}

// passTests refuses to make lookups live, by their names, whose tests fail over a version of their table that is
// used as given. A lookup of number 0 is not stored.
func (s *Store) passTests(ctx context.Context, table string, v *schema.Version, used usage, names ...string) error {
	var tested []schema.Lookup
	for _, l := range used.lookups {
		if slices.Contains(names, l.Name) {
			tested = append(tested, l)
		}
	}
	failed, err := s.failedTests(ctx, table, v, used.lookups, tested)
	if err != nil || len(failed) == 0 {
		return err
	}
	var found []schema.Warning
	for _, f := range failed {
		found = append(found, schema.Warning{Code: schema.CodeTestFailed, Message: f.Message})
	}
	first := failed[0].Lookup
	return &schema.Refusal{Table: table, Lookup: first, Version: used.under[lookupOf(table, first).Lookup], Blocks: schema.FindingsOf(found)}
}

// passKept is passTests of versions that are kept, by the lookups' names.
func (s *Store) passKept(ctx context.Context, f *family, versions map[string]int, v *schema.Version) error {
	used, err := s.withVersions(ctx, f.usage(), f.Name.Name, versions)
	if err != nil {
		return err
	}
	var names []string
	for name := range versions {
		names = append(names, lookupName(f.Name.Name, lookupOf(f.Name.Name, name).Lookup))
	}
	return s.passTests(ctx, f.Name.Name, v, used, names...)
}

// passed notes that the tests of a lookup were run for this change.
func (c *change) passed(t Thing) {
	if c.tested == nil {
		c.tested = map[Thing]struct{}{}
	}
	c.tested[t] = struct{}{}
}

// guardedLookups says that no lookup with tests goes live that has not passed them: alone, or with rows that
// were held against the guards for it. What has no live rows answers nobody.
func (c *change) guardedLookups(name Name, r *Records) error {
	own := r.own()
	if own.Live == nil || slices.ContainsFunc(c.passes, func(p *pass) bool { return p.version.Storage == own.Live.Rows.Storage }) {
		return nil
	}
	before := c.before.families[c.renamed(name)]
	for lookup, record := range r.Things {
		if lookup == "" || record.Live == nil || !record.Head.Deleted.IsZero() || len(record.Live.Lookup.Tests) == 0 {
			continue
		}
		t := Thing{name, lookup}
		if before != nil {
			if was := before.Things[lookup]; was != nil && was.Head.Deleted.IsZero() && was.Head.Live == record.Head.Live {
				continue
			}
		}
		if _, ok := c.tested[t]; !ok {
			return fmt.Errorf("version %d of %s goes live by a way that does not run its tests", record.Head.Live, t)
		}
	}
	return nil
}
