package tables_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// csvSource is the plainest RowSource of a CSV file.
type csvSource struct {
	reader  *csv.Reader
	columns []string
	row     int
}

func openCSV(t testing.TB, path string) (*csvSource, func()) {
	f, err := os.Open(path)
	require.NoError(t, err)
	r := csv.NewReader(bufio.NewReaderSize(f, 1<<20))
	r.ReuseRecord = true
	header, err := r.Read()
	require.NoError(t, err)
	return &csvSource{reader: r, columns: append([]string{}, header...)}, func() { require.NoError(t, f.Close()) }
}

func (s *csvSource) Columns() []string { return s.columns }

func (s *csvSource) Warnings() []schema.Warning { return nil }

func (s *csvSource) Next() (schema.Row, error) {
	record, err := s.reader.Read()
	if err != nil {
		return schema.Row{}, err
	}
	s.row++
	return schema.Row{Number: s.row, Cells: record}, nil
}

// writeCSV makes a table of five columns: a key with capitals, a domain, a
// dictionary column, a number, a sentence.
func writeCSV(t testing.TB, rows int) (path string, size int64) {
	path = filepath.Join(t.TempDir(), "accounts.csv")
	f, err := os.Create(path)
	require.NoError(t, err)
	w := csv.NewWriter(bufio.NewWriterSize(f, 1<<20))
	require.NoError(t, w.Write([]string{"account", "domain", "state", "employees", "note"}))
	r := rand.New(rand.NewPCG(1, 2))
	states := []string{"California", "New York", "Texas", "Ontario", "", "Québec"}
	for i := range rows {
		require.NoError(t, w.Write([]string{
			fmt.Sprintf("Account %07d Ltd", i), fmt.Sprintf("company%x.example", r.Uint32()), states[r.IntN(len(states))],
			fmt.Sprint(r.IntN(100_000)), fmt.Sprintf("tier %d, owner %d", r.IntN(9), r.IntN(500)),
		}))
	}
	w.Flush()
	require.NoError(t, w.Error())
	info, err := f.Stat()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return path, info.Size()
}

// go test ./tables -run '^$' -bench Import -benchtime 3x -count=10
func BenchmarkImport(b *testing.B) {
	for _, rows := range []int{100_000, 1_000_000} {
		path, size := writeCSV(b, rows)
		b.Run(fmt.Sprintf("read only/rows=%d", rows), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(size)
			for b.Loop() {
				source, done := openCSV(b, path)
				for {
					if _, err := source.Next(); errors.Is(err, io.EOF) {
						break
					}
				}
				done()
			}
		})
		for _, again := range []bool{false, true} {
			b.Run(fmt.Sprintf("publish/rows=%d/again=%v", rows, again), func(b *testing.B) {
				s := open(b, tables.Options{})
				load := func(table string) {
					source, done := openCSV(b, path)
					keepertest.Publish(b, s, table, source)
					done()
				}
				if again {
					load("t")
				}
				b.ReportAllocs()
				b.SetBytes(size)
				i := 0
				peak := peakHeap(func() {
					for b.Loop() {
						if again {
							load("t")
						} else {
							load(fmt.Sprintf("t%d", i))
						}
						i++
					}
				})
				b.ReportMetric(float64(peak)/float64(size), "peak/file")
			})
		}
	}
}

// peakHeap is about the most heap in use while f runs, beyond what was in use.
func peakHeap(f func()) int64 {
	var peak atomic.Uint64
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapInuse
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak.Store(max(peak.Load(), m.HeapInuse))
			}
		}
	}()
	f()
	close(stop)
	<-done
	return int64(peak.Load()) - int64(before)
}

// go test ./tables -run '^$' -bench Find -count=10
func BenchmarkFind(b *testing.B) {
	const rows = 1_000_000
	path, size := writeCSV(b, rows)
	for _, budget := range []int64{0, 1 << 20} {
		s := open(b, tables.Options{MemoryBudget: budget})
		source, done := openCSV(b, path)
		keepertest.Publish(b, s, "t", source)
		done()
		sn, err := s.Snapshot(context.Background(), "t", 0)
		require.NoError(b, err)
		table, _ := s.Catalog().Table("t")
		l, _ := table.Lookup("")
		for _, batch := range []int{1, 1000} {
			b.Run(fmt.Sprintf("rows=%d/batch=%d/memory=%v", rows, batch, sn.InMemory()), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				batches := make([][]string, 256)
				for i := range batches {
					for range batch {
						batches[i] = append(batches[i], fmt.Sprintf("account %07d ltd", r.IntN(rows*10/9)))
					}
				}
				found := make([]answers.Found, batch)
				numbers, cells := make([]int32, batch), make([]string, batch)
				require.NoError(b, sn.Find(context.Background(), &l, [][]string{batches[0]}, found))
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if err := sn.Find(context.Background(), &l, [][]string{batches[i&255]}, found); err != nil {
						b.Fatal(err)
					}
					for k := range found {
						numbers[k] = found[k].Row
					}
					if err := sn.Gather(context.Background(), 1, numbers, cells); err != nil {
						b.Fatal(err)
					}
					i++
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i*batch), "ns/lead")
				b.ReportMetric(float64(sn.Bytes())/float64(size), "memory/file")
			})
		}
	}
}

