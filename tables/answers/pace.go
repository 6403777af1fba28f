package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Pace is what a lookup takes for a thousand leads, counted in work and not in
// time. It is found by looking up samples: some of the table's own cells, and near
// misses of its longest ones, in mode fuzzy also texts that are like none. The same version and lookup always have the same.
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
	tooSlow     = 10       // times the budget of a batch, from where Force is wanted
	paceSamples = 32       // tuples, half of them near misses
	paceRows    = 100_000  // that are looked up in; of a larger table some row groups stand for all
	maxPaces    = 1000     // that are remembered
	paceKept    = 32 << 20 // bytes of columns that are kept between two looks at them
)

// paces are those that were counted.
type paces struct {
	mu    sync.Mutex // guards known
	known map[string]Pace
}

func (p *paces) of(name string) (Pace, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pace, ok := p.known[name]
	return pace, ok
}

// remember forgets all others when there are too many.
func (p *paces) remember(name string, pace Pace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= maxPaces {
		p.known = map[string]Pace{}
	}
	p.known[name] = pace
}

// Pace counts what a lookup takes in a version, or remembers it. r reads the version:
// one that is being uploaded is nobody else's yet. The error wraps ErrInvalid or
// ErrColumnNotFound for a lookup that does not fit.
func (c *Cache) Pace(ctx context.Context, table string, v *schema.Version, r scan.Reader, l *schema.Lookup) (Pace, error) {
	p := paceCount{snapshot: c.snapshot(table, v, r, nil), lookup: l}
	f := &p.answers.fold
	var err error
	if p.spec, err = p.snapshot.resolve(l, f); err != nil {
		return Pace{}, fmt.Errorf("count lookup %q of table %q: %w", l.Name, table, err)
	}
	if v.Rows == 0 || len(p.spec.Parts) == 0 || p.spec.Hashed() && need(f.policy) != index.All {
		return Pace{}, nil // A step or two a lead, whatever the table.
	}
	name := fmt.Sprint(v.Storage, p.spec, f.policy, f.aggregate, f.priority, f.outputs)
	if pace, ok := c.paces.of(name); ok {
		return pace, nil
	}
	pace, err := p.run(ctx)
	if err != nil {
		return Pace{}, fmt.Errorf("count lookup %q of table %q: %w", l.Name, table, err)
	}
	c.paces.remember(name, pace)
	return pace, nil
}

// paceCount is the count for one lookup.
type paceCount struct {
	snapshot *Snapshot // without columns
	lookup   *schema.Lookup
	spec     match.Key
	answers  Batch
	keys     [][]string // the samples
	wanted   []int      // columns, ascending
	decoder  column.Decoder
	kept     map[int][]*column.Strings // columns of row groups that need not be read again
	room     int64                     // for more of them, in bytes
}

