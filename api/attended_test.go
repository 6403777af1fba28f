package api_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/admin"
)

func TestAnEvaluationEndsWhenItsClientHasGone(t *testing.T) {
	gone := make(chan struct{}, 1)
	var s *service
	t.Cleanup(func() { require.NotContains(t, s.log.String(), "request failed") }) // when it has stopped
	s = start(t, settings{maxUpload: 16 << 20, logged: func(r slog.Record) {
		if r.Message == "client went away" {
			gone <- struct{}{}
		}
	}})
	// Minutes of work: long cells that are nearly alike, and many leads.
	var csv strings.Builder
	csv.WriteString("name,code\n")
	for i := range 2000 {
		fmt.Fprintf(&csv, "%s%d,%d\n", strings.Repeat("abcdefghij", 50), i, i)
	}
	s.table("long", csv.String(), "")
	s.json("PUT", admin.Path+"/tables/long/lookups/long?force=true", `{"match":[{"column":"name","field":"name","mode":"fuzzy","threshold":0.5}],"outputs":[{"column":"code","field":"code","type":"string"}]}`, http.StatusOK, nil)
	leads := make([]string, 2000)
	for i := range leads {
		leads[i] = fmt.Sprintf(`{"name":"%s%d"}`, strings.Repeat("abcdefghij", 50), -i)
	}
	body := fmt.Sprintf(`{"leads":[%s],"flow":{"table":"long"}}`, strings.Join(leads, ","))
	conn := s.dial()
	_, err := fmt.Fprintf(conn, "POST %s/evaluate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", admin.Path, adminKey, len(body))
	require.NoError(t, err)
	_, err = io.WriteString(conn, body)
	require.NoError(t, err)
	require.NoError(t, conn.Close()) // all that was sent still arrives
	select {
	case <-gone:
	case <-time.After(20 * time.Second):
		require.Fail(t, "it goes on for nobody")
	}
}
