//go:build fault

package main_test

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
)

// A process cannot be given a wrong clock without changing that of the machine:
// Go reads it without a library that could be replaced. So the clock jumps between
// two processes, the first of which is played by the queue itself with a clock of
// its own. What a lease and a waiting time do then is in the tests of engine/queue.
func TestAClockThatWasWrongKeepsNoAnswerBack(t *testing.T) {
	t.Parallel()
	template := sampled(t)
	for name, wrong := range map[string]time.Duration{
		"it was far ahead":              1000 * time.Hour,
		"it was a little ahead":         10 * time.Minute,
		"it was behind":                 -20 * time.Hour,
		"it was behind the give-up age": -1000 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWitness(t, nil)
			data := cloned(t, template)
			q, _, err := queue.Open(filepath.Join(data, "queue.db"), queue.Options{Now: func() time.Time { return time.Now().Add(wrong) }})
			require.NoError(t, err)
			for n := range 6 {
				leads := 1
				if -wrong > 24*time.Hour && n >= 2 {
					leads = 0 // the batch has expired, and that is what Marketo is told
				}
				w.store(t, q, fmt.Sprint("wrong-", n), leads)
			}
			// Some have been evaluated and refused once.
			jobs, err := q.Claim(t.Context(), 2, time.Minute)
			require.NoError(t, err)
			for _, j := range jobs {
				require.NoError(t, q.Evaluated(j.Lease, []byte(`{"objectData":[{"leadData":{"id":1}}]}`), queue.Summary{Succeeded: 1}))
			}
			refused, err := q.ClaimDelivery(t.Context(), 2, time.Minute)
			require.NoError(t, err)
			require.Len(t, refused, 2)
			for _, d := range refused {
				require.NoError(t, q.Retry(d.Lease, queue.Attempt{Status: 503}, time.Now().Add(wrong+2*time.Second)))
			}
			require.NoError(t, q.Close())

			v := launch(t, data, nil)
			require.True(t, v.ready(), "%s", v.tail())
			w.answered(t, 20*time.Second)
			v.stop()
			w.examine(t, data)
			_, repeated := w.count()
			require.Zero(t, repeated)
		})
	}
}

// store puts a request of one lead in, as an earlier process would have. Its
// callback will have so many leads.
func (w *witness) store(t *testing.T, q *queue.Queue, token string, leads int) {
	t.Helper()
	id, _, err := q.Put(t.Context(), queue.Invocation{
		CallbackURL: w.URL, APIKey: "k", Token: token, HasToken: true, TokenHash: sha256.Sum256([]byte(token)), Leads: 1,
		Payload: fmt.Appendf(nil, `{"token":%q,"apiCallBackKey":"k","callbackUrl":%q,"objectData":[{"objectContext":{"id":1,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}]}`, token, w.URL),
	})
	require.NoError(t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fates[token] = &fate{id: id.String(), leads: leads}
}
