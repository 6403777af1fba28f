package tables

import (
	"context"
	"errors"
	"fmt"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A DiffCount is how many rows two versions differ in.
type DiffCount struct {
	Added     int `json:"added"`
	Removed   int `json:"removed"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
}

// A Diff tells what became of the rows of one version in another. The counts are
// exact; each list ends after maxDiffRows.
type Diff struct {
	From      int         `json:"from"`
	To        int         `json:"to"`
	Count     DiffCount   `json:"count"`
	Key       []string    `json:"key"`       // the columns by which rows were paired; none: rows are compared whole
	Columns   []string    `json:"columns"`   // those of To, then those only From has
	Added     []RowCells  `json:"added"`     // rows of To
	Removed   []RowCells  `json:"removed"`   // rows of From
	Changed   []RowChange `json:"changed"`   // rows of To
	Truncated bool        `json:"truncated"` // a list is shorter than its count
}

// A RowCells is a row with its number, from 1.
type RowCells struct {
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

// maxDiffRows is how many rows each list of a Diff holds.
const maxDiffRows = 1000

// Diff compares two versions of a table; as to, 0 is the live one, as from the
// newest one before to. Rows are paired by the key of the default lookup. Where that
// names a row twice or cannot be compared, whole rows are: a changed one is then one
// removed and one added.
func (s *Store) Diff(ctx context.Context, table string, from, to int) (*Diff, error) {
	newer, older, err := s.readTwo(table, from, to)
	if err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	defer newer.done()
	defer older.done()
	a, b := older.version, newer.version
	d, err := s.diff(ctx, table, a, b, diffKey(table, newer.table.settled(), b), maxDiffRows)
	if err != nil {
		return nil, fmt.Errorf("diff versions %d and %d of table %q: %w", a.Number, b.Number, table, err)
	}
	return d, nil
}

// readTwo begins to read what Diff compares. A version that was not named may have
// been dropped between being found and being read: then others are found.
func (s *Store) readTwo(table string, from, to int) (newer, older *reading, err error) {
	const tries = 10
	for range tries {
		a, b, err := s.compared(table, from, to)
		if err != nil {
			return nil, nil, err
		}
		if newer, err = s.read(table, b); err == nil {
			if older, err = s.read(table, a); err == nil {
				return newer, older, nil
			}
			newer.done()
		}
		if from != 0 && to != 0 || !errors.Is(err, schema.ErrVersionNotFound) {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%w: versions of table %q come and go too fast: name two of them", schema.ErrConflict, table)
}

// compared names the versions that are not named, as they are at one moment.
func (s *Store) compared(table string, from, to int) (older, newer int, err error) {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	r, err := s.settledCatalog().families[own.Name].present(own)
	if err != nil {
		return 0, 0, err
	}
	older, newer = from, to
	if newer == 0 {
		newer = r.Head.Live
	}
	if newer == 0 {
		return 0, 0, fmt.Errorf("%w: no version of table %q is published", schema.ErrVersionNotFound, table)
	}
	for _, m := range r.Made {
		if from == 0 && m.Number < newer {
			older = m.Number
		}
	}
	if older == 0 {
		return 0, 0, fmt.Errorf("%w: table %q has none before %d", schema.ErrVersionNotFound, table, newer)
	}
	for _, n := range []int{older, newer} {
		if _, ok := r.making(n); !ok {
			return 0, 0, fmt.Errorf("%w: version %d of table %q", schema.ErrVersionNotFound, n, table)
		}
	}
	return older, newer, nil
}

// diffKey is the key by which rows are paired: that of the default lookup that a
// person has set, else the one that was guessed or given with the version.
func diffKey(table string, lookups []schema.Lookup, v *schema.Version) []schema.Match {
	for _, l := range lookups {
		if l.Name == table {
			return l.Match
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
	store     *Store
	from, to  *schema.Version
	columns   []string // of both
	fromCols  []int    // column of from for each of columns, -1 none
	toCols    []int
	key       []keyPart
	keys      *rowHasher
	rows      *rowHasher
	most      int // rows to list
	count     DiffCount
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

func (s *Store) diff(ctx context.Context, table string, from, to *schema.Version, key []schema.Match, most int) (*Diff, error) {
	d := &differ{store: s, from: from, to: to, keys: newRowHasher(), rows: newRowHasher(), most: most}
	d.union()
	d.pair(key)
	if len(d.key) > 0 {
		if err := d.byKey(ctx); err != nil {
			return nil, err
		}
	}
	if len(d.key) == 0 || d.ambiguous {
		d.key, d.count = nil, DiffCount{}
		d.added, d.removed, d.changed = nil, nil, nil
		if err := d.whole(ctx); err != nil {
			return nil, err
		}
	}
	result := &Diff{
		From: from.Number, To: to.Number, Count: d.count, Columns: d.columns, Key: []string{},
		Truncated: len(d.added) < d.count.Added || len(d.removed) < d.count.Removed || len(d.changed) < d.count.Changed,
	}
	for _, part := range d.key {
		result.Key = append(result.Key, d.columns[part.column])
	}
	return result, d.list(ctx, result)
}

// union lines up the columns of both versions by name.
func (d *differ) union() {
	for i, c := range d.to.Columns {
		d.columns = append(d.columns, c.Name)
		d.toCols = append(d.toCols, i)
		d.fromCols = append(d.fromCols, -1)
	}
	places := make(map[string]int, len(d.columns))
	for i, name := range d.columns {
		places[name] = i
	}
	for i, c := range d.from.Columns {
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
		c, ok := d.to.Column(m.Column)
		if !ok || d.fromCols[c] < 0 || !m.MatchMode().Hashed() {
			d.key = nil
			return
		}
		d.key = append(d.key, keyPart{c, m.MatchMode()})
	}
}

// walk calls f with the hashes of key and whole row of every row of a version.
func (d *differ) walk(ctx context.Context, v *schema.Version, columns []int, f func(row int, key, whole uint64) error) error {
	var wanted []int
	places := make([]int, len(columns)) // of a column among the chunks
	for i, c := range columns {
		if c >= 0 {
			places[i] = len(wanted)
			wanted = append(wanted, c)
		}
	}
	return d.store.eachGroup(ctx, v, wanted, func(first int, chunks []*column.Chunk) error {
		n := chunks[0].Len()
		d.keys.start(n)
		for _, part := range d.key {
			d.keys.add(part.mode, true, chunks[places[part.column]])
		}
		d.rows.start(n)
		for i, c := range columns {
			if c < 0 {
				d.rows.addEmpty(true)
			} else {
				d.rows.add(schema.ModeExact, true, chunks[places[i]])
			}
		}
		for row := range n {
			if err := f(first+row, d.keys.sums[row], d.rows.sums[row]); err != nil {
				return err
			}
		}
		return nil
	})
}

// byKey pairs rows by key; ambiguous says that it could not.
func (d *differ) byKey(ctx context.Context) error {
	seen := newHashRows(d.from.Rows) // Grows with the rows that are new.
	whole := make([]uint64, d.from.Rows)
	matched := make([]uint64, (d.from.Rows+63)/64)
	stop := func() error {
		d.ambiguous = true
		return errStop
	}
	err := d.walk(ctx, d.from, d.fromCols, func(row int, key, sum uint64) error {
		if _, again := seen.first(key, row); again {
			return stop()
		}
		whole[row] = sum
		return nil
	})
	if err != nil || d.ambiguous {
		return err
	}
	err = d.walk(ctx, d.to, d.toCols, func(row int, key, sum uint64) error {
		other, again := seen.first(key, d.from.Rows+row)
		switch {
		case !again:
			if d.count.Added++; len(d.added) < d.most {
				d.added = append(d.added, row)
			}
			return nil
		case other >= d.from.Rows || matched[other>>6]&(1<<(other&63)) != 0:
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
	for row := range d.from.Rows {
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
	seen := newHashRows(d.from.Rows)
	counts := make([]int32, d.from.Rows) // by the first row with the hash: how many are not matched yet
	err := d.walk(ctx, d.from, d.fromCols, func(row int, _, sum uint64) error {
		first, _ := seen.first(sum, row)
		counts[first]++
		return nil
	})
	if err != nil {
		return err
	}
	err = d.walk(ctx, d.to, d.toCols, func(row int, _, sum uint64) error {
		if place, found := seen.find(sum); found && counts[seen.rows[place]] > 0 {
			counts[seen.rows[place]]--
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
	d.count.Removed = d.from.Rows - d.count.Unchanged
	if d.most == 0 || d.count.Removed == 0 {
		return nil
	}
	return d.walk(ctx, d.from, d.fromCols, func(row int, _, sum uint64) error {
		place, _ := seen.find(sum)
		if left := &counts[seen.rows[place]]; *left > 0 {
			*left--
			d.removed = append(d.removed, row)
		}
		if len(d.removed) == d.most {
			return errStop
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
	if result.Added, err = d.fetch(ctx, d.to, d.toCols, d.added); err != nil {
		return err
	}
	if result.Removed, err = d.fetch(ctx, d.from, d.fromCols, d.removed); err != nil {
		return err
	}
	old, err := d.fetch(ctx, d.from, d.fromCols, before)
	if err != nil {
		return err
	}
	latest, err := d.fetch(ctx, d.to, d.toCols, after)
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

// fetch reads rows by their numbers, in the order given.
func (d *differ) fetch(ctx context.Context, v *schema.Version, columns []int, rows []int) ([]RowCells, error) {
	numbers := make([]int32, len(rows))
	result := make([]RowCells, len(rows))
	for i, row := range rows {
		numbers[i] = int32(row)
		result[i] = RowCells{Row: row + 1, Cells: make([]string, len(columns))}
	}
	if len(rows) == 0 {
		return result, nil
	}
	sn := newSnapshot(d.store, "", v, nil)
	texts := make([]string, len(rows))
	for i, c := range columns {
		if c < 0 {
			continue
		}
		if err := sn.gatherBlocks(ctx, []int{c}, numbers, [][]string{texts}); err != nil {
			return nil, err
		}
		for row, text := range texts {
			result[row].Cells[i] = text
		}
	}
	return result, nil
}
