package index

import (
	"fmt"
	"strings"

	"tablestep/tables/schema"
)

// A Hint is what a cell that is a text in its mode may have been meant as.
type Hint struct {
	Span    bool   // it looks like a span
	Offset  int    // of the spot in the cell, in bytes
	Offer   string // the spelling that the mode reads so
	Message string // what it is now, and what to write, in one sentence
}

// HintOf is the first hint that a cell of mode Condition gives. Where the cell compares, or
// is refused, there is none.
func HintOf(cell string, n schema.Notation) (Hint, bool) {
	if len(cell) > maxPattern {
		return Hint{}, false
	}
	p := &conditionParser{cell: cell, notation: &n, keeps: true}
	t, err := p.parse()
	if err != nil || t.any || p.beside() != nil {
		return Hint{}, false
	}
	for _, b := range p.bare {
		text := strings.TrimSpace(cell[b.from:b.to])
		at := b.from + strings.Index(cell[b.from:b.to], text)
		if offer, ok := spanOffer(text, &n); ok {
			return Hint{true, at, offer, fmt.Sprintf("the item %s is a text here and looks like a span; write %s, or put it in quotes", schema.Cut(text, shown), offer)}, true
		}
		if h, ok := wordHint(text); ok {
			h.Offset += at
			return h, true
		}
	}
	return Hint{}, false
}

// spanOffer is a text that mode Range takes for a span, as mode Condition writes it.
func spanOffer(text string, n *schema.Notation) (string, bool) {
	if low, high, ok := monthCell(text); ok {
		return fmt.Sprintf("[%d..%d]", low, high), true
	}
	f, ok := cutForm(text, n)
	if !ok || f.operator {
		return "", false
	}
	if s, err := f.span(text, 0, n); err != nil || s.kind == textKind {
		return "", false
	}
	low, high := strings.TrimSpace(f.low), strings.TrimSpace(f.high)
	operator := func(plain string, out bool) string {
		if out {
			return plain + " "
		}
		return plain + "= "
	}
	switch {
	case f.hasLow && f.hasHigh:
		return "[" + apart(low, high) + "]", true
	case f.hasLow:
		return operator(">", f.lowOut) + low, true
	}
	return operator("<", f.highOut) + high, true
}

// wordHint tells who joins or negates codes with a word, which is part of the text.
func wordHint(text string) (Hint, bool) {
	words := strings.Fields(text)
	if len(words) == 2 && words[0] != words[1] && strings.EqualFold(words[0], "not") && isCode(words[1]) {
		offer := "not(" + quoted(words[1]) + ")"
		return Hint{Offer: offer, Message: fmt.Sprintf("%s is one text here; to take all others write %s", text, offer)}, true
	}
	if len(words) < 3 || len(words)%2 == 0 {
		return Hint{}, false
	}
	var codes []string
	for i, word := range words {
		switch {
		case i%2 == 0 && isCode(word):
			codes = append(codes, quoted(word))
		case i%2 == 1 && strings.EqualFold(word, "or"):
		default:
			return Hint{}, false
		}
	}
	offer := strings.Join(codes, ", ")
	return Hint{Offset: strings.Index(text, words[1]), Offer: offer, Message: fmt.Sprintf("%s is one text here; a comma is or: write %s", schema.Cut(text, shown), offer)}, true
}

// isCode says that a word is two or three capitals, or a number.
func isCode(word string) bool {
	capitals, digits := 0, 0
	for _, r := range word {
		switch {
		case r >= 'A' && r <= 'Z':
			capitals++
		case r >= '0' && r <= '9':
			digits++
		default:
			return false
		}
	}
	return digits == 0 && capitals >= 2 && capitals <= 3 || capitals == 0 && digits > 0
}
