package tables

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tablestep/tables/schema"
)

// A Way is a way by which a version of a table goes live. All of them pass the same guards.
type Way string

// The ways.
const (
	WayUpload     Way = "upload"     // a file: Import
	WayPublish    Way = "publish"    // a version that is kept: Publish, PublishTogether
	WayRollback   Way = "rollback"   // the version that was live before: Rollback
	WayPatch      Way = "patch"      // the live version with some rows changed: Patch
	WayConvention Way = "convention" // the live version, read otherwise: SetNotation
	WayDraft      Way = "draft"      // the draft of a file: SaveDraft; that of changed rows is a patch
	WayRestore    Way = "restore"    // a table that was deleted, with its live version: Restore
	WaySchedule   Way = "schedule"   // a version that is kept, when its time has come: Schedule
)

// Ways are all there are. Whoever makes one more adds it here: rows go live only with a pass, which is
// made for a way of this list, and a test walks the list and finds the same guards on each.
func Ways() []Way {
	return []Way{WayUpload, WayPublish, WayRollback, WayPatch, WayConvention, WayDraft, WayRestore, WaySchedule}
}

// A Lift says which guards a person has lifted.
type Lift struct {
	Confirm bool // more than half of the live version's rows may go
	Force   bool // a column that a lookup uses may be missing, a lookup be far too slow, a convention change
}

func (l Lift) lifts(g schema.Guard) bool {
	return g.Lift == schema.LiftConfirm && l.Confirm || g.Lift == schema.LiftForce && l.Force
}

// A pass lets one version of a table go live. guard makes it, and nobody else.
type pass struct {
	way     Way
	version *schema.Version
}

// A candidate is a version that is to go live, and what decides whether it may.
type candidate struct {
	way      Way
	table    string
	version  *schema.Version // its number is 0 while it is not stored
	live     *schema.Version // that it would replace; nil: none
	left     time.Time       // when it was live last itself; zero: never
	lookups  []schema.Lookup // that a person has set, as they would be live with it
	guards   []schema.Guard  // that were found on the way, such as a lookup that is far too slow
	findings schema.Findings // its own under these lookups
	lift     Lift
	catalog  *Catalog // whose lookups theirs go on to; guard sets it
}

// guard is the one place that says whether a version of a table may go live. The error is a
// schema.Refusal with every reason.
func (s *Store) guard(c candidate) (*pass, error) {
	if !slices.Contains(Ways(), c.way) {
		return nil, fmt.Errorf("%q is not among the ways by which a version goes live", c.way)
	}
	now := s.options.Now()
	c.catalog = s.catalog.Load()
	guards := append(c.missing(now), c.loss(now)...)
	guards = append(guards, c.guards...)
	guards = slices.DeleteFunc(guards, c.lift.lifts)
	if err := schema.Refuse(c.table, c.version.Number, guards, c.findings.Blocking()); err != nil {
		return nil, err
	}
	return &pass{c.way, c.version}, nil
}

// unread adds to the fault of a file, whose rows are not known for that, the guards for which
// its columns speak, so that a person learns all reasons at once.
func (c *candidate) unread(fault error, now time.Time) error {
	broken, ok := errors.AsType[*schema.UploadError](fault)
	if !ok {
		return fault
	}
	guards := slices.DeleteFunc(append(c.missing(now), c.guards...), c.lift.lifts)
	if len(guards) == 0 {
		return fault
	}
	w := schema.Warning{Row: broken.Row, Column: broken.Column, Code: broken.Code, Message: broken.Message}
	return schema.Refuse(c.table, 0, guards, schema.FindingsOf([]schema.Warning{w}))
}

// missing are the columns that lookups use and the version lacks; and where no lookup was set that
// would tell, a file that has nothing in common with the table that it would replace,
// which a version that was live lately has been itself. What is made of
// the live version has the columns of that, so nothing gets lost by it.
func (c *candidate) missing(now time.Time) (guards []schema.Guard) {
	if c.way == WayPatch || c.way == WayConvention {
		return nil
	}
	var names []string
	users := map[string][]string{}
	for _, d := range schema.DeadColumns(c.version, c.lookups) {
		if users[d.Column] == nil {
			names = append(names, d.Column)
		}
		users[d.Column] = append(users[d.Column], d.Lookup)
	}
	for _, name := range names {
		also := ""
		if more := users[name][1:]; len(more) > 0 {
			also = " (and so does " + schema.Listed(more) + ")"
		}
		also += c.chained(users[name], name)
		guards = append(guards, schema.Guard{
			Code: schema.CodeColumnMissing, Lift: schema.LiftForce, Lookup: users[name][0], Column: schema.Excerpt(name),
			Message: fmt.Sprintf("lookup %q of table %q uses column %q%s, which %s does not have (it has %s): change the lookup, or force it, and its leads fail with COLUMN_NOT_FOUND",
				schema.Excerpt(users[name][0]), c.table, schema.Excerpt(name), also, c.name(), schema.Listed(c.version.ColumnNames())),
		})
	}
	if len(guards) == 0 && c.live != nil && !c.wasLive(now) && !c.version.Shares(c.live) {
		guards = append(guards, schema.Guard{
			Code: schema.CodeColumnMissing, Lift: schema.LiftForce,
			Message: fmt.Sprintf("%s has no column of the live version %d of table %q (it has %s, and not %s): upload it as another table, or force it",
				c.name(), c.live.Number, c.table, schema.Listed(c.version.ColumnNames()), schema.Listed(c.live.ColumnNames())),
		})
	}
	return guards
}

// chained tells of the lookups that go on with what users of a column have written from it.
func (c *candidate) chained(users []string, column string) (words string) {
	for i := range c.lookups {
		l := &c.lookups[i]
		if c.catalog == nil || !slices.Contains(users, l.Name) {
			continue
		}
		if field, by := c.catalog.goesOn(c.table, l, column); by != "" {
			words += fmt.Sprintf(" (and lookup %q, to which leads go on, matches the field %q that is written from it)", schema.Excerpt(by), schema.Excerpt(field))
		}
	}
	return words
}

// wasLive says that the version was live lately.
func (c *candidate) wasLive(now time.Time) bool {
	return !c.left.IsZero() && now.Sub(c.left) < RestoreTime
}

// loss is that of more than half of the rows. A version that was live lately has been the table
// itself: going back to it is never held up by what came after it.
func (c *candidate) loss(now time.Time) []schema.Guard {
	if c.live == nil || 2*c.version.Rows >= c.live.Rows || c.wasLive(now) {
		return nil
	}
	return []schema.Guard{{
		Code: schema.CodeLargeLoss, Lift: schema.LiftConfirm,
		Message: fmt.Sprintf("%s has %d rows, the live version %d of table %q has %d: confirm that so many may go",
			c.name(), c.version.Rows, c.live.Number, c.table, c.live.Rows),
	}}
}

// name is what the candidate is called in a message.
func (c *candidate) name() string {
	if c.version.Number > 0 {
		return fmt.Sprintf("version %d", c.version.Number)
	}
	if c.way == WayUpload {
		return "the upload"
	}
	return "the new version"
}
