package main_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// submitted sends a request of one lead and gives the status of the answer.
func submitted(t *testing.T, url, token string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/submitAsyncAction", strings.NewReader(fmt.Sprintf(
		`{"token":%q,"apiCallBackKey":"k","campaignId":1,"callbackUrl":"http://127.0.0.1:1/","objectData":[{"objectContext":{"id":1},"flowStepContext":{"table":"none"}}]}`, token)))
	require.NoError(t, err)
	r.Header.Set("x-api-key", testAPIKey)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text)
}

func TestAsManyInvocationsWaitAsTheFlagAllows(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "--queue-limit", "3")
	for n := range 3 {
		status, body := submitted(t, p.url, fmt.Sprint("token ", n))
		require.Equal(t, http.StatusCreated, status, body)
	}
	status, body := submitted(t, p.url, "one more")
	require.Equal(t, http.StatusTooManyRequests, status, body)
	status, body = submitted(t, p.url, "token 0")
	require.Equal(t, http.StatusCreated, status, "what is known is acknowledged again: %s", body)
	p.stop()
	require.Contains(t, p.log.String(), "queue opened")
}
