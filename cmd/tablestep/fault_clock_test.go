//go:build fault

package main_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// The first of two processes, which had a wrong clock, is played by the queue itself
// with a clock of its own.
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
			q, _, err := file.Open(filepath.Join(data, "queue.db"), file.Options{Now: func() time.Time { return time.Now().Add(wrong) }})
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
				require.NoError(t, q.Finish(t.Context(), j.Lease, queue.Evaluated([]byte(`{"objectData":[{"leadData":{"id":1}}]}`), queue.Summary{Succeeded: 1})))
			}
			refused, err := q.ClaimDelivery(t.Context(), 2, time.Minute)
			require.NoError(t, err)
			require.Len(t, refused, 2)
			for _, d := range refused {
				require.NoError(t, q.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{Status: 503}, time.Now().Add(wrong+2*time.Second))))
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
func (w *witness) store(t *testing.T, q queue.Store, token string, leads int) {
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

// While the service runs its wall clock is set ahead and back, by seconds and by
// more than the give-up age and the retention, with invocations waiting, being
// evaluated, being sent and waiting for their next attempt.
func TestAClockThatJumpsUnderARunningServiceChangesNothing(t *testing.T) {
	t.Parallel()
	program, clock := withJumpingClock(t)
	var mu sync.Mutex // guards refused
	refused := map[string]bool{}
	w := newWitness(t, func(token string) int {
		time.Sleep(20 * time.Millisecond) // so that attempts are under way at a jump
		mu.Lock()
		defer mu.Unlock()
		if strings.HasSuffix(token, "7") && !refused[token] {
			refused[token] = true // its next attempt is some seconds later
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	data := sampled(t)
	v := launchProgram(t, program, data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	for n, jump := range []time.Duration{
		5 * time.Second, -5 * time.Second, 30 * time.Hour, 0, -30 * time.Hour, 0, 1000 * time.Hour, -1000 * time.Hour, 10 * time.Minute, 0,
	} {
		stop := w.load(v.url, fmt.Sprintf("jump-%d", n), 4, false)
		time.Sleep(300 * time.Millisecond)
		setClock(t, clock, jump)
		// What the service itself says shows that its clock has jumped.
		require.Eventually(t, func() bool { return near(t, v, jump) }, 10*time.Second, 50*time.Millisecond, "the clock of the service did not jump by %s", jump)
		time.Sleep(300 * time.Millisecond)
		stop()
	}
	acknowledged, _ := w.count()
	require.Greater(t, acknowledged, 200)
	w.answered(t, 10*time.Second) // the first waits after a refusal are 2 and 5 s
	v.stop()
	w.examine(t, data)
	_, repeated := w.count()
	require.Zero(t, repeated)
	require.NotEmpty(t, refused)
	t.Logf("%d answered once, %d of them after a refusal", acknowledged, len(refused))
}

// near says whether one of the newest attempts began, by the clock of the service,
// about so far from now.
func near(t *testing.T, v *victim, jump time.Duration) bool {
	t.Helper()
	var list struct{ Invocations []sentInvocation }
	require.NoError(t, json.Unmarshal([]byte(v.client("invocations", "list", "--state", "delivered", "--limit", "50", "--json")), &list))
	for _, i := range list.Invocations {
		for _, a := range i.Recent {
			if off := time.Until(a.Started) - jump; off.Abs() < 2*time.Second {
				return true
			}
		}
	}
	return false
}

// withJumpingClock builds the program with a package time whose Now adds to the
// wall clock, and not to the monotonic one, what stands in the file clock. To set
// the clock of the machine would harm others, and Go reads it without a library or
// a system call that could be replaced.
func withJumpingClock(t *testing.T) (program, clock string) {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	source := filepath.Join(strings.TrimSpace(string(out)), "src", "time", "time.go")
	original, err := os.ReadFile(source)
	require.NoError(t, err)
	const reads = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	require.Equal(t, 1, strings.Count(string(original), reads), "time.Now is no longer as this test knows it: look at %s", source)
	dir := t.TempDir()
	clock = filepath.Join(dir, "clock")
	setClock(t, clock, 0)
	replaced := map[string]string{
		source: strings.Replace(string(original), reads, reads+"\tsec += jump.Load()\n", 1),
		filepath.Join(filepath.Dir(source), "jump.go"): `package time

import "sync/atomic"

var jump atomic.Int64

// Jump sets how many seconds the wall clock is ahead.
func Jump(seconds int64) { jump.Store(seconds) }
`,
		"jump.go": `package main

import (
	"os"
	"strconv"
	"time"
)

func init() {
	go func() {
		for ; ; time.Sleep(5 * time.Millisecond) {
			text, err := os.ReadFile(` + strconv.Quote(clock) + `)
			if err != nil {
				return // the test has ended
			}
			if seconds, err := strconv.ParseInt(string(text), 10, 64); err == nil {
				time.Jump(seconds)
			}
		}
	}()
}
`,
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, text := range replaced {
		abs, err := filepath.Abs(path)
		require.NoError(t, err)
		with := filepath.Join(dir, strconv.Itoa(len(overlay.Replace))+".go")
		require.NoError(t, os.WriteFile(with, []byte(text), 0o600))
		overlay.Replace[abs] = with
	}
	raw, err := json.Marshal(overlay)
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, raw, 0o600))
	program = filepath.Join(dir, "tablestep")
	said, err := exec.Command("go", "build", "-overlay", list, "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", said)
	return program, clock
}

// setClock sets the clock of the service ahead, in whole seconds.
func setClock(t *testing.T, clock string, ahead time.Duration) {
	t.Helper()
	next := clock + ".next"
	require.NoError(t, os.WriteFile(next, strconv.AppendInt(nil, int64(ahead/time.Second), 10), 0o600))
	require.NoError(t, os.Rename(next, clock))
}
