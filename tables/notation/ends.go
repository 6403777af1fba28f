package notation

import "strings"

// ends are the numbers or dates that a cell names when it is more than one of them: the
// ends of a span, or the operands of comparisons. 1,001-5,000 has two, >= 1.000 has one.
// What stands between is not looked at: it is read where its match mode is known. A text
// that is neither has none.
func ends(cell string) []string {
	s, ok := simple(cell)
	if !ok || !compares(s) {
		return nil
	}
	var found []string
	for s = strings.ReplaceAll(s, "..", "|"); ; {
		from := strings.IndexFunc(s, isDigitRune)
		if from < 0 {
			return found
		}
		s = s[from:]
		to := 1
		for to < len(s) && (isDigit(s[to]) || to+1 < len(s) && isDigit(s[to+1]) && strings.IndexByte(".,'/ -", s[to]) >= 0 && joins(s, to)) {
			to++
		}
		found, s = append(found, s[:to]), s[to:]
	}
}

// joins says that a sign between two digits belongs to a number or a date rather than
// standing between two of them: a space is followed by three digits, and a dash or slash
// stands in a date, which has two of them with few digits between.
func joins(s string, at int) bool {
	switch s[at] {
	case ' ':
		n := at + 1
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		return n-at == 4
	case '-', '/':
		_, before := datePart(s, at-1, -1)
		sign, after := datePart(s, at+1, 1)
		first, _ := datePart(s, at-1, -1)
		return before > 0 && after > 0 && (sign == s[at] || first == s[at])
	}
	return true
}

// datePart is how many digits, four at most, stand on one side of a place, and the sign
// beyond them.
func datePart(s string, at, step int) (sign byte, digits int) {
	for ; at >= 0 && at < len(s) && isDigit(s[at]); at += step {
		digits++
	}
	if digits > 4 {
		return 0, 0
	}
	if at >= 0 && at < len(s) {
		sign = s[at]
	}
	return sign, digits
}

// compares says that a text has what spans and comparisons are made of.
func compares(s string) bool {
	if strings.ContainsAny(s, "<>=≤≥[(") || strings.Contains(s, "..") || strings.HasSuffix(s, "+") {
		return true
	}
	digit := false // before a dash, a word such as to, or the end
	for i := range len(s) {
		switch {
		case isDigit(s[i]):
			digit = true
		case digit && (s[i] == '-' || s[i] == ' '):
			return strings.IndexFunc(s[i:], isDigitRune) >= 0
		}
	}
	return false
}

func isDigitRune(r rune) bool { return r >= '0' && r <= '9' }

// begins says that a cell begins as one that names a number or a date does: with a digit,
// a sign, a currency or a word of spans. It costs little and is false for most texts.
func begins(cell string) bool {
	at := 0
	for at < len(cell) && cell[at] == ' ' {
		at++
	}
	cell = cell[at:]
	switch {
	case cell == "":
		return false
	case isDigit(cell[0]):
		return true
	case !isLetter(cell[0]):
		return HasDigit(cell)
	}
	end := 1
	for end < len(cell) && isLetter(cell[end]) {
		end++
	}
	switch {
	case end > longestWord || end < 2 || end == len(cell):
		return false
	case opensSpan(cell[:end]):
		return HasDigit(cell[end:])
	}
	return end == 3 && cell[0] < 'a' && cell[1] < 'a' && cell[2] < 'a' && Currency(cell[:3])
}

// longestWord is the length of the longest word that begins a span.
const longestWord = len("exceeding")

// opensSpan says that a word of at most longestWord letters, in any case, begins a span in
// words, such as from 10.
func opensSpan(word string) bool {
	var small [longestWord]byte
	for i := range len(word) {
		small[i] = word[i] | 0x20
	}
	switch string(small[:len(word)]) {
	case "from", "to", "up", "under", "over", "between", "at", "less", "more", "until", "till", "min", "max", "minimum", "maximum",
		"since", "before", "after", "not", "no", "above", "below", "starting", "exceeding", "greater", "larger", "bigger", "higher",
		"fewer", "smaller", "lower", "date":
		return true
	}
	return false
}
