package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/xuri/excelize/v2"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/ingest"
)

// measureXLSX reads and imports a workbook, in turns with excelize's own iterator.
func measureXLSX(ctx context.Context, b *bench) (err error) {
	rows := b.scale.sheet
	path := filepath.Join(b.dir, "sheet.xlsx")
	b.progress("making a workbook of %d rows", rows)
	if err := writeXLSX(path, rows); err != nil {
		return err
	}
	store, err := file.OpenStore(filepath.Join(b.dir, "xlsx.db"), tables.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	ways := []struct {
		name string
		run  func(turn int) (int, error)
	}{
		{"excelize rows", func(int) (int, error) { return excelizeRows(path) }},
		{"read", func(int) (int, error) { return ingestRows(path) }},
		{"import and publish", func(turn int) (int, error) {
			// A table of its own each time: nothing to compare with.
			return rows, importSheet(ctx, store, fmt.Sprintf("t%d", turn), path)
		}},
	}
	took := make([][]float64, len(ways))
	for turn := range b.scale.repeat {
		for w := range ways {
			start := time.Now()
			n, err := ways[w].run(turn)
			took[w] = append(took[w], time.Since(start).Seconds())
			if err != nil {
				return fmt.Errorf("%s: %w", ways[w].name, err)
			}
			if n != rows {
				return fmt.Errorf("%s: %d of %d rows", ways[w].name, n, rows)
			}
		}
	}
	label := fmt.Sprintf("rows=%d ", rows)
	for w := range ways {
		b.add(label+ways[w].name, "s", took[w], nil, "")
	}
	b.add(label+"read / excelize", "x", ratios(took[1], took[0]), nil, "")
	b.add(label+"import and publish / excelize", "x", ratios(took[2], took[0]), atMost(1.3), "")
	return nil
}

func writeXLSX(path string, rows int) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	sheet, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return fmt.Errorf("make workbook: %w", err)
	}
	if err := sheet.SetRow("A1", []any{"id", "country", "company", "postal code", "score", "ratio"}); err != nil {
		return fmt.Errorf("make workbook: %w", err)
	}
	for i := range rows {
		err := sheet.SetRow(fmt.Sprintf("A%d", i+2), []any{
			i, fmt.Sprintf("Country %d", i%200), fmt.Sprintf("Company %d Inc.", i), fmt.Sprintf("%05d", i%100_000), i % 50, float64(i) / 3,
		})
		if err != nil {
			return fmt.Errorf("make workbook: %w", err)
		}
	}
	if err := sheet.Flush(); err != nil {
		return fmt.Errorf("make workbook: %w", err)
	}
	if err := book.SaveAs(path); err != nil {
		return fmt.Errorf("make workbook: %w", err)
	}
	return nil
}

// excelizeRows reads all rows by excelize's iterator and counts those below the header.
func excelizeRows(path string) (n int, err error) {
	book, err := excelize.OpenFile(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	rows, err := book.Rows("Sheet1")
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			return n, err
		}
		n++
	}
	return n - 1, errors.Join(rows.Error(), rows.Close())
}

// ingestRows reads all rows as an import does.
func ingestRows(path string) (n int, err error) {
	f, err := ingest.Open(path, ingest.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for {
		if _, err := f.Next(); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, err
		}
		n++
	}
}

func importSheet(ctx context.Context, store *tables.Store, table, path string) (err error) {
	f, err := ingest.Open(path, ingest.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = store.Import(ctx, table, f, tables.ImportOptions{Publish: true, By: "bench"})
	return err
}
