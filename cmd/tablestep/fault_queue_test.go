//go:build fault

package main_test

import (
	"crypto/sha256"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// A queue that waits for its deliveries takes more than three quarters of what the flag
// allows: nothing more is accepted, and the file does not grow beyond it.
func TestTheDiskThatTheQueueMayTakeIsWhatTheFlagAllows(t *testing.T) {
	t.Parallel()
	const most = 512 << 20 // the least that may be set
	data := t.TempDir()
	path := filepath.Join(data, "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	body := make([]byte, 32<<20)
	noise := rand.NewChaCha8([32]byte{})
	_, _ = noise.Read(body) // it never fails
	for n := range 13 {
		token := []byte{byte(n)}
		_, _, err := q.Put(t.Context(), queue.Invocation{CallbackURL: "http://127.0.0.1:1/", Token: string(token), TokenHash: sha256.Sum256(token), HasToken: true, Payload: body})
		require.NoError(t, err)
		jobs, err := q.Claim(t.Context(), 1, 1<<40)
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated(body, queue.Summary{})))
	}
	require.NoError(t, q.Close())

	p := serve(t, data, "--queue-bytes", "512MiB")
	status, answer := submitted(t, p.url, "http://127.0.0.1:1/", "one more")
	require.Equal(t, http.StatusTooManyRequests, status, answer)
	p.stop()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.LessOrEqual(t, info.Size(), int64(most))

	p = serve(t, data, "--queue-bytes", "1GiB")
	status, answer = submitted(t, p.url, "http://127.0.0.1:1/", "one more")
	require.Equal(t, http.StatusCreated, status, answer)
	p.stop()
}
