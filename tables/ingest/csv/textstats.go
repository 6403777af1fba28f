package csv

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	detect "tablestep/tables/ingest/charset"
	"tablestep/tables/ingest/record"
)

// textStats is what one quick pass over the bytes of a CSV file finds out, so
// that the reader need not look at each line for it.
type textStats struct {
	invalid int  // bytes that are not UTF-8
	wide    int  // characters of several bytes; counted only where asked for
	nul     bool // a NUL occurs
	mark    bool // a byte order mark occurs behind the beginning
	escape  bool // an escape occurs, as ISO-2022-JP has them
	loneCR  bool // a CR without LF occurs
	badLine int  // line of the first invalid byte, from 1
	badByte byte
}

// survey passes over a whole file. Counting every character of several bytes
// makes it slow, so that is done only for a file that was found invalid.
func survey(r io.Reader, count bool) (textStats, error) {
	var st textStats
	lines, first := 1, true
	buf := make([]byte, 256<<10)
	kept := 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return textStats{}, err
		}
		window := buf[:kept+n]
		body := window
		if !last {
			body = window[:wholeRunes(window)]
		}
		st.look(body, lines, count)
		if first {
			first, body = false, bytes.TrimPrefix(body, []byte(record.Mark))
		}
		st.mark = st.mark || bytes.Contains(body, []byte(record.Mark))
		lines += bytes.Count(body, []byte{'\n'})
		if last {
			return st, nil
		}
		kept = copy(buf, window[len(body):])
	}
}

// wholeRunes is how many bytes of p can be judged without seeing what follows:
// a character that is cut off, or a CR at the end, waits for the next window.
func wholeRunes(p []byte) int {
	n := len(p)
	if n > 0 && p[n-1] == '\r' {
		return n - 1
	}
	for back := 1; back < utf8.UTFMax && back <= n; back++ {
		if c := p[n-back]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(p[n-back:]) {
				return n - back
			}
			break
		}
	}
	return n
}

func (st *textStats) look(body []byte, lines int, count bool) {
	st.nul = st.nul || bytes.IndexByte(body, 0) >= 0
	st.escape = st.escape || bytes.IndexByte(body, detect.Escape) >= 0
	for rest := body; !st.loneCR; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		st.loneCR = len(rest) == 0 || rest[0] != '\n'
	}
	if !count && utf8.Valid(body) {
		return
	}
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			if st.invalid++; st.invalid == 1 {
				st.badLine, st.badByte = lines+bytes.Count(body[:i], []byte{'\n'}), body[i]
			}
		} else {
			st.wide++
		}
		i += size
	}
}
