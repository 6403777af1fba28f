package edge_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/edge"
)

func proxies() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
}

func TestTheLastAddressThatIsNotTrustedIsTheClient(t *testing.T) {
	for header, want := range map[string]string{
		"198.51.100.7":                               "198.51.100.7",
		"203.0.113.9, 198.51.100.7":                  "198.51.100.7",
		"203.0.113.9,198.51.100.7,10.0.0.1":          "198.51.100.7",
		"203.0.113.9, 198.51.100.7:4711":             "198.51.100.7",
		"::ffff:198.51.100.7":                        "198.51.100.7",
		"[2001:db8:1:2:3:4:5:6]:443, fd00::1":        "2001:db8:1:2::",
		"[2001:db8:1:2::1]":                          "2001:db8:1:2::",
		"":                                           "",
		"10.0.0.1":                                   "",
		"203.0.113.9, unknown":                       "",
		"203.0.113.9, , 10.0.0.1":                    "",
		"203.0.113.9, _hidden, 10.0.0.1":             "",
		"203.0.113.9, <script>, 198.51.100.7":        "198.51.100.7",
		strings.Repeat("1.1.1.1,", 1000) + "2.2.2.2": "2.2.2.2",
	} {
		got := edge.ForwardedFor(header, proxies())
		if want == "" {
			require.False(t, got.IsValid(), "%q: %s", header, got)
			continue
		}
		require.Equal(t, want, got.String(), "%q", header)
	}
}

func FuzzForwardedFor(f *testing.F) {
	for _, s := range []string{"198.51.100.7", "203.0.113.9, 198.51.100.7:4711", "[2001:db8::1%eth0]:443, fd00::1", "10.0.0.1,,", "::ffff:10.0.0.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a := edge.ForwardedFor(header, proxies())
		if !a.IsValid() {
			return
		}
		if a.Is4In6() || a.Zone() != "" {
			t.Fatalf("%q: %s has two spellings", header, a)
		}
		for _, p := range proxies() {
			if p.Contains(a) && a.Is4() {
				t.Fatalf("%q: %s is a proxy", header, a)
			}
		}
		if more := edge.ForwardedFor("192.0.2.1, "+header, proxies()); more != a {
			t.Fatalf("%q: what stands in front changes %s to %s", header, a, more)
		}
	})
}
