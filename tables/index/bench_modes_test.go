package index_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// benchTable is a table of one mode that grows, and the values that are looked up
// in it, about half of which match.
type benchTable struct {
	name  string
	modes []schema.Mode
	rows  []int
	cell  func(r *rand.Rand, row, rows int) []string // of each part, and the upper end of a range behind them
	value func(r *rand.Rand, rows int) []string
	// scan is the plain way, for the first part: a loop over all cells.
	scan func(cell, value string) bool
	two  bool
	need int
	// anything are cells that mean anything, in every part.
	anything []string
}

func phoneBook(row int) string { return fmt.Sprintf("+%d", 10000+row*7919%900000) }

func companyName(n int) string {
	a := []string{"Acme", "Global", "Northern", "United", "Blue", "Summit", "Pioneer", "Quantum", "Harbor", "Silver"}
	b := []string{"Data", "Logistics", "Foods", "Energy", "Media", "Robotics", "Paper", "Health", "Freight", "Optics"}
	c := []string{"Inc", "GmbH", "Ltd", "Partners", "Group", "Labs", "Holding", "Systems", "Services", "Corp"}
	return fmt.Sprintf("%s %s%s %s", a[n%10], string(rune('a'+n/1000%26))+string(rune('a'+n/26000%26)), b[n/10%10], c[n/100%10])
}

func jobTitle(r *rand.Rand, n int) string {
	rank := []string{"VP", "Vice President", "Director", "Head", "Manager", "Chief", "Senior", "Junior", "Lead", "Associate"}
	of := []string{"Sales", "Marketing", "Engineering", "Finance", "Legal", "Operations", "Support", "Product", "Design", "Research"}
	return fmt.Sprintf("%s of %s team%d", rank[r.IntN(10)], of[r.IntN(10)], r.IntN(n/20+1))
}

// benchPhrase is the start of words that come again and again.
func benchPhrase(n, length int) string {
	some := []string{"sales", "north", "data", "vice", "group", "of", "east", "team", "lead", "product", "a", "central"}
	var b strings.Builder
	for n = n*7919 + 1; b.Len() < length; n = n/12 + n*31%97 {
		b.WriteString(some[n%12] + " ")
	}
	return b.String()[:length]
}

