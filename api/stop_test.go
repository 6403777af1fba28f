package api_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A service that is stopped at once stops, too: the stop may come before the first
// connection is waited for.
func TestAServiceThatIsStoppedAtOnceStops(t *testing.T) {
	for range 20 {
		t.Run("", func(t *testing.T) { start(t, settings{}) })
	}
}

// A client that drips does not hold up the stop, and loses its connection with it.
func TestAClientThatDripsDoesNotHoldUpTheStop(t *testing.T) {
	var conn net.Conn
	t.Cleanup(func() { // when the service has stopped, without an error
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Second)))
		_, err := io.ReadAll(conn)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection is still open")
		require.NoError(t, conn.Close())
	})
	s := start(t, settings{})
	var err error
	conn, err = net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	_, err = fmt.Fprintf(conn, "POST /api/v1/tables/t/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100000\r\n\r\n%s", adminKey, strings.Repeat("a,b\n", 2500))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.whole.Admin.Receiving() == 1 }, 10*time.Second, time.Millisecond)
}
