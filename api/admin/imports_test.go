package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
)

// Two files are imported at once, since each may need much memory. A third that is there
// in full waits for a place and is then imported.
func TestTwoImportsAreUnderWayAtOnce(t *testing.T) {
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "first", "a,b\n1,2\n", "") // with no import under way
	var leave []func()
	for {
		done, ok := s.Admin.HoldImport()
		if !ok {
			break
		}
		leave = append(leave, done)
	}
	require.Len(t, leave, 2)
	answered := make(chan int, 1)
	go func() {
		got := s.Send(t, http.MethodPost, "/api/v1/tables/second/versions", strings.NewReader("a,b\n1,2\n"))
		answered <- got.Status
	}()
	require.Eventually(t, func() bool { return s.Admin.Receiving() == 1 }, 10*time.Second, time.Millisecond)
	select {
	case status := <-answered:
		require.Fail(t, "it did not wait", "status %d", status)
	case <-time.After(200 * time.Millisecond):
	}
	leave[0]()
	require.Equal(t, http.StatusCreated, <-answered)
	leave[1]()
}
