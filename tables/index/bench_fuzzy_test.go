package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// fuzzyBench is one table of rows and what is looked up in it, by the kernel of before and
// by that of today in turns.
type fuzzyBench struct {
	name       string
	rows, keys []string
	threshold  float64
	turn       int // leads in one go, so that a kernel finds its memory as warm as in a batch
}

// fuzzyTable collects what is printed at the end.
type fuzzyTable struct{ lines []string }

func (t *fuzzyTable) add(format string, args ...any) {
	t.lines = append(t.lines, fmt.Sprintf(format, args...))
}

func (t *fuzzyTable) print(head string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\n"+head)
	for _, line := range t.lines {
		fmt.Fprintln(w, line)
	}
	_ = w.Flush() // To a terminal; what it could not write nobody misses.
}

// run measures a lead, and holds what the two kernels find against each other.
func (c fuzzyBench) run(b *testing.B, table *fuzzyTable) {
	before := newFuzzyBefore(textsOf(c.rows), c.threshold, new(Meter))
	now := newFuzzyKernel(b, c.rows, Part{Mode: schema.ModeFuzzy, Threshold: c.threshold})
	now.set(c.keys)
	var old, all, best time.Duration
	var answers [3][][]found
	for i := range answers {
		answers[i] = make([][]found, c.turn)
	}
	var meter Meter
	require.NoError(b, meter.Start(context.Background(), nil))
	var want, got []fuzzyMatch
	leads, hits, next := 0, 0, 0
	// Memory is taken, and the processor wakes, before anything counts.
	for i := range min(3, len(c.keys)) {
		before.find(c.keys[i], &meter, nil)
		now.all(i, nil)
		now.best(i, nil)
	}
	watch := newStopwatch()
	for b.Loop() {
		from := next
		next += c.turn
		if next > len(c.keys) {
			from, next = 0, c.turn
		}
		watch.lap()
		for i := range c.turn {
			answers[0][i] = before.find(c.keys[from+i], &meter, answers[0][i][:0])
		}
		old += watch.lap()
		for i := range c.turn {
			answers[1][i] = now.all(from+i, answers[1][i][:0])
		}
		all += watch.lap()
		// A search is made ready once for all that is asked of a value.
		now.set(c.keys)
		watch.lap()
		for i := range c.turn {
			answers[2][i] = now.best(from+i, answers[2][i][:0])
		}
		best += watch.lap()
		for i := range c.turn {
			want = fuzzyMatches(before.entries, answers[0][i], want[:0])
			if got = fuzzyMatches(now.entries, answers[1][i], got[:0]); !slices.Equal(want, got) {
				b.Fatalf("%q: %v, before %v", c.keys[from+i], got, want)
			}
			got = onlyHighest(fuzzyMatches(now.entries, answers[2][i], got[:0]))
			if want := onlyHighest(want); !slices.Equal(want, got) {
				b.Fatalf("best of %q: %v, before %v", c.keys[from+i], got, want)
			}
			hits += len(want)
		}
		leads += c.turn
	}
	each := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(leads) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(each(old), "old-µs/lead")
	b.ReportMetric(each(all), "all-µs/lead")
	b.ReportMetric(each(best), "best-µs/lead")
	table.add("%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t",
		c.name, leads, each(old), each(all), each(best), float64(old)/float64(all), float64(old)/float64(best), float64(hits)/float64(leads))
}

// What a lead costs, and how many times less than before; with -short, for small tables only.
//
// go test ./tables/index -run '^$' -bench BenchmarkFuzzyLead -benchtime 5s -timeout 2h
func BenchmarkFuzzyLead(b *testing.B) {
	table := new(fuzzyTable)
	for _, size := range []struct{ rows, turn int }{{1_000, 100}, {10_000, 100}, {100_000, 50}, {1_000_000, 10}} {
		if testing.Short() && size.rows > 10_000 {
			break
		}
		n := newNames(uint64(size.rows), companies)
		rows := n.list(size.rows)
		keys := n.keys(rows, 1_000)
		n.seen = nil
		for _, threshold := range []float64{0.9, 0.8, 0.7, 0.6} {
			c := fuzzyBench{name: fmt.Sprintf("rows=%d/threshold=%v", size.rows, threshold), rows: rows, keys: keys, threshold: threshold, turn: size.turn}
			b.Run(c.name, func(b *testing.B) { c.run(b, table) })
		}
	}
	table.print("company names\tleads\tbefore µs\tall µs\tbest µs\tall ×\tbest ×\thits a lead\t")
}

// Tables that are made so that one way or another of searching them does not help.
//
// go test ./tables/index -run '^$' -bench BenchmarkFuzzyHostile -benchtime 5s -timeout 2h
func BenchmarkFuzzyHostile(b *testing.B) {
	table := new(fuzzyTable)
	shapes := hostileShapes()
	if testing.Short() {
		shapes = shapes[len(shapes)-1:]
	}
	for _, c := range shapes {
		b.Run(c.name, func(b *testing.B) { c.run(b, table) })
	}
	table.print("hostile\tleads\tbefore µs\tall µs\tbest µs\tall ×\tbest ×\thits a lead\t")
}

