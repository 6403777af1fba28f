package marketo

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// Defaults of a printed table.
const (
	defaultRows  = 20
	defaultWidth = 32
)

// Table prints results as aligned text, one line a lead.
type Table struct {
	// Rows bounds the leads that are printed, 0 means 20. Among them is at
	// least one of each outcome, as far as there is room.
	Rows int
	// Width bounds a column in characters, 0 means 32; longer text ends in an ellipsis.
	Width int
	// Fit bounds a line, in places of a terminal: columns get narrower until it fits, as
	// far as they can be read; 0 means no bound.
	Fit int
	// Color marks the outcome green, yellow or red with terminal codes.
	Color bool
	// Columns are what is printed; none means the columns that fit the results.
	Columns []Column
}

// Column is one column of a Table.
type Column struct {
	Title string
	Cell  func(*Result) string
	// Outcome says that the column is coloured by what became of the lead.
	Outcome bool
}

// LeadID shows the lead's id.
func LeadID() Column {
	return Column{Title: "lead", Cell: func(r *Result) string { return fmt.Sprint(r.Lead.ID) }}
}

// Before shows a field as it was sent.
func Before(field string) Column {
	return Column{Title: field + " (before)", Cell: func(r *Result) string { return r.Lead.Fields.Text(field) }}
}

// After shows a field as it is when the callback was taken: the value that
// came back, or else the one before.
func After(field string) Column {
	return Column{Title: field + " (after)", Cell: func(r *Result) string {
		if value, ok := r.Written.Get(field); ok && value != nil {
			return textOf(value)
		}
		return r.Lead.Fields.Text(field)
	}}
}

// Outcome shows in words what became of the lead.
func Outcome() Column {
	return Column{Title: "result", Cell: (*Result).Words, Outcome: true}
}

// WriteTable prints some of the leads with what was before and after; without
// columns, with those that fit the results.
func (r *Report) WriteTable(w io.Writer, columns ...Column) error {
	return Table{Columns: columns}.Write(w, r.Results)
}

// Write prints the results.
func (t Table) Write(w io.Writer, results []Result) error {
	if t.Rows <= 0 {
		t.Rows = defaultRows
	}
	if t.Width <= 1 {
		t.Width = defaultWidth
	}
	shown := pick(results, t.Rows)
	if len(t.Columns) == 0 {
		t.Columns = fitting(results, shown)
	}
	lines := t.lines(results, shown)
	for t.Fit > 0 && t.Width > narrowest && lineOf(widthsOf(lines)) > t.Fit {
		t.Width--
		lines = t.lines(results, shown)
	}
	var b strings.Builder
	widths := widthsOf(lines)
	for n, line := range lines {
		color := func(int) string { return "" }
		if t.Color && n > 0 {
			color = func(i int) string { return colorOf(t.Columns[i], &results[shown[n-1]]) }
		}
		writeLine(&b, line, widths, color)
		if n == 0 {
			writeRule(&b, widths)
		}
	}
	if left := len(results) - len(shown); left > 0 {
		fmt.Fprintf(&b, "… and %s more\n", leadsOf(left))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print the results: %w", err)
	}
	return nil
}

// narrowest is the fewest places to which a column is cut to make a line fit.
const narrowest = 8

// lines are the header and the cells of the results that are shown, none wider than Width.
func (t Table) lines(results []Result, shown []int) [][]string {
	lines := make([][]string, 0, len(shown)+1)
	header := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		header[i] = cut(printable(column.Title), t.Width)
	}
	lines = append(lines, header)
	for _, place := range shown {
		line := make([]string, len(t.Columns))
		for i, column := range t.Columns {
			line[i] = cut(printable(column.Cell(&results[place])), t.Width)
		}
		lines = append(lines, line)
	}
	return lines
}

// lineOf is how wide a line of columns is.
func lineOf(widths []int) int {
	n := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		n += w
	}
	return n
}

// pick chooses which results are shown: the first of each outcome, then the
// first ones, in their order.
func pick(results []Result, rows int) []int {
	var places []int
	seen := make(map[string]bool)
	for i := range results {
		if outcome := results[i].Words(); !seen[outcome] && len(places) < rows {
			seen[outcome] = true
			places = append(places, i)
		}
	}
	chosen := make(map[int]bool, rows)
	for _, i := range places {
		chosen[i] = true
	}
	for i := 0; i < len(results) && len(places) < rows; i++ {
		if !chosen[i] {
			places = append(places, i)
		}
	}
	slices.Sort(places)
	return places
}

// fitting makes columns for results: the id, the fields sent, up to three of
// them, the fields that came back, up to four, and the outcome.
func fitting(results []Result, shown []int) []Column {
	const mostBefore, mostAfter = 3, 4
	columns := []Column{LeadID()}
	var before, after []string
	for _, i := range shown {
		for _, field := range results[i].Lead.Fields {
			if len(before) < mostBefore && !slices.Contains(before, field.Name) {
				before = append(before, field.Name)
				columns = append(columns, Before(field.Name))
			}
		}
	}
	for _, i := range shown {
		for _, field := range results[i].Written {
			if len(after) < mostAfter && !slices.Contains(after, field.Name) {
				after = append(after, field.Name)
				columns = append(columns, After(field.Name))
			}
		}
	}
	return append(columns, Outcome())
}

// widthsOf gives the widest cell of each column, in places of a terminal.
func widthsOf(lines [][]string) []int {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], places(cell))
		}
	}
	return widths
}

const gap = "  "

func writeLine(b *strings.Builder, line []string, widths []int, color func(int) string) {
	for i, cell := range line {
		if i > 0 {
			b.WriteString(gap)
		}
		if code := color(i); code != "" {
			b.WriteString(code + cell + "\x1b[0m")
		} else {
			b.WriteString(cell)
		}
		if i < len(line)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-places(cell)))
		}
	}
	b.WriteByte('\n')
}

func writeRule(b *strings.Builder, widths []int) {
	for i, n := range widths {
		if i > 0 {
			b.WriteString(gap)
		}
		b.WriteString(strings.Repeat("-", n))
	}
	b.WriteByte('\n')
}

// colorOf gives the terminal code for a cell, "" for none.
func colorOf(column Column, r *Result) string {
	switch {
	case !column.Outcome:
		return ""
	case r.State == Succeeded:
		return "\x1b[32m"
	case r.State == Failed:
		return "\x1b[33m"
	default:
		return "\x1b[31m"
	}
}

// printable replaces what would move the cursor or hide text on a terminal:
// the values are strangers' text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		default:
			return '\ufffd'
		}
	}, text)
}

// cut shortens text to a number of places on a terminal.
func cut(text string, limit int) string { return condition().Truncate(text, limit, "…") }

// places gives how many places of a terminal text takes.
func places(text string) int { return condition().StringWidth(text) }

// condition is how widths are counted, whatever the language of the machine.
func condition() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }
