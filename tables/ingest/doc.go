// Package ingest reads tables from CSV files and XLSX workbooks as people have them, and writes them out again.
//
// Its nouns:
//
//   - A File is one upload that is being read. It implements schema.RowSource:
//     Columns, Next, Warnings. What it is, is told by its content, never by its
//     name.
//   - A tail holds the last records back until it knows whether they are a footer; a survey
//     is what is known of a sheet before its rows are given.
//   - A Preview is its first lines and how it would be read; Look makes it, also of the
//     first part of a CSV file.
//   - Options are what the caller knows better than the file; Used is what was
//     given and what was found.
//   - A record is a line of a CSV file or a row of a sheet (package record); a row is a
//     record below the header that is not blank. Rows are numbered from 1.
//
// The way of a file:
//
//	sniff ──► package csv: dialect (encoding, delimiter)  ──► records ──┐
//	   │                                                                ├──► header, columns ──► rows
//	   └────► package xlsx: workbook (limits, styles, texts) ► records ─┘
//
// What uploads look like from outside stands in UPLOADS.md.
//
// # What is kept
//
// A cell is the text that a person saw: leading zeros, +5, spaces; only the
// names in the header are trimmed. Nothing is dropped, merged or guessed without
// a warning or an error that names the place:
//
//   - Blank lines, also those of delimiters only, are not rows. They are counted
//     in one warning. A line of empty cells of which one stands in quotes is a row.
//   - A row with too few cells is filled up, with a warning. One with too many,
//     of which a surplus one holds text, is refused with the numbers of all such
//     rows: to guess which cell belongs where would put texts into wrong columns.
//     Options.Join joins cells where that is plain, Options.LeaveOut leaves rows out
//     for this or any other finding about them; each such row is told with its text.
//   - A quote that is not closed, stands alone or is followed by more text is
//     taken as a character, with a warning, in the reading that gives the right
//     number of cells. A quote never swallows lines where another reading fits.
//   - The text of an error, such as #N/A, in a CSV file is an empty cell with a
//     warning, as in a workbook, but for Options.Verbatim.
//   - NUL characters and byte order marks inside are left out with a warning. Bytes that do not fit an
//     encoding that was named are an error, else a warning.
//   - A header cell without text is called like "column 3" if its column has a
//     cell anywhere in the file, else the column is left out, both with a warning.
//     So is a column behind the header's end, in a CSV file if most rows have it.
//   - A first line that looks like data is taken as the header, and the last rows that look
//     like a footer as rows; both with a warning.
//   - What lies under merged cells of a sheet is not read. Merges over rows can be filled.
//   - Lines above the header with far fewer texts than the table has columns are
//     titles; they are left out with a warning. So are lines with several texts above
//     a block of wider ones, if that begins with a header over numbers.
//
// What becomes of the numbers and dates of a workbook, package xlsx tells. Booleans are
// true and false, error values empty with a warning, formulas their stored result.
// Hidden sheets, rows and columns are read and mentioned.
//
// # Export
//
// WriteCSV and WriteXLSX give back what was uploaded, cell for cell, and Open of
// that is the same table. Cells (and names) that begin with = + - @ TAB or CR get
// an apostrophe, because spreadsheet programs would run them as formulas, and texts
// like #N/A, which Open would take for errors. So do
// those that begin with apostrophes before such a character: then taking one
// away again is right for every cell of an export, and Open does so. In a
// stranger's file '+5 means '+5, so an export is marked where an apostrophe was
// put:
//
//   - A workbook has the document property TablestepExport, which survives an
//     edit in spreadsheet programs.
//   - A CSV file ends its last line with CR LF and the header with LF; and only
//     cells in quotes lose their apostrophe, because WriteCSV puts quotes around
//     each cell it defuses. CSV readers do not see the difference, and hardly
//     another writer makes both by chance. An edit takes this mark away: Open
//     then keeps the apostrophes and warns (QUOTED_FORMULA); Options.Exported
//     takes them away.
//
// # Caveats
//
// What cannot come back: NUL characters, U+FEFF, and in a workbook more than 32,767
// characters in a cell (ErrTooBig). A line break inside quotes stays what it was,
// CR, LF or CR LF. In XLSX, characters that XML forbids are written as _xHHHH_, as
// spreadsheet programs do. A table of one column called like sep=; is read as
// Excel's way of naming the delimiter.
package ingest
