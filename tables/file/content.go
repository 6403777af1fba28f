package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tablestep/tables"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// headRecord is the head of a thing as it is stored.
type headRecord struct {
	Next     int          `json:"next"`
	Live     int          `json:"live,omitempty"`
	Trail    []int        `json:"trail,omitempty"`
	Left     []leftRecord `json:"left,omitempty"`
	Updated  time.Time    `json:"updated"`
	Deleted  *time.Time   `json:"deleted,omitempty"`
	Aliased  int          `json:"aliased,omitempty"`  // of a table
	Revision uint64       `json:"revision,omitempty"` // of a table or rule set

	Label       string `json:"label,omitempty"` // of a table, and what follows too
	Description string `json:"description,omitempty"`
	Owner       string `json:"owner,omitempty"`
	Hidden      bool   `json:"hidden,omitempty"`
	Order       int    `json:"order,omitempty"`

	Former    []string        `json:"former,omitempty"`
	Scheduled *scheduleRecord `json:"scheduled,omitempty"`
}

func newHeadRecord(h tables.Head, revision uint64) headRecord {
	r := headRecord{Next: h.Next, Live: h.Live, Trail: h.Trail, Updated: h.Updated, Aliased: h.Aliased, Revision: revision}
	r.Label, r.Description, r.Owner, r.Hidden, r.Order = h.Label, h.Description, h.Owner, h.Hidden, h.Order
	r.Former, r.Scheduled = h.Former, newScheduleRecord(h.Scheduled)
	for _, n := range slices.Sorted(maps.Keys(h.Left)) {
		r.left(n, h.Left[n])
	}
	if !h.Deleted.IsZero() {
		r.Deleted = &h.Deleted
	}
	return r
}

// leftRecord is when a version that was live stopped to be so.
type leftRecord struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
}

func (r *headRecord) left(version int, at time.Time) {
	if !slices.ContainsFunc(r.Left, func(l leftRecord) bool { return l.Version == version }) {
		r.Left = append(r.Left, leftRecord{version, at})
	}
}

func (r *headRecord) head() tables.Head {
	h := tables.Head{Next: r.Next, Live: r.Live, Trail: r.Trail, Updated: r.Updated, Aliased: r.Aliased, Former: r.Former, Scheduled: r.Scheduled.schedule()}
	h.Settings = tables.Settings{Label: r.Label, Description: r.Description, Owner: r.Owner, Hidden: r.Hidden, Order: r.Order}
	for _, l := range r.Left {
		if h.Left == nil {
			h.Left = map[int]time.Time{}
		}
		h.Left[l.Version] = l.At
	}
	if r.Deleted != nil {
		h.Deleted = *r.Deleted
	}
	return h
}

// makingRecord is how a version came to be, as much of it as all three kinds have.
type makingRecord struct {
	Number  int       `json:"version"`
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
	Patch   bool      `json:"patch,omitempty"`
	Storage uint64    `json:"storage,omitempty"` // of a table
}

func newMakingRecord(m tables.Making) makingRecord {
	return makingRecord{Number: m.Number, Created: m.Created, By: m.By, Patch: m.Patch, Storage: m.Storage}
}

func (r *makingRecord) making() tables.Making {
	return tables.Making{Number: r.Number, Created: r.Created, By: r.By, Patch: r.Patch, Storage: r.Storage}
}

// rowsRecord is a version of a table as it is stored.
type rowsRecord struct {
	makingRecord
	Rows     int            `json:"rows"`
	Columns  []columnRecord `json:"columns"`
	Source   string         `json:"source,omitempty"`
	Message  string         `json:"message,omitempty"`
	Bytes    int64          `json:"bytes"`
	Memory   int64          `json:"memory"`
	Key      []string       `json:"key,omitempty"`
	KeyGiven bool           `json:"keyGiven,omitempty"`
	Groups   []int          `json:"groups"`
	Draft    *draftRecord   `json:"draft,omitempty"`
}

// draftRecord is what the rows of a draft are, beside a version's.
type draftRecord struct {
	Begun time.Time    `json:"begun"`
	Base  int          `json:"base,omitempty"`
	File  bool         `json:"file,omitempty"`
	Rows  int          `json:"rows,omitempty"` // of the base
	Edits []editRecord `json:"edits,omitempty"`
}

type editRecord struct {
	Kind  tables.EditKind   `json:"kind"`
	Row   int               `json:"row"`
	Was   string            `json:"was,omitempty"`
	Cells map[string]string `json:"cells,omitempty"`
}

func newDraftRecord(d *tables.DraftContent) *draftRecord {
	r := &draftRecord{Begun: d.Begun, Base: d.Base, File: d.File, Rows: d.Edits.Rows}
	for _, e := range d.Edits.Changes {
		r.Edits = append(r.Edits, editRecord(e))
	}
	return r
}

