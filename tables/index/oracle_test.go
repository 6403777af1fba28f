package index_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// judged is a cell with what it means, said by the one who wrote it: whether a
// value that is not empty matches, how alike the two are, and how specific the
// cell is. A specificity of NaN is left unjudged.
type judged struct {
	cell, to string
	match    func(value string) (score float32, specific float64, ok bool)
	limit    limit // in the modes that have limits
}

// plain is a judgement without a score.
func plain(specific float64, match func(value string) bool) func(string) (float32, float64, bool) {
	return func(value string) (float32, float64, bool) { return 1, specific, match(value) }
}

// writer writes cells and values of one mode.
type writer struct {
	mode  schema.Mode
	two   bool // the ends of a range in two columns
	cell  func(r *rand.Rand) judged
	value func(r *rand.Rand) string
	near  func(r *rand.Rand, cell string) string // a value made of a cell; nil for the usual
}

// nearTo is a value made of a cell.
func (w writer) nearTo(r *rand.Rand, cell string) string {
	if w.near != nil {
		return w.near(r, cell)
	}
	return pickOf(r, "", "a", "x.") + cell + pickOf(r, "", "b", ".com")
}

// judgedColumn is a written column.
type judgedColumn struct {
	writer
	matchEmpty bool
	anything   []string // as a part has them
	cells      []judged
}

func (w writer) column(r *rand.Rand, rows int, matchEmpty bool) judgedColumn {
	c := judgedColumn{writer: w, matchEmpty: matchEmpty}
	c.anything = pickOf(r, nil, nil, nil, []string{}, []string{"*", "–"}, []string{" - ", ""}, []string{"Any"})
	for len(c.cells) < rows {
		switch {
		case r.IntN(15) == 0:
			c.cells = append(c.cells, judged{cell: []string{"", "  ", "\u00a0"}[r.IntN(3)]})
		case r.IntN(15) == 0 && len(c.anything) > 0:
			c.cells = append(c.cells, judged{cell: pickOf(r, "", " ", "\u00a0") + pickOf(r, c.anything...)})
		case r.IntN(4) == 0 && len(c.cells) > 0:
			c.cells = append(c.cells, c.cells[r.IntN(len(c.cells))])
		default:
			c.cells = append(c.cells, w.cell(r))
		}
	}
	return c
}

func (c judgedColumn) part() index.Part {
	var cells, to []string
	for _, j := range c.cells {
		cells, to = append(cells, j.cell), append(to, j.to)
	}
	p := index.Part{Mode: c.mode, Cells: column.FromStrings(cells), MatchEmpty: c.matchEmpty, Anything: c.anything}
	if c.two {
		p.To = column.FromStrings(to)
	}
	return p
}

// free says that a cell means anything.
func (c judgedColumn) free(j judged) bool {
	list := c.anything
	switch {
	case list == nil && c.mode == schema.ModeCondition:
		list = []string{"-", ""}
	case list == nil && c.mode == schema.ModeWildcard:
		list = []string{"*"}
	}
	return j.to == "" && slices.ContainsFunc(list, func(sign string) bool {
		if c.mode == schema.ModeExact || c.mode == schema.ModeRegex {
			return strings.TrimSpace(j.cell) == strings.TrimSpace(sign) || normal(sign) == "-" && normal(j.cell) == "-"
		}
		cell := normal(j.cell)
		for c.mode == schema.ModeWildcard && strings.Contains(cell, "**") {
			cell = strings.ReplaceAll(cell, "**", "*")
		}
		return cell == normal(sign)
	})
}

// judge is the oracle for one cell and one value. A cell that means anything is less
// specific than any other.
func (c judgedColumn) judge(row int, value string) (score float32, specific float64, ok bool) {
	j := c.cells[row]
	empty := column.Normalize(value) == ""
	if c.mode == schema.ModeExact {
		empty = value == ""
	}
	switch {
	case c.mode == schema.ModeCondition && c.free(j):
		return 1, 0, true
	case c.free(j):
		return 1, -1, true
	case c.mode == schema.ModeCondition && normal(j.cell) == "":
		return 1, 1, empty && c.matchEmpty
	case c.mode == schema.ModeCondition && j.match == nil:
		return 1, 1, normal(value) == normal(j.cell)
	case c.mode == schema.ModeCondition:
		return j.match(value)
	case j.match == nil && c.mode == schema.ModeExact && j.cell != "":
		return 1, 0, j.cell == value
	case j.match == nil || empty:
		return 1, 0, j.match == nil && empty && c.matchEmpty
	}
	return j.match(value)
}

