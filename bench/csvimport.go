package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tablestep/tables"
	"tablestep/tables/file"
)

// Jobs about files.
const (
	jobReadCSV = "read-csv"
	jobImport  = "import"
)

// A fileResult is what reading or importing one file took.
type fileResult struct {
	Seconds float64 `json:"seconds"`
	Again   float64 `json:"again,omitempty"` // seconds of importing it once more
	Rows    int     `json:"rows"`
	// Peak is how far the resident size rose above that at the start, Anonymous
	// how far what is not mapped from files did, in bytes.
	Peak      int64 `json:"peak"`
	Anonymous int64 `json:"anonymous"`
}

func readJob(_ context.Context, o childOptions) (any, error) {
	start := time.Now()
	rows, err := readCSV(o.file)
	return fileResult{Seconds: time.Since(start).Seconds(), Rows: rows}, err
}

// importJob imports a file into an empty store, and where a table is named a
// second time into that.
func importJob(ctx context.Context, o childOptions) (_ any, err error) {
	pid := os.Getpid()
	resident, before, anonymous := memoryOf(pid, residentNow), memoryOf(pid, anonymousNow), watchMemory(pid, anonymousNow)
	store, err := file.OpenStore(filepath.Join(o.data, tablesFile), tables.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	start := time.Now()
	if err := importFile(ctx, store, "t", o.file); err != nil {
		return nil, err
	}
	r := fileResult{Seconds: time.Since(start).Seconds()}
	r.Anonymous = anonymous() - before
	if peak := memoryOf(pid, residentPeak); peak > 0 {
		r.Peak = peak - resident
	}
	if t, ok := store.Catalog().Table("t"); ok && t.Live != nil {
		r.Rows = t.Live.Rows
	}
	if o.table != "" {
		start = time.Now()
		if err := importFile(ctx, store, "t", o.file); err != nil {
			return nil, err
		}
		r.Again = time.Since(start).Seconds()
	}
	return r, nil
}

// measureCSV sets the import of a large CSV against reading it, each in a process
// of its own, in turns.
func measureCSV(ctx context.Context, b *bench) error {
	large, err := b.importTurns(ctx, b.scale.large, b.scale.repeat)
	if err != nil {
		return err
	}
	if b.scale.huge == 0 {
		return nil
	}
	huge, err := b.importTurns(ctx, b.scale.huge, 1)
	if err != nil {
		return err
	}
	perRow := huge / float64(b.scale.huge) / (large / float64(b.scale.large))
	b.add(fmt.Sprintf("time a row, %d / %d", b.scale.huge, b.scale.large), "x", []float64{perRow}, atMost(1.3), "")
	return nil
}

// importTurns returns the median of the seconds of an import.
func (b *bench) importTurns(ctx context.Context, rows, repeat int) (float64, error) {
	file := filepath.Join(b.dir, fmt.Sprintf("import-%d.csv", rows))
	b.progress("making a file of %d rows", rows)
	size, err := writeCSV(file, rows)
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(file) }() // the whole folder goes in the end
	var reads, imports, agains, peaks []float64
	var last fileResult
	for turn := range repeat {
		var read fileResult
		if err := runJob(ctx, &read, jobReadCSV, "--file", file); err != nil {
			return 0, err
		}
		data := filepath.Join(b.dir, fmt.Sprintf("import-%d-%d", rows, turn))
		if err := os.Mkdir(data, 0o700); err != nil {
			return 0, fmt.Errorf("make data folder: %w", err)
		}
		if err := runJob(ctx, &last, jobImport, "--file", file, "--data", data, "--table", "again"); err != nil {
			return 0, err
		}
		if err := os.RemoveAll(data); err != nil {
			return 0, fmt.Errorf("remove data folder: %w", err)
		}
		if read.Rows != rows || last.Rows != rows {
			return 0, fmt.Errorf("read %d and imported %d of %d rows", read.Rows, last.Rows, rows)
		}
		reads, imports, agains = append(reads, read.Seconds), append(imports, last.Seconds), append(agains, last.Again)
		if last.Peak > 0 {
			peaks = append(peaks, float64(last.Peak)/float64(size))
		}
	}
	label := fmt.Sprintf("rows=%d ", rows)
	var ratio, peak *target
	if rows == b.scale.large {
		ratio, peak = atMost(8), atMost(3)
	}
	b.add(label+"encoding/csv", "s", reads, nil, fmt.Sprintf("%.1f MiB", mebibytes(size)))
	b.add(label+"import and publish", "s", imports, nil, fmt.Sprintf("%.0f rows/s", float64(rows)/median(imports)))
	b.add(label+"import / encoding/csv", "x", ratios(imports, reads), ratio, "")
	b.add(label+"import again, with diff / encoding/csv", "x", ratios(agains, reads), nil, "")
	b.add(label+"peak memory / file", "x", peaks, peak, fmt.Sprintf("anonymous %.1f MiB", mebibytes(last.Anonymous)))
	return median(imports), nil
}
