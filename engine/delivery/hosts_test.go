package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/delivery"
)

func TestPatternThatCannotBeMeantIsAnErrorThatNamesIt(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                         "empty",
		"  ":                       "empty",
		"*":                        "star",
		"*.":                       "the host is empty",
		"*.com":                    "public suffix",
		"*.co.uk":                  "public suffix",
		"*.*.adobe.io":             "star",
		"mkto-*.adobe.io":          "star",
		"*adobe.io":                "star",
		"*.127.0.0.1":              "star cannot stand before an address",
		"https://mkto.adobe.io":    "without scheme",
		"mkto.adobe.io/path":       "without scheme",
		"user@mkto.adobe.io":       "without scheme",
		"mkto.adobe.io:":           "port",
		"mkto.adobe.io:0":          "port",
		"mkto.adobe.io:65536":      "port",
		"mkto.adobe.io:https":      "port",
		"mkto.adobe.io:+443":       "port",
		"mkto..adobe.io":           "letters",
		".adobe.io":                "letters",
		"adobe.io.":                "letters",
		"-a.adobe.io":              "letters",
		"bücher.example":           "letters",
		"[::1":                     "letters",
		"[example.com]":            "letters",
		"[::1]x":                   "letters",
		"fe80::1%eth0":             "zone",
		"127.1":                    "ends in a number",
		"host.0x7f":                "ends in a number",
		"mkto.adobe.io,a.adobe.io": "letters",
	} {
		t.Run(pattern, func(t *testing.T) {
			_, err := delivery.New(delivery.Options{AllowHosts: []string{"*.adobe.io", pattern}})
			require.ErrorContains(t, err, want)
			if pattern != "" {
				require.ErrorContains(t, err, `"`+pattern+`"`)
			}
		})
	}
}

func TestOptionThatCannotBeMeantIsAnError(t *testing.T) {
	for name, o := range map[string]delivery.Options{
		"timeout":     {Timeout: -1},
		"connections": {IdlePerHost: -1},
		"user agent":  {UserAgent: "a\r\nx-api-key: b"},
	} {
		_, err := delivery.New(o)
		require.ErrorContains(t, err, name)
	}
}

func TestHostOfTheListIsAllowedAndNoOther(t *testing.T) {
	for _, c := range []struct {
		patterns []string
		url      string
		allowed  bool
	}{
		{nil, "https://mkto-cfa.adobe.io/customflowaction/submitCustomFlowAction", true},
		{nil, "https://MKTO-CFA.Adobe.IO/x", true},
		{nil, "https://a.b.c.adobe.io/x", true},
		{nil, "https://x.marketo.com:443/x", true},
		{nil, "https://x.marketo.com:0443/x", true},
		{nil, "https://adobe.io/x", false},
		{nil, "https://evil-adobe.io/x", false},
		{nil, "https://evil.adobe.io.example.com/x", false},
		{nil, "https://mkto-cfa.adobe.io:8443/x", false},
		{nil, "https://mkto-cfa.adobe.io:80/x", false},
		{nil, "https://.adobe.io/x", false},
		{nil, "https://example.com/?.adobe.io", false},
		{nil, "https://example.com/#.adobe.io", false},
		{nil, "https://8.8.8.8/x", false},
		{[]string{"example.com"}, "https://example.com/x", true},
		{[]string{"example.com"}, "https://a.example.com/x", false},
		{[]string{"example.com"}, "https://mkto-cfa.adobe.io/x", false},
		{[]string{"Example.COM:8443"}, "https://example.com:8443/x", true},
		{[]string{"Example.COM:8443"}, "https://example.com/x", false},
		{[]string{"*.example.com:8443"}, "https://a.example.com:8443/x", true},
		{[]string{"example.com:8443", "example.com"}, "https://example.com/x", true},
		{[]string{"8.8.8.8"}, "https://8.8.8.8/x", true},
		{[]string{"8.8.8.8"}, "https://[::ffff:8.8.8.8]/x", true},
		{[]string{"8.8.8.8"}, "https://8.8.4.4/x", false},
		{[]string{"2a00:1450::1"}, "https://[2a00:1450:0:0::1]/x", true},
		{[]string{"[2a00:1450::1]:8443"}, "https://[2a00:1450::1]:8443/x", true},
		{[]string{"[2a00:1450::1]:8443"}, "https://[2a00:1450::1]/x", false},
		{[]string{"*.internal"}, "https://hooks.internal/x", true},
	} {
		s, err := delivery.New(delivery.Options{AllowHosts: c.patterns})
		require.NoError(t, err)
		err = s.CheckURL(c.url)
		if c.allowed {
			require.NoError(t, err, "%v %s", c.patterns, c.url)
			continue
		}
		var refused *delivery.URLError
		require.ErrorAs(t, err, &refused, "%v %s", c.patterns, c.url)
	}
}
