package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"

	"tablestep/cmd/tablestep/terminal"
)

// welcome tells a person at a terminal which address to open and what to do next. Where
// nobody looks, the log has said it already.
func (s *service) welcome(out streams) error {
	var w io.Writer
	switch {
	case terminal.Is(out.out):
		w = out.out
	case terminal.Is(out.err):
		w = out.err
	default:
		return nil
	}
	_, err := io.WriteString(w, s.greeting())
	return err
}

// greeting is what is told at the end of the start.
func (s *service) greeting() string {
	local := "http://" + s.localAddr()
	page := local
	if s.config.PublicURL != "http://"+s.listener.Addr().String() {
		page = s.config.PublicURL // somebody has said at which name it is reached
	}
	key := "the admin key that was given"
	if s.adminKeyFile != "" {
		key = "the admin key, which is kept in " + s.adminKeyFile
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nReady. Open %s/ui/ in a browser, and sign in with %s.\n", page, key)
	if len(s.store.Catalog().Tables()) == 0 {
		fmt.Fprintf(&b, "Next, upload a table: on the page, or with\n  tablestep table import FILE.csv%s\n", s.clientFlags(local))
	}
	fmt.Fprintf(&b, "Marketo installs the flow step from %s/openapi.json, with the API key.\nStop with Ctrl-C.\n\n", s.config.PublicURL)
	return b.String()
}

// localAddr is where the service is reached on this machine.
func (s *service) localAddr() string {
	addr, ok := s.listener.Addr().(*net.TCPAddr)
	if !ok {
		return s.listener.Addr().String()
	}
	host := addr.IP.String()
	if addr.IP.IsUnspecified() { // it listens everywhere, which is no place to go to
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

// clientFlags are what a command needs to find this service from where it was started.
func (s *service) clientFlags(local string) string {
	flags := ""
	if local != "http://127.0.0.1:8080" {
		flags += " --server " + local
	}
	if s.adminKeyFile == "" {
		return flags + " --admin-key KEY"
	}
	if usual, err := filepath.Abs("tablestep-data"); err != nil || s.config.Data != usual {
		flags += " --data " + quotedArgument(s.config.Data)
	}
	return flags
}

// quotedArgument is a text as it is typed on a command line.
func quotedArgument(text string) string {
	if strings.ContainsAny(text, " '\"$&()*;<>?[]`{|}~#\\") {
		return `"` + text + `"`
	}
	return text
}
