package ingest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// doubtHeader warns if what is taken as the header looks like a row, however it was found.
func (f *File) doubtHeader(header *record.Record, sample []record.Record) {
	var below [][]string
	for _, rec := range sample {
		if rec.Place > header.Place {
			below = append(below, rec.Cells)
		}
	}
	reason := likeDataReason(header.Cells, below)
	if f.likeData = reason != ""; f.likeData {
		f.warn.addOnce("HEADER_LIKE_DATA", schema.Warning{Message: fmt.Sprintf(
			"%s is taken as the header, but looks like data: %s; if the file has no header, say so with headerRow=0, and the columns are called A, B, C", f.at(header.Place), reason)})
	}
}

// openHeaderless names the columns of a file that has no header A, B, C as a spreadsheet
// program does, and leaves the source at its first row.
func (f *File) openHeaderless(o Options, sample []record.Record, open func() (source, error)) error {
	if len(sample) == 0 {
		return &schema.UploadError{Code: "FILE_EMPTY", Message: f.emptyMessage()}
	}
	width, sizes := 0, map[int]int{}
	for _, rec := range sample {
		n := len(rec.Cells)
		if sizes[n]++; sizes[n] > sizes[width] || sizes[n] == sizes[width] && n > width {
			width = n
		}
	}
	if f.used.Format == XLSX { // A row of a sheet ends with its last text, so that the widest one counts.
		width = len(f.surveyed(0, 0)) - 1
	}
	var err error
	if f.src, err = open(); err != nil {
		return err
	}
	if err := f.nameColumns(letterNames(width), nil); err != nil {
		return err
	}
	return f.startRows(o, open)
}

// likeDataReason says by which cell a first row looks like one of data, in words for a
// message; "" is a row that may well be a header. below are rows that stand under it.
//
// One cell that only data has is enough (an address or a date over its like, the very text
// that stands again below it, digits in the pattern of the cells below), unless another
// one is a word over a column of numbers or dates, which is what a header looks like.
// Numbers that may be years are names as often as data, so that they count only where all
// cells are numbers.
func likeDataReason(first []string, below [][]string) string {
	reason, numbers := "", len(texts(first)) > 0
	for i, cell := range first {
		cell = trimName(cell)
		if cell == "" {
			continue
		}
		kind := kindOfCell(cell)
		numbers = numbers && kind == numberCell
		column := columnBelow(below, i, first)
		if kind == textCell && wordOverValues(column) {
			return ""
		}
		if reason == "" {
			reason = dataReason(cell, kind, column)
		}
	}
	if reason == "" && numbers {
		return "it holds only numbers"
	}
	return reason
}

// dataReason says why a cell of a first row looks like data, with what stands below it.
func dataReason(cell string, kind cellKind, column []string) string {
	again, alike, kin, pattern := 0, 0, 0, cellPattern(cell)
	for _, other := range column {
		if other == cell {
			again++
		}
		if cellPattern(other) == pattern {
			alike++
		}
		if kindOfCell(other) == kind {
			kin++
		}
	}
	digits := strings.Count(pattern, "9")
	switch {
	case kind == numberCell && mayBeYear(cell):
		return ""
	case kind != textCell && 2*kin >= len(column): // A date over numbers is the name of a sum.
		return fmt.Sprintf("%s is %s", record.Excerpt(cell), kind)
	case kind != textCell:
		return ""
	case again > 0:
		return fmt.Sprintf("%s stands in its column again", record.Excerpt(cell))
	// A single row below says little: Line1 over Unit7. Three digits say enough.
	case digits > 0 && len(column) > 0 && alike == len(column) && (len(column) > 1 || digits > 2):
		return fmt.Sprintf("%s is written as the cells below it are", record.Excerpt(cell))
	case isBoolean(cell) && len(column) > 0 && !slices.ContainsFunc(column, func(s string) bool { return !isBoolean(s) }):
		return fmt.Sprintf("%s is a value and no name", record.Excerpt(cell)) // No is one, too, but over numbers.
	}
	return ""
}

func isBoolean(cell string) bool {
	switch strings.ToLower(cell) {
	case "true", "false", "yes", "no", "y", "n":
		return true
	}
	return false
}

// A cellKind is what a cell is that hardly is the name of a column, in words.
type cellKind string

const (
	textCell    cellKind = ""
	numberCell  cellKind = "a number"
	dateCell    cellKind = "a date"
	addressCell cellKind = "an e-mail address"
	linkCell    cellKind = "a link"
)

// kindOfCell tells what a cell is.
func kindOfCell(cell string) cellKind {
	if _, ok := schema.ParseNumber(strings.TrimSuffix(cell, "%")); ok {
		return numberCell
	}
	if _, ok := schema.ParseDate(cell); ok || dateLike(cell) {
		return dateCell
	}
	if name, domain, ok := strings.Cut(cell, "@"); ok && name != "" && strings.Contains(domain, ".") && !strings.ContainsAny(domain, "@ ") && !strings.Contains(name, " ") {
		return addressCell
	}
	if u, err := url.Parse(cell); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return linkCell
	}
	return textCell
}

// dateLike says that a text is three numbers with the same sign between them: 31.3.2024,
// 3/31/24. Which is the day does not matter here.
func dateLike(cell string) bool {
	day, clock, timed := strings.Cut(cell, " ")
	if timed && !strings.Contains(clock, ":") {
		return false
	}
	for _, sign := range []string{"/", ".", "-"} {
		parts := strings.Split(day, sign)
		if len(parts) != 3 {
			continue
		}
		for _, part := range parts {
			if len(part) == 0 || len(part) > 4 || strings.Trim(part, "0123456789") != "" {
				return false
			}
		}
		return len(parts[0]) == 4 || len(parts[2]) == 4 || len(parts[2]) == 2
	}
	return false
}

// mayBeYear says that a number may be the year that a column is about.
func mayBeYear(cell string) bool {
	return len(cell) == 4 && strings.Trim(cell, "0123456789") == "" && (strings.HasPrefix(cell, "19") || strings.HasPrefix(cell, "20"))
}

// wordOverValues says that all cells of a column, two at least, are numbers, dates,
// addresses or links: a word above them is their name.
func wordOverValues(column []string) bool {
	return len(column) > 1 && !slices.ContainsFunc(column, func(cell string) bool { return kindOfCell(cell) == textCell })
}

// columnBelow are the cells with text of one column, without those of rows that are the
// first one again: files that were put together have their header several times.
func columnBelow(rows [][]string, i int, first []string) []string {
	var column []string
	for _, row := range rows {
		if i < len(row) && !slices.Equal(row, first) {
			if cell := trimName(row[i]); cell != "" {
				column = append(column, cell)
			}
		}
	}
	return column
}

// cellPattern is how a text is written: 9 for each digit, a for each letter.
func cellPattern(cell string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return '9'
		case unicode.IsLetter(r):
			return 'a'
		}
		return r
	}, cell)
}

// letterNames are the names of the columns of a file without a header: A, B, …, Z, AA.
func letterNames(count int) []string {
	names := make([]string, count)
	for i := range names {
		for n := i + 1; n > 0; n = (n - 1) / 26 {
			names[i] = string(rune('A'+(n-1)%26)) + names[i]
		}
	}
	return names
}
