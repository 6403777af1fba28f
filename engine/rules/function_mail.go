package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"tablestep/tables/typos"
)

// mailFunctions look e-mail addresses over.
func mailFunctions() []*function {
	return []*function{
		{
			name: "emailProblem", signature: "emailProblem(x)", takes: "text", nils: "nil", result: unknown, group: "web",
			parts: []string{"problem", "suggestion"},
			text:  "What is wrong with an e-mail address, the first of these that holds: a mapping of problem (syntax: it is no address that mail can be sent to; disposable: a throw-away mailbox, by the sample table free-mail; typo: its domain is probably a common one mistyped; role: it is that of a function or a machine such as info@, by the sample table role-addresses) and suggestion (the address as it was probably meant, of a typo and some faults of syntax; else nil). nil if nothing is wrong, or there is no address. No mail server is asked.",
			examples: []Example{
				{`emailProblem("jane@gmial.com").problem`, `"typo"`},
				{`emailProblem("jane@gmial.com").suggestion`, `"jane@gmail.com"`},
				{`emailProblem("jane.example.com").problem`, `"syntax"`},
				{`emailProblem("Jane <jane@example.com>,").suggestion`, `"jane@example.com"`},
				{`emailProblem("x@mailinator.com").problem`, `"disposable"`},
				{`emailProblem("info@example.com").problem`, `"role"`},
				{`emailProblem("jane@example.com")`, `nil`},
			},
			call: func(m *machine, args []value) (value, error) {
				s, err := textOf(args, 0)
				if err != nil {
					return value{}, err
				}
				if s = strings.TrimSpace(s); s == "" {
					return value{}, nil
				}
				if err := m.spend(mailWork); err != nil {
					return value{}, err
				}
				problem, suggestion := mailProblem(s)
				if problem == "" {
					return value{}, nil
				}
				parts := map[string]any{"problem": problem, "suggestion": nil}
				if suggestion != "" {
					parts["suggestion"] = suggestion
				}
				return mapping(parts), nil
			},
		},
	}
}

// mailWork is the work of looking an address over, 7 µs: most of it is for names that are
// near.
const mailWork = 1500

// The bounds of an address, in bytes, of RFC 5321 and 1035.
const (
	maxAddress = 254
	maxLocal   = 64
	maxLabel   = 63
)

// mailProblem is what is wrong with an address, and how it was probably meant.
func mailProblem(s string) (problem, suggestion string) {
	local, domain, ok := address(s)
	if !ok {
		return "syntax", meantAddress(s)
	}
	for rest, more := domain, true; more; _, rest, more = strings.Cut(rest, ".") {
		if disposable(rest) {
			return "disposable", ""
		}
	}
	if meant := meantDomain(domain); meant != "" {
		return "typo", local + "@" + meant
	}
	if role(strings.ToLower(local)) {
		return "role", ""
	}
	return "", ""
}

// address takes an address apart, the domain in lower case and in its own script. A name in
// quotes, which standards allow, is none: no form and no sender takes it.
func address(s string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 || len(s) > maxAddress || !utf8.ValidString(s) {
		return "", "", false
	}
	local, domain = s[:at], s[at+1:]
	if !dotted(local, maxLocal, ofLocal) || strings.ContainsFunc(domain, foreign) {
		return "", "", false
	}
	ascii, domain := toPunycode(strings.ToLower(domain))
	if !dotted(ascii, maxAddress, ofHost) || !strings.Contains(ascii, ".") {
		return "", "", false
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return "", "", false
		}
	}
	// The last label has a letter: an address of numbers is no domain.
	if !strings.ContainsFunc(ascii[strings.LastIndexByte(ascii, '.'):], unicode.IsLetter) {
		return "", "", false
	}
	return local, domain, true
}

// dotted says that a text is of such characters, with points only between them.
func dotted(s string, most int, is func(rune) bool) bool {
	if s == "" || len(s) > most || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '.' && !is(r) })
}

