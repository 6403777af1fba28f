package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/file"
)

const jobFirstUse = "first-use"

// A firstUse is what a fresh process needs for its first answer from a table.
type firstUse struct {
	Open   float64 `json:"open"`   // seconds to open the store
	Answer float64 `json:"answer"` // seconds to the first answer after that
	Later  float64 `json:"later"`  // seconds of the same question again
	Tables int64   `json:"tables"` // bytes of snapshot and index, by their own account
	Memory int64   `json:"memory"` // bytes by which anonymous memory grew, once all garbage had gone
}

func firstUseJob(ctx context.Context, o childOptions) (_ any, err error) {
	pid := os.Getpid()
	debug.FreeOSMemory()
	before := memoryOf(pid, anonymousNow)
	start := time.Now()
	store, err := file.OpenStore(filepath.Join(o.data, tablesFile), tables.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	r := firstUse{Open: time.Since(start).Seconds()}
	start = time.Now()
	snapshot, err := store.Snapshot(ctx, o.table, 0)
	if err != nil {
		return nil, err
	}
	l := lookup(o.table)
	keys := [][]string{{string(appendAccount(nil, snapshot.Version().Rows/2))}}
	found := make([]answers.Found, 1)
	if err := snapshot.Find(ctx, &l, keys, found); err != nil {
		return nil, err
	}
	r.Answer = time.Since(start).Seconds()
	if int(found[0].Row) != snapshot.Version().Rows/2 {
		return nil, fmt.Errorf("found row %d", found[0].Row)
	}
	start = time.Now()
	if err := snapshot.Find(ctx, &l, keys, found); err != nil {
		return nil, err
	}
	r.Later = time.Since(start).Seconds()
	r.Tables = snapshot.Bytes()
	debug.FreeOSMemory()
	r.Memory = memoryOf(pid, anonymousNow) - before
	return r, nil
}

// measureLive looks at a published table: what it takes, how soon it answers after
// a restart, and how fast it is exchanged.
func measureLive(ctx context.Context, b *bench) (err error) {
	data, err := b.dataFolder(ctx)
	if err != nil {
		return err
	}
	rows := b.scale.large
	table := tableName(rows)
	info, err := os.Stat(csvPath(b.base, rows))
	if err != nil {
		return fmt.Errorf("size of table: %w", err)
	}
	var opens, answers, sizes, memories []float64
	for range b.scale.repeat {
		var r firstUse
		if err := runJob(ctx, &r, jobFirstUse, "--data", data, "--table", table); err != nil {
			return err
		}
		opens, answers = append(opens, r.Open), append(answers, r.Answer)
		sizes = append(sizes, float64(r.Tables)/float64(info.Size()))
		if r.Memory > 0 {
			memories = append(memories, float64(r.Memory)/float64(info.Size()))
		}
	}
	label := fmt.Sprintf("rows=%d ", rows)
	b.add(label+"open the store", "s", opens, nil, "file in the page cache")
	b.add(label+"first answer after that", "s", answers, atMost(1), "loads columns, builds the index")
	b.add(label+"memory / CSV, own account", "x", sizes, nil, fmt.Sprintf("CSV %.1f MiB", mebibytes(info.Size())))
	b.add(label+"memory / CSV, of the process", "x", memories, atMost(2), "anonymous memory after a collection")
	return b.exchange(ctx, data)
}

// exchange measures publish and rollback of a small and a large table.
func (b *bench) exchange(ctx context.Context, data string) (err error) {
	store, err := file.OpenStore(filepath.Join(data, tablesFile), tables.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	const small = 1000
	file := filepath.Join(data, "small.csv")
	if _, err := writeCSV(file, small); err != nil {
		return err
	}
	for _, c := range []struct {
		rows   int
		file   string
		copies int // to import, so that there are two versions
	}{{small, file, 2}, {b.scale.large, csvPath(b.base, b.scale.large), 1}} {
		table := tableName(c.rows)
		for range c.copies {
			if err := importFile(ctx, store, table, c.file); err != nil {
				return err
			}
		}
		var publishes, rollbacks []float64
		for range 20 * b.scale.repeat {
			start := time.Now()
			if err := store.Publish(table, 1, "bench"); err != nil {
				return err
			}
			publishes = append(publishes, milliseconds(time.Since(start)))
			start = time.Now()
			back, err := store.Rollback(context.Background(), table, tables.Lift{}, "bench")
			if err != nil {
				return err
			}
			rollbacks = append(rollbacks, milliseconds(time.Since(start)))
			if back != 2 {
				return fmt.Errorf("rolled back to version %d", back)
			}
		}
		for _, m := range []struct {
			name   string
			values []float64
		}{{"publish", publishes}, {"rollback", rollbacks}} {
			slices.Sort(m.values)
			p90 := m.values[len(m.values)*9/10]
			b.add(fmt.Sprintf("rows=%d %s", c.rows, m.name), "ms", m.values, atMost(5), "p90 "+number(p90))
		}
	}
	return nil
}
