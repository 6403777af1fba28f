package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// decode resolves references and line ends of a text.
func (x *xmlScanner) decode(raw []byte) ([]byte, error) {
	if bytes.IndexByte(raw, '&') < 0 {
		return x.plain(raw)
	}
	var err error
	if x.decoded, err = appendDecoded(x.decoded[:0], raw); err != nil {
		return nil, err
	}
	if !utf8.Valid(x.decoded) {
		return nil, errXMLUTF8()
	}
	return x.decoded, nil
}

// plain gives a text without references: as it is but for CR, which XML reads
// as LF.
func (x *xmlScanner) plain(raw []byte) ([]byte, error) {
	if !utf8.Valid(raw) {
		return nil, errXMLUTF8()
	}
	if bytes.IndexByte(raw, '\r') < 0 {
		return raw, nil
	}
	x.decoded = appendLines(x.decoded[:0], raw)
	return x.decoded, nil
}

func appendLines(dst, raw []byte) []byte {
	for i, c := range raw {
		switch {
		case c != '\r':
			dst = append(dst, c)
		case i+1 == len(raw) || raw[i+1] != '\n':
			dst = append(dst, '\n')
		}
	}
	return dst
}

func appendDecoded(dst, raw []byte) ([]byte, error) {
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			return appendLines(dst, raw), nil
		}
		dst = appendLines(dst, raw[:i])
		raw = raw[i+1:]
		semi := bytes.IndexByte(raw[:min(len(raw), 12)], ';')
		if semi < 0 {
			return nil, errors.New("xml: & without a reference")
		}
		r, err := reference(string(raw[:semi]))
		if err != nil {
			return nil, err
		}
		dst = utf8.AppendRune(dst, r)
		raw = raw[semi+1:]
	}
}

func reference(name string) (rune, error) {
	switch name {
	case "amp":
		return '&', nil
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	if len(name) > 1 && name[0] == '#' {
		digits, base := name[1:], 10
		if digits[0] == 'x' || digits[0] == 'X' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseUint(digits, base, 32); err == nil && n > 0 && n <= utf8.MaxRune && utf8.ValidRune(rune(n)) {
			return rune(n), nil
		}
	}
	return 0, fmt.Errorf("xml: unknown reference &%s;", name)
}

// utf8XML gives the text of an XML part in UTF-8: some writers use UTF-16.
func utf8XML(r io.Reader, head []byte) io.Reader {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("<\x00?\x00")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r)
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\x00<\x00?")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Reader(r)
	}
	return r
}
