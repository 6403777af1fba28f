package tables

import (
	"fmt"
	"slices"
	"time"
)

// Action is what an Event did.
type Action string

// The actions that a history tells of.
const (
	ActionImport       Action = "import"
	ActionPublish      Action = "publish"
	ActionRollback     Action = "rollback"
	ActionDelete       Action = "delete"
	ActionRestore      Action = "restore"
	ActionPurge        Action = "purge" // what was deleted can no longer be restored
	ActionLookup       Action = "lookup"
	ActionDeleteLookup Action = "deleteLookup"
	ActionPut          Action = "put"     // a new version of a rule set; of a lookup, one that is not live
	ActionLabel        Action = "label"   // what people see of a table's name; Note is the new one
	ActionChange       Action = "change"  // settings of a table; Before and After have those that changed
	ActionRename       Action = "rename"  // a table has another name
	ActionRelease      Action = "release" // another table has taken a name that it has had: Note
	ActionCopy         Action = "copy"    // a table was made of another one: Note
	ActionAlias        Action = "alias"   // aliases of a lookup were added; Note says which
	ActionDeleteAlias  Action = "deleteAlias"
	ActionCounters     Action = "counters"        // of rows that take turns, by a person; Note says which
	ActionSchedule     Action = "schedule"        // Version and Lookups are to go live later; Note says when
	ActionUnschedule   Action = "unschedule"      // they are not any more; Note says why, where nobody asked for it
	ActionRefused      Action = "scheduleRefused" // they were due and did not go live; Note says why
	ActionDamaged      Action = "damaged"         // stands for an event that is stored and cannot be read
)

// An Event is one change of a table or rule set.
type Event struct {
	At      time.Time      `json:"at"`
	By      string         `json:"by,omitempty"`
	Action  Action         `json:"action"`
	Version int            `json:"version,omitempty"` // of the table or rule set, or of Lookup where that is given
	Lookup  string         `json:"lookup,omitempty"`
	Lookups map[string]int `json:"lookups,omitempty"` // versions of lookups that went live in one step with Version, or by themselves
	Note    string         `json:"note,omitempty"`

	Before map[string]string `json:"before,omitempty"` // what was changed, by names of settings, and cut where it is long
	After  map[string]string `json:"after,omitempty"`
}

// History is what was done to a table, the latest first. A deleted table has one
// as well.
func (s *Store) History(table string) ([]Event, error) {
	return s.history(Name{Kind: KindTable, Name: table})
}

// RuleSetHistory is what was done to a rule set, the latest first. A deleted one
// has one as well.
func (s *Store) RuleSetHistory(name string) ([]Event, error) {
	return s.history(Name{Kind: KindRuleSet, Name: name})
}

func (s *Store) history(name Name) ([]Event, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	var err error
	var events []Event
	if s.catalog.Load().families[name] == nil {
		err = Thing{Name: name}.notFound()
	} else {
		events, err = s.keeper.History(s.ctx, name)
	}
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", Thing{Name: name}, err)
	}
	slices.Reverse(events)
	return events, nil
}