func benchTables() []benchTable {
	grow := []int{1_000, 10_000, 100_000}
	return []benchTable{
		{
			name: "normalized", modes: []schema.Mode{schema.ModeNormalized}, rows: []int{1_000, 10_000, 100_000, 1_000_000},
			cell:  func(_ *rand.Rand, row, _ int) []string { return []string{fmt.Sprintf("account %07d", row)} },
			value: func(r *rand.Rand, rows int) []string { return []string{fmt.Sprintf("Account %07d", r.IntN(2*rows))} },
			scan:  func(cell, value string) bool { return cell == column.Normalize(value) },
		},
		spelledTable("names-normalized", schema.ModeNormalized, func(row int) string { return strings.ToUpper(spelledName(row)) }),
		spelledTable("loose", schema.ModeLoose, func(row int) string {
			return strings.NewReplacer("ü", "ue", "é", "e", ",", "").Replace(spelledName(row))
		}),
		spelledTable("company", schema.ModeCompany, func(row int) string {
			name, _, _ := strings.Cut(spelledName(row), ", ")
			return strings.NewReplacer("ü", "ue", "é", "e").Replace(name) + " LLC"
		}),
		{
			name: "composite", modes: []schema.Mode{schema.ModeNormalized, schema.ModeExact, schema.ModeNormalized}, rows: []int{1_000, 10_000, 100_000, 1_000_000},
			cell: func(_ *rand.Rand, row, _ int) []string {
				return []string{fmt.Sprintf("country %d", row%200), fmt.Sprintf("%05d", row/200), "segment " + fmt.Sprint(row%7)}
			},
			value: func(r *rand.Rand, rows int) []string {
				row := r.IntN(2 * rows)
				return []string{fmt.Sprintf("Country %d", row%200), fmt.Sprintf("%05d", row/200), "Segment " + fmt.Sprint(row%7)}
			},
		},
		{
			name: "composite-prefix", modes: []schema.Mode{schema.ModeNormalized, schema.ModePrefix}, rows: []int{1_000, 10_000, 100_000, 1_000_000},
			cell: func(_ *rand.Rand, row, _ int) []string {
				return []string{fmt.Sprintf("country %d", row%20), fmt.Sprint(1000 + row/20%90000)}
			},
			value: func(r *rand.Rand, rows int) []string {
				return []string{fmt.Sprintf("Country %d", r.IntN(20)), fmt.Sprint(1000+r.IntN(rows/10)) + "99"}
			},
		},
		{
			name: "prefix", modes: []schema.Mode{schema.ModePrefix}, rows: grow,
			cell:  func(_ *rand.Rand, row, _ int) []string { return []string{phoneBook(row)} },
			value: func(r *rand.Rand, rows int) []string { return []string{phoneBook(r.IntN(2*rows)) + "5551234"} },
			scan:  func(cell, value string) bool { return strings.HasPrefix(value, cell) },
		},
		{
			name: "suffix", modes: []schema.Mode{schema.ModeSuffix}, rows: grow,
			cell: func(_ *rand.Rand, row, _ int) []string { return []string{fmt.Sprintf("-%06d", row*7919%1000000)} },
			value: func(r *rand.Rand, rows int) []string {
				return []string{fmt.Sprintf("sku%d-%06d", r.IntN(1000), r.IntN(2*rows)*7919%1000000)}
			},
			scan: func(cell, value string) bool { return strings.HasSuffix(value, cell) },
		},
		{
			name: "contains", modes: []schema.Mode{schema.ModeContains}, rows: grow,
			cell: func(_ *rand.Rand, row, _ int) []string { return []string{fmt.Sprintf("team-%07d", row*7919%1e7)} }, // of 12 characters
			value: func(r *rand.Rand, rows int) []string { // of 60
				return []string{fmt.Sprintf("Regional manager of team-%07d, Europe, Middle East and Africa", r.IntN(2*rows)*7919%1e7)[:60]}
			},
			scan: func(cell, value string) bool { return strings.Contains(strings.ToLower(value), cell) },
		},
		{
			name: "contains-words", modes: []schema.Mode{schema.ModeContains}, rows: grow, // cells and values made of the same few words
			cell: func(_ *rand.Rand, row, _ int) []string { return []string{benchPhrase(row, 12)} },
			value: func(r *rand.Rand, _ int) []string {
				return []string{(benchPhrase(r.IntN(1e6), 30) + " " + benchPhrase(r.IntN(1e6), 30))[:60]}
			},
		},
		{
			name: "domain", modes: []schema.Mode{schema.ModeDomain}, rows: grow,
			cell: func(_ *rand.Rand, row, _ int) []string { return []string{fmt.Sprintf("company%d.com", row)} },
			value: func(r *rand.Rand, rows int) []string {
				return []string{fmt.Sprintf("Some.One%d@mail.company%d.com", r.IntN(100), r.IntN(2*rows))}
			},
			scan: func(cell, value string) bool { return strings.HasSuffix(value, "."+cell) },
		},
		{
			name: "cidr", modes: []schema.Mode{schema.ModeCIDR}, rows: grow,
			cell: func(_ *rand.Rand, row, _ int) []string {
				return []string{fmt.Sprintf("%d.%d.%d.0/24", 1+row>>16, row>>8&255, row&255)}
			},
			value: func(r *rand.Rand, rows int) []string {
				row := r.IntN(2 * rows)
				return []string{fmt.Sprintf("%d.%d.%d.%d", 1+row>>16, row>>8&255, row&255, r.IntN(256))}
			},
			scan: func(cell, value string) bool {
				prefix, err := netip.ParsePrefix(cell)
				addr, err2 := netip.ParseAddr(value)
				return err == nil && err2 == nil && prefix.Contains(addr)
			},
		},
		{
			name: "range", modes: []schema.Mode{schema.ModeRange}, rows: grow,
			cell:  func(_ *rand.Rand, row, _ int) []string { return []string{fmt.Sprintf("%d-%d", row*20, row*20+9)} },
			value: func(r *rand.Rand, rows int) []string { return []string{fmt.Sprint(r.IntN(20 * rows))} },
			scan: func(cell, value string) bool {
				low, high, _ := strings.Cut(cell, "-")
				return number64(low) <= number64(value) && number64(value) <= number64(high)
			},
		},
		{
			name: "range-two-columns", modes: []schema.Mode{schema.ModeRange}, rows: grow, two: true,
			cell:  func(_ *rand.Rand, row, _ int) []string { return []string{fmt.Sprint(row * 20), fmt.Sprint(row*20 + 9)} },
			value: func(r *rand.Rand, rows int) []string { return []string{fmt.Sprint(r.IntN(20 * rows))} },
		},
		{
			name: "at-least", modes: []schema.Mode{schema.ModeAtLeast}, rows: grow,
			cell:  func(_ *rand.Rand, row, _ int) []string { return []string{fmt.Sprint(row * 20)} },
			value: func(r *rand.Rand, rows int) []string { return []string{fmt.Sprint(r.IntN(20 * rows))} },
		},
		{
			// Half of the countries have steps of their own for amounts of any size, the other
			// half only from a million on, so that few values reach them.
			name: "composite-at-least", modes: []schema.Mode{schema.ModeNormalized, schema.ModeAtLeast}, rows: grow,
			cell: func(_ *rand.Rand, row, _ int) []string {
				return []string{fmt.Sprintf("country %d", row%200), fmt.Sprint(row/200*20 + row%2*1_000_000)}
			},
			value: func(r *rand.Rand, rows int) []string {
				return []string{fmt.Sprintf("Country %d", r.IntN(200)), fmt.Sprint(r.IntN(rows/10 + 1))}
			},
		},
		{
			name: "composite-anything", modes: []schema.Mode{schema.ModeNormalized, schema.ModeNormalized}, rows: grow, anything: []string{"*"},
			cell: func(r *rand.Rand, row, _ int) []string {
				state := fmt.Sprintf("state %d", row/200)
				if r.IntN(20) == 0 {
					state = "*"
				}
				return []string{fmt.Sprintf("country %d", row%200), state}
			},
			value: func(r *rand.Rand, rows int) []string {
				row := r.IntN(2 * rows)
				return []string{fmt.Sprintf("Country %d", row%200), fmt.Sprintf("State %d", row/200)}
			},
		},
		{
			name: "words", modes: []schema.Mode{schema.ModeWords}, rows: grow,
			cell:  func(r *rand.Rand, _, rows int) []string { return []string{jobTitle(r, rows)} },
			value: func(r *rand.Rand, rows int) []string { return []string{"Regional " + jobTitle(r, rows) + ", EMEA"} },
			scan: func(cell, value string) bool {
				has := strings.Fields(strings.ToLower(strings.ReplaceAll(value, ",", "")))
				for w := range strings.FieldsSeq(strings.ToLower(cell)) {
					if !slices.Contains(has, w) {
						return false
					}
				}
				return true
			},
		},
		{
			name: "wildcard", modes: []schema.Mode{schema.ModeWildcard}, rows: grow,
			cell: func(_ *rand.Rand, row, _ int) []string {
				return []string{[]string{"*campaign-%06d*", "source%06d/*", "*/medium?%06d"}[row%3]}
			},
			value: func(r *rand.Rand, rows int) []string {
				n := r.IntN(2 * rows)
				return []string{[]string{"2024-campaign-%06d-x", "source%06d/cpc", "social/medium-%06d"}[n%3], fmt.Sprint(n)}
			},
			scan: func(cell, value string) bool {
				ok, err := path.Match(strings.ReplaceAll(cell, "/", "|"), strings.ReplaceAll(value, "/", "|"))
				return ok && err == nil
			},
		},
		{
			name: "regex", modes: []schema.Mode{schema.ModeRegex}, rows: []int{500, 1_000, 10_000},
			cell: func(_ *rand.Rand, row, _ int) []string {
				return []string{fmt.Sprintf([]string{`(?i)^campaign[-_]%05d\b`, `source%05d/(cpc|ppc)$`, `(alpha|beta)%05d`, `\bterm\s*=\s*%05d`}[row%4], row)}
			},
			value: func(r *rand.Rand, rows int) []string {
				n := r.IntN(2 * rows)
				return []string{fmt.Sprintf([]string{"Campaign_%05d spring", "x source%05d/cpc", "the beta%05d one", "a term = %05d"}[n%4], n)}
			},
			scan: scanRegex(),
		},
		{
			name: "fuzzy", modes: []schema.Mode{schema.ModeFuzzy}, rows: grow,
			cell: func(_ *rand.Rand, row, _ int) []string { return []string{companyName(row)} },
			value: func(r *rand.Rand, rows int) []string {
				name := []byte(companyName(r.IntN(2 * rows)))
				name[r.IntN(len(name))] = byte('a' + r.IntN(26))
				i := r.IntN(len(name) - 1)
				name[i], name[i+1] = name[i+1], name[i]
				return []string{string(name)}
			},
			scan: func(cell, value string) bool {
				a, b := []rune(column.Normalize(cell)), []rune(column.Normalize(value))
				return 1-float64(typos(a, b))/float64(max(len(a), len(b))) >= schema.DefaultThreshold
			},
		},
		{
			name: "condition", modes: []schema.Mode{schema.ModeCondition, schema.ModeCondition, schema.ModeCondition, schema.ModeCondition}, rows: []int{1_000, 3_700, 10_000, 100_000}, need: index.First,
			cell: func(r *rand.Rand, row, rows int) []string {
				account := "-"
				if row < rows*3000/3700 {
					account = fmt.Sprintf(`"account %d"`, row)
				}
				return []string{
					account,
					[]string{"-", "-", `"US","CA"`, `not("US")`, `"DE"`, `"FR","IT","ES"`}[r.IntN(6)],
					[]string{"-", "> 100", "[1..50)", "[50..100]", "> 1000", "<= 10"}[r.IntN(6)],
					[]string{"-", "true", "false"}[r.IntN(3)],
				}
			},
			value: func(r *rand.Rand, rows int) []string {
				return []string{
					fmt.Sprintf("Account %d", r.IntN(2*rows)), []string{"US", "CA", "DE", "FR", "JP"}[r.IntN(5)],
					fmt.Sprint(r.IntN(2000)), []string{"true", "false"}[r.IntN(2)],
				}
			},
		},
	}
}

