package engine

import (
	"context"
	"fmt"
	"time"

	"tablestep/engine/rules"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// SaveOptions say how a rule set is saved.
type SaveOptions struct {
	Publish bool   // it goes live as it is stored
	Force   bool   // even if it looks up in a table where that takes far too much work
	By      string // who is recorded in its history

	Expected tables.Expected // the state that it has to be in; nil is any. The error is a *tables.MovedError
}

// A SavedRuleSet is a rule set that was checked and stored.
type SavedRuleSet struct {
	Version int
	Live    bool // whether this is the live version
	Report  *RuleSetReport
}

// A RuleSetNameError says that a rule set calls itself otherwise than it is to be called.
type RuleSetNameError struct{ Named, Wanted string }

// Error names both.
func (e *RuleSetNameError) Error() string {
	return fmt.Sprintf("the rule set calls itself %q and is to be saved as %q; use one name", e.Named, e.Wanted)
}

// SaveRuleSet checks a rule set, runs its own tests, stores it as a new version and
// lets it go live if it is told to. What was checked is what answers: it is not compiled
// again. A rule set that is wrong is a *RuleSetError, and one that calls itself
// otherwise a *RuleSetNameError; then nothing is stored.
func (e *Engine) SaveRuleSet(ctx context.Context, name, source string, o SaveOptions) (*SavedRuleSet, error) {
	start := time.Now()
	saved, err := e.saveRuleSet(ctx, name, source, o)
	if err != nil {
		e.events.emit(EventRuleSet{At: start, Action: RuleSetRefused, RuleSet: name, By: o.By, Err: err})
		return nil, err
	}
	e.events.emit(EventRuleSet{At: start, Action: RuleSetSaved, RuleSet: name, Version: saved.Version, Live: saved.Live, By: o.By})
	return saved, nil
}

func (e *Engine) saveRuleSet(ctx context.Context, name, source string, o SaveOptions) (*SavedRuleSet, error) {
	var (
		report   *RuleSetReport
		compiled *rules.Program
	)
	err := e.guarded(ctx, func(w *world) (err error) {
		report, compiled, err = w.checkRuleSet(ctx, source, o.Force)
		return err
	})
	if err != nil {
		return nil, err
	}
	if report.Name != name {
		return nil, &RuleSetNameError{Named: report.Name, Wanted: name}
	}
	e.evaluator.programs.offer(name, source, compiled)
	v, err := e.evaluator.store.PutRuleSetIf(name, source, o.Publish, o.Expected, o.By)
	if err != nil {
		return nil, err
	}
	e.evaluator.programs.stored(name, v.Number, source)
	// With Publish it went live as it was stored, whatever has come since.
	live := o.Publish
	if set, ok := e.evaluator.store.Catalog().RuleSet(name); ok && !live {
		live = set.Live != nil && set.Live.Number == v.Number
	}
	return &SavedRuleSet{Version: v.Number, Live: live, Report: report}, nil
}

// PublishRuleSet lets a stored version go live.
func (e *Engine) PublishRuleSet(name string, version int, by string) error {
	if err := e.evaluator.store.PublishRuleSet(name, version, by); err != nil {
		return err
	}
	e.events.emit(EventRuleSet{At: time.Now(), Action: RuleSetPublished, RuleSet: name, Version: version, Live: true, By: by})
	return nil
}

// RollbackRuleSet lets the version go live again that was so before, and says which
// that is. Done again, it goes further back.
func (e *Engine) RollbackRuleSet(name, by string) (version int, err error) {
	if version, err = e.evaluator.store.RollbackRuleSet(name, by); err != nil {
		return 0, err
	}
	e.events.emit(EventRuleSet{At: time.Now(), Action: RuleSetRolledBack, RuleSet: name, Version: version, Live: true, By: by})
	return version, nil
}

// DeleteRuleSet takes a rule set away with all versions, which RestoreRuleSet brings back.
// Lookups and flow steps that name it fail their leads with RULESET_NOT_FOUND.
func (e *Engine) DeleteRuleSet(name, by string) error { return e.DeleteRuleSetIf(name, nil, by) }

// DeleteRuleSetIf is DeleteRuleSet of a rule set that is in an expected state; else the error
// is a *tables.MovedError.
func (e *Engine) DeleteRuleSetIf(name string, expected tables.Expected, by string) error {
	if err := e.evaluator.store.DeleteRuleSetIf(name, expected, by); err != nil {
		return err
	}
	e.events.emit(EventRuleSet{At: time.Now(), Action: RuleSetDeleted, RuleSet: name, By: by})
	return nil
}

// RestoreRuleSet brings back the rule set of a name that was deleted last, with its
// versions, under its own name or under another one (as). It is not checked anew: leads
// meet what they would have met before. It is there for tables.RestoreTime.
func (e *Engine) RestoreRuleSet(name, as, by string) error {
	if err := e.evaluator.store.RestoreRuleSet(name, as, by); err != nil {
		return err
	}
	told := EventRuleSet{At: time.Now(), Action: RuleSetRestored, RuleSet: name, By: by}
	if as != "" && as != name {
		told.RuleSet, told.From = as, name
	}
	if set, ok := e.evaluator.store.Catalog().RuleSet(told.RuleSet); ok && set.Live != nil {
		told.Version, told.Live = set.Live.Number, true
	}
	e.events.emit(told)
	return nil
}

// PurgeRuleSet removes for good what was deleted under a name.
func (e *Engine) PurgeRuleSet(name, by string) error {
	if err := e.evaluator.store.PurgeRuleSet(name, by); err != nil {
		return err
	}
	e.events.emit(EventRuleSet{At: time.Now(), Action: RuleSetPurged, RuleSet: name, By: by})
	return nil
}

// DiffRuleSet compares two stored versions by rule. As to, 0 is the live one; as from,
// the newest one before to.
func (e *Engine) DiffRuleSet(name string, from, to int) (*RuleSetDiff, error) {
	set, versions, err := e.evaluator.store.WholeRuleSet(name)
	if err != nil {
		return nil, err
	}
	older, newer, err := compared(set, versions, from, to)
	if err != nil {
		return nil, err
	}
	d, err := diffRuleSets(older.Source, newer.Source)
	if err != nil {
		return nil, err
	}
	d.From, d.To = older.Number, newer.Number
	return d, nil
}

// compared finds the two versions of a diff among those that are kept, the newest
// first.
func compared(set *tables.RuleSet, versions []tables.RuleSetVersion, from, to int) (older, newer *tables.RuleSetVersion, err error) {
	if to == 0 {
		if set.Live == nil {
			return nil, nil, fmt.Errorf("rule set %q has no published version; name one with to=: %w", set.Name, schema.ErrVersionNotFound)
		}
		to = set.Live.Number
	}
	for i := range versions {
		v := &versions[i]
		if v.Number == to {
			newer = v
		}
		if older == nil && (v.Number == from || from == 0 && v.Number < to) {
			older = v
		}
	}
	switch {
	case newer == nil:
		err = fmt.Errorf("rule set %q, version %d: %w", set.Name, to, schema.ErrVersionNotFound)
	case older == nil && from == 0:
		err = fmt.Errorf("rule set %q has no version before %d: %w", set.Name, to, schema.ErrVersionNotFound)
	case older == nil:
		err = fmt.Errorf("rule set %q, version %d: %w", set.Name, from, schema.ErrVersionNotFound)
	}
	return older, newer, err
}
