package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnAddressIsUnderstoodAsPeopleHaveIt(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"http://127.0.0.1:8080":                   "http://127.0.0.1:8080",
		"http://127.0.0.1:8080/":                  "http://127.0.0.1:8080",
		"https://lookup.example.com":              "https://lookup.example.com",
		"https://example.com/lookup":              "https://example.com/lookup",
		"https://example.com/lookup/":             "https://example.com/lookup",
		"http://127.0.0.1:8080/ui/":               "http://127.0.0.1:8080",
		"http://127.0.0.1:8080/ui":                "http://127.0.0.1:8080",
		"http://127.0.0.1:8080/ui/#/tables/x":     "http://127.0.0.1:8080",
		"https://example.com/lookup/ui/x?y=z#w":   "https://example.com/lookup",
		"https://example.com/api/v1":              "https://example.com",
		"https://example.com/api/v1/":             "https://example.com",
		"https://example.com/openapi.json":        "https://example.com",
		"https://example.com/lookup/install":      "https://example.com/lookup",
		"https://example.com/ui-of-another/thing": "https://example.com/ui-of-another/thing",
		"http://[::1]:8080":                       "http://[::1]:8080",
	} {
		got, err := serviceAddress(given)
		require.NoError(t, err, given)
		require.Equal(t, want, got, given)
	}
	pasted, err := serviceAddress(" http://127.0.0.1:8080/ ")
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:8080", pasted)
	for given, says := range map[string]string{
		"":                           "is empty",
		"127.0.0.1:8080":             "did you mean --server http://127.0.0.1:8080?",
		"localhost":                  "did you mean --server http://localhost?",
		"//localhost:8080":           "did you mean --server http://localhost:8080?",
		"ftp://localhost":            "begins with ftp://",
		"http://":                    "is not an address",
		"http://a b":                 "is not an address",
		"http://me:secret@localhost": "without a user and a password",
	} {
		_, err := serviceAddress(given)
		require.ErrorIs(t, err, errUsage, given)
		require.ErrorContains(t, err, says, given)
		require.NotContains(t, err.Error(), "secret")
	}
}

// What the network says is told by what can be done; what is not known is told as it is.
func TestWhyNobodyAnswersIsSaidInWords(t *testing.T) {
	t.Parallel()
	asked := func(err error) error { return &url.Error{Op: "Get", URL: "http://x/api/v1/tables", Err: err} }
	for says, err := range map[string]error{
		"nothing listens there":              asked(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}),
		"no way to it in the network":        asked(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}),
		`the name "x" is not known here`:     asked(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "x", IsNotFound: true}}),
		"did not answer in time":             asked(os.ErrDeadlineExceeded),
		"was cut before the whole":           io.ErrUnexpectedEOF,
		"no answer from http://x: too warm":  asked(errors.New("too warm")),
		"no answer from http://x: too clear": errors.New("too clear"),
	} {
		require.ErrorContains(t, unreachable(t.Context(), "http://x", err), says)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, unreachable(gone, "http://x", asked(context.Canceled)), errStopped)
}

func TestWhyAnAddressCannotBeListenedOnIsSaidInWords(t *testing.T) {
	t.Parallel()
	failed := func(err error) error { return &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", err)} }
	err := unlistenable("127.0.0.1:8080", failed(syscall.EADDRINUSE))
	require.ErrorIs(t, err, syscall.EADDRINUSE, "the demo takes another port then")
	require.ErrorContains(t, err, "such as --addr 127.0.0.1:8081")
	require.ErrorContains(t, unlistenable("127.0.0.1:65535", failed(syscall.EADDRINUSE)), "such as --addr 127.0.0.1:8081")
	require.ErrorContains(t, unlistenable(":443", failed(syscall.EACCES)), "choose a port from 1024 on, such as --addr :8080")
	require.ErrorContains(t, unlistenable("10.0.0.1:80", failed(syscall.EADDRNOTAVAIL)), "or --addr 0.0.0.0:80 for all of them")
	require.ErrorContains(t, unlistenable("x:80", fmt.Errorf("too warm")), "listen on x:80: too warm")
	for _, good := range []string{"127.0.0.1:8080", ":8080", "[::1]:0", "localhost:http"} {
		require.NoError(t, checkAddr(good), good)
	}
}

func TestANameIsSuggestedThatATableCanHave(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"My Table": "my-table", "Territories Q3 (final) v2": "territories-q3-final-v2", "a.b_c": "a.b_c", "--x--": "x", "都道府県": "du-dao-fu-xian", "☎": "", "none": "", "": "",
	} {
		require.Equal(t, want, likeName(text), text)
	}
}
