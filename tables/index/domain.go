package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// domains is the kernel of mode Domain: the host of the value is the domain of
// the cell or lies below it, label by label. The rank is the number of labels.
type domains struct{ *affixes }

func newDomain(entries *texts, _ Part, m *Meter) (kernel, error) {
	return domains{newAffixes(entries, true, true, m)}, nil
}

// canonDomain takes a cell as a value is taken, and leaves out a leading "*.",
// which says what the mode does anyway, and a leading "www.", with which a page of the
// domain is written. A cell with several domains is refused: only one would count.
func canonDomain(cell string, _ *schema.Notation) (string, error) {
	if at := secondDomain(cell); at > 0 {
		return "", wrong(schema.ModeDomain, cell, at, "there is more than one domain in it; give each a row of its own")
	}
	h := host(strings.TrimPrefix(column.Normalize(cell), "*."))
	if h == "" {
		return "", wrong(schema.ModeDomain, cell, 0, "there is no domain in it; write one like example.com")
	}
	return withoutWWW(h), nil
}

// withoutWWW leaves out a leading "www.", unless all domains of a registry would be left:
// www.gov.uk is a site of its own.
func withoutWWW(host string) string {
	rest, ok := strings.CutPrefix(host, "www.")
	if !ok {
		return host
	}
	if suffix, _ := publicsuffix.PublicSuffix(rest); suffix == rest {
		return host
	}
	return rest
}

// HasAddress says that a cell of mode Domain is the address of a person, of which only the
// host counts.
func HasAddress(cell string) bool {
	text := strings.TrimSpace(cell)
	at := strings.LastIndexByte(text, '@')
	return at > 0 && !strings.Contains(text, "://") && !strings.ContainsAny(text[:at], `/?#`) && host(column.Normalize(text)) != ""
}

// secondDomain is where the second of several domains in a cell begins, 0 where there is
// one at most. Beside a sign of a list a domain is any word; where there is only white
// space between, it has a point or an @.
func secondDomain(cell string) int {
	if !strings.ContainsAny(cell, listSigns) && strings.IndexFunc(strings.TrimSpace(cell), unicode.IsSpace) < 0 {
		return 0
	}
	some, listed, url := false, false, false // one so far, a sign before the word, within a URL
	for at := 0; at < len(cell); {
		end, size, sign := wordAt(cell, at)
		word := strings.Trim(cell[at:end], `"'<>()`)
		isURL := strings.Contains(word, "://")
		domain := isURL || strings.IndexByte(word, '@') >= 0 || strings.IndexByte(strings.Trim(word, "."), '.') > 0 ||
			(listed || sign) && strings.IndexFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
		switch {
		case url && !isURL && !spaceBefore(cell, at): // A comma may stand in the path of a page.
		case domain && some:
			return at
		case domain:
			some, url = true, isURL
		}
		listed = sign || listed && word == ""
		at = end + size
	}
	return 0
}

// listSigns stand between the items of a list.
const listSigns = ",;|，；、"

// wordAt is where the word at a place ends, how long the sign or space is that ends it,
// and whether it is a sign of a list.
func wordAt(cell string, at int) (end, size int, sign bool) {
	for i, r := range cell[at:] {
		if sign = strings.ContainsRune(listSigns, r); sign || unicode.IsSpace(r) {
			return at + i, utf8.RuneLen(r), sign
		}
	}
	return len(cell), 0, false
}

func spaceBefore(cell string, at int) bool {
	r, _ := utf8.DecodeLastRuneInString(cell[:at])
	return unicode.IsSpace(r)
}

func (k domains) prepare(v *value, w *work) bool {
	w.meter.Spend(100 + 3*len(v.text))
	v.host = host(v.text)
	return v.host != ""
}

func (k domains) find(v *value, w *work, dst []found) []found {
	w.entries = k.within(v.host, w.entries[:0], &w.meter)
	if n := len(w.entries); n > little/20 {
		w.meter.Spend(20 * n)
	}
	for _, e := range w.entries {
		dst = append(dst, k.hit(e))
	}
	return dst
}

// within is each, but that an address has no domain above it.
func (k domains) within(host string, dst []int32, m *Meter) []int32 {
	dst = k.each(host, dst, m)
	if address(host) {
		for i, e := range dst {
			if len(k.texts.at(e)) == len(host) {
				dst[0] = dst[i]
				return dst[:1]
			}
		}
		return dst[:0]
	}
	return dst
}

func (k domains) verify(v *value, _ *work, entry int32) (found, bool) {
	if !k.match(v.host, entry) || address(v.host) && len(k.texts.at(entry)) != len(v.host) {
		return found{}, false
	}
	return k.hit(entry), true
}

func (k domains) hit(entry int32) found {
	return found{entry: entry, score: 1, rank: uint32(strings.Count(k.texts.at(entry), ".") + 1)}
}

// host is the host of an e-mail address, a URL or a host name in normal form,
// with international names in Unicode; "" where there is none.
func host(text string) string {
	url := false
	if at := strings.Index(text, "://"); at >= 0 {
		text, url = text[at+3:], true
	} else if strings.HasPrefix(text, "//") {
		text, url = text[2:], true
	}
	path := strings.IndexAny(text, `/?#\`)
	// A slash may stand before the @ of an e-mail address, but an @ much more
	// often in the path of a page.
	if path >= 0 && (url || !strings.Contains(text[path:], "@") || strings.Contains(text[:path], ".")) {
		text = text[:path]
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[at+1:]
	}
	if strings.HasPrefix(text, "[") {
		inner, _, _ := strings.Cut(text[1:], "]")
		return inner
	}
	if at := strings.IndexAny(text, " >,;\"')"); at >= 0 {
		text = text[:at]
	}
	if strings.Count(text, ":") == 1 {
		text, _, _ = strings.Cut(text, ":")
	}
	if strings.Contains(text, "。") {
		text = strings.ReplaceAll(text, "。", ".")
	}
	text = strings.Trim(text, ".")
	if strings.Contains(text, "xn--") {
		if name, err := idna.Punycode.ToUnicode(text); err == nil {
			text = column.Normalize(name)
		}
	}
	return text
}

// address says that a host is a number, not a name: its parts do not stand one
// below the other.
func address(host string) bool {
	if strings.Contains(host, ":") {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// overlaps leaves out what only addresses would share.
func (k domains) overlaps(w *work) func(int32, []int32) []int32 {
	all := k.affixes.overlaps(w)
	return func(entry int32, dst []int32) []int32 {
		if address(k.texts.at(entry)) {
			return append(dst, entry)
		}
		return all(entry, dst)
	}
}
