package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// A Pace is what a lookup takes for a thousand leads, counted in work and not in
// time. It is found by looking up samples: some of the table's own cells, and near
// misses of its longest ones. The same version and lookup always have the same.
type Pace struct {
	Work    int64 // units for 1,000 leads
	AtLeast bool  // the count was ended before its end
}

// Slow says that a batch of 1,000 leads is more than its budget suffices for.
func (p Pace) Slow() bool { return p.Work > BatchWork }

// TooSlow says that it is so far more that the lookup wants Force.
func (p Pace) TooSlow() bool { return p.Work > tooSlow*BatchWork }

// LeadsPerSecond is about how many leads are looked up in a second of work.
func (p Pace) LeadsPerSecond() int { return int(min(1000*Second/max(p.Work, 1), 1e6)) }

// String is the pace in words.
func (p Pace) String() string {
	switch rate := p.LeadsPerSecond(); {
	case rate == 0:
		return "less than one lead a second"
	case rate == 1:
		return "one lead a second"
	case p.AtLeast:
		return fmt.Sprintf("at most %d leads a second", rate)
	default:
		return fmt.Sprintf("about %d leads a second", rate)
	}
}

// WaysOut says what to do about a lookup that is slow.
const WaysOut = "raise the threshold of fuzzy matching, shorten the cells, choose another mode or hit policy, or split the table"

const (
	tooSlow     = 10      // times the budget of a batch, from where Force is wanted
	paceSamples = 32      // tuples, half of them near misses
	paceRows    = 100_000 // that are looked up in; of a larger table some row groups stand for all
	maxPaces    = 1000    // that are remembered
)

// paces are those that were counted.
type paces struct {
	mu    sync.Mutex // guards known
	known map[string]Pace
}

// PaceOf counts what a lookup of a table's live version takes; the empty name is
// the default lookup.
func (s *Store) PaceOf(ctx context.Context, table, lookup string) (Pace, error) {
	pin := s.Pin()
	defer pin.Release()
	t, ok := pin.Catalog().Table(table)
	if !ok || t.Live == nil {
		return Pace{}, fmt.Errorf("count lookups in table %q: %w", table, schema.ErrTableNotFound)
	}
	l, ok := t.Lookup(lookup)
	if !ok {
		return Pace{}, fmt.Errorf("count lookups in table %q: %w: %q", table, schema.ErrLookupNotFound, lookup)
	}
	return s.pace(ctx, table, t.Live, &l)
}

// SlowLookups are warnings of the lookups that a person has set which are slow in
// the live version.
func (s *Store) SlowLookups(ctx context.Context, table string) ([]schema.Warning, error) {
	live, lookups, done := s.current(table)
	defer done()
	if live == nil {
		return nil, nil
	}
	var w warnings
	if err := s.checkPace(ctx, table, live, lookups, true, &w); err != nil {
		return nil, err
	}
	list, _ := w.all(nil)
	return list, nil
}

// checkPace warns of lookups that are slow, and refuses those that are too slow
// unless forced.
func (s *Store) checkPace(ctx context.Context, table string, v *schema.Version, lookups []schema.Lookup, force bool, w *warnings) error {
	for i := range lookups {
		l := &lookups[i]
		pace, err := s.pace(ctx, table, v, l)
		switch {
		case errors.Is(err, schema.ErrInvalid) || errors.Is(err, schema.ErrColumnNotFound):
			continue // The lookup does not fit, which is told elsewhere.
		case err != nil:
			return err
		case pace.TooSlow() && !force:
			return fmt.Errorf("%w: lookup %q of table %q would look up %s, and a batch of 1,000 leads has %d s: %s; or force it",
				schema.ErrConflict, l.Name, table, pace, BatchWork/Second, WaysOut)
		case pace.Slow():
			w.add(0, v.NamesOf(slowColumns(v, l)), WarnLookupSlow, "lookup %q looks up %s: of a larger batch, the leads that are not reached in %d s of work fail with LOOKUP_TOO_SLOW; %s",
				l.Name, pace, BatchWork/Second, WaysOut)
		}
	}
	return nil
}

// slowColumns are those of the key.
func slowColumns(v *schema.Version, l *schema.Lookup) []int {
	spec, err := specOf(v, l)
	if err != nil {
		return nil
	}
	return spec.columns()
}

