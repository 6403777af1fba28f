package api

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"tablestep/api/route"
)

// FuzzGate reads requests as the server does, and looks at what the gate leaves of
// them: whoever has shown no right key has no body, however that was framed.
func FuzzGate(f *testing.F) {
	for _, head := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /submitAsyncAction HTTP/1.1\r\nHost: x\r\nx-api-key: the-right-one\r\nContent-Length: 5\r\n\r\n12345",
		"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: bearer  the-admin-key\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nX-Api-Key: wrong\r\nX-Api-Key: the-right-one\r\nTransfer-Encoding: chunked\r\n\r\n",
		"PUT http://x/api/v1/tables HTTP/1.0\r\nContent-Length: 18446744073709551615\r\n\r\n",
		"POST http://x/api/v1/evaluate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer the-admin-key\r\nContent-Length: 5\r\n\r\n12345",
		"POST /api/v1/evaluate HTTP/1.1\r\nHost: x\r\nx-api-key: the-right-one\r\nContent-Length: 5\r\n\r\n12345",
		"GET /api/v1/docs HTTP/1.1\r\nHost: x\r\nAuthorization: Basic dTp0aGUtYWRtaW4ta2V5\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: x\r\nx-api-key: the-right-one\r\nContent-Length: 5\r\n\r\n12345",
	} {
		f.Add([]byte(head))
	}
	k := &keys{api: newKeyring([]string{"the-right-one"}), admin: newKeyring([]string{"the-admin-key"})}
	table, err := route.NewTable([]route.Route{
		{Method: "GET", Path: "/healthz"},
		{Method: "POST", Path: "/submitAsyncAction", Keys: route.Marketo, Limits: route.Limits{Body: 1 << 20}},
		{Method: "POST", Path: "/api/v1/evaluate", Keys: route.Admin, Limits: route.Limits{Body: 1 << 20}},
		{Method: "GET", Path: "/api/v1/docs", Keys: route.Admin, Password: true},
	})
	require.NoError(f, err)
	g := &gate{k, table}
	f.Fuzz(func(t *testing.T, head []byte) {
		var h fasthttp.RequestHeader
		if h.Read(bufio.NewReaderSize(bytes.NewReader(head), maxHeader)) != nil {
			return
		}
		hadBody := h.ContentLength() > 0 || h.ContentLength() == -1
		c := g.judge(&h)
		r := g.wanted(&h)
		known := k.shown(&h, r.Password)&r.Keys != 0
		switch {
		case known && hadBody && (c.ReadTimeout != route.BodyTime || h.ContentLength() == 0):
			t.Fatalf("%q: a body with a right key is not waited for", head)
		case !known && (h.ContentLength() > 0 || h.ContentLength() == -1 || len(h.Peek("Expect")) > 0 || len(h.Peek("Transfer-Encoding")) > 0):
			t.Fatalf("%q: the body of a stranger would be read", head)
		case !known && hadBody && !h.ConnectionClose():
			t.Fatalf("%q: what is left of the body would be taken for a request", head)
		case !known && (c.ReadTimeout != 0 || c.WriteTimeout > route.StrangerTime):
			t.Fatalf("%q: a stranger gets more time", head)
		case known && !r.Password && !bytes.Contains(head, []byte("the-")):
			t.Fatalf("%q: a key from nowhere", head)
		}
	})
}