func hostileShapes() []fuzzyBench {
	r := rand.New(rand.NewPCG(7, 14))
	words := distinctWords(r, 400)
	ofWords := func(length int) func() string {
		return func() string {
			var b strings.Builder
			for b.Len() < length {
				b.WriteString(words[r.IntN(len(words))])
				b.WriteByte(' ')
			}
			return b.String()[:length-1] + "e"
		}
	}
	ofLetters := func(letters string, length int) func() string {
		return func() string {
			b := make([]byte, length)
			for i := range b {
				b[i] = letters[r.IntN(len(letters))]
			}
			return string(b)
		}
	}
	nearlyEqual := func() string {
		b := []byte("international trade group")
		for range 1 + r.IntN(2) {
			b[r.IntN(len(b))] = byte('a' + r.IntN(26))
		}
		return string(b)
	}
	numbered := func() string { return fmt.Sprintf("account %07d holding", r.IntN(10_000_000)) }
	var shapes []fuzzyBench
	for _, s := range []struct {
		name      string
		rows      int
		threshold float64
		turn      int
		text      func() string
	}{
		{"2,000 of 512 characters, words, 0.5", 2_000, 0.5, 1, ofWords(512)},
		{"2,000 of 512 characters, letters, 0.5", 2_000, 0.5, 1, ofLetters("abcdefghijklmnopqrstuvwxyz", 512)},
		{"20,000 of 60 characters, words, 0.2", 20_000, 0.2, 2, ofWords(60)},
		{"18,000 nearly equal, 0.8", 18_000, 0.8, 10, nearlyEqual},
		{"20,000 account 0000037 holding, 0.8", 20_000, 0.8, 10, numbered},
		{"20,000 of 24 of two letters, 0.8", 20_000, 0.8, 10, ofLetters("ab", 24)},
	} {
		n := &names{r: r, make: s.text, seen: map[string]bool{}}
		rows := n.list(s.rows)
		keys := n.keys(rows, 100)
		for i, key := range keys {
			keys[i] = key[:min(len(key), maxFuzzy)] // One that is longer is not compared.
		}
		shapes = append(shapes, fuzzyBench{name: s.name, rows: rows, keys: keys, threshold: s.threshold, turn: s.turn})
	}
	return shapes
}

// What an index takes to build, and in memory, beside the kernel of before.
//
// go test ./tables/index -run '^$' -bench BenchmarkFuzzyBuild -benchtime 5x -timeout 1h
func BenchmarkFuzzyBuild(b *testing.B) {
	table := new(fuzzyTable)
	for _, rows := range []int{1_000, 10_000, 100_000, 1_000_000} {
		if testing.Short() && rows > 10_000 {
			break
		}
		list := newNames(uint64(rows), companies).list(rows)
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			var before, now time.Duration
			var bytesBefore, bytesNow, held uint64
			watch := newStopwatch()
			for b.Loop() {
				entries := textsOf(list)
				runtime.GC()
				watch.lap()
				k := newFuzzyBefore(entries, 0.8, new(Meter))
				before += watch.lap()
				bytesBefore = uint64(k.bytes())
				k, entries = nil, nil
				heap := heapInUse()
				entries = textsOf(list)
				watch.lap()
				fresh, err := newFuzzy(entries, Part{Mode: schema.ModeFuzzy, Threshold: 0.8}, new(Meter))
				now += watch.lap()
				require.NoError(b, err)
				bytesNow = uint64(fresh.bytes())
				held = heapInUse() - heap // the texts among it
				runtime.KeepAlive(fresh)
			}
			ms := func(d time.Duration) float64 { return d.Seconds() * 1e3 / float64(b.N) }
			each := func(n uint64) float64 { return float64(n) / float64(rows) }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ms(before), "old-ms")
			b.ReportMetric(ms(now), "new-ms")
			b.ReportMetric(each(bytesNow), "B/row")
			table.add("%d\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t%.0f\t", rows, ms(before), ms(now), float64(before)/float64(now), each(bytesBefore), each(bytesNow), each(held))
		})
	}
	table.print("company names\tbefore ms\tbuild ms\t×\tbefore B/row\tB/row\theap B/row\t")
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The same rows and keys in mode Normalized and in a map, for comparison.
//
// go test ./tables/index -run '^$' -bench BenchmarkFuzzyBeside -benchtime 1s
func BenchmarkFuzzyBeside(b *testing.B) {
	for _, rows := range []int{1_000, 10_000, 100_000, 1_000_000} {
		if testing.Short() && rows > 10_000 {
			break
		}
		n := newNames(uint64(rows), companies)
		list := n.list(rows)
		keys := n.keys(list, 1_000)
		b.Run(fmt.Sprintf("normalized/rows=%d", rows), func(b *testing.B) {
			ix, err := Build(context.Background(), []Part{{Mode: schema.ModeNormalized, Cells: column.FromStrings(list)}})
			require.NoError(b, err)
			var hits Hits
			for b.Loop() {
				if err := ix.Probe(context.Background(), [][]string{keys}, First, &hits, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e3/float64(b.N*len(keys)), "µs/lead")
		})
		b.Run(fmt.Sprintf("map/rows=%d", rows), func(b *testing.B) {
			m := make(map[string]int32, rows)
			for i, text := range list {
				m[text] = int32(i)
			}
			found := 0
			for b.Loop() {
				for _, key := range keys {
					if _, ok := m[key]; ok {
						found++
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e3/float64(b.N*len(keys)), "µs/lead")
		})
	}
}
