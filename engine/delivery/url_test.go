package delivery_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/delivery"
)

func newSender(t testing.TB, o delivery.Options) *delivery.Sender {
	t.Helper()
	s, err := delivery.New(o)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func TestURLThatIsNotAllowedIsRefusedWithReasonAndWayOut(t *testing.T) {
	own := func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("8.8.8.8:443")} }
	s := newSender(t, delivery.Options{
		AllowHosts: []string{"*.adobe.io", "127.0.0.1:9999", "10.1.2.3", "169.254.169.254", "8.8.8.8", "localhost", "fd00::1"},
		OwnAddr:    own,
	})
	for raw, want := range map[string][2]string{
		"":                                                   {"empty", ""},
		"mkto.adobe.io/x":                                    {"must begin with https://", ""},
		"//mkto.adobe.io/x":                                  {"must begin with https://", ""},
		"ftp://mkto.adobe.io/x":                              {"must begin with https://", ""},
		"file:///etc/passwd":                                 {"must begin with https://", ""},
		"javascript:alert(1)":                                {"must begin with https://", ""},
		"https:mkto.adobe.io":                                {"names no host", ""},
		"https:///x":                                         {"names no host", ""},
		"https://:443/x":                                     {"the host is empty", ""},
		"https://mkto.adobe.io\\@x.y/":                       {"is not a URL", ""},
		"https://mkto.adobe.io/\x00":                         {"is not a URL", ""},
		"https://mkto.adobe.io:port/x":                       {"is not a URL", ""},
		"https://[::1/x":                                     {"is not a URL", ""},
		"https://mkto.adobe.io:/x":                           {"port must be a number", ""},
		"https://mkto.adobe.io:0/x":                          {"port must be a number", ""},
		"https://mkto.adobe.io:65979/x":                      {"port must be a number", ""},
		"https://mkto.adobe.io./x":                           {"letters, digits", ""},
		"https://mkto%2eadobe.io/x":                          {"is not a URL", ""},
		"https://mkto adobe.io/x":                            {"is not a URL", ""},
		"https://mkto。adobe.io/x":                            {"letters, digits", ""},
		"https://user@mkto.adobe.io/x":                       {"user name and password", ""},
		"https://@mkto.adobe.io/x":                           {"user name and password", ""},
		"https://user:pw@mkto.adobe.io/x":                    {"user name and password", ""},
		"https://2130706433/x":                               {"ends in a number", ""},
		"https://0x7f000001/x":                               {"ends in a number", ""},
		"https://0177.0.0.1/x":                               {"ends in a number", ""},
		"https://127.1/x":                                    {"ends in a number", ""},
		"https://[fe80::1%25eth0]/x":                         {"zone", ""},
		"http://mkto.adobe.io/x":                             {"plain http is not allowed", "--callback-allow-private"},
		"https://127.0.0.1:9999/x":                           {"loopback addresses are not allowed", "--callback-allow-private"},
		"https://[::ffff:127.0.0.1]:9999/x":                  {"loopback addresses are not allowed", "--callback-allow-private"},
		"https://localhost/x":                                {"loopback addresses are not allowed", "--callback-allow-private"},
		"https://10.1.2.3/x":                                 {"private addresses are not allowed", "--callback-allow-private"},
		"https://[fd00::1]/x":                                {"private addresses are not allowed", "--callback-allow-private"},
		"https://169.254.169.254/latest/meta-data/":          {"cloud metadata", ""},
		"https://8.8.8.8/x":                                  {"this service listens there itself", ""},
		"https://example.com/x":                              {"not in the list", "--callback-hosts"},
		"https://mkto.adobe.io:8443/x":                       {"port 8443 is not allowed", "--callback-hosts: mkto.adobe.io:8443"},
		"https://mkto.adobe.io/" + strings.Repeat("a", 2048): {"longer than 2048 bytes", ""},
	} {
		err := s.CheckURL(raw)
		var refused *delivery.URLError
		require.ErrorAs(t, err, &refused, raw)
		require.Contains(t, refused.Reason, want[0], raw)
		require.Contains(t, refused.Way, want[1], raw)
		require.Equal(t, want[1] == "", refused.Way == "", "%s: %s", raw, refused.Way)
		require.ErrorContains(t, err, want[0], raw)
		require.ErrorContains(t, err, want[1], raw)
	}
}

func TestAllowPrivateOpensLoopbackAndPrivateAddressesOnAnyPort(t *testing.T) {
	own := func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:8080")} }
	s := newSender(t, delivery.Options{
		AllowPrivate: true,
		AllowHosts:   []string{"*.adobe.io", "host.docker.internal:9999"},
		OwnAddr:      own,
	})
	for raw, allowed := range map[string]bool{
		"http://127.0.0.1:9999/x":            true,
		"http://127.0.0.1/x":                 true,
		"http://localhost:1234/x":            true,
		"https://localhost/x":                true,
		"http://[::1]:9999/x":                true,
		"http://[::ffff:127.0.0.1]:9999/x":   true,
		"http://10.0.0.1:9999/x":             true,
		"http://172.31.255.255/x":            true,
		"http://192.168.1.1/x":               true,
		"https://[fd12::1]:8443/x":           true,
		"http://mkto.adobe.io/x":             true,
		"https://mkto.adobe.io/x":            true,
		"http://host.docker.internal:9999/x": true,

		"http://127.0.0.1:8080/x":             false, // our own listener
		"http://[::ffff:127.0.0.1]:8080/x":    false,
		"http://mkto.adobe.io:9999/x":         false,
		"http://host.docker.internal/x":       false,
		"http://example.com/x":                false,
		"http://8.8.8.8/x":                    false,
		"http://169.254.169.254/x":            false,
		"http://[fd00:ec2::254]/x":            false,
		"http://100.64.0.1/x":                 false,
		"http://0.0.0.0:9999/x":               false,
		"http://[::]:9999/x":                  false,
		"http://[fe80::1]:9999/x":             false,
		"http://user@127.0.0.1:9999/x":        false,
		"ftp://127.0.0.1:9999/x":              false,
		"http://localhost.example.com:9999/x": false,
	} {
		err := s.CheckURL(raw)
		require.Equal(t, allowed, err == nil, "%s: %v", raw, err)
	}
}

func TestURLErrorHoldsNeitherUserNorPathNorQuery(t *testing.T) {
	s := newSender(t, delivery.Options{})
	for _, raw := range []string{
		"https://canary:canary@mkto.adobe.io/canary?canary#canary",
		"https://example.com/canary?token=canary",
		"http://example.com/canary?token=canary#canary",
		"https://mkto.adobe.io:port/canary?token=canary",
		"https://canary:canary/?token=canary",
		"canary",
		"https://%zz/canary?canary",
	} {
		err := s.CheckURL(raw)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "canary", raw)
	}
}

func TestHostIsTheKeyOfBreakers(t *testing.T) {
	for raw, want := range map[string]string{
		"https://MKTO.adobe.io/x?y":   "mkto.adobe.io:443",
		"https://mkto.adobe.io:443/z": "mkto.adobe.io:443",
		"http://localhost/":           "localhost:80",
		"http://[::1]:9999/":          "[::1]:9999",
		"not a url":                   "",
		"https://user@a.b/x":          "",
	} {
		require.Equal(t, want, delivery.Host(raw), raw)
	}
}