// spelledName is the name of a company with its legal form, about one in twelve of them
// with a mark.
func spelledName(row int) string {
	words := [...]string{"Brandt", "Harbor", "Nordic", "Müller", "Pacific", "Keller", "Summit", "Lumière", "Atlas", "Walden", "Orchard", "Copper", "Meridian", "Falcon", "Juniper", "Sterling", "Granite", "Beacon", "Willow", "Cascade", "Vertex", "Laurel", "Quarry", "Tidewater"}
	forms := [...]string{"Inc.", "GmbH", "Ltd.", "LLC"}
	return fmt.Sprintf("%s %s %05d, %s", words[row%24], words[row/24*7%24], row/3*7919%1_000_003, forms[row%4])
}

// spelledTable is a table of such names under a mode, and leads that write them as spell does;
// half of them are in no row.
func spelledTable(name string, mode schema.Mode, spell func(row int) string) benchTable {
	return benchTable{
		name: name, modes: []schema.Mode{mode}, rows: []int{10_000, 1_000_000},
		cell:  func(_ *rand.Rand, row, _ int) []string { return []string{spelledName(row)} },
		value: func(r *rand.Rand, rows int) []string { return []string{spell(r.IntN(2 * rows))} },
	}
}

// go test ./tables/index -run '^$' -bench 'Modes|Scan|GoMap' -count=10.
func BenchmarkModes(b *testing.B) {
	const batch = 1000
	for _, c := range benchTables() {
		for _, rows := range c.rows {
			r := rand.New(rand.NewPCG(1, uint64(rows)))
			ix, err := index.Build(context.Background(), c.parts(r, rows))
			require.NoError(b, err)
			// As many keys as rows, up to a point, so that the tables do not stay in
			// the cache for a few keys.
			batches := make([][][]string, min(max(rows/batch, 8), 256))
			for i := range batches {
				batches[i] = c.keys(r, rows, batch)
			}
			b.Run(fmt.Sprintf("%s/rows=%d/batch=%d", c.name, rows, batch), func(b *testing.B) {
				var hits index.Hits
				found := 0
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if err := ix.Probe(context.Background(), batches[i%len(batches)], c.need, &hits, nil); err != nil {
						b.Fatal(err)
					}
					found += len(hits.Rows)
					i++
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i*batch), "ns/lead")
				b.ReportMetric(float64(found)/float64(i*batch), "hits/lead")
				b.ReportMetric(float64(ix.Bytes())/float64(rows), "B/row")
			})
		}
	}
}

