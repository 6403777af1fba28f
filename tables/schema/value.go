package schema

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The most bytes that a field of Marketo takes; what is longer it cuts without a
// word.
const (
	MaxStringBytes = 255
	MaxTextBytes   = 2000
)

// A ValueError says why a cell cannot be sent as a type. It does not repeat the
// cell.
type ValueError struct {
	Type    Type
	Message string
}

// Error gives type and reason.
func (e *ValueError) Error() string { return string(e.Type) + ": " + e.Message }

// Unwrap makes every ValueError an ErrInvalid.
func (e *ValueError) Unwrap() error { return ErrInvalid }

// CheckValue says whether a cell can be sent as a type: nil or a *ValueError. An
// empty cell is good for string and text only; whoever wants to let it pass
// tests for it first.
func CheckValue(t Type, cell string) error {
	var buf [64]byte
	if t == TypeString || t == TypeText || t == "" {
		return checkLength(t, cell)
	}
	_, err := AppendJSON(buf[:0], t, cell)
	return err
}

// AppendJSON adds a cell to dst as the JSON value that Marketo takes for a type;
// the empty type is string. It returns dst as it was and a *ValueError where the
// cell is not of that type. Numbers keep their digits, a score keeps its sign, a
// datetime loses what is below a second and is UTC where it names no zone.
func AppendJSON(dst []byte, t Type, cell string) ([]byte, error) {
	switch t {
	case TypeString, TypeText, "":
		if err := checkLength(t, cell); err != nil {
			return dst, err
		}
		return AppendJSONString(dst, cell), nil
	case TypeInteger:
		n, ok := ParseInteger(cell)
		if !ok {
			return dst, &ValueError{t, "not a whole number between -2147483648 and 2147483647"}
		}
		return strconv.AppendInt(dst, int64(n), 10), nil
	case TypeScore:
		return appendScore(dst, cell)
	case TypeFloat:
		return appendFloat(dst, cell)
	case TypeBoolean:
		b, ok := ParseBoolean(strings.TrimSpace(cell))
		if !ok {
			return dst, &ValueError{t, "not one of true, false, yes, no, 1, 0"}
		}
		return strconv.AppendBool(dst, b), nil
	case TypeDate:
		at, _, ok := ParseTime(cell)
		if !ok {
			return dst, &ValueError{t, "not a date such as 2024-03-31"}
		}
		return at.AppendFormat(dst, `"2006-01-02"`), nil
	case TypeDatetime:
		at, _, ok := ParseTime(cell)
		if !ok {
			return dst, &ValueError{t, "not a date and time such as 2024-03-31T10:00:00Z"}
		}
		return at.AppendFormat(dst, `"2006-01-02T15:04:05Z07:00"`), nil
	case TypeEmail:
		cell = strings.TrimSpace(cell)
		if !LooksLikeEmail(cell) {
			return dst, &ValueError{t, "not an e-mail address"}
		}
		if err := checkLength(t, cell); err != nil {
			return dst, err
		}
		return AppendJSONString(dst, cell), nil
	case TypeURL:
		cell = strings.TrimSpace(cell)
		if !LooksLikeURL(cell) {
			return dst, &ValueError{t, "not an absolute URL such as https://example.com/"}
		}
		if err := checkLength(t, cell); err != nil {
			return dst, err
		}
		return AppendJSONString(dst, cell), nil
	}
	return dst, &ValueError{t, "an unknown type"}
}

// IsNullText says that a cell reads `null`, which Marketo takes for an order to
// clear the field.
func IsNullText(cell string) bool {
	if cell == "" || cell[0] > ' ' && cell[0] < utf8.RuneSelf && cell[0]|0x20 != 'n' {
		return false // mostly the first letter tells
	}
	cell = strings.TrimSpace(cell)
	return len(cell) == 4 && strings.EqualFold(cell, "null")
}

// Known says that Marketo has such a type.
func (t Type) Known() bool {
	switch t {
	case TypeString, TypeText, TypeInteger, TypeFloat, TypeBoolean, TypeDate, TypeDatetime, TypeScore, TypeEmail, TypeURL:
		return true
	}
	return false
}

// MaxBytes is the most bytes of a value of the type.
func (t Type) MaxBytes() int {
	if t == TypeText {
		return MaxTextBytes
	}
	return MaxStringBytes
}

func checkLength(t Type, cell string) error {
	if len(cell) > t.MaxBytes() {
		return &ValueError{t, fmt.Sprintf("%d bytes, %d is the most", len(cell), t.MaxBytes())}
	}
	return nil
}

// appendScore keeps the sign and the digits of the cell: +5 changes a score, 5 sets it.
func appendScore(dst []byte, cell string) ([]byte, error) {
	if _, ok := ParseInteger(cell); !ok {
		return dst, &ValueError{TypeScore, "not a score such as 5, +5 or -5"}
	}
	n, _ := readNumeral(cell)
	dst = append(dst, '"')
	switch {
	case n.negative:
		dst = append(dst, '-')
	case n.plus:
		dst = append(dst, '+')
	}
	dst = append(dst, n.digits()...)
	return append(dst, '"'), nil
}

// appendFloat keeps the digits of the cell and brings them into JSON's grammar: no plus
// sign, no grouping, a digit on both sides of the point, no leading zeros.
func appendFloat(dst []byte, cell string) ([]byte, error) {
	text, ok := plainText(cell)
	n, isNumber := scanNumber(text)
	switch {
	case !ok || !isNumber:
		return dst, &ValueError{TypeFloat, "not a number such as 12.5"}
	case !n.fits():
		return dst, &ValueError{TypeFloat, "a number too large"}
	}
	if n.negative {
		dst = append(dst, '-')
	}
	whole := strings.TrimLeft(n.digits(), "0")
	if whole == "" {
		whole = "0"
	}
	dst = append(dst, whole...)
	if n.fraction != "" {
		dst = append(append(dst, '.'), n.fraction...)
	}
	if n.power != "" {
		dst = append(append(dst, n.bare[len(n.bare)-len(n.power)-1]), n.power...)
	}
	return dst, nil
}

// ParseBoolean reads true, yes and 1, false, no and 0, in any case.
func ParseBoolean(s string) (value, ok bool) {
	switch {
	case s == "1", strings.EqualFold(s, "true"), strings.EqualFold(s, "yes"):
		return true, true
	case s == "0", strings.EqualFold(s, "false"), strings.EqualFold(s, "no"):
		return false, true
	}
	return false, false
}

// LooksLikeEmail wants one @ between a local part and a domain with a dot, and
// nothing that could not stand in an address header.
func LooksLikeEmail(s string) bool {
	at := -1
	for i := range len(s) {
		switch c := s[i]; c {
		case '@':
			if at >= 0 {
				return false
			}
			at = i
		case '<', '>', '(', ')', '[', ']', ',', ';', ':', '\\', '"', 0x7f:
			return false
		default:
			if c <= ' ' {
				return false
			}
		}
	}
	if at <= 0 || at > 64 {
		return false
	}
	labels := 0
	for more, rest := true, s[at+1:]; more; labels++ {
		var label string
		label, rest, more = strings.Cut(rest, ".")
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return labels > 1
}

// LooksLikeURL wants a scheme and a host, and nothing that cannot be seen.
func LooksLikeURL(s string) bool {
	if !strings.Contains(s, "://") || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != ""
}