// pace counts, or remembers.
func (s *Store) pace(ctx context.Context, table string, v *schema.Version, l *schema.Lookup) (Pace, error) {
	c := paceCount{snapshot: newSnapshot(s, table, v, nil), lookup: l}
	var err error
	if c.spec, err = c.snapshot.resolve(l, &c.answers.fold); err != nil {
		return Pace{}, fmt.Errorf("count lookup %q of table %q: %w", l.Name, table, err)
	}
	f := &c.answers.fold
	if v.Rows == 0 || c.spec.hashed() && need(f.policy) != index.All {
		return Pace{}, nil // A step or two a lead, whatever the table.
	}
	name := fmt.Sprint(v.Storage, c.spec, f.policy, f.aggregate, f.priority, f.outputs)
	s.paces.mu.Lock()
	pace, ok := s.paces.known[name]
	s.paces.mu.Unlock()
	if ok {
		return pace, nil
	}
	if err := s.enter(); err != nil {
		return Pace{}, err
	}
	defer s.leave()
	ctx, stop := s.bind(ctx)
	defer stop()
	if pace, err = c.run(ctx); err != nil {
		return Pace{}, fmt.Errorf("count lookup %q of table %q: %w", l.Name, table, c.snapshot.misfit(err, c.spec, l))
	}
	s.paces.mu.Lock()
	defer s.paces.mu.Unlock()
	if s.paces.known == nil || len(s.paces.known) >= maxPaces {
		s.paces.known = map[string]Pace{}
	}
	s.paces.known[name] = pace
	return pace, nil
}

// paceCount is the count for one lookup.
type paceCount struct {
	snapshot *Snapshot // without columns
	lookup   *schema.Lookup
	spec     keySpec
	answers  Answers
	keys     [][]string // the samples
}

func (c *paceCount) run(ctx context.Context) (Pace, error) {
	groups, rows := c.groups()
	if err := c.sample(ctx, groups); err != nil {
		return Pace{}, err
	}
	samples := int64(len(c.keys[0]))
	if samples == 0 {
		return Pace{}, nil
	}
	v := c.snapshot.version
	limit := int64(float64(tooSlow*BatchWork) / 1000 * float64(samples) * float64(rows) / float64(v.Rows))
	budget := NewBudget(limit+1, yield)
	f := &c.answers.fold
	f.start(v, &c.answers, int(samples), true)
	defer f.release()
	wanted := slices.Concat(c.spec.columns(), f.columns())
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	var hits index.Hits
	done := 0.0 // samples times rows
	err := c.each(ctx, groups, wanted, func(first int, cells func(int) *column.Strings) error {
		ix, err := index.Build(ctx, c.spec.indexParts(cells))
		if err != nil {
			return err
		}
		f.block(&block{first: first, rows: cells(wanted[0]).Len(), cells: cells, index: ix})
		if err := f.probe(ctx, ix, c.keys, &hits, budget); err != nil {
			return err
		}
		size := float64(cells(wanted[0]).Len())
		if budget.Spent() {
			done += size * (float64(c.reached()) + 0.5) // the last one was under way
			return errStop
		}
		done += size * float64(samples)
		return nil
	})
	if err != nil {
		return Pace{}, err
	}
	// What is counted of some samples in some rows stands for all.
	work := float64(budget.Used()) / done * 1000 * float64(v.Rows)
	return Pace{Work: int64(min(work, 1e15)), AtLeast: budget.Spent()}, nil
}

// reached is how many samples were looked up to their end.
func (c *paceCount) reached() int {
	reached := 0
	for t := range c.answers.Found {
		if !c.answers.Found[t].Unreached {
			reached++
		}
	}
	return reached
}

// groups are the row groups that stand for the table, and how many rows they have.
func (c *paceCount) groups() (groups []int, rows int) {
	v := c.snapshot.version
	wanted := len(v.Groups)
	if v.Rows > paceRows {
		wanted = max(1, wanted*paceRows/v.Rows)
	}
	for i := range wanted {
		g := i * len(v.Groups) / wanted
		groups = append(groups, g)
		rows += v.Groups[g]
	}
	return groups, rows
}

