package record

// A Record is a line of a CSV file or a row of a sheet. Its source uses it again for the
// next one; the strings stay. Who wants to keep Cells or Findings can take them and put
// other slices in their place.
type Record struct {
	Cells    []string
	Place    int       // line or sheet row where it starts, from 1
	Written  bool      // something stands there, be it an empty text: not a blank line
	Quoted   []bool    // CSV: whether each cell stands in quotes; nil if none does
	Findings []Finding // what the source had to guess
}

// A Finding is something about one cell of a record, not yet about a row.
type Finding struct {
	Code string
	Cell int // from 0; -1 is the whole record
	Text string
}

// Limits bound what one file may cost. A zero is the default in the comment.
type Limits struct {
	UnzipSizeLimit    int64 // bytes that the parts of a workbook may unzip to; 4 GiB
	UnzipXMLSizeLimit int64 // bytes of shared texts kept in memory, the rest goes to a file; 64 MiB
	Entries           int   // files in the zip of a workbook; 10,000
	Columns           int   // 16,384
	CellBytes         int   // 1 MiB
	RowBytes          int   // 16 MiB
}

// OrDefaults puts the defaults in place of zeros.
func (l Limits) OrDefaults() Limits {
	setDefault(&l.UnzipSizeLimit, 4<<30)
	setDefault(&l.UnzipXMLSizeLimit, 64<<20)
	setDefault(&l.Entries, 10_000)
	setDefault(&l.Columns, 16_384)
	setDefault(&l.CellBytes, 1<<20)
	setDefault(&l.RowBytes, 16<<20)
	return l
}

func setDefault[T int | int64](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}
