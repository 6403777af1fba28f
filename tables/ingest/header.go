package ingest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"

	"tablestep/tables"
)

const (
	sampleRecords = 100     // records that are looked at to find the header
	sampleText    = 4 << 20 // bytes of text in them
	titleRecords  = 20      // a header stands within the first records
)

// openTable finds the header and leaves the source behind it. It opens the
// file anew for each pass.
func (f *File) openTable(o Options, open func() (recordSource, error)) error {
	sample, err := sampleOf(open)
	if err != nil {
		return err
	}
	place, err := f.findHeader(sample, o.HeaderRow)
	if err != nil {
		return err
	}
	f.used.HeaderRow = place
	if f.src, err = open(); err != nil {
		return err
	}
	header, err := skipTo(f.src, place)
	if errors.Is(err, io.EOF) {
		return f.noHeader(place)
	}
	if err != nil {
		return err
	}
	if !header.written {
		return f.noHeader(place)
	}
	names := f.cleanNames(header)
	for _, found := range header.findings {
		f.warn.add(found.code, func() tables.Warning {
			return tables.Warning{Message: describe(found, f.at(place)+", the header")}
		})
	}
	if len(names) > o.Limits.Columns {
		return &tables.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
			"the header has %d columns, more than the %d that are allowed", len(names), o.Limits.Columns)}
	}
	var filled []int
	if f.used.Format == XLSX || slices.Contains(names, "") || wider(sample, place, len(names)) {
		if filled, err = f.fillings(open, place, len(names)); err != nil {
			return err
		}
	}
	if err := f.nameColumns(names, filled); err != nil {
		return err
	}
	f.src.expect(f.width)
	f.cells = make([]string, len(f.columns))
	return nil
}

func (f *File) noHeader(place int) error {
	return &tables.UploadError{Code: "NO_HEADER", Message: fmt.Sprintf(
		"there is no header in %s, which is empty or behind the end; give the row in which the names of the columns stand", f.at(place))}
}

// sampleOf copies the first records that are not blank.
func sampleOf(open func() (recordSource, error)) ([]record, error) {
	src, err := open()
	if err != nil {
		return nil, err
	}
	var sample []record
	size := 0
	for len(sample) < sampleRecords && size < sampleText {
		rec, err := src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, src.Close())
		}
		if !rec.written {
			continue
		}
		sample = append(sample, record{cells: slices.Clone(rec.cells), place: rec.place, written: true})
		for _, cell := range rec.cells {
			size += len(cell) + 1
		}
	}
	return sample, src.Close()
}

// skipTo reads up to the record that begins at place, or io.EOF.
func skipTo(src recordSource, place int) (*record, error) {
	for {
		rec, err := src.next()
		if err != nil {
			return nil, err
		}
		if rec.place == place {
			return rec, nil
		}
		if rec.place > place {
			return nil, io.EOF
		}
	}
}

// findHeader gives the place of the header. Records above it with far fewer
// texts than the table has columns are titles; but only if what follows them
// looks like a header and not like data.
func (f *File) findHeader(sample []record, given int) (int, error) {
	if given > 0 {
		return given, nil
	}
	if given < 0 {
		return 0, &tables.UploadError{Code: "NO_HEADER", Message: "the row of the header is counted from 1; leave it out to have it found"}
	}
	if len(sample) == 0 {
		return 0, &tables.UploadError{Code: "FILE_EMPTY", Message: f.emptyMessage()}
	}
	width := usualWidth(sample)
	at := 0
	for at < len(sample)-1 && at < titleRecords && isTitle(sample[at].cells, width) {
		at++
	}
	if at > 0 && (isTitle(sample[at].cells, width) || !likeHeader(sample[at].cells)) {
		at = 0
	}
	place := sample[at].place
	switch {
	case at > 0:
		f.warn.addOnce("HEADER_FOUND", tables.Warning{Message: fmt.Sprintf(
			"%s is taken as the header, and what stands above it, beginning with %s, is left out; if that is wrong, give the row of the header", f.at(place), excerpt(strings.Join(texts(sample[0].cells), " ")))})
	case likeData(sample[0].cells):
		f.warn.addOnce("HEADER_LIKE_DATA", tables.Warning{Message: fmt.Sprintf(
			"%s is taken as the header, but holds only numbers; if the file has no header, put one above the first row", f.at(place))})
	}
	return place, nil
}