// each reads columns of some row groups.
func (c *paceCount) each(ctx context.Context, groups, wanted []int, f func(first int, cells func(int) *column.Strings) error) error {
	v := c.snapshot.version
	var chunks []*column.Chunk
	for _, g := range groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if chunks, err = c.snapshot.store.chunks(v, g, wanted, chunks); err != nil {
			return err
		}
		blocks := make([]*column.Strings, len(chunks))
		for i, chunk := range chunks {
			blocks[i] = column.NewStrings([]*column.Chunk{chunk})
		}
		err = f(v.Starts[g], func(c int) *column.Strings {
			at, _ := slices.BinarySearch(wanted, c)
			return blocks[at]
		})
		if errors.Is(err, errStop) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sample makes the tuples that are looked up: of rows that lie evenly in the
// groups, as leads may have them, and of the longest ones, nearly so.
func (c *paceCount) sample(ctx context.Context, groups []int) error {
	columns := c.spec.columns()
	slices.Sort(columns)
	columns = slices.Compact(columns)
	c.keys = make([][]string, len(c.spec.parts))
	even := max(1, paceSamples/2/len(groups))
	var longest []paceRow
	err := c.each(ctx, groups, columns, func(_ int, cells func(int) *column.Strings) error {
		rows := cells(columns[0]).Len()
		for i := range min(even, rows) {
			if len(c.keys[0]) < paceSamples/2 {
				c.add(c.tuple(cells, i*rows/min(even, rows)), false)
			}
		}
		for row := range rows {
			length := 0
			for _, p := range c.spec.parts {
				length += len(cells(p.column).At(row))
			}
			if len(longest) == paceSamples/2 && length <= longest[len(longest)-1].length {
				continue
			}
			at, _ := slices.BinarySearchFunc(longest, length, func(r paceRow, length int) int {
				if r.length >= length {
					return -1
				}
				return 1
			})
			longest = slices.Insert(longest, at, paceRow{length, c.tuple(cells, row)})
			longest = longest[:min(len(longest), paceSamples/2)]
		}
		return nil
	})
	for _, r := range longest {
		c.add(r.cells, true)
	}
	return err
}

// paceRow is a row by the length of its key.
type paceRow struct {
	length int
	cells  []string
}

// tuple is the key of a row, its texts copied.
func (c *paceCount) tuple(cells func(int) *column.Strings, row int) []string {
	tuple := make([]string, len(c.spec.parts))
	for i, p := range c.spec.parts {
		tuple[i] = strings.Clone(cells(p.column).At(row))
		if p.to >= 0 && blankCell(tuple[i]) {
			tuple[i] = strings.Clone(cells(p.to).At(row))
		}
	}
	return tuple
}

func (c *paceCount) add(tuple []string, nearly bool) {
	for i, p := range c.spec.parts {
		c.keys[i] = append(c.keys[i], sampleValue(p.mode, tuple[i], nearly))
	}
}

// sampleValue is a value that a lead may have which hits a cell, or only nearly.
func sampleValue(mode schema.Mode, cell string, nearly bool) string {
	value := strings.TrimSpace(cell)
	const longest = 2000 // bytes that a field of Marketo has at most
	switch mode {
	case schema.ModePrefix:
		value += " and more"
	case schema.ModeSuffix:
		value = "more and " + value
	case schema.ModeDomain:
		value = "some.one@mail." + value
	case schema.ModeWords:
		value = "the " + value + " of it all"
	case schema.ModeCIDR:
		value, _, _ = strings.Cut(value, "/")
	case schema.ModeRange, schema.ModeCondition:
		return firstEnd(value)
	case schema.ModeWildcard:
		value = strings.NewReplacer("*", " x ", "?", "x").Replace(value)
	case schema.ModeRegex:
		value = strings.Map(func(r rune) rune {
			if strings.ContainsRune(`\^$.|?*+()[]{}`, r) {
				return -1
			}
			return r
		}, value)
	}
	if mode == schema.ModeCIDR || !nearly && value != "" {
		return strings.ToValidUTF8(value[:min(len(value), longest)], "")
	}
	if mode == schema.ModeRegex || mode == schema.ModeWildcard || value == "" {
		// What comes near to a pattern is not known; a longer text is more work.
		value += strings.Repeat(" abc1", 50)
	}
	if len(value) > longest {
		value = strings.ToValidUTF8(value[:longest], "")
	}
	letters := []rune(value)
	for _, at := range []int{len(letters) / 3, len(letters) * 2 / 3} {
		letters[at] = 'q'
	}
	return string(letters)
}

// firstEnd is the first number, date or text of a range or a test.
func firstEnd(cell string) string {
	cell = strings.TrimLeft(cell, "<>=!≥≤[]( \"")
	if rest, ok := strings.CutPrefix(cell, "not("); ok {
		cell = strings.TrimLeft(rest, " \"")
	}
	if at := strings.IndexAny(cell, ",\")]"); at >= 0 {
		cell = cell[:at]
	}
	if low, _, ok := strings.Cut(cell, ".."); ok && low != "" {
		return low
	}
	if at := strings.IndexByte(cell, '-'); at > 0 && strings.Count(cell, "-") == 1 {
		cell = cell[:at]
	}
	return strings.TrimSuffix(strings.Trim(cell, ". "), "+")
}