// ofLocal is a character in front of @: an atom of RFC 5322, or a letter of any script.
func ofLocal(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// ofHost is a character of a host in ASCII.
func ofHost(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' }

// meantAddress is the address in a text that is none, where there is one: in the brackets
// behind a name, with quotes and commas around it, with a comma or blanks in it, or with a
// common domain whose point is missing. Empty where that is not plain.
func meantAddress(s string) string {
	if len(s) > 2*maxAddress || !utf8.ValidString(s) {
		return ""
	}
	try := bare(s)
	if len(try) > len(mailto) && strings.EqualFold(try[:len(mailto)], mailto) {
		try, _, _ = strings.Cut(try[len(mailto):], "?")
	}
	if at := strings.LastIndexByte(try, '<'); at >= 0 {
		try = try[at+1:]
	}
	try = bare(try)
	if strings.Count(try, "@") == 1 {
		try = strings.NewReplacer(" ", "", ",", ".", "..", ".").Replace(try)
		try = strings.TrimRight(strings.Replace(strings.Replace(try, ".@", "@", 1), "@.", "@", 1), ".")
	}
	local, domain, ok := strings.Cut(try, "@")
	if ok && !strings.Contains(domain, ".") {
		for _, d := range commonMail() {
			if strings.EqualFold(domain, strings.ReplaceAll(d, ".", "")) {
				try = local + "@" + d
				break
			}
		}
	}
	if _, _, ok := address(try); !ok || try == s {
		return ""
	}
	return try
}

// commonMail are the domains that are mistyped: those at which most private mailboxes are,
// the commonest of a name first. Each of them is in the sample table free-mail.
func commonMail() []string {
	return []string{
		"gmail.com", "googlemail.com",
		"yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.it", "yahoo.es", "yahoo.co.in", "yahoo.com.br", "yahoo.co.jp", "yahoo.ca", "yahoo.com.au",
		"hotmail.com", "hotmail.co.uk", "hotmail.de", "hotmail.fr", "hotmail.it", "hotmail.es", "hotmail.nl", "hotmail.com.br",
		"outlook.com", "outlook.de", "outlook.fr", "outlook.es", "outlook.com.br",
		"icloud.com", "live.com", "live.co.uk", "live.fr", "live.nl", "msn.com", "aol.com", "me.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de",
		"t-online.de", "freenet.de", "protonmail.com", "libero.it", "virgilio.it", "orange.fr", "wanadoo.fr", "laposte.net", "comcast.net", "verizon.net", "bellsouth.net",
		"sbcglobal.net", "charter.net", "btinternet.com", "virginmedia.com", "bluewin.ch", "rediffmail.com", "bigpond.com",
	}
}

// meantDomain is the common domain that a domain was probably meant to be; empty where it is
// none of them mistyped. Doubt is for the domain: companies have names that are near those of
// mailboxes. So a name of up to four letters counts only as it is, and what begins with
// another letter, or ends in another country, is another domain.
func meantDomain(domain string) string {
	if freemail(domain) {
		return ""
	}
	name, end, _ := strings.Cut(domain, ".")
	var (
		names []string
		known bool
	)
	for _, d := range commonMail() {
		n, e, _ := strings.Cut(d, ".")
		switch {
		case n == name && meantEnd(end, e):
			return d
		case n == name:
			known = true
		case len(n) > 4 && begins(name, n):
			names = append(names, n)
		}
	}
	if known {
		return meantTop(domain)
	}
	if near := typos.Nearest(name, names); near != "" {
		for _, d := range commonMail() {
			if n, e, _ := strings.Cut(d, "."); n == near && (e == end || meantEnd(end, e)) {
				return d
			}
		}
	}
	return meantTop(domain)
}

// begins says that a mistyped name begins as the name does: by the same letter, or by its
// first two swapped.
func begins(typed, name string) bool {
	return typed != "" && (typed[0] == name[0] || len(typed) > 1 && typed[0] == name[1] && typed[1] == name[0])
}

// meantEnd says that what is behind the name of a domain is another end mistyped: it is none
// that there is, or one that is com with a letter missing.
func meantEnd(typed, end string) bool {
	switch typed {
	case "co", "cm", "om":
		return end == "com"
	}
	return !top(typed) && typos.Nearest(typed, []string{end}) != ""
}

// meantTop is a domain whose last label is none that there is, and is com, net or org
// mistyped; else empty.
func meantTop(domain string) string {
	at := strings.LastIndexByte(domain, '.')
	end := domain[at+1:]
	if top(end) {
		return ""
	}
	if near := typos.Nearest(end, []string{"com", "net", "org"}); near != "" && begins(end, near) {
		return domain[:at+1] + near
	}
	return ""
}

// top says that the last label of a domain is a top level of the internet, or one that is
// reserved for examples and tests.
func top(domain string) bool {
	label := domain[strings.LastIndexByte(domain, '.')+1:]
	switch label {
	case "example", "test", "invalid", "localhost", "local":
		return true
	}
	suffix, official := publicsuffix.PublicSuffix("x." + label)
	return official && suffix == label
}
