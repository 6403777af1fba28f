package delivery_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"tablestep/engine/delivery"
)

func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{
		"https://mkto-cfa.adobe.io/customflowaction/submitCustomFlowAction",
		"https://mkto-cfa.adobe.io:443/?q=secret-query",
		"http://mkto-cfa.adobe.io/",
		"https://user:pw@mkto.adobe.io/",
		"https://adobe.io.evil.example/",
		"https://evil.example/#.adobe.io",
		"https://evil.example\\.adobe.io/",
		"https://[::ffff:127.0.0.1]/",
		"https://[fe80::1%25eth0].adobe.io/",
		"https://0x7f.1/", "https://2130706433/", "https://127.0.0.1:8080/",
		"https://mkto.adobe.io:/", "https://.adobe.io/", "https://a..adobe.io", "https:mkto.adobe.io", "//mkto.adobe.io",
		"https://8.8.8.8/", "https://[2a00:1450::1]:8443/", "HTTPS://MKTO.ADOBE.IO", "", "%", "https://%6dkto.adobe.io/",
	} {
		f.Add(seed)
	}
	s := newSender(f, delivery.Options{
		AllowHosts: []string{"*.adobe.io", "8.8.8.8", "[2a00:1450::1]:8443", "127.0.0.1:8080", "10.0.0.1"},
	})
	f.Fuzz(func(t *testing.T, raw string) {
		err := s.CheckURL(raw)
		if err == nil {
			requireAllowedByTheBook(t, raw)
			return
		}
		var refused *delivery.URLError
		if !errors.As(err, &refused) || refused.Reason == "" {
			t.Fatalf("%q: %v is no *URLError with a reason", raw, err)
		}
		text := err.Error()
		if len(text) > 600 || strings.ContainsAny(text, "\r\n\x00") {
			t.Fatalf("%q: error %q cannot be shown", raw, text)
		}
		requireNoUserNoQuery(t, raw, refused)
	})
}

// requireAllowedByTheBook checks an accepted URL against the rules in their plainest form.
func requireAllowedByTheBook(t *testing.T, raw string) {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		t.Fatalf("%q was accepted", raw)
	}
	if delivery.Host(raw) == "" {
		t.Fatalf("%q was accepted but has no key", raw)
	}
	port := strings.TrimLeft(u.Port(), "0")
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil {
		switch addr.Unmap().String() {
		case "8.8.8.8":
			if port == "" || port == "443" {
				return
			}
		case "2a00:1450::1":
			if port == "8443" {
				return
			}
		}
		t.Fatalf("%q: address accepted", raw)
	}
	if !strings.HasSuffix(strings.ToLower(u.Hostname()), ".adobe.io") || port != "" && port != "443" {
		t.Fatalf("%q: host accepted", raw)
	}
}

// requireNoUserNoQuery checks that an error does not repeat the parts of a URL that may be secret.
func requireNoUserNoQuery(t *testing.T, raw string, refused *delivery.URLError) {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		if refused.Host != "" {
			t.Fatalf("%q: host %q of no URL", raw, refused.Host)
		}
		return
	}
	if refused.Host != "" && !strings.EqualFold(refused.Host, u.Hostname()) {
		want, err := netip.ParseAddr(u.Hostname())
		if err != nil || want.Unmap().String() != refused.Host {
			t.Fatalf("%q: host %q is more than the host", raw, refused.Host)
		}
	}
	if strings.ContainsAny(refused.Reason+refused.Way, "@?") {
		t.Fatalf("%q: %v repeats the URL", raw, refused)
	}
}