func (r *draftRecord) draft() *tables.DraftContent {
	d := &tables.DraftContent{Begun: r.Begun, Base: r.Base, File: r.File, Edits: tables.Edits{Rows: r.Rows}}
	for _, e := range r.Edits {
		d.Edits.Changes = append(d.Edits.Changes, tables.Edit(e))
	}
	return d
}

type columnRecord struct {
	Name     string      `json:"name"`
	Type     schema.Type `json:"type"`
	Empty    int         `json:"empty"`
	Distinct int         `json:"distinct"`
	MaxBytes int         `json:"maxBytes"`
	schema.Notation
}

func newRowsRecord(m tables.Making, v *schema.Version) rowsRecord {
	r := rowsRecord{
		makingRecord: newMakingRecord(m), Rows: v.Rows, Source: v.Source, Message: v.Message, Bytes: v.Bytes, Memory: v.Memory,
		Key: v.Key, KeyGiven: v.KeyGiven, Groups: v.Groups,
	}
	for _, c := range v.Columns {
		r.Columns = append(r.Columns, columnRecord(c))
	}
	return r
}

// version checks what it says of its rows.
func (r *rowsRecord) version(table string) (*schema.Version, error) {
	v := &schema.Version{
		Number: r.Number, Rows: r.Rows, Created: r.Created, By: r.By, Source: r.Source, Message: r.Message, Patch: r.Patch, Bytes: r.Bytes, Memory: r.Memory,
		Key: r.Key, KeyGiven: r.KeyGiven, Table: table, Storage: r.Storage, Groups: r.Groups,
	}
	for _, c := range r.Columns {
		v.Columns = append(v.Columns, schema.Column(c))
	}
	return v, v.Locate()
}

// lookupRecord is a version of a lookup as it is stored. What the lookup is called stands in the key.
type lookupRecord struct {
	makingRecord
	Label          string           `json:"label,omitempty"`
	Match          []matchRecord    `json:"match"`
	Require        int              `json:"require,omitempty"`
	HitPolicy      schema.HitPolicy `json:"hitPolicy,omitempty"`
	PriorityColumn string           `json:"priorityColumn,omitempty"`
	Aggregate      schema.Aggregate `json:"aggregate,omitempty"`
	Separator      string           `json:"separator,omitempty"`
	RowKey         string           `json:"rowKey,omitempty"`
	WeightColumn   string           `json:"weightColumn,omitempty"`
	CapColumn      string           `json:"capColumn,omitempty"`
	CapPeriod      schema.CapPeriod `json:"capPeriod,omitempty"`
	AwayColumn     string           `json:"awayColumn,omitempty"`
	Sticky         string           `json:"sticky,omitempty"`
	Outputs        []outputRecord   `json:"outputs"`
	Then           string           `json:"then,omitempty"`
	Else           string           `json:"else,omitempty"`
	OnNoMatch      schema.OnNoMatch `json:"onNoMatch,omitempty"`
	RuleSet        string           `json:"ruleSet,omitempty"`
	Tests          []testRecord     `json:"tests,omitempty"`
}

type testRecord struct {
	Name    string          `json:"name,omitempty"`
	Lead    json.RawMessage `json:"lead"`
	AsOf    time.Time       `json:"asOf,omitzero"`
	Want    json.RawMessage `json:"want,omitempty"`
	Matched *bool           `json:"matched,omitempty"`
}

type matchRecord struct {
	Column     string           `json:"column"`
	ColumnTo   string           `json:"columnTo,omitempty"`
	Field      string           `json:"field"`
	More       []string         `json:"more,omitempty"`
	Split      string           `json:"split,omitempty"`
	Mode       schema.Mode      `json:"mode,omitempty"`
	Threshold  float64          `json:"threshold,omitempty"`
	MaxErrors  int              `json:"maxErrors,omitempty"`
	Form       schema.Mode      `json:"form,omitempty"`
	MatchEmpty bool             `json:"matchEmpty,omitempty"`
	Anything   []string         `json:"anything,omitzero"` // [] is none, and absent is as the mode has it
	Numbers    notation.Numbers `json:"numbers,omitempty"`
	Dates      notation.Dates   `json:"dates,omitempty"`
	Zone       string           `json:"zone,omitempty"`
}

type outputRecord struct {
	Column  string       `json:"column,omitempty"`
	Value   string       `json:"value,omitempty"`
	Write   schema.Write `json:"write,omitempty"`
	Field   string       `json:"field"`
	Type    schema.Type  `json:"type,omitempty"`
	Default string       `json:"default,omitempty"`
}

