package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRegistrableDomainsAreThoseOfThePublicSuffixList holds what the list publishes for
// its readers: a host, and the domain under a public suffix that it belongs to.
func TestRegistrableDomainsAreThoseOfThePublicSuffixList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ host, domain string }{
		// Mixed case, and dots in front.
		{"COM", ""},
		{"example.COM", "example.com"},
		{"WwW.example.COM", "example.com"},
		{".com", ""},
		{".example", ""},
		{".example.com", ""},
		{".example.example", ""},
		// An end that is not listed.
		{"example", ""},
		{"example.example", "example.example"},
		{"b.example.example", "example.example"},
		{"a.b.example.example", "example.example"},
		// One rule.
		{"biz", ""},
		{"domain.biz", "domain.biz"},
		{"b.domain.biz", "domain.biz"},
		{"a.b.domain.biz", "domain.biz"},
		// Rules of two levels.
		{"com", ""},
		{"example.com", "example.com"},
		{"b.example.com", "example.com"},
		{"a.b.example.com", "example.com"},
		{"uk.com", ""},
		{"example.uk.com", "example.uk.com"},
		{"b.example.uk.com", "example.uk.com"},
		{"a.b.example.uk.com", "example.uk.com"},
		{"test.ac", "test.ac"},
		// A star alone.
		{"mm", ""},
		{"c.mm", ""},
		{"b.c.mm", "b.c.mm"},
		{"a.b.c.mm", "b.c.mm"},
		// Many rules.
		{"jp", ""},
		{"test.jp", "test.jp"},
		{"www.test.jp", "test.jp"},
		{"ac.jp", ""},
		{"test.ac.jp", "test.ac.jp"},
		{"www.test.ac.jp", "test.ac.jp"},
		{"kyoto.jp", ""},
		{"test.kyoto.jp", "test.kyoto.jp"},
		{"ide.kyoto.jp", ""},
		{"b.ide.kyoto.jp", "b.ide.kyoto.jp"},
		{"a.b.ide.kyoto.jp", "b.ide.kyoto.jp"},
		{"c.kobe.jp", ""},
		{"b.c.kobe.jp", "b.c.kobe.jp"},
		{"a.b.c.kobe.jp", "b.c.kobe.jp"},
		{"city.kobe.jp", "city.kobe.jp"},
		{"www.city.kobe.jp", "city.kobe.jp"},
		// A star and an exception.
		{"ck", ""},
		{"test.ck", ""},
		{"b.test.ck", "b.test.ck"},
		{"a.b.test.ck", "b.test.ck"},
		{"www.ck", "www.ck"},
		{"www.www.ck", "www.ck"},
		// Schools of the United States.
		{"us", ""},
		{"test.us", "test.us"},
		{"www.test.us", "test.us"},
		{"ak.us", ""},
		{"test.ak.us", "test.ak.us"},
		{"www.test.ak.us", "test.ak.us"},
		{"k12.ak.us", ""},
		{"test.k12.ak.us", "test.k12.ak.us"},
		{"www.test.k12.ak.us", "test.k12.ak.us"},
		// Names in their own script.
		{"食狮.com.cn", "食狮.com.cn"},
		{"食狮.公司.cn", "食狮.公司.cn"},
		{"www.食狮.公司.cn", "食狮.公司.cn"},
		{"shishi.公司.cn", "shishi.公司.cn"},
		{"公司.cn", ""},
		{"食狮.中国", "食狮.中国"},
		{"www.食狮.中国", "食狮.中国"},
		{"shishi.中国", "shishi.中国"},
		{"中国", ""},
		// The same in ASCII.
		{"xn--85x722f.com.cn", "xn--85x722f.com.cn"},
		{"xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"},
		{"www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"},
		{"shishi.xn--55qx5d.cn", "shishi.xn--55qx5d.cn"},
		{"xn--55qx5d.cn", ""},
		{"xn--85x722f.xn--fiqs8s", "xn--85x722f.xn--fiqs8s"},
		{"www.xn--85x722f.xn--fiqs8s", "xn--85x722f.xn--fiqs8s"},
		{"shishi.xn--fiqs8s", "shishi.xn--fiqs8s"},
		{"xn--fiqs8s", ""},
	} {
		for before, after := range map[string]string{"": "", "jane@": "", "https://": "/a?b=c", "http://jane:secret@": ":8080", `"`: `",`, "Jane <jane@": ">"} {
			if before == "jane@" && c.host[0] == '.' {
				continue
			}
			result, _, err := call("registrableDomain", before+c.host+after)
			require.NoError(t, err)
			require.Equal(t, c.domain, result, before+c.host+after)
		}
	}
}