// wanted is a hit as the oracle has it.
type wanted struct {
	row      int32
	score    float32
	specific []float64 // by part; those of conditions summed up in the first one
}

// scan is the oracle for a tuple: row by row.
func scan(columns []judgedColumn, tuple []string) []wanted {
	var hits []wanted
	for row := range columns[0].cells {
		hit := wanted{row: int32(row), score: 1}
		all, condition := true, -1
		for p, c := range columns {
			score, specific, ok := c.judge(row, tuple[p])
			all = all && ok
			hit.score = min(hit.score, score)
			if c.mode == schema.ModeCondition && condition >= 0 {
				hit.specific[condition] += specific
				specific = 0
			} else if c.mode == schema.ModeCondition {
				condition = p
			}
			hit.specific = append(hit.specific, specific)
		}
		if all {
			hits = append(hits, hit)
		}
	}
	for _, c := range columns {
		hits = c.closest(hits)
	}
	return hits
}

// requireJudged holds an index against the oracle for every need.
func requireJudged(t testing.TB, columns []judgedColumn, keys [][]string) {
	t.Helper()
	parts := make([]index.Part, len(columns))
	for i, c := range columns {
		parts[i] = c.part()
	}
	ix, err := index.Build(context.Background(), parts)
	require.NoError(t, err)
	require.Positive(t, ix.Bytes())
	var all index.Hits
	require.NoError(t, ix.Probe(context.Background(), keys, index.All, &all, nil))
	for i := range keys[0] {
		tuple := make([]string, len(keys))
		for p := range keys {
			tuple[p] = keys[p][i]
		}
		want := scan(columns, tuple)
		rows, scores := all.Of(i)
		same := len(rows) == len(want)
		for h := 0; same && h < len(want); h++ {
			same = rows[h] == want[h].row && scores[h] == want[h].score
		}
		if !same {
			t.Fatalf("tuple %q: %d hits wanted, %d found\n%.2000s", tuple, len(want), len(rows), told(columns, want, rows, scores))
		}
		if rankBits(columns) <= 64 { // The ranks of parts beyond are rounded or left out.
			requireRanked(t, tuple, want, all.RanksOf(i), all.Best(i))
		}
	}
	requireBudgeted(t, ix, keys, &all)
	requireOnlyBest(t, ix, keys, &all)
	requireFirst(t, ix, keys, &all)
}

// requireFirst checks, of an index of which all answers to some tuples are known, that it gives
// the first of them where fewer are asked for.
func requireFirst(t testing.TB, ix index.Index, keys [][]string, all *index.Hits) {
	t.Helper()
	var some index.Hits
	for _, need := range []int{index.First, index.Two, 5} {
		require.NoError(t, ix.Probe(context.Background(), keys, need, &some, nil))
		for i := range keys[0] {
			rows, scores := all.Of(i)
			n := min(need, len(rows))
			got, gotScores := some.Of(i)
			require.True(t, slices.Equal(rows[:n], got) && slices.Equal(scores[:n], gotScores) && slices.Equal(all.RanksOf(i)[:n], some.RanksOf(i)),
				"need %d of %v, got %v", need, rows, got)
		}
	}
}

// rankBits is how many bits the ranks of some columns take; conditions share theirs.
func rankBits(columns []judgedColumn) int {
	bits := map[schema.Mode]int{
		schema.ModeCIDR: 8, schema.ModePrefix: 16, schema.ModeSuffix: 16, schema.ModeContains: 16, schema.ModeDomain: 8, schema.ModeRange: 32,
		schema.ModeCondition: 8, schema.ModeWords: 16, schema.ModeWildcard: 16, schema.ModeFuzzy: 24,
	}
	sum, conditions := 0, false
	for _, c := range columns {
		if c.mode == schema.ModeCondition && conditions {
			continue
		}
		conditions = conditions || c.mode == schema.ModeCondition
		sum += max(bits[c.mode], min(len(c.anything), 1))
	}
	return sum
}

// told are the cells of the rows on which index and oracle do not agree.
func told(columns []judgedColumn, want []wanted, got []int32, scores []float32) string {
	var b strings.Builder
	tell := func(what string, row int32) {
		fmt.Fprintf(&b, "%s row %d:", what, row)
		for _, c := range columns {
			fmt.Fprintf(&b, " %s %q %q", c.mode, c.cells[row].cell, c.cells[row].to)
		}
		b.WriteByte('\n')
	}
	for _, w := range want {
		if at := slices.Index(got, w.row); at < 0 {
			tell("missing", w.row)
		} else if scores[at] != w.score {
			tell(fmt.Sprintf("score %v for %v:", scores[at], w.score), w.row)
		}
	}
	for _, row := range got {
		if !slices.ContainsFunc(want, func(w wanted) bool { return w.row == row }) {
			tell("surplus", row)
		}
	}
	return b.String()
}

