package ingest

import (
	"fmt"

	"tablestep/tables/ingest/csv"
	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// warningsKept is how many warnings of one code are kept; the rest is counted.
const warningsKept = 50

// leftOutKept is how many rows that were left out are told one by one: they are gone, so
// a person cannot look them up in the table.
const leftOutKept = 500

func kept(code string) int {
	if code == "LEFT_OUT" {
		return leftOutKept
	}
	return warningsKept
}

// warnings collects findings, bounded per code.
type warnings struct {
	kept  []schema.Warning
	count map[string]int
	order []string // codes, by first appearance
}

func newWarnings() *warnings { return &warnings{count: map[string]int{}} }

// add counts a warning and keeps it if there is room; only then it is made.
func (w *warnings) add(code string, describe func() schema.Warning) {
	n := w.count[code]
	if n == 0 {
		w.order = append(w.order, code)
	}
	w.count[code] = n + 1
	if n < kept(code) {
		warning := describe()
		warning.Code = code
		w.kept = append(w.kept, warning)
	}
}

// addOnce adds a warning that speaks for all of its code.
func (w *warnings) addOnce(code string, warning schema.Warning) {
	if w.count[code] == 0 {
		w.add(code, func() schema.Warning { return warning })
	}
}

// list gives the kept warnings, and for every code of which some were not kept
// a last one that says how many.
func (w *warnings) list() []schema.Warning {
	out := make([]schema.Warning, len(w.kept), len(w.kept)+len(w.order))
	copy(out, w.kept)
	for _, code := range w.order {
		if more := w.count[code] - kept(code); more > 0 {
			out = append(out, schema.Warning{Code: code, More: more, Message: fmt.Sprintf("… and %d more", more)})
		}
	}
	return out
}

// describe says in words what was found at a place, and the way out.
func describe(f record.Finding, at string) string {
	text := record.Excerpt(f.Text)
	switch f.Code {
	case "UNCLOSED_QUOTE":
		return fmt.Sprintf("%s: the quote before %s has no end that fits; it is taken as a character of the cell. Close it, or double it if it belongs to the text", at, text)
	case "BARE_QUOTE":
		return fmt.Sprintf("%s: the cell %s contains a quote but does not begin with one; it is kept as it stands. Put the cell into quotes and double the inner ones", at, text)
	case "INNER_QUOTE":
		return fmt.Sprintf("%s: a quote inside the quoted cell %s is not doubled; it is taken as a character of the cell. Double it", at, text)
	case "SPACE_AROUND_QUOTES":
		return fmt.Sprintf("%s: spaces outside the quotes of the cell %s are left out. Put them inside if they are meant", at, text)
	case "MANY_LINES":
		return fmt.Sprintf("%s: the cell that begins with %s goes over %d lines. If it should not, a quote is missing", at, text, csv.ManyLines)
	case "ROWS_IN_CELL":
		return fmt.Sprintf("%s: the cell that begins with %s goes over lines that look like rows of their own. If they are, a quote is missing or superfluous", at, text)
	case "NUL_BYTE":
		return fmt.Sprintf("%s: the cell %s contained NUL characters; they are left out", at, text)
	case "MARK_INSIDE":
		return fmt.Sprintf("%s: the cell %s contained a byte order mark (U+FEFF), as where two files were put together; it is left out", at, text)
	case "TEXT_FORMULA":
		return fmt.Sprintf("%s: the cell %s is a formula that is nothing but a text, such as =\"00501\"; this one and all others like it are read as the text in the quotes", at, text)
	case longRowCode:
		return fmt.Sprintf("%s has more cells than columns are there; they are kept in the last one, %s, until the row is mended. Put quotes around cells that contain the delimiter, or join or leave out such rows with join=LONG_ROW or leaveOut=LONG_ROW", at, text)
	case "JOINED":
		return fmt.Sprintf("%s had more cells than columns are there; what stood behind a delimiter with a space is joined with the cell before: %s", at, text)
	case "BAD_BYTES":
		return fmt.Sprintf("%s: the cell %s contains bytes that are not of the file's encoding; check it, or name the encoding of the file", at, text)
	case "ERROR_VALUE":
		return fmt.Sprintf("%s: the cell shows the error %s; it is read as empty. Correct the formula", at, f.Text)
	case "NO_CACHED_VALUE":
		return fmt.Sprintf("%s: the formula has no stored result; the cell is read as empty. Open the file in a spreadsheet program and save it", at)
	case "LONG_NUMBER":
		return fmt.Sprintf("%s: %s is a number of more than 15 digits, which spreadsheet programs round; format the column as text before typing such numbers", at, f.Text)
	case "BAD_DATE":
		return fmt.Sprintf("%s: %s is formatted as a date but is outside the calendar; the number is kept", at, f.Text)
	case "FORMAT_UNKNOWN":
		return fmt.Sprintf("%s: the number format %s of the cell is not understood; the number behind it is kept. Choose another format, or format the column as text", at, text)
	case "HIDDEN_VALUE":
		return fmt.Sprintf("%s: the number format of the cell hides %s, which is read all the same; empty the cell, or choose another format", at, text)
	case "FOOTER":
		return fmt.Sprintf("%s: %s looks like a total or a footer and not like a row of the table; delete it, or have such rows left out with leaveOut=FOOTER", at, text)
	case "CELL_TWICE":
		return fmt.Sprintf("%s: the cell is there twice; %s of the second is kept", at, text)
	}
	return fmt.Sprintf("%s: %s", at, text)
}

// delimiterName names a delimiter for a message.
func delimiterName(d string) string {
	switch d {
	case ",":
		return "a comma"
	case ";":
		return "a semicolon"
	case "\t":
		return "a tab"
	case "|":
		return "a pipe"
	}
	return fmt.Sprintf("%q", d)
}
