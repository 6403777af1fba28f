package csv

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	detect "tablestep/tables/ingest/charset"
	"tablestep/tables/schema"
)

// A charset is the character set of a CSV file and how sure we are of it.
type charset struct {
	name    string            // for the answer
	decoder encoding.Encoding // nil is UTF-8
	bom     int               // bytes to skip at the start
	guessed bool              // found by more than a mark, the rules of UTF-8, or being told
	mixed   bool              // UTF-8 with some bytes that are not
}

// findCharset tells the character set: what was asked for, else a byte order
// mark, NULs at every other byte, the escapes of ISO-2022-JP, valid UTF-8, and at
// last what the letters look like. The file stands at its beginning.
func findCharset(asked string, head []byte, body textStats, file io.ReadSeeker) (charset, error) {
	marked, isMarked := byMark(head)
	if asked != "" {
		return byName(asked, head, body, marked)
	}
	if isMarked && marked.name != "UTF-8" {
		return marked, nil
	}
	if guess, ok := guessUTF16(head); ok {
		guess.guessed = true
		return guess, nil
	}
	if body.escape {
		if escaped, err := detect.Escaped(file); err != nil {
			return charset{}, err
		} else if escaped {
			return charset{name: "ISO-2022-JP", decoder: japanese.ISO2022JP, guessed: true}, nil
		}
	}
	if body.invalid == 0 {
		return charset{name: "UTF-8", bom: marked.bom}, nil
	}
	if isMarked || body.wide > 4*body.invalid {
		return charset{name: "UTF-8", bom: marked.bom, mixed: true}, nil
	}
	sample, err := detect.Sample(file)
	if err != nil {
		return charset{}, err
	}
	name, decoder := detect.Guess(sample)
	return charset{name: name, decoder: decoder, guessed: true}, nil
}

// byMark tells the encoding by its byte order mark.
func byMark(head []byte) (charset, bool) {
	for _, m := range []struct {
		mark string
		charset
	}{
		{"\xef\xbb\xbf", charset{name: "UTF-8"}},
		{"\xff\xfe\x00\x00", charset{name: "UTF-32LE", decoder: utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)}},
		{"\x00\x00\xfe\xff", charset{name: "UTF-32BE", decoder: utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)}},
		{"\xff\xfe", utf16LE()},
		{"\xfe\xff", utf16BE()},
	} {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			m.bom = len(m.mark)
			return m.charset, true
		}
	}
	return charset{}, false
}

func utf16LE() charset {
	return charset{name: "UTF-16LE", decoder: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}
}

func utf16BE() charset {
	return charset{name: "UTF-16BE", decoder: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}
}

// guessUTF16 looks for UTF-16 without a mark. In Latin text nearly every
// character has a NUL as its high byte; in other scripts line ends and
// delimiters have, and what looks like a line end mostly is one.
func guessUTF16(head []byte) (charset, bool) {
	for low, guess := range []charset{utf16LE(), utf16BE()} {
		var nul, strange, breaks, alike int
		units := len(head) / 2
		for i := 0; i+1 < len(head); i += 2 {
			ch, high := head[i+low], head[i+1-low]
			if high == 0 {
				nul++
			}
			if ch == 0 && high != 0 {
				strange++
			}
			if ch == '\n' || ch == '\r' {
				alike++
				if high == 0 {
					breaks++
				}
			}
		}
		if units < 2 || strange*4 > nul {
			continue
		}
		if nul*10 >= units*4 || nul*20 >= units && breaks > 0 && breaks*2 >= alike {
			return guess, true
		}
	}
	return charset{}, false
}

// byName resolves what the caller asked for.
func byName(asked string, head []byte, body textStats, marked charset) (charset, error) {
	low := strings.ToLower(strings.TrimSpace(asked))
	switch low {
	case "utf-8", "utf8", "utf-8-sig":
		if body.invalid > 0 {
			return charset{}, &schema.UploadError{Code: "BAD_ENCODING", Message: fmt.Sprintf(
				"line %d holds the byte 0x%02X, which is not UTF-8; name the encoding the file really has, such as windows-1252, or leave it to be found", body.badLine, body.badByte)}
		}
		bom := 0
		if marked.name == "UTF-8" {
			bom = marked.bom
		}
		return charset{name: "UTF-8", bom: bom}, nil
	case "utf-16", "utf16":
		if strings.HasPrefix(marked.name, "UTF-16") {
			return marked, nil
		}
		if guess, ok := guessUTF16(head); ok {
			return guess, nil
		}
		return utf16LE(), nil
	case "utf-16le", "utf-16be":
		asked := utf16LE()
		if low == "utf-16be" {
			asked = utf16BE()
		}
		if marked.name == asked.name {
			return marked, nil
		}
		return asked, nil
	}
	if usual, ok := otherNames()[low]; ok {
		low = usual
	}
	enc, err := htmlindex.Get(low)
	if err != nil || enc == encoding.Replacement {
		enc, err = ianaindex.IANA.Encoding(low)
	}
	if err != nil || enc == nil {
		return charset{}, &schema.UploadError{Code: "BAD_ENCODING", Message: fmt.Sprintf(
			"%q is not the name of a character set that can be read; use a name like UTF-8, UTF-16LE, windows-1252, ISO-8859-2, Shift_JIS or GBK", asked)}
	}
	return charset{name: canonical(enc, asked), decoder: enc}, nil
}

// otherNames are what programs call sets that no list of names has.
func otherNames() map[string]string {
	return map[string]string{
		"mac roman": "macintosh", "macroman": "macintosh", "mac-roman": "macintosh",
		"mac cyrillic": "x-mac-cyrillic", "maccyrillic": "x-mac-cyrillic",
		"latin-1": "latin1", "latin-2": "latin2", "latin-5": "latin5", "latin-9": "iso-8859-15",
		"cp874": "windows-874", "cp932": "shift_jis", "cp936": "gbk", "cp949": "euc-kr", "cp950": "big5",
	}
}

func canonical(enc encoding.Encoding, asked string) string {
	if name, err := ianaindex.MIME.Name(enc); err == nil && name != "" {
		return name
	}
	return asked
}

// Binary tells whether bytes are no text of any encoding.
func Binary(head []byte) bool {
	_, marked := byMark(head)
	_, wide := guessUTF16(head)
	strange := controls(head)
	return !marked && !wide && strange > 8 && strange*10 > len(head)
}

// controls counts the bytes that do not occur in text of an 8-bit encoding.
func controls(p []byte) int {
	n := 0
	for _, c := range p {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' && c != 0x1b || c == 0x7f {
			n++
		}
	}
	return n
}