// scanRegex compiles each pattern once, as a careful scan would.
func scanRegex() func(cell, value string) bool {
	compiled := make(map[string]*regexp.Regexp)
	return func(cell, value string) bool {
		re := compiled[cell]
		if re == nil {
			re = regexp.MustCompile(cell)
			compiled[cell] = re
		}
		return re.MatchString(value)
	}
}

func number64(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// BenchmarkGoMap is a map from key to row beside BenchmarkModes/normalized. The
// values are normal already, which is the map's advantage.
func BenchmarkGoMap(b *testing.B) {
	for _, rows := range []int{1_000, 100_000, 1_000_000} {
		m := make(map[string][]int, rows)
		for row := range rows {
			key := fmt.Sprintf("account %07d", row)
			m[key] = append(m[key], row)
		}
		r := rand.New(rand.NewPCG(1, uint64(rows)))
		keys := make([]string, 256_000)
		for i := range keys {
			keys[i] = fmt.Sprintf("account %07d", r.IntN(2*rows))
		}
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			found, i := 0, 0
			for b.Loop() {
				found += len(m[keys[i%len(keys)]])
				i++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i), "ns/lead")
			b.ReportMetric(float64(found)/float64(i), "hits/lead")
		})
	}
}

func (c benchTable) parts(r *rand.Rand, rows int) []index.Part {
	columns := make([][]string, len(c.modes)+1)
	for row := range rows {
		for p, cell := range c.cell(r, row, rows) {
			if strings.Contains(cell, "%0") {
				cell = fmt.Sprintf(cell, row)
			}
			columns[p] = append(columns[p], cell)
		}
	}
	var parts []index.Part
	for p, mode := range c.modes {
		parts = append(parts, index.Part{Mode: mode, Cells: column.FromStrings(columns[p]), Anything: c.anything})
	}
	if c.two {
		parts[0].To = column.FromStrings(columns[1])
	}
	return parts
}

