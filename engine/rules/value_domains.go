package rules

import (
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Domains as people and forms write them: with quotes, brackets and commas of the list
// they were copied from, as an address, a URL or a host, in their own script or in the
// ASCII form of it (xn--…), which are two spellings of one name.

// bare takes off what stands around an address, a URL or a host in a text: white space,
// characters without a width, quotes, brackets, commas and semicolons.
func bare(s string) string { return strings.TrimFunc(s, stray) }

func stray(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.In(r, unicode.Pi, unicode.Pf) ||
		strings.ContainsRune("\"'`´„‚″′,;、，；()[]{}<>（）［］「」『』【】《》", r)
}

// foreign says that a character stands in no host: of ASCII there are letters, digits,
// hyphens, underscores and dots.
func foreign(r rune) bool {
	if r >= 0x80 {
		return stray(r) || r == unicode.ReplacementChar || unicode.IsControl(r)
	}
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
}

const mailto = "mailto:"

// emailDomain takes an address as it is found in forms: with spaces around it, or as
// "Name <address>", also behind mailto:. What could be two addresses has no domain, and
// neither has a URL, whose @ means something else.
func emailDomain(s string) string {
	s = bare(s)
	if len(s) > len(mailto) && strings.EqualFold(s[:len(mailto)], mailto) {
		s, _, _ = strings.Cut(s[len(mailto):], "?") // a subject may follow
	}
	if at := strings.LastIndexByte(s, '<'); at >= 0 && strings.IndexByte(s[at:], '@') > 0 {
		if strings.IndexByte(s[:at], '>') >= 0 {
			return ""
		}
		s, _, _ = strings.Cut(s[at+1:], ">")
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 || strings.Contains(s, "://") || strings.HasSuffix(s[:at], "/") {
		return ""
	}
	if _, more, two := strings.Cut(s[:at], "@"); two && strings.ContainsAny(more, " ,;\t\r\n") {
		return ""
	}
	domain := s[at+1:]
	if end := strings.IndexAny(domain, "/?#"); end >= 0 {
		domain = domain[:end]
	}
	domain = strings.TrimRight(strings.TrimRightFunc(domain, stray), ".")
	if strings.ContainsFunc(domain, foreign) {
		return ""
	}
	return strings.ToLower(domain)
}

// urlHost reads a text without a scheme as one with a host in front, since people type
// example.com/a. A dot at the end names the same host. Only the host is looked at: what
// is not escaped by the rules behind it is no obstacle.
func urlHost(s string) string {
	s = bare(s)
	if at := strings.Index(s, "://"); at >= 0 {
		s = s[at+len("://"):]
	}
	s = strings.TrimPrefix(s, "//")
	if end := strings.IndexAny(s, `/?#\`); end >= 0 {
		s = s[:end]
	}
	// Before @ stands a user's name, unless the text is a list of addresses.
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if strings.ContainsAny(s[:at], " ,;<>\t\r\n") {
			return ""
		}
		s = s[at+1:]
	}
	if address, err := netip.ParseAddr(s); err == nil {
		return address.String() // of IPv6, without the brackets, which bare took off
	}
	if inside, ok := strings.CutPrefix(s, "["); ok {
		inside, _, _ = strings.Cut(inside, "]")
		address, err := netip.ParseAddr(inside)
		if err != nil {
			return ""
		}
		return address.String()
	}
	host, port, _ := strings.Cut(s, ":")
	host = strings.TrimRight(bare(host), ".")
	if strings.Trim(bare(port), "0123456789") != "" || strings.ContainsFunc(host, foreign) {
		return ""
	}
	return strings.ToLower(host)
}

// mostHost is the most bytes of a host that is looked at: 253 are the longest name, and
// no character of another script takes more than four for each of its own.
const mostHost = 4 * 253

// host is that of an e-mail address, a URL or a host, twice: in ASCII, as the public
// suffix list has it, and as it was written. Both have as many labels, and are empty
// where there is no name: an IP address is none.
func host(s string) (ascii, written string) {
	written = emailDomain(s)
	if written == "" {
		written = urlHost(s)
	}
	if written == "" || len(written) > mostHost {
		return "", ""
	}
	if ascii, written = toPunycode(written); len(ascii) > 253 {
		return "", ""
	}
	if _, err := netip.ParseAddr(ascii); err == nil {
		return "", ""
	}
	return ascii, written
}

// toPunycode is a host in ASCII and in the form that comparisons take: in lower case,
// letters of full width in their plain form. A label that was written in ASCII stays
// so.
func toPunycode(host string) (ascii, written string) {
	if !strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) {
		return host, host
	}
	host = strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(host)
	host = strings.Trim(host, ".")
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", ""
	}
	labels, was := strings.Split(ascii, "."), strings.Split(host, ".")
	if len(labels) != len(was) {
		return "", ""
	}
	for i, label := range labels {
		if strings.ContainsFunc(was[i], func(r rune) bool { return r >= 0x80 }) {
			if labels[i], err = idna.Lookup.ToUnicode(label); err != nil {
				return "", ""
			}
		}
	}
	return ascii, strings.Join(labels, ".")
}

// registrableDomain asks the public suffix list, private suffixes included: of
// x.github.io it is the whole.
func registrableDomain(s string) string {
	ascii, written := host(s)
	domain, err := publicsuffix.EffectiveTLDPlusOne(ascii)
	if err != nil {
		return ""
	}
	// As many labels of what was written as the domain has.
	for drop := strings.Count(ascii, ".") - strings.Count(domain, "."); drop > 0; drop-- {
		_, written, _ = strings.Cut(written, ".")
	}
	return written
}

// isFreemail says whether a domain of the list, or a host below one, belongs to the
// address, the URL or the host.
func isFreemail(s string) bool {
	domain, _ := host(s)
	for more := domain != ""; more; _, domain, more = strings.Cut(domain, ".") {
		if freemail(domain) {
			return true
		}
	}
	return false
}
