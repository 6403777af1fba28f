package starter

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"tablestep/testdata"
)

//go:embed sources.json tables
var files embed.FS

// A Table is a table that ships with the program.
type Table struct {
	Name    string `json:"name"`
	For     string `json:"for"`    // what one does with it, in a few words
	Source  string `json:"source"` // where its facts come from
	Licence string `json:"licence"`
}

// All are the tables in the order of their names.
func All() ([]Table, error) {
	raw, err := files.ReadFile("sources.json")
	if err != nil {
		return nil, fmt.Errorf("read the starter tables: %w", err)
	}
	var list []Table
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("read sources.json: %w", err)
	}
	return list, nil
}

// CSV is the table as a file: UTF-8, commas, LF, a header row.
func (t Table) CSV() ([]byte, error) {
	packed, err := files.ReadFile("tables/" + t.Name + ".csv.gz")
	if errors.Is(err, fs.ErrNotExist) {
		return t.file(".csv")
	}
	if err != nil {
		return nil, t.unread(err)
	}
	from, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, t.unread(err)
	}
	raw, err := io.ReadAll(from)
	if err != nil {
		return nil, t.unread(err)
	}
	return raw, nil
}

// Lookup is the lookup that the table is added with, in the shape that the admin API takes.
func (t Table) Lookup() ([]byte, error) { return t.file(".lookup.json") }

// Examples are leads, and what the lookup writes for each, in the shape that package testdata tells.
func (t Table) Examples() ([]byte, error) { return t.file(".examples.json") }

// Sheet is the table as rows.
func (t Table) Sheet() (*Sheet, error) {
	raw, err := t.CSV()
	if err != nil {
		return nil, err
	}
	all, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return nil, t.unread(err)
	}
	return &Sheet{Columns: all[0], Rows: all[1:]}, nil
}

// file is a file of the table: its own, else that of the sample table.
func (t Table) file(ending string) ([]byte, error) {
	raw, err := files.ReadFile("tables/" + t.Name + ending)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = testdata.Files.ReadFile("tables/" + t.Name + ending)
	}
	if err != nil {
		return nil, t.unread(err)
	}
	return raw, nil
}

func (t Table) unread(err error) error { return fmt.Errorf("read starter table %s: %w", t.Name, err) }

// A Sheet is rows under columns.
type Sheet struct {
	Columns []string
	Rows    [][]string // each as long as Columns
}