func (c benchTable) keys(r *rand.Rand, rows, batch int) [][]string {
	keys := make([][]string, len(c.modes))
	for range batch {
		value := c.value(r, rows)
		if strings.Contains(value[0], "%0") {
			var n int
			_, _ = fmt.Sscan(value[1], &n)
			value[0] = fmt.Sprintf(value[0], n)
		}
		for p := range keys {
			keys[p] = append(keys[p], value[p])
		}
	}
	return keys
}

// BenchmarkScan is the plain way beside BenchmarkModes: every cell is held against
// the value.
func BenchmarkScan(b *testing.B) {
	for _, c := range benchTables() {
		if c.scan == nil {
			continue
		}
		rows := 10_000
		r := rand.New(rand.NewPCG(1, 1))
		cells := c.parts(r, rows)[0].Cells
		keys := c.keys(r, rows, 100)
		b.Run(fmt.Sprintf("%s/rows=%d", c.name, rows), func(b *testing.B) {
			i := 0
			for b.Loop() {
				value := keys[0][i%len(keys[0])]
				for row := range cells.Len() {
					_ = c.scan(cells.At(row), value)
				}
				i++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i), "ns/lead")
		})
	}
}

func fixedRand() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

// BenchmarkUnit holds the weights of the work against the clock: ns/unit should
// be near 1 for every kind of table, and is never far above 2 on a quiet machine.
//
// go test ./tables/index -run '^$' -bench Unit.
func BenchmarkUnit(b *testing.B) {
	measure := func(name string, parts []index.Part, keys [][]string, need int) {
		ix, err := index.Build(context.Background(), parts)
		require.NoError(b, err)
		b.Run(name, func(b *testing.B) {
			var hits index.Hits
			budget := index.NewBudget(plenty, nil)
			for b.Loop() {
				if err := ix.Probe(context.Background(), keys, need, &hits, budget); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(budget.Used()), "ns/unit")
		})
	}
	for _, c := range hardTables() {
		measure("hard/"+c.name, c.parts, c.keys, index.All)
	}
	for _, c := range benchTables() {
		rows := c.rows[1]
		r := rand.New(rand.NewPCG(1, uint64(rows)))
		measure(c.name, c.parts(r, rows), c.keys(r, rows, 1000), c.need)
	}
}

