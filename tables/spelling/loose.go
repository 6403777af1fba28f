package spelling

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tablestep/tables/column"
)

// roomy is the length of a text up to which its steps need no memory of their own.
const roomy = 256

func appendLoose(dst []byte, s string) (keys []byte, second int) {
	var normalRoom, wordsRoom [roomy]byte
	normal := column.AppendNormalized(normalRoom[:0], s)
	if !utf8.Valid(normal) {
		dst = append(dst, normal...)
		return dst, len(dst)
	}
	p := splitter{text: wordsRoom[:0]}
	p.split(normal)
	return appendWays(dst, p.text, normal)
}

// appendWays adds words with their marks off, and where they can be written in another
// way, in that. Where nothing is left it is the normalized text.
func appendWays(dst, words, normal []byte) (keys []byte, second int) {
	start := len(dst)
	dst, two := appendPlain(dst, words)
	if len(dst) == start {
		dst = append(dst, normal...)
		return dst, len(dst)
	}
	second = len(dst)
	if two {
		dst = appendPaired(dst, words)
	}
	return dst, second
}

func appendPlain(dst, words []byte) (_ []byte, two bool) { return appendWay(dst, words, false) }

func appendPaired(dst, words []byte) []byte {
	dst, _ = appendWay(dst, words, true)
	return dst
}

// appendWay writes words without the marks of their letters, or with their pairs. It says
// whether there is a pair.
func appendWay(dst, words []byte, paired bool) (_ []byte, two bool) {
	start := len(dst)
	var (
		base rune // the last letter whose marks go, 0 if none
		at   int  // where it begins in dst
		off  bool // a mark went
	)
	for i := 0; i < len(words); {
		if c := words[i]; c < utf8.RuneSelf {
			i++
			base, at = 0, len(dst)
			if c >= 'a' {
				base = rune(c)
			}
			dst = append(dst, c)
			continue
		}
		r, n := utf8.DecodeRune(words[i:])
		text := words[i : i+n]
		i += n
		l := letterOf(r)
		switch {
		case l.kind == point, l.kind == mark && base != 0:
			off = true
			if p := pairs[[2]rune{base, r}]; p != "" {
				two = true
				if paired {
					dst = append(dst[:at], p...)
				}
			}
			continue
		case l.kind == mark:
			dst = append(dst, text...)
			continue
		}
		base, at = 0, len(dst)
		if l.kind == marked {
			base = r
			if first, size := utf8.DecodeRuneInString(l.plain); size == len(l.plain) && l.paired == "" {
				base = first
			}
		}
		if l.paired != "" {
			two = true
			if paired {
				dst = append(dst, l.paired...)
				continue
			}
		}
		dst = append(dst, l.plain...)
	}
	if off && !norm.NFC.IsNormal(dst[start:]) { // What a mark kept apart composes.
		composed := norm.NFC.Bytes(dst[start:])
		dst = append(dst[:start], composed...)
	}
	return dst, two
}
