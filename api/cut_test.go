package api_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/admin"
)

// A body whose sender went away is no body: what has come of it is not stored, however much
// that is. The connection ends between two lines, or between two chunks, where what has come
// looks whole.
func TestABodyThatIsCutIsNotTakenForAWholeOne(t *testing.T) {
	s := start(t, settings{})
	const file = "city,code\nKöln,5\nParis,6\n"
	chunk := func(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
	form := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.csv\"\r\n\r\n" + file
	length := func(n int, text string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", n, text) }
	const chunked = "Transfer-Encoding: chunked\r\n\r\n"
	upload, lookup := "POST "+admin.Path+"/tables/%s/versions", "PUT "+admin.Path+"/tables/%s/lookups/%s"
	for name, c := range map[string]struct {
		request, headers, status string
	}{
		"length":        {upload, length(len(file)+7, file), "400"},
		"large":         {upload, length(900<<10, file+strings.Repeat("Rome,7\n", 100_000)), "400"},
		"chunks":        {upload, chunked + chunk(file), "400"},
		"many-chunks":   {upload, chunked + chunk(file) + strings.Repeat(chunk("Rome,7\n"), 10_000), "400"},
		"in-a-chunk":    {upload, chunked + "ff\r\n" + file, "400"},
		"in-a-size":     {upload, chunked + chunk(file) + "5", "400"},
		"no-chunk":      {upload, chunked, "400"},
		"form":          {upload, "Content-Type: multipart/form-data; boundary=b\r\n" + chunked + chunk(form), "400"},
		"whole-length":  {upload, length(len(file), file), "201"},
		"whole-chunks":  {upload, chunked + chunk(file) + "0\r\n\r\n", "201"},
		"lookup-length": {lookup, length(100, `{"match":[]}`), "400"},
		"lookup-chunks": {lookup, chunked + chunk(`{"match":[]}`), "400"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		line := strings.ReplaceAll(c.request, "%s", name)
		_, err = io.WriteString(conn, line+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+adminKey+"\r\n"+c.headers)
		require.NoError(t, err)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
		raw, err := io.ReadAll(conn)
		require.NoError(t, err, name)
		if len(raw) > 0 || c.status != "400" { // who has gone need not be answered
			require.True(t, strings.HasPrefix(string(raw), "HTTP/1.1 "+c.status), "%s: %s", name, raw)
		}
		want := http.StatusNotFound
		if c.status == "201" {
			want = http.StatusOK
		}
		require.Equal(t, want, s.send("GET", admin.Path+"/tables/"+name, nil).status, name)
	}
}