// requireRanked checks that ranks stand to each other as the specificities do.
func requireRanked(t testing.TB, tuple []string, want []wanted, ranks []uint64, best int) {
	t.Helper()
	first := -1
	for i := range want {
		if slices.ContainsFunc(want[i].specific, math.IsNaN) {
			return
		}
		if first < 0 || slices.Compare(want[i].specific, want[first].specific) > 0 {
			first = i
		}
	}
	require.Equal(t, first, best, "best of tuple %q: %v, ranks %v", tuple, want, ranks)
	for i := 1; i < min(len(want), 50); i++ {
		require.Equal(t, slices.Compare(want[i].specific, want[i-1].specific), cmp.Compare(ranks[i], ranks[i-1]),
			"ranks of tuple %q: %v %v", tuple, want[i-1:i+1], ranks[i-1:i+1])
	}
}

func pickOf[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func normal(text string) string { return column.Normalize(text) }

// writers write each mode there is; the test of the modes fails where one is
// missing.
func writers() []writer {
	return []writer{
		exactWriter(), normalizedWriter(), looseWriter(), companyWriter(), prefixWriter(), suffixWriter(), containsWriter(), domainWriter(), rangeWriter(), endsWriter(),
		wildcardWriter(), regexWriter(), wordsWriter(), fuzzyWriter(), cidrWriter(), conditionWriter(),
		limitWriter(schema.ModeAtLeast), limitWriter(schema.ModeAtMost),
	}
}

func exactWriter() writer {
	return writer{mode: schema.ModeExact, value: anyWord, cell: func(r *rand.Rand) judged {
		cell := anyWord(r)
		if cell == "" {
			return judged{}
		}
		return judged{cell: cell, match: plain(0, func(v string) bool { return v == cell })}
	}}
}

func anyWord(r *rand.Rand) string { return words[r.IntN(len(words))] }

// unless leaves a cell that is empty in normal form unjudged.
func unless(cell string, match func(string) (float32, float64, bool)) judged {
	if normal(cell) == "" {
		return judged{cell: cell}
	}
	return judged{cell: cell, match: match}
}

func normalizedWriter() writer {
	return writer{mode: schema.ModeNormalized, value: anyWord, cell: func(r *rand.Rand) judged {
		cell := anyWord(r)
		return unless(cell, plain(0, func(v string) bool { return normal(v) == normal(cell) }))
	}}
}

// text is a short text of few letters, so that texts often begin, end and are
// alike.
func text(r *rand.Rand, most int) string {
	if r.IntN(12) == 0 {
		return anyWord(r)
	}
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(pickOf(r, "a", "b", "A", "B", "c", "é", "É", " ", "1", "ß", "ﬁ", "-", "東", "\xff"))
	}
	return b.String()
}

func prefixWriter() writer {
	return writer{
		mode: schema.ModePrefix, value: func(r *rand.Rand) string { return text(r, 10) },
		cell: func(r *rand.Rand) judged {
			cell := text(r, 4)
			return unless(cell, plain(float64(utf8.RuneCountInString(normal(cell))), func(v string) bool { return strings.HasPrefix(normal(v), normal(cell)) }))
		},
	}
}

func suffixWriter() writer {
	return writer{
		mode: schema.ModeSuffix, value: func(r *rand.Rand) string { return text(r, 10) },
		cell: func(r *rand.Rand) judged {
			cell := text(r, 4)
			return unless(cell, plain(float64(utf8.RuneCountInString(normal(cell))), func(v string) bool { return strings.HasSuffix(normal(v), normal(cell)) }))
		},
	}
}

func domainName(r *rand.Rand, most int) string {
	labels := []string{pickOf(r, "com", "de", "CO", "uk", "example")}
	for range r.IntN(most) {
		labels = append(labels, pickOf(r, "example", "Mail", "a", "b", "co", "xn--bcher-kva", "bücher", "Straße"))
	}
	slices.Reverse(labels)
	return strings.Join(labels, ".")
}

// labelsOf are the labels of the host in a written value, from the right.
func labelsOf(value string) []string {
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		value = u.Hostname()
	} else if at := strings.LastIndex(value, "@"); at >= 0 {
		value = value[at+1:]
	}
	value = strings.ReplaceAll(normal(value), "xn--bcher-kva", "bücher")
	labels := strings.Split(strings.TrimSuffix(value, "."), ".")
	slices.Reverse(labels)
	return labels
}