func (f *File) emptyMessage() string {
	if f.used.Format == XLSX {
		if len(f.used.Sheets) > 1 {
			return fmt.Sprintf("sheet %q is empty; choose another one: %s", f.used.Sheet, quoteAll(f.used.Sheets))
		}
		return fmt.Sprintf("sheet %q is empty; check the export that made the file", f.used.Sheet)
	}
	return "the file has no text but blank lines; check the export that made it"
}

// usualWidth is the most frequent number of cells up to the last text.
func usualWidth(sample []record) int {
	count := map[int]int{}
	width := 0
	for _, rec := range sample {
		w := textWidth(rec.cells)
		count[w]++
	}
	for w, n := range count {
		if n > count[width] || n == count[width] && w > width {
			width = w
		}
	}
	return width
}

func textWidth(cells []string) int {
	for i := len(cells); i > 0; i-- {
		if cells[i-1] != "" {
			return i
		}
	}
	return 0
}

func texts(cells []string) []string {
	var out []string
	for _, cell := range cells {
		if trimName(cell) != "" {
			out = append(out, cell)
		}
	}
	return out
}

func isTitle(cells []string, width int) bool {
	n := len(texts(cells))
	return width > 1 && (n <= 1 || 2*n < width)
}

// likeHeader tells whether the texts are different words, none a number.
func likeHeader(cells []string) bool {
	seen := map[string]bool{}
	for _, text := range texts(cells) {
		if _, err := strconv.ParseFloat(trimName(text), 64); err == nil || seen[foldName(text)] {
			return false
		}
		seen[foldName(text)] = true
	}
	return len(seen) > 0
}

// likeData tells whether all texts are numbers.
func likeData(cells []string) bool {
	for _, text := range texts(cells) {
		if _, err := strconv.ParseFloat(trimName(text), 64); err != nil {
			return false
		}
	}
	return true
}

// wider tells whether records below the header have texts beyond its columns.
func wider(sample []record, place, width int) bool {
	for _, rec := range sample {
		if rec.place > place && textWidth(rec.cells) > width {
			return true
		}
	}
	return false
}

// fillings counts for every cell of a record in how many rows it holds text,
// by a pass over the whole file. The last number is that of the rows.
func (f *File) fillings(open func() (recordSource, error), place, width int) ([]int, error) {
	src, err := open()
	if err != nil {
		return nil, err
	}
	if _, err := skipTo(src, place); err != nil {
		return nil, errors.Join(err, src.Close())
	}
	src.expect(width)
	if s, ok := src.(interface{ skim() }); ok {
		s.skim()
	}
	filled := make([]int, width)
	rows := 0
	for {
		rec, err := src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, src.Close())
		}
		if !rec.written {
			continue
		}
		rows++
		for i, cell := range rec.cells {
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
// have is a mistake in those rows, and refused there.
func (f *File) nameColumns(names []string, filled []int) error {
	if filled != nil {
		rows := filled[len(filled)-1]
		filled = filled[:len(filled)-1]
		for len(names) < len(filled) && (f.used.Format == XLSX || 2*filled[len(names)] > rows) {
			names = append(names, "")
		}
	}
	if err := checkNames(names); err != nil {
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
			f.warn.add("UNNAMED_COLUMN", func() tables.Warning {
				return tables.Warning{Column: name, Message: fmt.Sprintf(
					"column %d has cells but no name in the header; it is called %q. Name it in the file", i+1, name)}
			})
		}
		f.columns = append(f.columns, name)
		f.take = append(f.take, i)
	}
	if len(dropped) > 0 {
		f.warn.addOnce("EMPTY_COLUMNS", tables.Warning{Message: fmt.Sprintf(
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
			return &tables.UploadError{Column: name, Code: "DUPLICATE_COLUMN", Message: message}
		}
		first[key] = i
	}
	return nil
}

// cleanNames trims the names of a header.
func (f *File) cleanNames(header *record) []string {
	names := make([]string, len(header.cells))
	for i, cell := range header.cells {
		if f.undoes(header, i) {
			cell = Undefuse(cell)
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

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, ", ")
}
