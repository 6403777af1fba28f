package rules

import (
	"net/url"
	"strings"
)

// webFunctions read e-mail addresses, URLs and telephone numbers.
func webFunctions() []*function {
	return []*function{
		{
			name: "emailDomain", signature: "emailDomain(email)", takes: "text", nils: `""`, result: isText, group: "web",
			text:     "What stands behind the last @ of an e-mail address, in lower case; empty if it is none. Quotes, brackets and commas around the address do not count.",
			examples: []Example{{`emailDomain("Jane@Mail.Example.com ")`, `"mail.example.com"`}, {`emailDomain("Jane <jane@example.com>,")`, `"example.com"`}, {`emailDomain("jane")`, `""`}},
			plain:    emailDomain,
		},
		{
			name: "registrableDomain", signature: "registrableDomain(x)", takes: "text", nils: `""`, result: isText, group: "web",
			text:     "The domain that somebody registered, of an e-mail address, a URL or a host, by the public suffix list; empty if there is none. A name in its own script stays in it, one in ASCII (xn--…) in that.",
			examples: []Example{{`registrableDomain("jane@mail.example.co.uk")`, `"example.co.uk"`}, {`registrableDomain("https://www.example.com/a")`, `"example.com"`}, {`registrableDomain("www.食狮.公司.cn")`, `"食狮.公司.cn"`}},
			plain:    registrableDomain,
		},
		{
			name: "isFreemail", signature: "isFreemail(x)", takes: "text", nils: "false", result: isBool, group: "web",
			text:     "Whether an e-mail address, a URL or a domain belongs to a provider of free mailboxes, throw-away ones and those of providers of lines among them: whether it, or a domain above it, is in the sample table free-mail.",
			examples: []Example{{`isFreemail("jane@gmail.com")`, `true`}, {`isFreemail("jane@example.com")`, `false`}},
			call: func(_ *machine, args []value) (value, error) {
				s, err := textOf(args, 0)
				return boolean(err == nil && isFreemail(s)), err
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
			text:     "The digits of a telephone number without its extension (x12, ext. 12, #12, Durchwahl 12 and the like); a + in front of them stays, and a (0) behind it goes.",
			examples: []Example{{`phoneDigits("+1 (415) 555-0123")`, `"+14155550123"`}, {`phoneDigits("415.555.0123 ext. 12")`, `"4155550123"`}},
			plain:    phoneDigits,
		},
	}
}

// urlParamCall gives the first of several parameters of a name. It reads the query itself,
// because url.ParseQuery drops whatever is not escaped by the rules, and campaigns are
// full of that.
func urlParamCall(_ *machine, args []value) (value, error) {
	var s, name string
	if err := textsOf(args, &s, &name); err != nil {
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