func TestDomainsAreFoundAmongWhatStandsAroundThem(t *testing.T) {
	t.Parallel()
	hold(t, []pair{
		{`registrableDomain("\"jane@example.com\"")`, `"example.com"`},
		{`registrableDomain("'jane@mail.example.co.uk',")`, `"example.co.uk"`},
		{`registrableDomain("“example.com”")`, `"example.com"`},
		{`registrableDomain("«https://www.example.fr/»")`, `"example.fr"`},
		{`registrableDomain("(example.com)")`, `"example.com"`},
		{`registrableDomain("[example.com]")`, `"example.com"`},
		{`registrableDomain("<https://example.com>")`, `"example.com"`},
		{`registrableDomain("https://example.com,")`, `"example.com"`},
		{`registrableDomain("https://example.com;")`, `"example.com"`},
		{`registrableDomain("example.com.,")`, `"example.com"`},
		{`registrableDomain("\u200bexample.com\ufeff")`, `"example.com"`},
		{`registrableDomain("\"Doe, Jane\" <jane@example.com> (work)")`, `"example.com"`},
		{`registrableDomain("jane@example.com, john@example.org")`, `""`},
		{`registrableDomain("<jane@example.com>, <john@example.org>")`, `""`},
		{`registrableDomain("MAILTO:jane@example.com?subject=a@b.com")`, `"example.com"`},
		{`registrableDomain("mailto:jane@example.com?subject=Hi")`, `"example.com"`},
		{`registrableDomain("https://medium.com/@jane")`, `"medium.com"`},
		{`registrableDomain("medium.com/@jane")`, `"medium.com"`},
		{`registrableDomain("https://example.com/100%?q=%zz")`, `"example.com"`},
		{`registrableDomain("jane@example.com/inbox")`, `"example.com"`},
		{`registrableDomain("https://[2001:db8::1]:80/")`, `""`},
		{`registrableDomain("jane@[192.168.0.1]")`, `""`},
		{`registrableDomain("ＷＷＷ．Ｅｘａｍｐｌｅ．com")`, `"example.com"`},
		{`registrableDomain("www。食狮。公司。cn")`, `"食狮.公司.cn"`},
		{`registrableDomain("jane@MÜNCHEN.de")`, `"münchen.de"`},
		{`registrableDomain("www.straße.de")`, `"straße.de"`},
		{`registrableDomain("www.食狮.xn--55qx5d.cn")`, `"食狮.xn--55qx5d.cn"`},
		{`registrableDomain("пример.рф")`, `"пример.рф"`},
		{`registrableDomain("jane@a\u0301.example.com")`, `"example.com"`},
		{`registrableDomain("a..com")`, `""`},
		{`registrableDomain("ü..com")`, `""`},
		{`registrableDomain("a b.com")`, `""`},
		{`emailDomain("\"jane@example.com\",")`, `"example.com"`},
		{`emailDomain("jane@example.com (work)")`, `""`},
		{`emailDomain("Jane <jane@example.com> (work)")`, `"example.com"`},
		{`emailDomain("mailto:jane@example.com?subject=Hi")`, `"example.com"`},
		{`emailDomain("https://medium.com/@jane")`, `""`},
		{`emailDomain("a/b@example.com")`, `"example.com"`},
		{`urlHost("\"https://www.example.com/a\",")`, `"www.example.com"`},
		{`urlHost("https://www.example.com,")`, `"www.example.com"`},
		{`urlHost("https://example.com/100%")`, `"example.com"`},
		{`urlHost("https://example.com?a=b@c")`, `"example.com"`},
		{`urlHost("https://jane:a@example.com:443")`, `"example.com"`},
		{`urlHost("javascript:alert(1)")`, `""`},
		{`urlHost("https://example.com:80x/")`, `""`},
		{`urlHost("https://exa%20mple.com/")`, `""`},
		{`urlHost("[::1]")`, `"::1"`},
		{`urlHost("http://[::1]")`, `"::1"`},
		{`urlHost("http://[x]/")`, `""`},
		{`urlHost("10.0.0.1:80")`, `"10.0.0.1"`},
		{`isFreemail("'jane@gmail.com',")`, `true`},
		{`isFreemail("jane@mail.gmail.com")`, `true`},
		{`isFreemail("jane@gmail.com.example")`, `false`},
		{`isFreemail("https://www.ＧＭＡＩＬ.com/")`, `true`},
	})
}