// BenchmarkSome is a key of three equal entries of which two must hold, in a million rows. In
// three of four values of a lead an entry holds; a plain index of the first entry stands beside.
//
// go test ./tables/index -run '^$' -bench Some -count=10.
func BenchmarkSome(b *testing.B) {
	const batch = 1000
	shapes := []struct {
		name     string
		distinct [3]int // cells of a column, in parts of the rows
	}{
		{"unique", [3]int{1, 1, 1}},
		{"name-mail-zip", [3]int{2, 1, 25}},
		{"mail-zip-country", [3]int{1, 25, 1 << 18}}, // four countries
		{"country-country-country", [3]int{1 << 18, 1 << 18, 1 << 18}},
	}
	for _, shape := range shapes {
		for _, rows := range []int{10_000, 1_000_000} {
			if rows < shape.distinct[0] {
				continue
			}
			cell := func(p, row int) string {
				return fmt.Sprintf("%s %07d", []string{"account", "mail", "place"}[p], row*7919%rows%max(1, rows/shape.distinct[p]))
			}
			columns := make([][]string, 3)
			for row := range rows {
				for p := range columns {
					columns[p] = append(columns[p], cell(p, row))
				}
			}
			some, err := index.BuildSome(context.Background(), textParts(columns...), 2)
			require.NoError(b, err)
			one, err := index.Build(context.Background(), textParts(columns[0]))
			require.NoError(b, err)
			r := fixedRand()
			batches := make([][][]string, min(max(rows/batch, 8), 256))
			for i := range batches {
				batches[i] = make([][]string, 3)
				for range batch {
					row := r.IntN(rows)
					for p := range 3 {
						at := row
						if r.IntN(4) == 0 {
							at = r.IntN(rows)
						}
						batches[i][p] = append(batches[i][p], strings.ToUpper(cell(p, at)[:1])+cell(p, at)[1:])
					}
				}
			}
			for _, c := range []struct {
				name string
				ix   index.Index
				keys int
			}{{"2 of 3", some, 3}, {"1 of 1", one, 1}} {
				b.Run(fmt.Sprintf("%s/%s/rows=%d/batch=%d", shape.name, c.name, rows, batch), func(b *testing.B) {
					var hits index.Hits
					found, i := 0, 0
					b.ReportAllocs()
					for b.Loop() {
						if err := c.ix.Probe(context.Background(), batches[i%len(batches)][:c.keys], index.Two, &hits, nil); err != nil {
							b.Fatal(err)
						}
						found += len(hits.Rows)
						i++
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i*batch), "ns/lead")
					b.ReportMetric(float64(found)/float64(i*batch), "hits/lead")
					b.ReportMetric(float64(c.ix.Bytes())/float64(rows), "B/row")
				})
			}
		}
	}
}
