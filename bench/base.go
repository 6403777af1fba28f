package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/ingest"
	"tablestep/tables/schema"
)

// tablesFile is the name of the store in a data folder of the program.
const tablesFile = "tables.db"

// csvPath is where the CSV of a table lies, once baseFolder has made it.
func csvPath(dir string, rows int) string { return filepath.Join(dir, strconv.Itoa(rows)+".csv") }

// baseFolder makes, once a run, the tables of all sizes: as CSV files and as one store.
func (b *bench) baseFolder(ctx context.Context) (_ string, err error) {
	if b.base != "" {
		return b.base, nil
	}
	dir := filepath.Join(b.dir, "base")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("make tables: %w", err)
	}
	store, err := file.OpenStore(filepath.Join(dir, tablesFile), tables.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for _, rows := range slices.Compact(slices.Sorted(slices.Values(b.sizes()))) {
		b.progress("making a table of %d rows", rows)
		if _, err := writeCSV(csvPath(dir, rows), rows); err != nil {
			return "", err
		}
		if err := importFile(ctx, store, tableName(rows), csvPath(dir, rows)); err != nil {
			return "", err
		}
	}
	b.base = dir
	return dir, nil
}

// dataFolder makes a data folder that has the tables of all sizes.
func (b *bench) dataFolder(ctx context.Context) (string, error) {
	base, err := b.baseFolder(ctx)
	if err != nil {
		return "", err
	}
	b.subjects++
	dir := filepath.Join(b.dir, fmt.Sprintf("data-%d", b.subjects))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("make data folder: %w", err)
	}
	return dir, copyFile(filepath.Join(dir, tablesFile), filepath.Join(base, tablesFile))
}

func copyFile(to, from string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy tables: %w", err)
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy tables: %w", err)
	}
	_, err = io.Copy(dst, src)
	if err = errors.Join(err, dst.Close()); err != nil {
		return fmt.Errorf("copy tables: %w", err)
	}
	return nil
}

// importFile imports and publishes a file and sets the lookup that the batches use.
func importFile(ctx context.Context, store *tables.Store, table, path string) (err error) {
	f, err := ingest.Open(path, ingest.Options{Name: filepath.Base(path)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := store.Import(ctx, table, f, tables.ImportOptions{Publish: true, By: "bench", Source: filepath.Base(path)}); err != nil {
		return err
	}
	return store.SetLookup(table, lookup(table), "bench")
}

// lookup matches one column and writes two.
func lookup(table string) schema.Lookup {
	return schema.Lookup{
		Name:  table,
		Match: []schema.Match{{Column: "account", Field: "company", Mode: schema.ModeNormalized}},
		Outputs: []schema.Output{
			{Column: "domain", Field: "website", Type: schema.TypeString},
			{Column: "employees", Field: "numberOfEmployees", Type: schema.TypeInteger},
		},
	}
}

// sizes are the rows of all tables that the sections use.
func (b *bench) sizes() []int { return append(slices.Clone(b.scale.tables), b.scale.large) }
