package terminal

import (
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// gap is what stands between two columns.
const gap = "  "

// narrowest is the fewest places to which a column is cut down: below that the words in it
// can no longer be read.
const narrowest = 8

// Table prints rows with aligned columns; the first row is the header. width is what a line
// may take, in places; 0: as much as it needs.
func Table(w io.Writer, rows [][]string, width int) error {
	if len(rows) == 0 {
		return nil
	}
	clean := make([][]string, len(rows))
	for i, row := range rows {
		clean[i] = make([]string, len(rows[0]))
		for j := range min(len(row), len(clean[i])) {
			clean[i][j] = printable(row[j])
		}
	}
	var b strings.Builder
	if widths, ok := fitted(natural(clean), width); ok {
		for _, row := range clean {
			writeRow(&b, row, widths)
		}
	} else {
		writeParagraphs(&b, clean, width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// natural is the width of each column where none has to be narrower.
func natural(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], Places(cell))
		}
	}
	return widths
}

// fitted makes the widest columns narrower until all of them fit. ok is false where they do
// not fit however narrow they are.
func fitted(widths []int, width int) (_ []int, ok bool) {
	room := width - len(gap)*(len(widths)-1)
	need := 0
	for _, n := range widths {
		need += n
	}
	if width == 0 || need <= room {
		return widths, true
	}
	// The widest give way first, all down to one bound, so that short columns stay whole.
	bound := slices.Max(widths)
	for ; bound >= narrowest; bound-- {
		need = 0
		for _, n := range widths {
			need += min(n, bound)
		}
		if need <= room {
			break
		}
	}
	if bound < narrowest {
		return nil, false
	}
	fit := make([]int, len(widths))
	for i, n := range widths {
		fit[i] = min(n, bound)
		// Of what is left over each wider column takes a place, from the left.
		if fit[i] < n && need < room {
			fit[i]++
			need++
		}
	}
	return fit, true
}

// writeRow prints a row, in several lines where a cell is wider than its column.
func writeRow(b *strings.Builder, row []string, widths []int) {
	cells := make([][]string, len(row))
	lines := 1
	for i, cell := range row {
		cells[i] = wrap(cell, widths[i])
		lines = max(lines, len(cells[i]))
	}
	for n := range lines {
		line, blank := "", 0 // blank: places to fill before the next text
		for i := range row {
			text := ""
			if n < len(cells[i]) {
				text = cells[i][n]
			}
			if text != "" {
				line += strings.Repeat(" ", blank) + text
				blank = 0
			}
			blank += widths[i] - Places(text) + len(gap)
		}
		b.WriteString(line + "\n")
	}
}

// writeParagraphs prints each row below the other, a line for each cell that is not empty.
func writeParagraphs(b *strings.Builder, rows [][]string, width int) {
	if len(rows) == 1 {
		b.WriteString(strings.Join(wrap(strings.Join(rows[0], " "), width), "\n") + "\n")
	}
	for n, row := range rows[1:] {
		if n > 0 {
			b.WriteByte('\n')
		}
		for i, cell := range row {
			if cell == "" {
				continue
			}
			b.WriteString(strings.Join(wrap(rows[0][i]+": "+cell, width), "\n") + "\n")
		}
	}
}

// wrap breaks a text into lines of at most width places, between words where it can. A
// letter that is wider than that has a line of its own.
func wrap(text string, width int) []string {
	var lines []string
	for Places(text) > width {
		end, blank := 0, -1 // where the line ends; the last space in it
		for i, r := range text {
			next := i + utf8.RuneLen(r)
			if i > 0 && Places(text[:next]) > width {
				break
			}
			if r == ' ' && i > 0 {
				blank = i
			}
			end = next
		}
		if end < len(text) && text[end] == ' ' {
			blank = end // the word ends just where the line does
		}
		if blank > 0 {
			end = blank
		}
		if end == len(text) {
			break // one letter, wider than the column
		}
		lines = append(lines, strings.TrimRight(text[:end], " "))
		text = strings.TrimLeft(text[end:], " ")
	}
	return append(lines, text)
}

// printable replaces what would move the cursor or hide text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r), r == '\u200d': // emoji are joined by U+200D
			return r
		default:
			return utf8.RuneError
		}
	}, text)
}