func domainWriter() writer {
	return writer{
		mode: schema.ModeDomain,
		near: func(r *rand.Rand, cell string) string {
			return pickOf(r, "", "x.", "x", "a@") + strings.TrimLeft(strings.TrimSpace(cell), "*@.")
		},
		value: func(r *rand.Rand) string {
			host := domainName(r, 5)
			return pickOf(r, host, "some.one@"+host, "https://"+host+"/a@b?c=d@e", "http://u:p@"+host+":8080", "//"+host, host+".", " "+strings.ToUpper(host), "")
		},
		cell: func(r *rand.Rand) judged {
			cell := domainName(r, 4)
			labels := labelsOf(cell)
			return judged{cell: pickOf(r, "", "*.", "@", ".") + cell, match: plain(float64(len(labels)), func(v string) bool {
				l := labelsOf(v)
				return len(l) >= len(labels) && slices.Equal(l[:len(labels)], labels)
			})}
		},
	}
}

// number is a number as a text; many are equal but not the same text.
func number(r *rand.Rand) string {
	switch r.IntN(12) {
	case 0:
		return pickOf(r, "9007199254740992", "9007199254740993", "9007199254740994", "9007199254740993.0", "900719925474099300e-2")
	case 1:
		return fmt.Sprintf("%d.%d", r.IntN(50)-25, r.IntN(10))
	case 2:
		return fmt.Sprintf("%05d", r.IntN(60))
	case 3:
		return fmt.Sprintf("%d.50", r.IntN(60)-30)
	}
	return fmt.Sprint(r.IntN(100) - 50)
}

// spelt are numbers as people write them, each with what it is. A value that can be read in
// one way only is read so.
var spelt = map[string]string{
	"1,234": "1234", "$12": "12", "12 EUR": "12", "-$5": "-5", "1.234,5": "1234.5", "1 234": "1234", "1'000": "1000",
	"12,5": "12.5", "50%": "0.5", "2K": "2000", "3M": "3000000", "１２": "12", "€ -3": "-3", "+7": "7",
}

// amount is the number that a lead's value is.
func amount(v string) (*big.Rat, bool) {
	if _, ok := spelt[v]; !ok {
		v = normal(v) // K and M are capitals
	}
	return rat(v)
}

