//go:build fault

package main_test

import (
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// A queue that waits for its deliveries takes more than three quarters of what the flag
// allows: nothing more is accepted, and the file does not grow beyond it.
func TestTheDiskThatTheQueueMayTakeIsWhatTheFlagAllows(t *testing.T) {
	t.Parallel()
	const most = 512 << 20 // the least that may be set
	data := sampled(t)
	path := filepath.Join(data, "queue.db")
	q, _, err := file.Open(path, file.Options{MaxBytes: most})
	require.NoError(t, err)
	answer := make([]byte, 32<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(answer) // it never fails
	for n := 0; ; n++ {
		token := []byte{byte(n)}
		_, _, err := q.Put(t.Context(), queue.Invocation{CallbackURL: "http://127.0.0.1:1/", Token: string(token), TokenHash: sha256.Sum256(token), HasToken: true})
		if errors.Is(err, queue.ErrFull) {
			break
		}
		require.NoError(t, err)
		jobs, err := q.Claim(t.Context(), 1, time.Hour)
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated(answer, queue.Summary{})))
	}
	require.NoError(t, q.Close())

	p := launch(t, data, nil, "--queue-bytes", "512MiB")
	require.True(t, p.ready(), "%s", p.tail())
	status, text := submitted(t, p.url, "one more")
	require.Equal(t, http.StatusTooManyRequests, status, text)
	p.stop()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.LessOrEqual(t, info.Size(), int64(most))
}
