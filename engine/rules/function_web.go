package rules

import (
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// webFunctions read e-mail addresses, URLs and telephone numbers.
func webFunctions() []*function {
	return []*function{
		{
			name: "emailDomain", signature: "emailDomain(email)", takes: "text", nils: `""`, result: isText, group: "web",
			text:     "What stands behind the last @ of an e-mail address, in lower case; empty if it is none.",
			examples: []Example{{`emailDomain("Jane@Mail.Example.com ")`, `"mail.example.com"`}, {`emailDomain("jane")`, `""`}},
			plain:    emailDomain,
		},
		{
			name: "registrableDomain", signature: "registrableDomain(x)", takes: "text", nils: `""`, result: isText, group: "web",
			text:     "The domain that somebody registered, of an e-mail address, a URL or a host, by the public suffix list; empty if there is none.",
			examples: []Example{{`registrableDomain("jane@mail.example.co.uk")`, `"example.co.uk"`}, {`registrableDomain("https://www.example.com/a")`, `"example.com"`}},
			plain:    registrableDomain,
		},
		{
			name: "isFreemail", signature: "isFreemail(x)", takes: "text", nils: "false", result: isBool, group: "web",
			text:     "Whether an e-mail address or a domain belongs to a provider of free mailboxes.",
			examples: []Example{{`isFreemail("jane@gmail.com")`, `true`}, {`isFreemail("jane@example.com")`, `false`}},
			call: func(_ *machine, args []value) (value, error) {
				s, err := textOf(args, 0)
				return boolean(freemail(registrableDomain(s))), err
			},
		},
		{
			name: "urlHost", signature: "urlHost(url)", takes: "text", nils: `""`, result: isText, group: "web",
			text:     "The host of a URL, in lower case and without its port; a missing https:// is no obstacle.",
			examples: []Example{{`urlHost("https://WWW.Example.com:8443/pricing?utm_source=x")`, `"www.example.com"`}, {`urlHost("example.com/a")`, `"example.com"`}},
			plain:    urlHost,
		},
		{
			name: "urlParam", signature: "urlParam(url, name)", takes: "text text", nils: "nil", result: unknown, group: "web",
			text:     "The value of a parameter in the query of a URL; nil if it has none.",
			examples: []Example{{`urlParam("https://example.com/?utm_source=news%20letter", "utm_source")`, `"news letter"`}, {`urlParam("https://example.com/", "utm_source")`, `nil`}},
			call:     urlParamCall,
		},
		{
			name: "phoneDigits", signature: "phoneDigits(x)", takes: "text", nils: `""`, result: isText, group: "web",
			text:     "The digits of a telephone number; a + in front of them stays.",
			examples: []Example{{`phoneDigits("+1 (415) 555-0123")`, `"+14155550123"`}, {`phoneDigits("415.555.0123")`, `"4155550123"`}},
			plain:    phoneDigits,
		},
	}
}

// emailDomain takes an address as it is found in forms: with spaces around it, or as
// "Name <address>". What could be two addresses has no domain.
func emailDomain(s string) string {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return ""
	}
	domain := strings.ToLower(strings.TrimRight(s[at+1:], ".>"))
	if strings.ContainsAny(domain, " \t\r\n<,;") {
		return ""
	}
	return domain
}

// urlHost reads a text without a scheme as one with a host in front, since people type
// example.com/a. A dot at the end names the same host.
func urlHost(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if !strings.Contains(s, "://") {
		s = "//" + strings.TrimPrefix(s, "//")
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimRight(u.Hostname(), "."))
}

// registrableDomain asks the public suffix list, private suffixes included: of
// x.github.io it is the whole. An IP address has none. 253 bytes are the longest name.
func registrableDomain(s string) string {
	host := emailDomain(s)
	if host == "" {
		host = urlHost(s)
	}
	if host == "" || len(host) > 253 || net.ParseIP(host) != nil {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return domain
}

// urlParamCall gives the first of several parameters of a name. It reads the query itself,
// because url.ParseQuery drops whatever is not escaped by the rules, and campaigns are
// full of that.
func urlParamCall(_ *machine, args []value) (value, error) {
	s, err := textOf(args, 0)
	if err != nil {
		return value{}, err
	}
	name, err := textOf(args, 1)
	if err != nil {
		return value{}, err
	}
	// A question mark behind # begins no query.
	if at := strings.IndexByte(s, '#'); at >= 0 {
		s = s[:at]
	}
	_, query, _ := strings.Cut(s, "?")
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, v, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(key); err != nil || key != name {
			continue
		}
		if plain, err := url.QueryUnescape(v); err == nil {
			return text(plain), nil
		}
		return text(v), nil // a percent sign that escapes nothing is left alone
	}
	return value{}, nil
}

// phoneDigits takes ASCII digits only. It knows no countries: the number is not completed
// and not checked.
func phoneDigits(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0:
			b.WriteByte('+')
		}
	}
	// A plus sign without digits is no number.
	if b.String() == "+" {
		return ""
	}
	return b.String()
}

// freemail knows the large providers of free mailboxes. A complete list is a
// table's business; this one spares most rule sets that table.
func freemail(domain string) bool {
	switch domain {
	case "gmail.com", "googlemail.com",
		"yahoo.com", "yahoo.co.uk", "yahoo.co.in", "yahoo.co.jp", "yahoo.ca", "yahoo.com.au", "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it", "ymail.com", "rocketmail.com", "myyahoo.com",
		"hotmail.com", "hotmail.co.uk", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it", "outlook.com", "outlook.de", "outlook.es", "outlook.fr", "outlook.in", "outlook.jp", "live.com", "live.ca", "live.co.uk", "live.de", "live.fr", "live.it", "live.nl", "msn.com", "passport.com",
		"icloud.com", "me.com", "mac.com",
		"aol.com", "aim.com", "aol.de", "aol.co.uk",
		"gmx.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "freenet.de", "t-online.de", "arcor.de", "mail.de", "posteo.de",
		"mail.com", "email.com", "usa.com", "inbox.com", "zoho.com", "zohomail.com", "fastmail.com", "fastmail.fm", "hushmail.com", "tutanota.com", "tutanota.de", "tuta.io", "tuta.com",
		"proton.me", "protonmail.com", "protonmail.ch", "pm.me",
		"yandex.com", "yandex.ru", "ya.ru", "mail.ru", "bk.ru", "inbox.ru", "list.ru", "rambler.ru", "ukr.net",
		"qq.com", "163.com", "126.com", "yeah.net", "sina.com", "sina.cn", "sohu.com", "foxmail.com", "aliyun.com", "139.com",
		"naver.com", "daum.net", "hanmail.net", "nate.com", "rediffmail.com",
		"orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "libero.it", "virgilio.it", "tiscali.it", "alice.it", "tin.it",
		"wp.pl", "o2.pl", "onet.pl", "onet.eu", "interia.pl", "seznam.cz", "centrum.cz", "email.cz", "azet.sk", "freemail.hu", "citromail.hu", "abv.bg",
		"uol.com.br", "bol.com.br", "terra.com.br", "ig.com.br", "globo.com",
		"comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net", "earthlink.net", "optonline.net", "juno.com", "btinternet.com", "sky.com", "virginmedia.com", "ntlworld.com", "talktalk.net", "shaw.ca", "rogers.com", "sympatico.ca", "bigpond.com", "optusnet.com.au":
		return true
	}
	return false
}
