package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
)

// batchLeads is the size of the batches of all targets.
const batchLeads = 1000

// An evaluation turns a request into a callback, which it appends to dst.
type evaluation func(body, dst []byte) ([]byte, error)

// measureEvaluation runs everything in this process on one core.
func measureEvaluation(ctx context.Context, b *bench) (err error) {
	base, err := b.baseFolder(ctx)
	if err != nil {
		return err
	}
	store, err := file.OpenStore(filepath.Join(base, tablesFile), tables.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	evaluator, err := engine.NewEvaluator(store)
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	ws := new(engine.Workspace)
	ours := func(body, dst []byte) ([]byte, error) {
		dst, sum, err := evaluator.Evaluate(ctx, ws, body, dst)
		if err == nil && (sum.Leads != batchLeads || sum.Succeeded < batchLeads*7/10) {
			return nil, fmt.Errorf("%d of %d leads succeeded: %v", sum.Succeeded, sum.Leads, sum.Codes)
		}
		return dst, err
	}
	for _, rows := range b.scale.tables {
		if err := b.evaluateTable(base, rows, ours); err != nil {
			return err
		}
	}
	return nil
}

// A way to answer a batch. It is made anew for each repetition and let go after it, so
// that the garbage collector does not pay for one way while another runs.
type way struct {
	name string
	make func() (evaluation, error)
}

func (b *bench) waysFor(base string, rows int, ours evaluation) []way {
	path := csvPath(base, rows)
	ways := []way{{"tablestep", func() (evaluation, error) { return ours, nil }}}
	if b.turns {
		return ways
	}
	if rows <= b.scale.slowest || rows == b.scale.large {
		ways = append(ways,
			way{mapped, func() (evaluation, error) { return naiveWay(mapped, path) }},
			way{rereadMap, func() (evaluation, error) { return naiveWay(rereadMap, path) }})
	}
	if rows <= b.scale.slowest {
		ways = append(ways, way{rereadScan, func() (evaluation, error) { return naiveWay(rereadScan, path) }})
	}
	return ways
}

// evaluateTable measures our evaluation against the naive ones in turns.
func (b *bench) evaluateTable(base string, rows int, ours evaluation) error {
	batches := makeBatches(batchCount(batchLeads), batchLeads, rows, "http://127.0.0.1:1/")
	ways := b.waysFor(base, rows, ours)
	spins := make([][]spin, len(ways))
	for range b.scale.repeat {
		for w := range ways {
			s, err := b.spin(batches, ways[w], rows)
			if err != nil {
				return fmt.Errorf("%s, %d rows: %w", ways[w].name, rows, err)
			}
			spins[w] = append(spins[w], s)
		}
	}
	of := func(w int, f func(s spin) float64) []float64 {
		var out []float64
		for _, s := range spins[w] {
			out = append(out, f(s))
		}
		return out
	}
	ms := func(s spin) float64 { return milliseconds(s.took) }
	var limit, allocs *target
	if rows == 1_000_000 {
		limit, allocs = atMost(1.0), atMost(50)
	}
	label := fmt.Sprintf("rows=%d ", rows)
	note := fmt.Sprintf("%d leads, %d bytes in, %d out", batchLeads, len(batches[0].body), spins[0][0].out)
	b.add(label+"batch", "ms", of(0, ms), limit, note)
	if spins[0][0].cpu > 0 {
		b.add(label+"batch, processor time", "ms", of(0, func(s spin) float64 { return milliseconds(s.cpu) }), nil,
			"less than the time above where others wanted the processor")
	}
	b.add(label+"lead", "ns", of(0, func(s spin) float64 { return float64(s.took) / batchLeads }), nil, "")
	b.add(label+"allocations a batch", "", of(0, func(s spin) float64 { return s.allocs }), allocs, "")
	for w := 1; w < len(ways); w++ {
		b.add(label+ways[w].name, "ms", of(w, ms), nil, "")
		var want *target
		if ways[w].name == rereadScan && rows == 100_000 {
			want = atLeast(1000)
		}
		b.add(label+ways[w].name+" / tablestep", "x", ratios(of(w, ms), of(0, ms)), want, "")
	}
	return nil
}

// spin is one repetition: what one batch took.
type spin struct {
	took, cpu time.Duration // cpu is 0 where it is not known
	allocs    float64
	out       int // bytes of the callback
}

// spin evaluates batch after batch for a while, all of them at least once if they
// are fast.
func (b *bench) spin(batches []batch, w way, rows int) (_ spin, err error) {
	run, err := w.make()
	if err != nil {
		return spin{}, err
	}
	// The first one loads table and index and grows the buffers.
	dst, err := run(batches[0].body, nil)
	if err != nil {
		return spin{}, err
	}
	runtime.GC()
	stop, err := b.profiled(w.name == "tablestep", fmt.Sprintf("evaluate-%d", rows))
	if err != nil {
		return spin{}, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := cpuOf(os.Getpid()), time.Now()
	n := 0
	for n < 2 || time.Since(start) < b.scale.spin {
		if dst, err = run(batches[n%len(batches)].body, dst[:0]); err != nil {
			return spin{}, err
		}
		if n++; time.Since(start) > 4*b.scale.spin {
			break
		}
	}
	took := time.Since(start)
	cpu = cpuOf(os.Getpid()) - cpu
	runtime.ReadMemStats(&after)
	return spin{took / time.Duration(n), cpu / time.Duration(n), float64(after.Mallocs-before.Mallocs) / float64(n), len(dst)}, nil
}

// profiled begins a CPU profile of this process where one is wanted. The returned
// function ends it.
func (b *bench) profiled(wanted bool, name string) (stop func() error, err error) {
	if b.profile == "" || !wanted {
		return func() error { return nil }, nil
	}
	b.subjects++
	return startProfile(filepath.Join(b.profile, fmt.Sprintf("%s-%d.prof", name, b.subjects)))
}

func startProfile(path string) (stop func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("profile: %w", err), f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
