package view

import (
	"context"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Count is how many rows two versions differ in.
type Count struct {
	Added     int `json:"added"`
	Removed   int `json:"removed"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
}

// A Diff tells what became of the rows of one version in another. The counts are
// exact; each list has an end, by default MaxListed rows.
type Diff struct {
	From      int         `json:"from"`
	To        int         `json:"to"`
	Count     Count       `json:"count"`
	Key       []string    `json:"key"`       // the columns by which rows were paired; none: rows are compared whole
	Columns   []string    `json:"columns"`   // those of To, then those only From has
	Added     []Row       `json:"added"`     // rows of To
	Removed   []Row       `json:"removed"`   // rows of From
	Changed   []RowChange `json:"changed"`   // rows of To
	Truncated bool        `json:"truncated"` // a list is shorter than its count
}

// A Row is the cells of one row with its number, from 1.
type Row struct {
	Row   int      `json:"row"`
	Cells []string `json:"cells"`
}

// A RowChange is a row whose key stayed and whose other cells did not.
type RowChange struct {
	Row     int          `json:"row"`     // in To
	FromRow int          `json:"fromRow"` // in From
	Cells   []CellChange `json:"cells"`
}

// A CellChange is one cell before and after. A column that a version lacks has
// empty cells.
type CellChange struct {
	Column string `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// MaxListed is how many rows each list of a Diff for a person holds.
const MaxListed = 1000

// KeyOf is the key by which rows are paired: that of the default lookup that a
// person has set, else the one that was guessed or given with the version.
//
// Where rows are valid for a time, several have the same key, and the cell of the first day
// (or of the span) tells them apart: a row whose end was set is the same row.
func KeyOf(table string, lookups []schema.Lookup, v *schema.Version) []schema.Match {
	for _, l := range lookups {
		if l.Name == table {
			key := slices.Clone(l.Match)
			for i, m := range key {
				if m.AtNow() {
					key[i] = schema.Match{Column: m.Column, Field: m.Field, Mode: schema.ModeNormalized, MatchEmpty: true}
				}
			}
			return key
		}
	}
	var key []schema.Match
	for _, name := range v.Key {
		key = append(key, schema.Match{Column: name, Mode: schema.ModeNormalized})
	}
	return key
}

// differ compares two versions in two walks over their rows.
type differ struct {
	from, to  Side
	columns   []string // of both
	fromCols  []int    // column of from for each of columns, -1 none
	toCols    []int
	key       []keyPart
	keys      *match.Hasher
	rows      *match.Hasher
	most      int // rows to list
	count     Count
	added     []int    // rows of to
	removed   []int    // rows of from
	changed   [][2]int // rows of from and to
	ambiguous bool     // a key came twice
}

// keyPart is a column of the key, by its place in differ.columns.
type keyPart struct {
	column int
	mode   schema.Mode
}

// Compare tells what became of the rows of one version in another. Rows are paired by
// the key: in the modes loose and company by the first key of each cell, so that a row whose
// spelling was changed stays the same row; where that names a row twice, by their normal
// forms. Where the key still names a row twice or cannot be compared, whole rows are: a
// changed one is then one removed and one added. most is how many rows each list gets.
func Compare(ctx context.Context, from, to Side, key []schema.Match, most int) (*Diff, error) {
	d := &differ{from: from, to: to, keys: match.NewHasher(), rows: match.NewHasher(), most: most}
	d.union()
	d.pair(key)
	if len(d.key) > 0 {
		if err := d.byKey(ctx); err != nil {
			return nil, err
		}
	}
	if d.ambiguous && d.plainer() {
		d.restart()
		if err := d.byKey(ctx); err != nil {
			return nil, err
		}
	}
	if len(d.key) == 0 || d.ambiguous {
		d.restart()
		d.key = nil
		if err := d.whole(ctx); err != nil {
			return nil, err
		}
	}
	result := &Diff{
		From: from.Version.Number, To: to.Version.Number, Count: d.count, Columns: d.columns, Key: []string{},
		Truncated: len(d.added) < d.count.Added || len(d.removed) < d.count.Removed || len(d.changed) < d.count.Changed,
	}
	for _, part := range d.key {
		result.Key = append(result.Key, d.columns[part.column])
	}
	return result, d.list(ctx, result)
}

// plainer makes normalized of the modes in which keys that differ may be one; false says
// that there are none.
func (d *differ) plainer() (some bool) {
	for i := range d.key {
		if mode := &d.key[i].mode; mode.Paired() {
			*mode, some = schema.ModeNormalized, true
		}
	}
	return some
}

// restart forgets what was counted.
func (d *differ) restart() {
	d.count, d.ambiguous = Count{}, false
	d.added, d.removed, d.changed = nil, nil, nil
}

// union lines up the columns of both versions by name.
func (d *differ) union() {
	for i, c := range d.to.Version.Columns {
		d.columns = append(d.columns, c.Name)
		d.toCols = append(d.toCols, i)
		d.fromCols = append(d.fromCols, -1)
	}
	places := make(map[string]int, len(d.columns))
	for i, name := range d.columns {
		places[name] = i
	}
	for i, c := range d.from.Version.Columns {
		if place, ok := places[c.Name]; ok {
			d.fromCols[place] = i
			continue
		}
		d.columns = append(d.columns, c.Name)
		d.toCols = append(d.toCols, -1)
		d.fromCols = append(d.fromCols, i)
	}
}

// pair takes the key if both versions have all of it.
func (d *differ) pair(key []schema.Match) {
	for _, m := range key {
		c, ok := d.to.Version.Column(m.Column)
		if !ok || d.fromCols[c] < 0 || !m.MatchMode().Hashed() {
			d.key = nil
			return
		}
		d.key = append(d.key, keyPart{c, m.MatchMode()})
	}
}

// walk calls f with the hashes of key and whole row of every row of a version.
func (d *differ) walk(ctx context.Context, of Side, columns []int, f func(row int, key, whole uint64) error) error {
	var wanted []int
	places := make([]int, len(columns)) // of a column among the chunks
	for i, c := range columns {
		if c >= 0 {
			places[i] = len(wanted)
			wanted = append(wanted, c)
		}
	}
	return scan.Each(ctx, of.Reader, wanted, func(first int, chunks []*column.Chunk) error {
		n := chunks[0].Len()
		d.keys.Start(n)
		for _, part := range d.key {
			d.keys.Add(part.mode, true, chunks[places[part.column]])
		}
		d.rows.Start(n)
		for i, c := range columns {
			if c < 0 {
				d.rows.AddEmpty(true)
			} else {
				d.rows.Add(schema.ModeExact, true, chunks[places[i]])
			}
		}
		keys, rows := d.keys.Sums(), d.rows.Sums()
		for row := range n {
			if err := f(first+row, keys[row], rows[row]); err != nil {
				return err
			}
		}
		return nil
	})
}

// byKey pairs rows by key; ambiguous says that it could not.
func (d *differ) byKey(ctx context.Context) error {
	seen := match.NewNumbers(d.from.Version.Rows) // Grows with the rows that are new.
	whole := make([]uint64, d.from.Version.Rows)
	matched := make([]uint64, (d.from.Version.Rows+63)/64)
	stop := func() error {
		d.ambiguous = true
		return scan.ErrStop
	}
	err := d.walk(ctx, d.from, d.fromCols, func(row int, key, sum uint64) error {
		if _, again := seen.First(key, row); again {
			return stop()
		}
		whole[row] = sum
		return nil
	})
	if err != nil || d.ambiguous {
		return err
	}
	err = d.walk(ctx, d.to, d.toCols, func(row int, key, sum uint64) error {
		other, again := seen.First(key, d.from.Version.Rows+row)
		switch {
		case !again:
			if d.count.Added++; len(d.added) < d.most {
				d.added = append(d.added, row)
			}
			return nil
		case other >= d.from.Version.Rows || matched[other>>6]&(1<<(other&63)) != 0:
			return stop()
		}
		matched[other>>6] |= 1 << (other & 63)
		if whole[other] == sum {
			d.count.Unchanged++
		} else if d.count.Changed++; len(d.changed) < d.most {
			d.changed = append(d.changed, [2]int{other, row})
		}
		return nil
	})
	if err != nil || d.ambiguous {
		return err
	}
	for row := range d.from.Version.Rows {
		if matched[row>>6]&(1<<(row&63)) == 0 {
			if d.count.Removed++; len(d.removed) < d.most {
				d.removed = append(d.removed, row)
			}
		}
	}
	return nil
}

// whole compares rows as a whole, counting equal ones.
func (d *differ) whole(ctx context.Context) error {
	seen := match.NewNumbers(d.from.Version.Rows)
	counts := make([]int32, d.from.Version.Rows) // by the first row with the hash: how many are not matched yet
	err := d.walk(ctx, d.from, d.fromCols, func(row int, _, sum uint64) error {
		first, _ := seen.First(sum, row)
		counts[first]++
		return nil
	})
	if err != nil {
		return err
	}
	err = d.walk(ctx, d.to, d.toCols, func(row int, _, sum uint64) error {
		if first, found := seen.Of(sum); found && counts[first] > 0 {
			counts[first]--
			d.count.Unchanged++
			return nil
		}
		if d.count.Added++; len(d.added) < d.most {
			d.added = append(d.added, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.count.Removed = d.from.Version.Rows - d.count.Unchanged
	if d.most == 0 || d.count.Removed == 0 {
		return nil
	}
	return d.walk(ctx, d.from, d.fromCols, func(row int, _, sum uint64) error {
		first, _ := seen.Of(sum)
		if left := &counts[first]; *left > 0 {
			*left--
			d.removed = append(d.removed, row)
		}
		if len(d.removed) == d.most {
			return scan.ErrStop
		}
		return nil
	})
}

// list fetches the cells of the rows that are listed.
func (d *differ) list(ctx context.Context, result *Diff) error {
	var before, after []int
	for _, pair := range d.changed {
		before, after = append(before, pair[0]), append(after, pair[1])
	}
	var err error
	if result.Added, err = d.to.fetch(ctx, d.toCols, d.added); err != nil {
		return err
	}
	if result.Removed, err = d.from.fetch(ctx, d.fromCols, d.removed); err != nil {
		return err
	}
	old, err := d.from.fetch(ctx, d.fromCols, before)
	if err != nil {
		return err
	}
	latest, err := d.to.fetch(ctx, d.toCols, after)
	if err != nil {
		return err
	}
	result.Changed = make([]RowChange, len(old))
	for i := range old {
		change := RowChange{Row: latest[i].Row, FromRow: old[i].Row}
		for c, name := range d.columns {
			if old[i].Cells[c] != latest[i].Cells[c] {
				change.Cells = append(change.Cells, CellChange{Column: name, From: old[i].Cells[c], To: latest[i].Cells[c]})
			}
		}
		result.Changed[i] = change
	}
	return nil
}