func newLookupRecord(m tables.Making, l *schema.Lookup) lookupRecord {
	r := lookupRecord{
		makingRecord: newMakingRecord(m), Label: l.Label, Require: l.Require, HitPolicy: l.HitPolicy, PriorityColumn: l.PriorityColumn, Aggregate: l.Aggregate,
		Separator: l.Separator, RowKey: l.RowKey, WeightColumn: l.WeightColumn, CapColumn: l.CapColumn, CapPeriod: l.CapPeriod, AwayColumn: l.AwayColumn,
		Sticky: l.Sticky, Then: l.Then, Else: l.Else, OnNoMatch: l.OnNoMatch, RuleSet: l.RuleSet, Outputs: []outputRecord{},
	}
	for _, m := range l.Match {
		r.Match = append(r.Match, matchRecord(m))
	}
	for _, o := range l.Outputs {
		r.Outputs = append(r.Outputs, outputRecord(o))
	}
	for _, t := range l.Tests {
		r.Tests = append(r.Tests, testRecord(t))
	}
	return r
}

func (r *lookupRecord) lookup(name string) *schema.Lookup {
	if name == tables.DefaultLookup {
		name = "" // it is called as its table
	}
	l := &schema.Lookup{
		Name: name, Label: r.Label, Require: r.Require, HitPolicy: r.HitPolicy, PriorityColumn: r.PriorityColumn, Aggregate: r.Aggregate,
		Separator: r.Separator, RowKey: r.RowKey, WeightColumn: r.WeightColumn, CapColumn: r.CapColumn, CapPeriod: r.CapPeriod, AwayColumn: r.AwayColumn,
		Sticky: r.Sticky, Then: r.Then, Else: r.Else, OnNoMatch: r.OnNoMatch, RuleSet: r.RuleSet, Outputs: []schema.Output{},
	}
	for _, m := range r.Match {
		l.Match = append(l.Match, schema.Match(m))
	}
	for _, o := range r.Outputs {
		l.Outputs = append(l.Outputs, schema.Output(o))
	}
	for _, t := range r.Tests {
		l.Tests = append(l.Tests, schema.Test(t))
	}
	return l
}

// sourceRecord is a version of a rule set as it is stored.
type sourceRecord struct {
	makingRecord
	Source string `json:"source"`
}

// doomedRecord marks chunks that no version owns: of an import that is under way
// or was cut short, or of a version that is gone.
type doomedRecord struct {
	Table   string    `json:"table"`
	Since   time.Time `json:"since"`
	Lease   string    `json:"lease,omitempty"`   // the opening of the file in which an import has it
	Segment int       `json:"segment,omitempty"` // the last one of the import, from 0
	Bytes   int       `json:"bytes,omitempty"`   // chunks in it
}

// eventRecord is one change as it is stored.
type eventRecord struct {
	At      time.Time      `json:"at"`
	By      string         `json:"by,omitempty"`
	Action  tables.Action  `json:"action"`
	Version int            `json:"version,omitempty"`
	Lookup  string         `json:"lookup,omitempty"`
	Lookups map[string]int `json:"lookups,omitempty"`
	Note    string         `json:"note,omitempty"`

	Before map[string]string `json:"before,omitempty"`
	After  map[string]string `json:"after,omitempty"`
}

// contentRecord is the record of a version.
func contentRecord(t tables.Thing, c *tables.Content) any {
	switch {
	case t.Kind == tables.KindDraft:
		r := newRowsRecord(c.Making, c.Rows)
		r.Draft = newDraftRecord(c.Draft)
		return r
	case t.Lookup != "":
		return newLookupRecord(c.Making, c.Lookup)
	case t.Kind == tables.KindRuleSet:
		return sourceRecord{newMakingRecord(c.Making), c.Source}
	}
	return newRowsRecord(c.Making, c.Rows)
}

// contentOf makes a version of the content of its record. The error wraps ErrDamaged.
func contentOf(t tables.Thing, number int, content []byte) (*tables.Content, error) {
	c := new(tables.Content)
	var err error
	switch {
	case t.Lookup != "" && t.Kind != tables.KindDraft:
		var r lookupRecord
		err = json.Unmarshal(content, &r)
		c.Making, c.Lookup = r.making(), r.lookup(t.Lookup)
	case t.Kind == tables.KindRuleSet:
		var r sourceRecord
		err = json.Unmarshal(content, &r)
		c.Making, c.Source = r.making(), r.Source
	default:
		var r rowsRecord
		if err = json.Unmarshal(content, &r); err == nil {
			c.Rows, err = r.version(t.Name.Name)
		}
		if t.Kind == tables.KindDraft {
			if r.Draft == nil {
				err = errors.Join(err, errors.New("it does not say of what it is a draft"))
			} else {
				c.Draft = r.Draft.draft()
			}
		}
		c.Making = r.making()
	}
	if err == nil && c.Number != number {
		err = fmt.Errorf("it says that it is version %d", c.Number)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", tables.ErrDamaged, err)
	}
	return c, nil
}
