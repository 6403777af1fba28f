package index

import (
	"strconv"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

func isUpper(mode schema.Mode) bool { return mode == schema.ModeAtMost }

// canonLimit reads the cells of a mode. Equal limits have the same form, which limitOf
// reads again: a letter for the kind, and the number, the second or the text.
func canonLimit(mode schema.Mode) func(string, *schema.Notation) (string, error) {
	return func(cell string, n *schema.Notation) (string, error) {
		x, err := parseLimit(mode, cell, n)
		if err != nil {
			return "", err
		}
		switch x.kind {
		case numberKind:
			d, _ := schema.ParseDecimal(x.text) // It is the text of a number.
			return "n" + d.Shortest(), nil
		case dateKind:
			form := "t"
			if x.day {
				form = "d"
			}
			return form + strconv.FormatFloat(x.f, 'f', -1, 64), nil
		}
		return `"` + x.text, nil
	}
}

// limitOf is the limit in the form of canonLimit.
func limitOf(form string) scalar {
	switch kind, text := form[0], form[1:]; kind {
	case 'n':
		x, _ := numberOf(schema.ParseNumber(text))
		return x
	case 'd', 't':
		f, _ := strconv.ParseFloat(text, 64)
		return scalar{kind: dateKind, f: f, day: kind == 'd'}
	default:
		return scalar{text: text}
	}
}

// parseLimit reads a cell: a number, a date, a text in quotes, or one that begins with a
// letter. Nothing else is ordered as a text: it would be a number that is not understood.
func parseLimit(mode schema.Mode, cell string, n *schema.Notation) (scalar, error) {
	if len(cell) > maxPattern {
		return scalar{}, wrong(mode, cell, maxPattern, "it is longer than %d bytes", maxPattern)
	}
	text := strings.TrimSpace(cell)
	at := strings.Index(cell, text)
	if strings.HasPrefix(text, `"`) {
		if len(text) < 2 || !strings.HasSuffix(text, `"`) || strings.Contains(text[1:len(text)-1], `"`) {
			return scalar{}, wrong(mode, cell, at, "the quote is not closed; a text stands in quotes as a whole")
		}
		x := scalar{text: column.Normalize(text[1 : len(text)-1])}
		if x.text == "" {
			return scalar{}, wrong(mode, cell, at, "there is nothing between the quotes")
		}
		return x, nil
	}
	x := scalarOf(text, n)
	if x.kind != textKind {
		return x, nil
	}
	if op := len(text) - len(strings.TrimLeft(text, "<>=≤≥!")); op > 0 {
		return scalar{}, wrong(mode, cell, at, "it is a comparison, and mode %s does the comparing: write %s alone, or use mode %s", mode, operandOf(text[op:]), schema.ModeRange)
	}
	if span, err := parseRange(text, n); err == nil && span.kind != textKind {
		return scalar{}, wrong(mode, cell, at, "it is a span, and mode %s takes one number or date a cell: write its end alone, or use mode %s", mode, schema.ModeRange)
	}
	if !startsWithLetter(x.text) || startsWithCurrency(text) {
		return scalar{}, wrong(mode, cell, at, "it is no number and no date%s; if it is a text, write %q in quotes", writtenAs(n), schema.Cut(text, shown))
	}
	return x, nil
}

// operandOf is what an operator stands before, for a message.
func operandOf(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return "the number"
	}
	return schema.Cut(text, shown)
}

// writtenAs tells how the numbers and dates of the column are written.
func writtenAs(n *schema.Notation) string {
	numbers, dates := n.Numbers, n.Dates
	if numbers == "" {
		numbers = notation.CommaPoint
	}
	if dates == "" {
		dates = notation.MonthFirst
	}
	return " as the column has them (numbers like " + string(numbers) + ", dates " + string(dates) + ")"
}
