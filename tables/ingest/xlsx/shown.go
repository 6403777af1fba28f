package xlsx

import "strings"

// shown is the text that a person sees of a number, of which all digits must find a place;
// false says that some do not. A negative number keeps its sign as -, however the format
// shows it; but where a format has words for negative numbers, they are the sign.
func (s *section) shown(number string, own bool) (string, bool) {
	negative := strings.HasPrefix(number, "-")
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(number, "-"), ".")
	if strings.ContainsAny(number, "eE") || len(fraction) > s.decimals && !s.general {
		return "", false
	}
	text := strings.TrimSpace(s.fill(strings.TrimLeft(whole, "0"), fraction, strings.TrimPrefix(number, "-")))
	if !negative || own && s.text && !bareSign(text) {
		return text, true
	}
	text = strings.TrimPrefix(text, "+")
	if own {
		text = strings.TrimPrefix(text, "-")
		if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
			text = text[1 : len(text)-1]
		}
	}
	return "-" + text, true
}

// fill puts digits into their places: those before the point from the right, where the
// first place takes all that are left, those behind it from the left.
func (s *section) fill(whole, fraction, number string) string {
	left := 0 // places before the point that are still to come
	for _, p := range s.pieces {
		if p.place == '.' {
			break
		}
		if p.place != 0 {
			left++
		}
	}
	var b strings.Builder
	point, first := false, true
	for _, p := range s.pieces {
		switch {
		case p.place == 0:
			b.WriteString(p.text)
		case p.place == 'G':
			b.WriteString(number)
		case p.place == '.':
			if first { // There is no place before the point: .00
				b.WriteString(whole)
			}
			if point = true; bare(b.String()) {
				b.WriteByte('0')
			}
			b.WriteByte('.')
		case point:
			fraction = place(&b, p.place, fraction)
		default:
			for first && len(whole) > left {
				whole = place(&b, p.place, whole)
			}
			first = false
			if len(whole) >= left {
				whole = place(&b, p.place, whole)
			} else {
				place(&b, p.place, "")
			}
			left--
		}
	}
	return b.String()
}

// bareSign says that a text is a number with a sign: the sign is all that it has.
func bareSign(text string) bool {
	return strings.HasPrefix(text, "-") && len(text) > 1 && text[1] >= '0' && text[1] <= '9'
}

// bare says that a text has no digit yet.
func bare(text string) bool { return !strings.ContainsAny(text, "0123456789") }

// place writes the next digit, or what stands for one that is not there.
func place(b *strings.Builder, sign byte, digits string) (rest string) {
	switch {
	case digits != "":
		b.WriteByte(digits[0])
		return digits[1:]
	case sign == '0':
		b.WriteByte('0')
	case sign == '?':
		b.WriteByte(' ')
	}
	return ""
}

// words is the text that stands for a number.
func (s *section) words() string {
	var b strings.Builder
	for _, p := range s.pieces {
		b.WriteString(p.text)
	}
	return strings.TrimSpace(b.String())
}

// around puts what a format shows around a text.
func around(pieces []piece, text string) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.place == '@' {
			b.WriteString(text)
		} else {
			b.WriteString(p.text)
		}
	}
	return strings.TrimSpace(b.String())
}
