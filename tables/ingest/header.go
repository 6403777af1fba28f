package ingest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tablestep/tables/ingest/record"
	"tablestep/tables/ingest/xlsx"
	"tablestep/tables/schema"
)

const (
	sampleRecords = 100     // records that are looked at to find the header
	sampleText    = 4 << 20 // bytes of text in them
	titleRecords  = 20      // a header stands within the first records
)

// openTable finds the header and leaves the source behind it. It opens the
// file anew for each pass.
func (f *File) openTable(o Options, open func() (source, error)) error {
	sample, err := sampleOf(open)
	if err != nil {
		return err
	}
	if o.Headerless {
		return f.openHeaderless(o, sample, open)
	}
	place, err := f.findHeader(sample, o.HeaderRow)
	if f.look != nil {
		if _, refused := errors.AsType[*schema.UploadError](err); err != nil && !refused {
			return err
		}
		f.used.HeaderRow = place // 0: a person has to say where it is
		return f.look(open)
	}
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
	if !header.Written {
		return f.noHeader(place)
	}
	if f.used.Format == XLSX {
		record.Clean(header)
	}
	f.doubtHeader(header, sample)
	names := f.cleanNames(header)
	for _, found := range header.Findings {
		f.warn.add(found.Code, func() schema.Warning {
			return schema.Warning{Message: describe(found, f.at(place)+", the header")}
		})
	}
	if len(names) > o.Limits.Columns {
		return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
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
	return f.startRows(o, open)
}

// startRows gets ready for the rows, now that the columns are known.
func (f *File) startRows(o Options, open func() (source, error)) error {
	for i, from := range f.take {
		if slices.Contains(o.Verbatim, f.columns[i]) {
			f.verbatim = append(f.verbatim, make([]bool, from+1-len(f.verbatim))...)
			f.verbatim[from] = true
		}
	}
	if f.joinLong && f.used.Format == CSV {
		if err := f.planJoin(open); err != nil {
			return err
		}
	}
	f.src.Expect(f.width)
	f.sheet, _ = f.src.(*xlsx.Records)
	f.src = &tail{source: f.src, skips: f.sheet != nil, last: f.used.HeaderRow}
	f.cells = make([]string, len(f.columns))
	return nil
}

func (f *File) noHeader(place int) error {
	return &schema.UploadError{Code: "NO_HEADER", Message: fmt.Sprintf(
		"there is no header in %s, which is empty or behind the end; give the row in which the names of the columns stand", f.at(place))}
}

// sampleOf copies the first records that are not blank.
func sampleOf(open func() (source, error)) ([]record.Record, error) {
	src, err := open()
	if err != nil {
		return nil, err
	}
	var sample []record.Record
	size := 0
	for len(sample) < sampleRecords && size < sampleText {
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
		sample = append(sample, record.Record{Cells: slices.Clone(rec.Cells), Place: rec.Place, Written: true})
		for _, cell := range rec.Cells {
			size += len(cell) + 1
		}
	}
	return sample, src.Close()
}

// skipTo reads up to the record that begins at place, or io.EOF.
func skipTo(src source, place int) (*record.Record, error) {
	for {
		rec, err := src.Next()
		if err != nil {
			return nil, err
		}
		if rec.Place == place {
			return rec, nil
		}
		if rec.Place > place {
			return nil, io.EOF
		}
	}
}

// findHeader gives the place of the header. Records above it with far fewer
// texts than the table has columns are titles; but only if what follows them
// looks like a header and not like data.
func (f *File) findHeader(sample []record.Record, given int) (int, error) {
	if given > 0 {
		return given, nil
	}
	if given < 0 {
		return 0, &schema.UploadError{Code: "NO_HEADER", Message: "the row of the header is counted from 1; leave it out to have it found"}
	}
	if len(sample) == 0 {
		return 0, &schema.UploadError{Code: "FILE_EMPTY", Message: f.emptyMessage()}
	}
	width := tableWidth(sample)
	at := 0
	for at < len(sample)-1 && at < titleRecords && isTitle(sample[at].Cells, width) {
		at++
	}
	if at > 0 && (isTitle(sample[at].Cells, width) || !likeHeader(sample[at].Cells)) {
		at = 0
	}
	if len(texts(sample[at].Cells)) < width || at == 0 {
		at = max(at, blockBelow(sample)) // below titles of one cell may stand some with two
	}
	place := sample[at].Place
	if at > 0 {
		f.warn.addOnce("HEADER_FOUND", schema.Warning{Message: fmt.Sprintf(
			"%s is taken as the header, and what stands above it, beginning with %s, is left out; if that is wrong, give the row of the header", f.at(place), record.Excerpt(strings.Join(texts(sample[0].Cells), " ")))})
	}
	return place, nil
}

func (f *File) emptyMessage() string {
	if f.used.Format == XLSX {
		if len(f.used.Sheets) > 1 {
			return fmt.Sprintf("sheet %q is empty; choose another one: %s", f.used.Sheet, record.QuoteAll(f.used.Sheets))
		}
		return fmt.Sprintf("sheet %q is empty; check the export that made the file", f.used.Sheet)
	}
	return "the file has no text but blank lines; check the export that made it"
}

// usualWidth is the most frequent number of cells up to the last text.
func usualWidth(sample []record.Record) int {
	count := map[int]int{}
	width := 0
	for _, rec := range sample {
		w := textWidth(rec.Cells)
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
		if _, ok := schema.ParseNumber(trimName(text)); ok || seen[foldName(text)] {
			return false
		}
		seen[foldName(text)] = true
	}
	return len(seen) > 0
}

// wider tells whether records below the header have texts beyond its columns.
func wider(sample []record.Record, place, width int) bool {
	for _, rec := range sample {
		if rec.Place > place && textWidth(rec.Cells) > width {
			return true
		}
	}
	return false
}