func TestPhoneNumbersLeaveTheExtensionOut(t *testing.T) {
	t.Parallel()
	hold(t, []pair{
		{`phoneDigits("+1 (415) 555-0123 x123")`, `"+14155550123"`},
		{`phoneDigits("415.555.0123x123")`, `"4155550123"`},
		{`phoneDigits("415-555-0123 X 9")`, `"4155550123"`},
		{`phoneDigits("415-555-0123 ext. 12")`, `"4155550123"`},
		{`phoneDigits("415-555-0123, ext 12")`, `"4155550123"`},
		{`phoneDigits("415-555-0123 EXT#12")`, `"4155550123"`},
		{`phoneDigits("415-555-0123 extension no. 12")`, `"4155550123"`},
		{`phoneDigits("415-555-0123 (ext. 12)")`, `"4155550123"`},
		{`phoneDigits("415-555-0123 #5")`, `"4155550123"`},
		{`phoneDigits("tel:+1-415-555-0123;ext=12")`, `"+14155550123"`},
		{`phoneDigits("415-555-0123,,12")`, `"4155550123"`},
		{`phoneDigits("+49 711 1234-0 Durchwahl 56")`, `"+4971112340"`},
		{`phoneDigits("+49 711 1234-0, DW -56")`, `"+4971112340"`},
		{`phoneDigits("+33 1 23 45 67 89 poste 12")`, `"+33123456789"`},
		{`phoneDigits("+34 912 345 678 extensión 12")`, `"+34912345678"`},
		{`phoneDigits("+7 495 123-45-67 доб. 12")`, `"+74951234567"`},
		{`phoneDigits("03-1234-5678（内線12）")`, `"0312345678"`},
		{`phoneDigits("411 x5")`, `"411"`},
		{`phoneDigits("+44 (0)20 7946 0018")`, `"+442079460018"`},
		{`phoneDigits("+49(0)711 1234 x5")`, `"+497111234"`},
		{`phoneDigits("(0)20 7946 0018")`, `"02079460018"`},
		// What is no extension stays.
		{`phoneDigits("+49 711 1234-56")`, `"+49711123456"`},
		{`phoneDigits("0711/1234 56")`, `"0711123456"`},
		{`phoneDigits("#4155550123")`, `"4155550123"`},
		{`phoneDigits("ext. 415 555 0123")`, `"4155550123"`},
		{`phoneDigits("Tel. 415 555 0123")`, `"4155550123"`},
		{`phoneDigits("415-555-0123 ext.")`, `"4155550123"`},
		{`phoneDigits("415 x-ray 5550123")`, `"4155550123"`},
		{`phoneDigits("415 text 5550123")`, `"4155550123"`},
		{`phoneDigits("1-800-FLOWERS")`, `"1800"`},
		// Digits of other scripts are digits.
		{`phoneDigits("＋８１－３－１２３４－５６７８")`, `"+81312345678"`},
		{`phoneDigits("٠١٢٣٤٥٦٧٨٩")`, `"0123456789"`},
		{`phoneDigits("९८७६५४३२१०")`, `"9876543210"`},
		{`phoneDigits("𝟘𝟙𝟡")`, `"019"`},
	})
}