// ways are all hit policies with what they need.
func ways() []schema.Lookup {
	var list []schema.Lookup
	for _, p := range schema.HitPolicies() {
		switch p {
		case schema.PolicyPriority:
			list = append(list, schema.Lookup{HitPolicy: p, PriorityColumn: "priority"})
		case schema.PolicyCollect:
			for _, a := range schema.Aggregates() {
				list = append(list, schema.Lookup{HitPolicy: p, Aggregate: a, Separator: "; "})
			}
		case schema.PolicyRotate: // Whose turn it is, nobody tells here.
		default:
			list = append(list, schema.Lookup{HitPolicy: p})
		}
	}
	return list
}

// The policies that want all hits beside those that want few, and what Find and
// Gather take for the same.
//
// go test ./tables -run '^$' -bench Answer -count=10
func BenchmarkAnswer(b *testing.B) {
	const rows, batch = 100_000, 1000
	s := open(b, tables.Options{})
	keepertest.Publish(b, s, "t", &keepertest.Sheet{Header: []string{"account", "state", "points"}, Make: func(row int, cells []string) bool {
		cells[0] = fmt.Sprintf("Account %07d", row/4) // four rows a key
		cells[1] = [...]string{"CA", "NY", "TX"}[row/4%3]
		cells[2] = fmt.Sprintf("%+d", row%19)
		return row < rows
	}})
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(b, err)
	r := rand.New(rand.NewPCG(1, 2))
	batches := make([][]string, 64)
	for i := range batches {
		for range batch {
			batches[i] = append(batches[i], fmt.Sprintf("account %07d", r.IntN(rows/4*10/9)))
		}
	}
	run := func(name string, f func(keys [][]string) error) {
		b.Run(name, func(b *testing.B) {
			require.NoError(b, f([][]string{batches[0]}))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := f([][]string{batches[i&63]}); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i*batch), "ns/lead")
		})
	}
	for _, mode := range []schema.Mode{schema.ModeNormalized, schema.ModePrefix} {
		l := schema.Lookup{Match: []schema.Match{{Column: "account", Mode: mode}}, HitPolicy: schema.PolicyFirst, Outputs: []schema.Output{{Column: "state"}, {Column: "points"}}}
		found, numbers, cells := make([]answers.Found, batch), make([]int32, batch), make([]string, batch)
		run(fmt.Sprintf("rows=%d/mode=%s/find+gather", rows, mode), func(keys [][]string) error {
			if err := sn.Find(context.Background(), &l, keys, found); err != nil {
				return err
			}
			for k := range found {
				numbers[k] = found[k].Row
			}
			return errors.Join(sn.Gather(context.Background(), 1, numbers, cells), sn.Gather(context.Background(), 2, numbers, cells))
		})
		for _, way := range ways() {
			way.Match, way.Outputs = l.Match, l.Outputs
			if way.PriorityColumn != "" {
				way.PriorityColumn = "points"
			}
			if way.Aggregate == schema.AggregateSum {
				way.Outputs = l.Outputs[1:]
			}
			var got answers.Batch
			run(fmt.Sprintf("rows=%d/mode=%s/policy=%s%s", rows, mode, way.HitPolicy, way.Aggregate), func(keys [][]string) error {
				return sn.Answer(context.Background(), &way, keys, &got, nil)
			})
		}
	}
}

// go test ./tables -run '^$' -bench Publish -count=10
func BenchmarkPublish(b *testing.B) {
	for _, rows := range []int{1000, 1_000_000} {
		s := open(b, tables.Options{})
		keepertest.Publish(b, s, "t", numberedSheet(rows))
		keepertest.Publish(b, s, "t", numberedSheet(rows))
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			i := 0
			for b.Loop() {
				require.NoError(b, s.Publish("t", 1+i&1, "ann"))
				i++
			}
		})
	}
}

// Import has to be linear: the last column is ns/row.
//
// go test ./tables -run '^$' -bench Linear -benchtime 1x -timeout 30m
func BenchmarkLinear(b *testing.B) {
	for _, rows := range []int{1_000_000, 10_000_000} {
		for _, again := range []bool{false, true} {
			b.Run(fmt.Sprintf("rows=%d/again=%v", rows, again), func(b *testing.B) {
				s := open(b, tables.Options{})
				if again {
					keepertest.Publish(b, s, "t", numberedSheet(rows))
				}
				i := 0
				peak := peakHeap(func() {
					for b.Loop() {
						keepertest.Publish(b, s, "t", numberedSheet(rows))
						i++
					}
				})
				b.ReportMetric(float64(peak)/float64(rows), "peak-B/row")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i*rows), "ns/row")
			})
		}
	}
}

// go test ./tables -run '^$' -bench Pin.
func BenchmarkPin(b *testing.B) {
	s := open(b, tables.Options{})
	for i := range 100 {
		keepertest.Publish(b, s, fmt.Sprint("t", i), keepertest.Countries())
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Pin().Release()
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				s.Pin().Release()
			}
		})
	})
}