func (c *paceCount) run(ctx context.Context) (Pace, error) {
	f := &c.answers.fold
	c.wanted = slices.Concat(c.spec.Columns(), f.columns())
	slices.Sort(c.wanted)
	c.wanted = slices.Compact(c.wanted)
	c.kept, c.room = map[int][]*column.Strings{}, paceKept
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
	budget := NewBudget(limit+1, index.Yield)
	f.start(v, &c.answers, int(samples), true)
	defer f.release()
	var hits index.Hits
	done := 0.0 // samples times rows
	err := c.each(ctx, groups, func(first int, cells func(int) *column.Strings) error {
		ix, err := c.spec.Index(ctx, cells(c.wanted[0]).Len(), cells)
		if err != nil {
			return err
		}
		f.block(&block{first: first, rows: cells(c.wanted[0]).Len(), cells: cells, index: ix})
		if err := f.probe(ctx, ix, c.keys, &hits, budget); err != nil {
			return err
		}
		size := float64(cells(c.wanted[0]).Len())
		if budget.Spent() {
			done += size * (float64(c.reached()) + 0.5) // the last one was under way
			return scan.ErrStop
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

// each gives the columns of some row groups.
func (c *paceCount) each(ctx context.Context, groups []int, f func(first int, cells func(int) *column.Strings) error) error {
	for _, g := range groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		blocks, err := c.read(ctx, g)
		if err != nil {
			return err
		}
		err = f(c.snapshot.version.Starts[g], func(at int) *column.Strings {
			place, _ := slices.BinarySearch(c.wanted, at)
			return blocks[place]
		})
		if errors.Is(err, scan.ErrStop) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read gives the wanted columns of a row group, and keeps them for the next time as long
// as there is room: every group is asked for twice, for samples and to look them up.
func (c *paceCount) read(ctx context.Context, group int) ([]*column.Strings, error) {
	if blocks, ok := c.kept[group]; ok {
		return blocks, nil
	}
	chunks, err := scan.Group(ctx, c.snapshot.reader, &c.decoder, group, c.wanted, nil)
	if err != nil {
		return nil, err
	}
	blocks, bytes := make([]*column.Strings, len(chunks)), int64(0)
	for i, chunk := range chunks {
		blocks[i] = column.NewStrings([]*column.Chunk{chunk})
		bytes += blocks[i].Bytes()
	}
	if bytes <= c.room {
		c.room -= bytes
		c.kept[group] = blocks
	}
	return blocks, nil
}

// sample makes the tuples that are looked up: of rows that lie evenly in the
// groups, as leads may have them, and of the longest ones, nearly so.
func (c *paceCount) sample(ctx context.Context, groups []int) error {
	c.keys = make([][]string, len(c.spec.Parts))
	even := max(1, paceSamples/2/len(groups))
	var longest []paceRow
	err := c.each(ctx, groups, func(_ int, cells func(int) *column.Strings) error {
		rows := cells(c.wanted[0]).Len()
		for i := range min(even, rows) {
			if len(c.keys[0]) < paceSamples/2 {
				c.add(c.tuple(cells, i*rows/min(even, rows)), false)
			}
		}
		for row := range rows {
			length := 0
			for _, p := range c.spec.Parts {
				length += len(cells(p.Column).At(row))
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
	for i, r := range longest {
		c.add(c.unlike(r.cells, longest[(i+1)%len(longest)].cells, i), true)
	}
	return err
}

// paceRow is a row by the length of its key.
type paceRow struct {
	length int
	cells  []string
}

// unlike makes, of two in three of the longest keys, texts of mode fuzzy that are like no
// cell: what has no match is looked for the longest. Those of two halves have what many
// cells have, and those that are written backwards are like none also where little is
// asked for.
func (c *paceCount) unlike(tuple, other []string, i int) []string {
	for p, part := range c.spec.Parts {
		if part.Mode != schema.ModeFuzzy {
			continue
		}
		letters := []rune(tuple[p])
		switch i % 3 {
		case 1:
			letters = slices.Concat(letters[:len(letters)/2], []rune(other[p])[len([]rune(other[p]))/2:])
		case 2:
			slices.Reverse(letters)
		}
		tuple[p] = string(letters)
	}
	return tuple
}

// tuple is the key of a row, its texts copied.
func (c *paceCount) tuple(cells func(int) *column.Strings, row int) []string {
	tuple := make([]string, len(c.spec.Parts))
	for i, p := range c.spec.Parts {
		tuple[i] = strings.Clone(cells(p.Column).At(row))
		if p.To >= 0 && column.Blank(tuple[i]) {
			tuple[i] = strings.Clone(cells(p.To).At(row))
		}
	}
	return tuple
}

func (c *paceCount) add(tuple []string, nearly bool) {
	for i, p := range c.spec.Parts {
		c.keys[i] = append(c.keys[i], sampleValue(p.Mode, tuple[i], nearly))
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
	case schema.ModeContains:
		value = "some of " + value + " and more"
	case schema.ModeWords:
		value = "the " + value + " of it all"
	case schema.ModeCIDR:
		value, _, _ = strings.Cut(value, "/")
	case schema.ModeRange, schema.ModeCondition, schema.ModeAtLeast, schema.ModeAtMost:
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
	if len(letters) == 0 { // The start of the cell is no text.
		return value
	}
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
