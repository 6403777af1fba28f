package answers_test

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

// manner is a mode as the oracle sees it: cells and values of a kind that can be
// judged in one obvious line.
type manner struct {
	mode  schema.Mode
	two   bool // cells of two columns, written "from|to"
	cells []string
	of    []string // values
	// match judges a cell and a value of which neither is empty: how alike they
	// are, and how specific the cell is.
	match func(cell, value string) (score, specific float64, ok bool)
}

func fixed(specific func(cell string) int, match func(cell, value string) bool) func(string, string) (float64, float64, bool) {
	return func(cell, value string) (float64, float64, bool) {
		return 1, float64(specific(cell)), match(cell, value)
	}
}

func nothing(string) int { return 0 }

func characters(cell string) int { return utf8.RuneCountInString(normal(cell)) }

func normal(text string) string { return column.Normalize(text) }

// meetingIn says that two texts have a key in common in a form.
func meetingIn(form spelling.Form) func(c, v string) bool {
	return func(c, v string) bool {
		a, b := form.Keys(c)
		x, y := form.Keys(v)
		return a == x || a == y || b != "" && (b == x || b == y)
	}
}

// manners are all modes there are; TestEveryModeAndPolicyIsJudged holds them
// against schema.Modes.
func manners() []manner {
	names := []string{"Ann", "ann", " ANN\u00a0", "Änn", "änn", "Bo", "東京", "ﬁn", "fin", "x"}
	hosts := []string{"example.com", "mail.example.com", "EXAMPLE.com", "com", "co.uk", "a.co.uk", "other.de"}
	numbers := []string{"1", "5", "5.0", "7", "12", "20", "-3", "99", "x"}
	limits := []string{"1", "5", "5.0", "12", "20", "-3"}
	spelled := []string{"Zürich", "zurich", "ZUERICH", "Zurich AG", "Zürich, Inc.", "U.S.A.", "usa", "Ann", "Änn", "Aenn", "!", "東京", "3.5", "35"}
	return []manner{
		{mode: schema.ModeExact, cells: names, of: names, match: fixed(nothing, func(c, v string) bool { return c == v })},
		{mode: schema.ModeNormalized, cells: names, of: names, match: fixed(nothing, func(c, v string) bool { return normal(c) == normal(v) })},
		{mode: schema.ModeLoose, cells: spelled, of: spelled, match: fixed(nothing, meetingIn(spelling.Loose))},
		{mode: schema.ModeCompany, cells: spelled, of: spelled, match: fixed(nothing, meetingIn(spelling.Company))},
		{
			mode: schema.ModePrefix, cells: []string{"a", "A", "an", "ann", "b", "東", "anna "}, of: []string{"Anna", "ann", "bob", "東京", "c", "ANNA x"},
			match: fixed(characters, func(c, v string) bool { return strings.HasPrefix(normal(v), normal(c)) }),
		},
		{
			mode: schema.ModeContains, cells: []string{"a", "NN", "anna", "京", "b", "n na", "bob"}, of: []string{"Anna", "hannA", "bob", "x東京都", "c", "an na"},
			match: fixed(characters, func(c, v string) bool { return strings.Contains(normal(v), normal(c)) }),
		},
		{
			mode: schema.ModeSuffix, cells: []string{"a", "NA", "anna", "京", "b", " na"}, of: []string{"Anna", "hannA", "bob", "東京", "c"},
			match: fixed(characters, func(c, v string) bool { return strings.HasSuffix(normal(v), normal(c)) }),
		},
		{
			mode: schema.ModeDomain, cells: hosts, of: append([]string{"x@Mail.Example.com", "https://a.co.uk/p", "uk", "xcom"}, hosts...),
			match: fixed(func(c string) int { return 1 + strings.Count(c, ".") }, func(c, v string) bool {
				v = normal(v)
				v = strings.TrimSuffix(strings.TrimPrefix(v[strings.Index(v, "@")+1:], "https://"), "/p")
				return strings.HasSuffix("."+v, "."+normal(c))
			}),
		},
		{
			mode: schema.ModeRange, cells: []string{"1-10", "5-6", "7-20", "-5..5", "12-12"}, of: numbers,
			match: func(cell, value string) (float64, float64, bool) {
				low, high, ok := strings.Cut(cell, "..")
				if !ok {
					low, high, _ = strings.Cut(cell, "-")
				}
				return span(low, high, value)
			},
		},
		{
			mode: schema.ModeRange, two: true, cells: []string{"1|10", "5|6", "7|20", "-5|5", "12|12"}, of: numbers,
			match: func(cell, value string) (float64, float64, bool) {
				low, high, _ := strings.Cut(cell, "|")
				return span(low, high, value)
			},
		},
		{mode: schema.ModeAtLeast, cells: limits, of: numbers, match: fixed(nothing, func(c, v string) bool { return compared(c, v) <= 0 })},
		{mode: schema.ModeAtMost, cells: limits, of: numbers, match: fixed(nothing, func(c, v string) bool { return compared(c, v) >= 0 && compared(c, v) < 2 })},
		{
			mode: schema.ModeWildcard, cells: []string{"*", "a*", "a*a", "?nna", "an?a*", "bob"}, of: []string{"Anna", "a", "bob", "enna", "anna-maria", "c"},
			match: fixed(func(c string) int { return len(strings.NewReplacer("*", "", "?", "").Replace(c)) }, func(c, v string) bool {
				ok, err := path.Match(c, normal(v))
				return err == nil && ok
			}),
		},
		{
			mode: schema.ModeRegex, cells: []string{"^a", "(?i)^a", "n+", "b$", "[0-9]{2}", "."}, of: []string{"Anna", "anna", "bob", "x12", "7"},
			match: fixed(nothing, func(c, v string) bool { return regexp.MustCompile(c).MatchString(v) }),
		},
		{
			mode: schema.ModeWords, cells: []string{"sales", "VP sales", "vice president", "president", "of", "of-sales"}, of: []string{"VP of Sales", "Vice President, Sales", "presidents", "Sales", "of"},
			match: fixed(func(c string) int { return len(wordsIn(c)) }, func(c, v string) bool {
				have := wordsIn(v)
				return !slices.ContainsFunc(wordsIn(c), func(w string) bool { return !slices.Contains(have, w) })
			}),
		},
		{
			mode: schema.ModeFuzzy, cells: []string{"Germany", "germani", "France", "Frannce", "Franc", "東京都庁舎"}, of: []string{"germany", "Gemany", "gremany", "frnace", "france", "francee", "東京都庁", "x"},
			match: func(c, v string) (float64, float64, bool) {
				a, b := []rune(normal(c)), []rune(normal(v))
				likeness := 1 - float64(distance(a, b))/float64(max(len(a), len(b)))
				return likeness, likeness, likeness >= 0.7
			},
		},
		{
			mode: schema.ModeCIDR, cells: []string{"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "::/0"}, of: []string{"10.1.2.3", "10.1.9.9", "10.9.9.9", "1.1.1.1", "2001:db8::1", "fe80::1", "x"},
			match: func(c, v string) (float64, float64, bool) {
				network, err := netip.ParsePrefix(c)
				if err != nil {
					network = netip.PrefixFrom(netip.MustParseAddr(c), 32)
				}
				addr, err := netip.ParseAddr(v)
				return 1, float64(network.Bits()), err == nil && network.Contains(addr)
			},
		},
		{
			mode: schema.ModeCondition, cells: []string{"-", "", `"US"`, `"US","CA"`, `not("US")`, "> 5", "[5..12)", "]5..12]"}, of: append([]string{"us", "CA", "", "DE"}, numbers...),
			match: func(c, v string) (float64, float64, bool) {
				number, isNumber := new(big.Rat).SetString(v)
				above := func(n int64) bool { return isNumber && number.Cmp(big.NewRat(n, 1)) > 0 }
				is := func(n int64) bool { return isNumber && number.Cmp(big.NewRat(n, 1)) == 0 }
				switch c {
				case "-", "":
					return 1, 0, true
				case `"US"`:
					return 1, 1, normal(v) == "us"
				case `"US","CA"`:
					return 1, 1, normal(v) == "us" || normal(v) == "ca"
				case `not("US")`:
					return 1, 1, normal(v) != "us"
				case "> 5":
					return 1, 1, above(5)
				case "[5..12)":
					return 1, 1, (is(5) || above(5)) && !is(12) && !above(12)
				}
				return 1, 1, above(5) && !above(12)
			},
		},
	}
}

// compared is how a cell and a value stand to each other as numbers; 2 where the value is
// none.
func compared(cell, value string) int {
	a, errA := strconv.ParseFloat(cell, 64)
	x, errX := strconv.ParseFloat(value, 64)
	if errA != nil || errX != nil {
		return 2
	}
	return cmp.Compare(a, x)
}

func span(low, high, value string) (score, specific float64, ok bool) {
	a, errA := strconv.ParseFloat(low, 64)
	b, errB := strconv.ParseFloat(high, 64)
	x, errX := strconv.ParseFloat(value, 64)
	return 1, a - b, errA == nil && errB == nil && errX == nil && a <= x && x <= b
}

var notWord = regexp.MustCompile(`[^\pL\pN]+`)

func wordsIn(text string) []string {
	words := slices.DeleteFunc(notWord.Split(normal(text), -1), func(w string) bool { return w == "" })
	slices.Sort(words)
	return slices.Compact(words)
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours that make one text of the other.
func distance(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			if i == 0 || j == 0 {
				d[i][j] = i + j
				continue
			}
			replace := d[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// entry is a match entry with its mode's manner.
type entry struct {
	schema.Match
	manner
	column, to int
}

// matches judges one row and one tuple.
func (e entry) matches(cells []string, value string) (score, specific float64, ok bool) {
	cell := cells[e.column]
	if e.two {
		cell += "|" + cells[e.to]
	}
	empty := func(text string) bool {
		if e.mode == schema.ModeExact {
			return text == ""
		}
		return strings.Trim(normal(text), "|") == ""
	}
	switch free := e.free(cell); {
	case free && e.mode == schema.ModeCondition:
		return 1, 0, true
	case free:
		return 1, math.Inf(-1), true
	case e.mode == schema.ModeCondition && cell == "":
		return 1, 1, value == "" && e.MatchEmpty
	case e.mode == schema.ModeCondition && cell == "-":
		return 1, 1, value == "-"
	}
	if e.mode != schema.ModeCondition && (empty(cell) || empty(value)) {
		return 1, 0, empty(cell) && empty(value) && e.MatchEmpty
	}
	return e.match(cell, value)
}

// free says that a cell means anything.
func (e entry) free(cell string) bool {
	signs := e.Anything
	switch {
	case signs == nil && e.mode == schema.ModeCondition:
		signs = []string{"-", ""}
	case signs == nil && e.mode == schema.ModeWildcard:
		signs = []string{"*"}
	}
	return slices.Contains(signs, strings.TrimSpace(strings.TrimSuffix(cell, "|")))
}

// limit is how close the limit of a row is; below those of others where it is none.
func (e entry) limit(cells []string) float64 {
	switch cell := cells[e.column]; {
	case e.free(cell):
		return math.Inf(-1)
	case normal(cell) == "":
		return -math.MaxFloat64
	default:
		x, _ := strconv.ParseFloat(cell, 64)
		if e.mode == schema.ModeAtMost {
			x = -x
		}
		return x
	}
}

// grid is a table for the oracle, wide enough for every mode.
type grid struct {
	columns []string
	rows    [][]string
	entries []entry
}

var (
	outputCells   = []string{"red", "red", "red", "Red", "", "2024-05-01", "2023-12-31", "ü"}
	scoreCells    = []string{"+5", "-3", "0", "10", "+10", "", "1.50", "2.25", "9007199254740993", "1e2"}
	priorityCells = []string{"1", "2", "2.0", "10", "-1", "", "high", "1e1", "9007199254740993", "9007199254740992"}
)

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

func newGrid(r *rand.Rand, rows int) *grid {
	g := &grid{columns: []string{"out", "score", "priority", "same"}}
	for i := range rows {
		_ = i
		g.rows = append(g.rows, []string{pick(r, outputCells), pick(r, scoreCells), pick(r, priorityCells), "same"})
	}
	for i, m := range manners() {
		name := fmt.Sprint(m.mode, i)
		e := entry{Match: schema.Match{Column: name, Field: "f", Mode: m.mode}, manner: m, column: len(g.columns)}
		g.columns = append(g.columns, name)
		if m.mode == schema.ModeFuzzy {
			e.Threshold = 0.7
		}
		if m.two {
			e.to, e.ColumnTo = len(g.columns), name+" to"
			g.columns = append(g.columns, e.ColumnTo)
		}
		e.Anything = [][]string{nil, nil, {"*"}, {"*", ""}, {}}[r.IntN(5)]
		for row := range g.rows {
			cell := pick(r, m.cells)
			if r.IntN(6) == 0 {
				cell = pick(r, []string{"", "\u00a0 "})
				if m.mode == schema.ModeExact || m.mode == schema.ModeCondition {
					cell = ""
				}
			}
			if len(e.Anything) > 0 && r.IntN(6) == 0 {
				cell = "*"
			}
			if m.two {
				from, to, _ := strings.Cut(cell, "|")
				g.rows[row] = append(g.rows[row], from, to)
				continue
			}
			g.rows[row] = append(g.rows[row], cell)
		}
		g.entries = append(g.entries, e)
	}
	return g
}

// judge is the oracle: it scans the table row by row.
func (g *grid) judge(l *schema.Lookup, entries []entry, tuple []string) (answers.Found, []string) {
	type hit struct {
		row      int
		score    float64
		specific []float64
	}
	var hits []hit
	for row, cells := range g.rows {
		h := hit{row: row, score: 1}
		if l.Some() {
			if h.score, h.specific = g.some(l, entries, cells, tuple); h.specific != nil {
				hits = append(hits, h)
			}
			continue
		}
		all, conditions := true, -1
		for i, e := range entries {
			score, specific, ok := e.matches(cells, tuple[i])
			all, h.score = all && ok, min(h.score, score)
			switch {
			case e.mode == schema.ModeCondition && conditions >= 0:
				h.specific[conditions] += specific
				continue
			case e.mode == schema.ModeCondition:
				conditions = len(h.specific)
			}
			h.specific = append(h.specific, specific)
		}
		if all {
			hits = append(hits, h)
		}
	}
	for _, e := range entries {
		if e.mode.Limits() && len(hits) > 0 {
			closest := math.Inf(-1)
			for _, h := range hits {
				closest = max(closest, e.limit(g.rows[h.row]))
			}
			hits = slices.DeleteFunc(hits, func(h hit) bool { return e.limit(g.rows[h.row]) < closest })
		}
	}
	found, cells := answers.Found{Row: -1, Other: -1}, make([]string, len(l.Outputs))
	if len(hits) == 0 {
		return found, cells
	}
	texts := func(h hit) []string {
		list := make([]string, len(l.Outputs))
		for o, output := range l.Outputs {
			list[o] = g.rows[h.row][slices.Index(g.columns, output.Column)]
		}
		return list
	}
	chosen, count := hits[0], len(hits)
	switch l.HitPolicy {
	case schema.PolicyFirst:
		count = 1
	case schema.PolicyUnique:
		if count = min(count, 2); count == 2 {
			found.Ambiguous, found.Other = true, int32(hits[1].row)
		}
	case schema.PolicyAny:
		for _, h := range hits {
			if !found.Ambiguous && !slices.Equal(texts(h), texts(chosen)) {
				found.Ambiguous, found.Other = true, int32(h.row)
			}
		}
	case schema.PolicyBest:
		count = 1
		for _, h := range hits {
			if slices.Compare(h.specific, chosen.specific) > 0 {
				chosen = h
			}
		}
	case schema.PolicyPriority:
		number := func(h hit) *big.Rat {
			n, _ := new(big.Rat).SetString(g.rows[h.row][2]) // The texts are no numbers to it.
			return n
		}
		for _, h := range hits {
			n, best := number(h), number(chosen)
			if n != nil && (best == nil || n.Cmp(best) < 0) {
				chosen = h
			}
		}
	case schema.PolicyCollect:
		for o := range cells {
			var all []string
			for _, h := range hits {
				all = append(all, texts(h)[o])
			}
			var problem int
			cells[o], problem = gathered(l, all)
			if problem >= 0 && found.Problem == "" {
				found.Problem = fmt.Sprintf("row %d", hits[problem].row+1)
			}
		}
	}
	found.Row, found.Score, found.Hits = int32(chosen.row), float32(chosen.score), int32(count)
	switch {
	case found.Ambiguous || found.Problem != "":
		cells = make([]string, len(l.Outputs))
	case l.HitPolicy != schema.PolicyCollect:
		cells = texts(chosen)
	}
	return found, cells
}

// some judges one row and one tuple where not all entries must hold: how alike those are that
// do, and how many they are by cells that ask for something, before how specific each is;
// nothing where they are too few.
func (g *grid) some(l *schema.Lookup, entries []entry, cells, tuple []string) (score float64, specific []float64) {
	holding, asking, conditions := 0, 0.0, 0.0
	score = 1
	first := -1 // of the conditions, which count together
	for i, e := range entries {
		s, how, ok := e.matches(cells, tuple[i])
		cell := cells[e.column]
		if e.two {
			cell += "|" + cells[e.to]
		}
		asks := ok && !e.free(cell)
		if ok {
			holding++
		}
		if asks {
			asking++
			score = min(score, s)
		}
		switch {
		case e.mode == schema.ModeCondition:
			if first < 0 {
				first = len(specific)
				specific = append(specific, 0)
			}
			if asks {
				conditions += how
			}
		case !asks && e.wild():
			specific = append(specific, math.Inf(-1))
		case e.mode == schema.ModeRange && !e.wild() && (!asks || normal(tuple[i]) == ""):
			specific = append(specific, -math.MaxFloat64) // below the widest span
		case asks:
			specific = append(specific, how)
		default:
			specific = append(specific, 0)
		}
	}
	if holding < l.Require {
		return 1, nil
	}
	if first >= 0 {
		specific[first] = conditions
	}
	return score, append([]float64{asking}, specific...)
}

// wild says that cells may mean anything.
func (e entry) wild() bool {
	return len(e.Anything) > 0 || e.Anything == nil && e.mode == schema.ModeWildcard
}

// ranksFit says that the ranks of a key fit into that of a hit, with the number of entries.
func ranksFit(key []entry) bool {
	bits, conditions := 2, 0
	for _, e := range key {
		switch e.mode {
		case schema.ModeRange:
			bits += 32
		case schema.ModeFuzzy:
			bits += 24
		case schema.ModeCondition:
			conditions = 8
		case schema.ModeExact, schema.ModeNormalized, schema.ModeLoose, schema.ModeCompany, schema.ModeRegex:
			bits++
		default:
			bits += 16
		}
	}
	return bits+conditions <= 64
}

// gathered is what collect makes of cells, and which of them has no number though
// one is wanted.
func gathered(l *schema.Lookup, all []string) (text string, problem int) {
	if l.Aggregate == schema.AggregateCount {
		return fmt.Sprint(len(all)), -1
	}
	sum, decimals, plus := new(big.Rat), 0, false
	var some []string
	var numbers []*big.Rat
	for i, cell := range all {
		if normal(cell) == "" {
			continue
		}
		some = append(some, cell)
		n, ok := new(big.Rat).SetString(cell)
		if !ok {
			if l.Aggregate == schema.AggregateSum {
				return "", i
			}
			continue
		}
		numbers = append(numbers, n)
		sum.Add(sum, n)
		if _, fraction, ok := strings.Cut(cell, "."); ok {
			decimals = max(decimals, len(fraction))
		}
		plus = plus || strings.HasPrefix(cell, "+")
	}
	if len(some) == 0 {
		return "", -1
	}
	best := 0
	for i := range some {
		order := strings.Compare(some[i], some[best])
		if len(numbers) == len(some) {
			order = numbers[i].Cmp(numbers[best])
		}
		if l.Aggregate == schema.AggregateMin && order < 0 || l.Aggregate == schema.AggregateMax && order > 0 {
			best = i
		}
	}
	switch l.Aggregate {
	case schema.AggregateList:
		return strings.Join(some, l.Separator), -1
	case schema.AggregateDistinct:
		var once []string
		for i, cell := range some {
			if !slices.Contains(some[:i], cell) {
				once = append(once, cell)
			}
		}
		return strings.Join(once, l.Separator), -1
	case schema.AggregateSum:
		text := sum.FloatString(decimals)
		if plus && sum.Sign() >= 0 {
			text = "+" + text
		}
		return text, -1
	}
	return some[best], -1
}
