package match

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// A Key is what a version's rows are held against: the match entries of a lookup with
// their columns found.
type Key struct {
	Lookup string // whose key it is; empty for a guessed one
	Parts  []Part
	// Require is how many of the parts must hold, all where it is as many or 0.
	Require int
}

// A Part is one match entry.
type Part struct {
	Column     int
	To         int // of the upper ends of ranges; -1 where there is none
	Mode       schema.Mode
	Threshold  float64         // of fuzzy matching, 0 to 1; 0 is the mode's own
	MaxErrors  int             // of fuzzy matching; 0 is no bound of its own
	Form       schema.Mode     // of fuzzy matching: in which texts are compared; empty is normalized
	MatchEmpty bool            // an empty value matches an empty cell
	Anything   []string        // cells that mean anything; nil is as the mode has them
	Notation   schema.Notation // of the cells
	Values     schema.Notation // of values that can be read in two ways
	Zone       *time.Location  // whose days the cells are; nil is UTC
	Now        bool            // the value is a moment, and the cells are when a row is valid
}

// KeyOf finds the columns of a lookup's match entries. The error wraps ErrColumnNotFound
// or ErrInvalid.
func KeyOf(v *schema.Version, l *schema.Lookup) (Key, error) {
	key := Key{Lookup: l.Name, Require: l.Require, Parts: make([]Part, len(l.Match))}
	for i, m := range l.Match {
		p := Part{To: -1, Mode: m.MatchMode(), Threshold: m.Threshold, MaxErrors: m.MaxErrors, Form: m.Form, MatchEmpty: m.MatchEmpty, Anything: m.Anything}
		if m.AtNow() {
			p.Now, p.Anything = true, m.Wild()
		}
		var ok bool
		if p.Column, ok = v.Column(m.Column); !ok {
			return key, fmt.Errorf("%w: %q in version %d", schema.ErrColumnNotFound, schema.Excerpt(m.Column), v.Number)
		}
		if m.ColumnTo != "" {
			if p.To, ok = v.Column(m.ColumnTo); !ok {
				return key, fmt.Errorf("%w: %q in version %d", schema.ErrColumnNotFound, schema.Excerpt(m.ColumnTo), v.Number)
			}
		}
		if err := m.Check(); err != nil {
			return key, err
		}
		if err := p.read(v, &m); err != nil {
			return key, err
		}
		key.Parts[i] = p
	}
	return key, nil
}

// read sets how cells and values are read.
func (p *Part) read(v *schema.Version, m *schema.Match) (err error) {
	if !p.Mode.Measures() {
		return nil
	}
	p.Notation = v.Columns[p.Column].Notation
	p.Values = m.Values(p.Notation)
	if m.Zone != "" {
		if p.Zone, err = time.LoadLocation(m.Zone); err != nil {
			return fmt.Errorf("%w: zone %q: %w", schema.ErrInvalid, schema.Excerpt(m.Zone), err)
		}
	}
	return nil
}

// Local is the key for a service whose days are those of a zone; entries that name a zone
// of their own keep it.
func (k Key) Local(zone *time.Location) Key {
	for i := range k.Parts {
		if p := &k.Parts[i]; p.Mode.Measures() && p.Zone == nil {
			p.Zone = zone
		}
	}
	return k
}

// Hashed says that rows match by equal texts only, so that they can be told apart
// by their key. A key without parts tells none apart.
func (k Key) Hashed() bool {
	return len(k.Parts) > 0 && !k.Some() && !slices.ContainsFunc(k.Parts, func(p Part) bool { return !p.hashed() })
}

// Some says that a row may hit in which not all parts hold.
func (k Key) Some() bool { return k.Require > 0 && k.Require < len(k.Parts) }

// hashed says that a cell and a value match by equal texts only.
func (p Part) hashed() bool { return p.Mode.Hashed() && len(p.Anything) == 0 }

// Formed says that two cells of some part may differ in normal form and be one in its mode.
func (k Key) Formed() bool {
	return slices.ContainsFunc(k.Parts, func(p Part) bool { return p.Mode.Paired() })
}