func rat(text string) (*big.Rat, bool) {
	if plain, ok := spelt[text]; ok {
		text = plain
	}
	if text == "" || strings.Trim(text, "+-.e0123456789") != "" || text[0] == 'e' {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// moment is a written date or date and time as a time, and the time when it is
// over.
func moment(text string) (from, to time.Time, ok bool) {
	if t, err := time.Parse("2006-01-02", text); err == nil {
		return t, t.Add(24 * time.Hour), true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, strings.ToUpper(text)); err == nil {
			return t, t.Add(time.Nanosecond), true
		}
	}
	return from, to, false
}

func date(r *rand.Rand) string {
	day := fmt.Sprintf("2024-%02d-%02d", 1+r.IntN(2), 1+r.IntN(28))
	return pickOf(r, day, day, day+pickOf(r, "T00:00:00Z", "T23:59:59Z", " 12:30", "T01:00:00+02:00"))
}

// within is a judgement of two ends, either of which may be "".
func within(low, high string, lowIn, highIn bool) func(string) bool {
	return func(v string) bool {
		if _, ok := spelt[v]; !ok {
			v = normal(v)
		}
		if x, ok := rat(v); ok {
			if l, ok := rat(low); low != "" && (!ok || l.Cmp(x) > 0 || l.Cmp(x) == 0 && !lowIn) {
				return false
			}
			if h, ok := rat(high); high != "" && (!ok || h.Cmp(x) < 0 || h.Cmp(x) == 0 && !highIn) {
				return false
			}
			return true
		}
		x, _, ok := moment(v)
		if !ok {
			return false
		}
		if low != "" {
			from, over, ok := moment(low)
			if !ok || lowIn && x.Before(from) || !lowIn && x.Before(over) {
				return false
			}
		}
		if high != "" {
			from, over, ok := moment(high)
			if !ok || highIn && !x.Before(over) || !highIn && !x.Before(from) {
				return false
			}
		}
		return true
	}
}

// ordered are two ends in order.
func ordered(r *rand.Rand, of func(r *rand.Rand) string) (low, high string) {
	for {
		low, high = of(r), of(r)
		if within(low, "", true, true)(high) {
			return low, high
		}
	}
}

func scalarText(r *rand.Rand) string {
	if r.IntN(10) == 0 {
		return pickOf(r, slices.Sorted(maps.Keys(spelt))...)
	}
	return pickOf(r, number(r), number(r), date(r), pickOf(r, "a", "F", "fox", "Fé", "foxtrot", "zz", "GA 12", "m"), anyWord(r))
}

// spanned adds to a judgement of scalars that of values that are spans: both ends have to
// be judged to belong.
func spanned(low, high string, lowIn, highIn bool) func(string) bool {
	one := within(low, high, lowIn, highIn)
	return func(v string) bool {
		if one(v) {
			return true
		}
		text := strings.TrimSpace(v)
		m := spanValue.FindStringSubmatch(text)
		if m == nil {
			m = spanValue.FindStringSubmatch(unitBehind.ReplaceAllString(text, "$1"))
		}
		if m == nil || isScalar(v) {
			return false
		}
		from, to := m[1]+m[3], m[2]+m[4]
		if from != "" && to != "" && (kindOf(from) != kindOf(to) || !within(from, "", true, true)(to)) {
			return false
		}
		if kindOf(from+to) == "" && (kindOf(from) == "" && from != "" || kindOf(to) == "" && to != "") {
			return false
		}
		return (from != "" && one(from) || from == "" && low == "" && sameKind(high, to)) &&
			(to != "" && one(lastMoment(to)) || to == "" && high == "" && sameKind(low, from))
	}
}

// spanValue are spans that values are: two ends, one and more, or up to one.
var (
	spanValue  = regexp.MustCompile(`^(?:(?:from |at least |>= ?)(\S+)|(?:up to |≤ ?)(\S+)|(\S+) (?:to|–) (\S+))$`)
	unitBehind = regexp.MustCompile(`^(.*[0-9+%KM])[\pL\s]+$`)
)

func kindOf(text string) string {
	if _, ok := rat(text); ok {
		return "number"
	}
	if _, _, ok := moment(text); ok {
		return "date"
	}
	return ""
}

func isScalar(v string) bool { return kindOf(normal(v)) != "" || kindOf(v) != "" }

func sameKind(a, b string) bool { return kindOf(a) == kindOf(b) }

// lastMoment is a day as the last moment of it.
func lastMoment(text string) string {
	if _, err := time.Parse("2006-01-02", text); err == nil {
		return text + "T23:59:59.999999Z"
	}
	return text
}

func spanText(r *rand.Rand) string {
	low, high := ordered(r, pickOf(r, number, date))
	if strings.ContainsAny(low+high, " T") {
		return low
	}
	return pickOf(r, low+" to "+high, low+" – "+high, "from "+low, "up to "+high, ">="+low, "≤ "+high, low+" to "+high+" employees")
}

func rangeWriter() writer {
	// A cell as a value would be one more form of a span.
	near := func(_ *rand.Rand, cell string) string { return "x" + cell }
	return writer{mode: schema.ModeRange, near: near, value: func(r *rand.Rand) string { return pickOf(r, scalarText(r), spanText(r)) }, cell: func(r *rand.Rand) judged {
		if r.IntN(6) == 0 {
			return textRange(r)
		}
		of := pickOf(r, number, date)
		low, high := ordered(r, of)
		nan := math.NaN()
		between := spanned(low, high, true, true)
		dash := pickOf(r, "-", " - ", "–", "—", " ‑ ")
		if strings.Contains(low+high, "e-") {
			dash = ".."
		}
		switch r.IntN(18) {
		case 0:
			return judged{cell: pickOf(r, ">=", "≥ ", "from ", "At least ", "since  ") + low, match: plain(nan, spanned(low, "", true, true))}
		case 1:
			return judged{cell: pickOf(r, "> ", "over ", "MORE THAN ", "after ") + low, match: plain(nan, spanned(low, "", false, true))}
		case 2:
			return judged{cell: pickOf(r, "<=", "≤", "up to ", "until ", "at most ") + low, match: plain(nan, spanned("", low, true, true))}
		case 3:
			return judged{cell: pickOf(r, "<", "under ", "less than ", "before ") + low, match: plain(nan, spanned("", low, true, false))}
		case 4:
			return judged{cell: low + "..", match: plain(nan, spanned(low, "", true, true))}
		case 5:
			return judged{cell: ".." + low, match: plain(nan, spanned("", low, true, true))}
		case 6:
			return judged{cell: pickOf(r, "", "=", "== ") + low, match: plain(nan, spanned(low, low, true, true))} // also by a span that is no longer
		case 7:
			return judged{cell: low + dash + high, match: plain(nan, between)}
		case 8:
			return judged{cell: pickOf(r, "", "from ") + low + pickOf(r, " to ", " TO ", " through ") + high, match: plain(nan, between)}
		case 9:
			return judged{cell: "between " + low + " and " + high, match: plain(nan, between)}
		case 10:
			return judged{cell: low + pickOf(r, " and up", " or more", " AND OVER"), match: plain(nan, spanned(low, "", true, true))}
		case 11:
			return judged{cell: low + pickOf(r, " or less", " and below", " or fewer"), match: plain(nan, spanned("", low, true, true))}
		case 12:
			return judged{cell: low + "+", match: plain(nan, spanned(low, "", true, true))}
		}
		return judged{cell: low + " .. " + high, match: plain(nan, between)}
	}}
}

func textRange(r *rand.Rand) judged {
	low, high := pickOf(r, "a", "B", "fo"), pickOf(r, "f", "FOX", "m")
	cell := pickOf(r, low+".."+high, low+"-"+high, `"`+low+`"..`+high)
	return judged{cell: cell, match: plain(math.NaN(), func(v string) bool {
		v, low, high := normal(v), normal(low), normal(high)
		return v >= low && (v <= high || strings.HasPrefix(v, high))
	})}
}

func endsWriter() writer {
	return writer{mode: schema.ModeRange, two: true, value: scalarText, cell: func(r *rand.Rand) judged {
		low, high := ordered(r, pickOf(r, number, date))
		if r.IntN(5) == 0 {
			low = ""
		} else if r.IntN(5) == 0 {
			high = ""
		}
		return judged{cell: low, to: high, match: plain(math.NaN(), spanned(low, high, true, true))}
	}}
}

func wildcardWriter() writer {
	return writer{
		mode: schema.ModeWildcard, value: func(r *rand.Rand) string { return text(r, 8) + pickOf(r, "", "", "*", "?", `\`, `\a`) },
		cell: func(r *rand.Rand) judged {
			var b strings.Builder
			for range 1 + r.IntN(4) {
				b.WriteString(pickOf(r, "*", "?", "**", "a", "B", "ab", "é", `\*`, `\?`, `\`, `\\`, text(r, 3)))
			}
			cell := b.String()
			pattern, literal := `(?s)^`, 0
			for i, n := 0, normal(cell); i < len(n); {
				_, size := utf8.DecodeRuneInString(n[i:])
				if n[i] == '\\' {
					sign := strings.TrimLeft(n[i:], `\`)
					size = len(n) - i - len(sign)
					keep := size
					if sign != "" && strings.ContainsAny(sign[:1], "*?") {
						if keep = size / 2; size%2 == 1 {
							pattern += strings.Repeat(`\\`, keep) + `\` + sign[:1]
							literal += keep + 1
							i += size + 1
							continue
						}
					}
					pattern += strings.Repeat(`\\`, keep)
					literal += keep
					i += size
					continue
				}
				switch c := n[i : i+size]; c {
				case "*":
					pattern += `(?:.*)`
				case "?":
					pattern += `.`
				default:
					literal++
					pattern += regexp.QuoteMeta(valid(c))
				}
				i += size
			}
			re := regexp.MustCompile(pattern + `$`)
			return unless(cell, plain(float64(literal), func(v string) bool {
				return re.MatchString(valid(normal(v)))
			}))
		},
	}
}

// valid makes a character of its own of each byte that is none.
func valid(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			r = 0xe000 + rune(text[i])
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

func regexWriter() writer {
	return writer{
		mode: schema.ModeRegex, value: func(r *rand.Rand) string { return text(r, 8) + pickOf(r, "", "K", "\u212a", "ſ", "S") },
		cell: func(r *rand.Rand) judged {
			var b strings.Builder
			b.WriteString(pickOf(r, "", "(?i)", "^"))
			for range 1 + r.IntN(3) {
				b.WriteString(pickOf(r, "a", "ab", "[ab]", "(a|b)", "(ab|É|ba)", "a*", "b+", "c?", "é", "É", ".", `\b`, "k", "S", "(?:ba){2}", "\ufffd", " "))
			}
			b.WriteString(pickOf(r, "", "$"))
			re := regexp.MustCompile(b.String())
			return unless(b.String(), plain(0, re.MatchString))
		},
	}
}

func phrase(r *rand.Rand, most int) string {
	var b strings.Builder
	for range 1 + r.IntN(most) {
		b.WriteString(pickOf(r, "VP", "vice", "President", "of", "Sales", "intern", "International", "é", "e\u0301cole", "2", "東京", "हिन्दी", "chief"))
		b.WriteString(pickOf(r, " ", ", ", "-", "/", "\u00a0", " & "))
	}
	return b.String()
}

func wordsWriter() writer {
	word := regexp.MustCompile(`[\p{L}\p{Nd}][\p{L}\p{Nd}\p{M}]*`)
	set := func(text string) map[string]bool {
		m := map[string]bool{}
		for _, w := range word.FindAllString(normal(text), -1) {
			m[w] = true
		}
		return m
	}
	return writer{
		mode: schema.ModeWords, value: func(r *rand.Rand) string { return pickOf(r, phrase(r, 8), phrase(r, 30), "&", "") },
		cell: func(r *rand.Rand) judged {
			cell := phrase(r, 4)
			want := set(cell)
			return judged{cell: cell, match: plain(float64(len(want)), func(v string) bool {
				has := set(v)
				for w := range want {
					if !has[w] {
						return false
					}
				}
				return true
			})}
		},
	}
}

// typos is the textbook's Damerau and Levenshtein distance, with the whole
// matrix.
func typos(a, b []rune) int {
	d := make([][]int, len(a)+1)
	last := map[rune]int{}
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
		seen := 0
		for j := 1; j <= len(b); j++ {
			if i == 0 {
				d[i][j] = j
				continue
			}
			k, l, cost := last[b[j-1]], seen, 1
			if a[i-1] == b[j-1] {
				cost, seen = 0, j
			}
			d[i][j] = min(d[i-1][j-1]+cost, d[i-1][j]+1, d[i][j-1]+1)
			if k > 0 && l > 0 {
				d[i][j] = min(d[i][j], d[k-1][l-1]+i-k-1+1+j-l-1)
			}
		}
		if i > 0 {
			last[a[i-1]] = i
		}
	}
	return d[len(a)][len(b)]
}

func company(r *rand.Rand) string {
	name := pickOf(r, "Acme", "Global", "Müller", "Bananas", "Aa") + pickOf(r, " ", "", " & ") + pickOf(r, "Holdings", "Inc", "GmbH", "Systems", "aaa", "東京")
	runes := []rune(name)
	for range r.IntN(4) {
		i := r.IntN(len(runes))
		switch r.IntN(4) {
		case 0:
			runes = slices.Delete(runes, i, i+1)
		case 1:
			runes = slices.Insert(runes, i, pickOf(r, 'a', 'x', 'ü'))
		case 2:
			runes[i] = pickOf(r, 'a', 'x', 'e')
		default:
			runes[i], runes[0] = runes[0], runes[i]
			if i > 1 {
				runes[i-1], runes[i] = runes[i], runes[i-1]
			}
		}
		if len(runes) == 0 {
			return "a"
		}
	}
	return string(runes)
}

func fuzzyWriter() writer { return fuzzyWriterOf(schema.DefaultThreshold) }

func fuzzyWriterOf(threshold float64) writer {
	return writer{mode: schema.ModeFuzzy, value: company, cell: func(r *rand.Rand) judged {
		cell := company(r)
		return unless(cell, func(v string) (float32, float64, bool) {
			a, b := []rune(normal(cell)), []rune(normal(v))
			s := 1 - float64(typos(a, b))/float64(max(len(a), len(b)))
			return float32(s), s, s >= threshold-1e-9
		})
	}}
}

func address(r *rand.Rand) netip.Addr {
	if r.IntN(3) == 0 {
		b := [16]byte{0x20, 1, 0xd, 0xb8, byte(r.IntN(2)), byte(r.IntN(4)), 15: byte(r.IntN(8))}
		return netip.AddrFrom16(b)
	}
	return netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), byte(r.IntN(4)), byte(r.IntN(256))})
}

func cidrWriter() writer {
	return writer{
		mode: schema.ModeCIDR,
		value: func(r *rand.Rand) string {
			a := address(r)
			form := pickOf(r, a.String(), a.String(), " "+strings.ToUpper(a.String()), netip.AddrPortFrom(a, 80).String(), "10.0.0", "none", "")
			if a.Is4() {
				form = pickOf(r, form, "::ffff:"+a.String())
			}
			return form
		},
		cell: func(r *rand.Rand) judged {
			a := address(r)
			bits := pickOf(r, a.BitLen(), a.BitLen()-r.IntN(20), r.IntN(a.BitLen()+1))
			prefix := netip.PrefixFrom(a, bits)
			cell := prefix.String()
			if bits == a.BitLen() && r.IntN(2) == 0 {
				cell = a.String()
			}
			return judged{cell: cell, match: plain(float64(bits), func(v string) bool {
				v = strings.TrimSpace(v)
				addr, err := netip.ParseAddr(v)
				if err != nil {
					port, err := netip.ParseAddrPort(v)
					if err != nil {
						return false
					}
					addr = port.Addr()
				}
				return prefix.Contains(addr.Unmap())
			})}
		},
	}
}

func conditionWriter() writer {
	return writer{
		mode: schema.ModeCondition,
		value: func(r *rand.Rand) string {
			return pickOf(r, number(r), date(r), pickOf(r, "US", "us ", "CA", "New York", "true", "-", "", "10-20", "3M", "Toys (R) us"), scalarText(r), anyWord(r))
		},
		cell: func(r *rand.Rand) judged {
			if r.IntN(5) == 0 {
				return judged{cell: pickOf(r, "-", " - ", "")}
			}
			var items []string
			var tests []conditionTest
			for range 1 + r.IntN(3) {
				item, test := conditionItem(r)
				items, tests = append(items, item), append(tests, test)
			}
			list := strings.Join(items, pickOf(r, ", ", " , ")) // -15,3M would be one number
			one := func(v string) bool {
				return slices.ContainsFunc(tests, func(test conditionTest) bool { return test.holds(v) })
			}
			if r.IntN(4) > 0 {
				return judged{cell: list, match: plain(1, one)}
			}
			// As in DMN, a comparison with a value of another kind is null, and so is not() of it.
			known := func(v string) bool {
				return !slices.ContainsFunc(tests, func(test conditionTest) bool { return test.compares != nil && !test.compares(v) })
			}
			return judged{cell: pickOf(r, "not(", "NOT( ", "not (") + list + ")", match: plain(1, func(v string) bool { return !one(v) && known(v) })}
		},
	}
}

// conditionTest is an item as its writer means it; compares says that a value is of a kind
// that it can be compared with, and is nil for an equality.
type conditionTest struct {
	holds    func(v string) bool
	compares func(v string) bool
}

func is(kind string) func(string) bool {
	return func(v string) bool { return kindOf(v) == kind || kindOf(normal(v)) == kind }
}

func conditionItem(r *rand.Rand) (string, conditionTest) {
	equal := func(text string) conditionTest {
		return conditionTest{holds: func(v string) bool { return normal(v) != "" && normal(v) == normal(text) }}
	}
	some := func(v string) bool { return normal(v) != "" }
	switch r.IntN(9) {
	case 0:
		text := pickOf(r, "US", "ca", "New York", "true", "u s", "東京")
		return pickOf(r, text, `"`+text+`"`, "= "+text, "== "+text, "“"+text+"”"), equal(text)
	case 1:
		n := number(r)
		return `"` + n + `"`, equal(n)
	case 2:
		return pickOf(r, "null", `""`), conditionTest{holds: func(v string) bool { return normal(v) == "" }}
	case 3:
		n := pickOf(r, number, date)(r)
		return pickOf(r, "", "= ", "==") + n, conditionTest{holds: within(n, n, true, true)}
	case 4:
		d := date(r)
		return pickOf(r, `date("`+d+`")`, `@"`+d+`"`, `date and time("`+d+`")`), conditionTest{holds: within(d, d, true, true)}
	case 5:
		text := pickOf(r, "10-20", "7-Eleven", "24/7", "3M", "1..5", "10+", "O'Neil", "Toys (R) Us")
		return text, equal(text)
	case 6:
		part := normal(pickOf(r, "U", "S", "new", "k", "-0", "2", "京", "2024-01", "."))
		holds := func(v string) bool { return strings.Contains(normal(v), part) }
		name := pickOf(r, "contains", "startsWith", "endsWith")
		switch name {
		case "startsWith":
			holds = func(v string) bool { return strings.HasPrefix(normal(v), part) }
		case "endsWith":
			holds = func(v string) bool { return strings.HasSuffix(normal(v), part) }
		}
		return name + pickOf(r, "(", " ( ") + `"` + strings.ToUpper(part) + `" )`, conditionTest{holds, some}
	}
	number64 := pickOf(r, true, false)
	of, kind := date, "date"
	if number64 {
		of, kind = number, "number"
	}
	low, high := ordered(r, of)
	if r.IntN(3) == 0 {
		op := pickOf(r, "<", "<=", ">", ">=")
		if op[0] == '<' {
			return op + low, conditionTest{within("", low, true, len(op) == 2), is(kind)}
		}
		return op + low, conditionTest{within(low, "", len(op) == 2, true), is(kind)}
	}
	from, to := pickOf(r, "[", "(", "]"), pickOf(r, "]", ")", "[")
	match := within(low, high, from == "[", to == "]")
	// An open end must leave something.
	_, over, dates := moment(low)
	begins, _, _ := moment(high)
	l, _ := rat(low)
	h, _ := rat(high)
	if dates && !over.Before(begins) || !dates && l.Cmp(h) == 0 {
		return "[" + low + ".." + high + "]", conditionTest{within(low, high, true, true), is(kind)}
	}
	return from + low + " .. " + high + to, conditionTest{match, is(kind)}
}
