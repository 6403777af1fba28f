package spelling

import (
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tablestep/tables/column"
)

// roomy is the length of a text up to which its steps need no memory of their own.
const roomy = 128

func appendLoose(dst []byte, s string) (keys []byte, second int) {
	if dst, ok := appendSimply(dst, s); ok {
		return dst, len(dst)
	}
	return appendCarefully(dst, s)
}

// appendSimply adds the key of a text in one go, if all of it are letters and digits of
// ASCII, white space, and signs that are a space for what stands before them alone.
func appendSimply(dst []byte, s string) (_ []byte, ok bool) {
	start := len(dst)
	dst = slices.Grow(dst, len(s))
	out := dst[start : start+len(s)]
	n, run, gap := 0, 0, false // run: letters at the end of out
	for i := 0; i < len(s); i++ {
		c := s[i]
		if small := c | 0x20; isSmall(small) {
			c = small
			run++
		} else if isDigit(c) {
			run = 0
		} else {
			switch c {
			case ' ', '\t', '\n', '\v', '\f', '\r':
			case '-', ',', '/', '_', '!', ':', ';', '?', '*', '|', '"':
				if run == 0 {
					return dst, false
				}
			case '.':
				if run < 2 {
					return dst, false
				}
			default:
				return dst, false
			}
			gap, run = n > 0, 0
			continue
		}
		if gap {
			out[n] = ' '
			n++
			gap = false
		}
		out[n] = c
		n++
	}
	return dst[:start+n], n > 0
}

// appendCarefully adds the keys of any text.
func appendCarefully(dst []byte, s string) (keys []byte, second int) {
	var normalRoom [roomy]byte
	normal := column.AppendNormalized(normalRoom[:0], s)
	start, room := len(dst), roomFor(normal)
	dst = slices.Grow(dst, room)
	p := splitter{table: letters(), text: dst[start : start+room]}
	if !p.split(normal) || p.n == 0 {
		dst = append(dst, normal...)
		return dst, len(dst)
	}
	if !p.beyond {
		dst = dst[:start+p.n]
		return dst, len(dst)
	}
	var wordsRoom [roomy]byte
	words := append(wordsRoom[:0], p.text[:p.n]...)
	dst, two := appendWay(dst, words, false)
	if len(dst) == start {
		dst = append(dst, normal...)
		return dst, len(dst)
	}
	second = len(dst)
	if two {
		dst, _ = appendWay(dst, words, true)
	}
	return dst, second
}

// appendWay writes words without the marks of their letters, or with their pairs. It says
// whether there is a pair.
func appendWay(dst, words []byte, paired bool) (_ []byte, two bool) {
	table, start := letters(), len(dst)
	var (
		base rune // the letter before, if its marks go
		at   int  // where it begins in dst
		gone bool // the character before was a mark that went
		join bool // characters came together that may compose
	)
	for i := 0; i < len(words); {
		if c := words[i]; c < utf8.RuneSelf {
			end := i + 1
			for end < len(words) && words[end] < utf8.RuneSelf {
				end++
			}
			dst = append(dst, words[i:end]...)
			base, at = 0, len(dst)-1 // the last one's
			if c := words[end-1]; c >= 'a' && c <= 'z' {
				base = rune(c)
			}
			i, gone = end, false
			continue
		}
		l, n := table.at(words, i)
		switch {
		case l.kind == point, l.kind == mark && base != 0:
			gone = true
			r, _ := utf8.DecodeRune(words[i:])
			if p := pairOf(base, r); p != "" {
				two = true
				if paired {
					dst = append(dst[:at], p...)
				}
			}
		case paired && l.paired != 0:
			base, at = markedLetter, len(dst)
			dst = l.paired.append(dst)
		case l.plain != 0:
			base, at = markedLetter, len(dst)
			dst = l.plain.append(dst)
			if l.plain.size() == 1 {
				base = rune(byte(l.plain))
			}
		default:
			if base, at = 0, len(dst); l.kind == marked {
				base = markedLetter
			}
			join = join || gone && (l.kind == mark || n > 2)
			dst = append(dst, words[i:i+n]...)
		}
		two = two || l.paired != 0
		gone = gone && (l.kind == mark || l.kind == point)
		i += n
	}
	if join {
		dst = composed(dst, start)
	}
	return dst, two
}

// markedLetter is a base of which nobody needs to know which it is: no mark makes a pair of it.
const markedLetter = rune(utf8.MaxRune)

// composed makes the text from start on one whose characters are composed: what a mark or a
// sign kept apart may have come to stand together.
func composed(dst []byte, start int) []byte {
	if text := string(dst[start:]); !norm.NFC.IsNormalString(text) {
		return append(dst[:start], norm.NFC.String(text)...)
	}
	return dst
}