// Same says that two parts match the same cells with the same values.
func (p Part) Same(o Part) bool {
	return slices.Equal(p.Anything, o.Anything) && (p.Anything == nil) == (o.Anything == nil) &&
		p.Column == o.Column && p.To == o.To && p.Mode == o.Mode && p.Threshold == o.Threshold && p.MaxErrors == o.MaxErrors && p.Form == o.Form && p.MatchEmpty == o.MatchEmpty &&
		p.Notation == o.Notation && p.Values == o.Values && p.Zone == o.Zone && p.Now == o.Now
}

// Limited says that of the rows that hold in all other parts only those with the closest
// cell of one are hit, so that no row is a hit before all rows are known.
func (k Key) Limited() bool {
	return slices.ContainsFunc(k.Parts, func(p Part) bool { return p.Mode.Limits() })
}

// Has says that a part is of a mode.
func (k Key) Has(mode schema.Mode) bool {
	return slices.ContainsFunc(k.Parts, func(p Part) bool { return p.Mode == mode })
}

// Ranked says that hits differ in rank.
func (k Key) Ranked() bool {
	return k.Some() || slices.ContainsFunc(k.Parts, func(p Part) bool { return p.Mode.Ranked() || len(p.Anything) > 0 && !p.Mode.Limits() })
}

// Dated says that rows are valid for a time.
func (k Key) Dated() bool { return slices.ContainsFunc(k.Parts, func(p Part) bool { return p.Now }) }

// Columns are the columns of all parts, as they come.
func (k Key) Columns() []int {
	columns := make([]int, 0, len(k.Parts)+1)
	for _, p := range k.Parts {
		columns = append(columns, p.Column)
		if p.To >= 0 {
			columns = append(columns, p.To)
		}
	}
	return columns
}

// Index makes the index of the key, over so many rows.
func (k Key) Index(ctx context.Context, rows int, cells func(column int) *column.Strings) (index.Index, error) {
	if len(k.Parts) == 0 {
		return index.Every(rows), nil
	}
	return index.BuildSome(ctx, k.IndexParts(cells), k.Require)
}

// IndexParts are the parts as an index wants them.
func (k Key) IndexParts(cells func(column int) *column.Strings) []index.Part {
	parts := make([]index.Part, len(k.Parts))
	for i, p := range k.Parts {
		parts[i] = index.Part{Mode: p.Mode, Cells: cells(p.Column), Threshold: p.Threshold, MaxErrors: p.MaxErrors, Form: p.Form, MatchEmpty: p.MatchEmpty, Anything: p.Anything, Notation: p.Notation, Values: p.Values, Zone: p.Zone, Now: p.Now}
		if p.To >= 0 {
			parts[i].To = cells(p.To)
		}
	}
	return parts
}

// String names a key among those of one version.
func (k Key) String() string {
	var name []byte
	if k.Some() {
		name = append(strconv.AppendInt(name, int64(k.Require), 10), " of "...)
	}
	for _, p := range k.Parts {
		name = strconv.AppendInt(name, int64(p.Column), 10)
		name = append(append(name, ' '), p.Mode...)
		name = strconv.AppendBool(append(name, ' '), p.MatchEmpty)
		if p.To >= 0 {
			name = strconv.AppendInt(append(name, " to "...), int64(p.To), 10)
		}
		if p.Threshold != 0 {
			name = strconv.AppendFloat(append(name, ' '), p.Threshold, 'g', -1, 64)
		}
		if p.MaxErrors != 0 || p.Form != "" {
			name = append(strconv.AppendInt(append(name, ' '), int64(p.MaxErrors), 10), p.Form...)
		}
		for _, reads := range [...]string{string(p.Notation.Numbers), string(p.Notation.Dates), p.Notation.Unit, string(p.Values.Numbers), string(p.Values.Dates), strconv.FormatBool(p.Notation.Packed)} {
			name = strconv.AppendQuote(append(name, ' '), reads)
		}
		if p.Anything != nil {
			name = append(name, " any"...)
			for _, cell := range p.Anything {
				name = strconv.AppendQuote(append(name, ' '), cell)
			}
		}
		if p.Now {
			name = append(name, " now"...)
		}
		if p.Zone != nil {
			name = append(append(name, ' '), p.Zone.String()...)
		}
		name = append(name, ';')
	}
	return string(name)
}
