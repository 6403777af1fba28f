package ingest

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// fillings counts for every cell of a record in how many rows it holds text,
// by a pass over the whole file. The last number is that of the rows.
func (f *File) fillings(open func() (source, error), place, width int) ([]int, error) {
	if f.survey != nil {
		return f.surveyed(place, width), nil
	}
	src, err := open()
	if err != nil {
		return nil, err
	}
	if place > 0 {
		if _, err := skipTo(src, place); err != nil {
			return nil, errors.Join(err, src.Close())
		}
	}
	src.Expect(width)
	filled := make([]int, width)
	rows := 0
	for {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, src.Close())
		}
		if !rec.Written {
			continue
		}
		rows++
		for i, cell := range rec.Cells {
			if cell == "" {
				continue
			}
			for len(filled) <= i {
				filled = append(filled, 0)
			}
			filled[i]++
		}
	}
	return append(filled, rows), src.Close()
}

// nameColumns decides which cells are columns and what they are called. filled
// is what fillings gave, nil where every column has a name. A cell behind the
// header that most rows have is a column without a name; one that few rows
// have is a mistake in those rows, and refused there. Where long rows are to be joined,
// the header says how many columns there are.
func (f *File) nameColumns(names []string, filled []int) error {
	if filled != nil {
		rows := filled[len(filled)-1]
		filled = filled[:len(filled)-1]
		for len(names) < len(filled) && (f.used.Format == XLSX || !f.joinLong && 2*filled[len(names)] > rows) {
			names = append(names, "")
		}
	}
	if err := checkNames(names); err != nil {
		if refused, ok := errors.AsType[*schema.UploadError](err); ok && f.likeData {
			refused.Message += ", or say that the file has no header with headerRow=0"
		}
		return err
	}
	f.width = len(names)
	taken := map[string]bool{}
	for _, name := range names {
		taken[foldName(name)] = true
	}
	var dropped []string
	for i, name := range names {
		if name == "" {
			if filled[i] == 0 {
				dropped = append(dropped, strconv.Itoa(i+1))
				continue
			}
			name = "column " + strconv.Itoa(i+1)
			for n := 2; taken[foldName(name)]; n++ {
				name = fmt.Sprintf("column %d (%d)", i+1, n)
			}
			taken[foldName(name)] = true
			f.warn.add("UNNAMED_COLUMN", func() schema.Warning {
				return schema.Warning{Column: name, Message: fmt.Sprintf(
					"column %d has cells but no name in the header; it is called %q. Name it in the file", i+1, name)}
			})
		}
		f.columns = append(f.columns, name)
		f.take = append(f.take, i)
	}
	if len(dropped) > 0 {
		f.warn.addOnce("EMPTY_COLUMNS", schema.Warning{Message: fmt.Sprintf(
			"columns without a name and without a cell are left out: %s", strings.Join(dropped, ", "))})
	}
	if len(f.columns) == 0 {
		return f.noHeader(f.used.HeaderRow)
	}
	return nil
}

// checkNames refuses two columns of one name; case and spaces do not tell them
// apart, because nobody would in a list to choose from.
func checkNames(names []string) error {
	first := map[string]int{}
	for i, name := range names {
		if name == "" {
			continue
		}
		key := foldName(name)
		if at, twice := first[key]; twice {
			message := fmt.Sprintf("columns %d and %d are both called %q; rename one of them", at+1, i+1, name)
			if names[at] != name {
				message = fmt.Sprintf("columns %d and %d are called %q and %q, which cannot be told apart; rename one of them", at+1, i+1, names[at], name)
			}
			return &schema.UploadError{Column: name, Code: "DUPLICATE_COLUMN", Message: message}
		}
		first[key] = i
	}
	return nil
}

// cleanNames trims the names of a header.
func (f *File) cleanNames(header *record.Record) []string {
	names := make([]string, len(header.Cells))
	for i, cell := range header.Cells {
		if f.undoes(header, i) {
			cell = record.Undefuse(cell)
		}
		names[i] = trimName(cell)
	}
	return names
}

// trimName takes away spaces around a name, those that cannot be seen included.
func trimName(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u2060'
	})
}

// foldName is what two names that look alike have in common.
func foldName(s string) string {
	return cases.Fold().String(strings.Join(strings.Fields(trimName(s)), " "))
}
