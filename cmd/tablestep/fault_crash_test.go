//go:build fault

package main_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The long form is
//
//	go test -tags fault -run Crash -timeout 1h ./cmd/tablestep/ -crash.rounds=20
var crashRounds = flag.Int("crash.rounds", 1, "how many batches that end the process are tried")

// Campaigns whose batches behave, in the build of sickly, as no batch should.
const (
	healthyCampaign = 1
	lethalCampaign  = 666 // ends the process within 10 ms
	slowCampaign    = 667 // takes its time
	slowerCampaign  = 668 // takes the time of several
)

// slowness is how long the evaluation of a slow batch takes.
const slowness = 400 * time.Millisecond

// sickly builds the program with an evaluation that some campaigns harm.
func sickly(t *testing.T) (program string) {
	t.Helper()
	dir := t.TempDir()
	source, err := filepath.Abs("../../engine/work.go")
	require.NoError(t, err)
	code, err := os.ReadFile(source)
	require.NoError(t, err)
	const call = "e.evaluateSafely(ctx, job, booking, callback)\n"
	at := strings.Index(string(code), call)
	require.Positive(t, at)
	line := strings.LastIndexByte(string(code[:at]), '\n') + 1
	changed := string(code[:line]) + "\t\tharm(job)\n" + string(code[line:]) + fmt.Sprintf(`
func harm(job *queue.Job) {
	switch job.CampaignID {
	case %d:
		time.Sleep(time.Duration(time.Now().UnixNano() %% 10_000_000))
		p, err := os.FindProcess(os.Getpid())
		if err != nil || p.Kill() != nil {
			panic("cannot kill itself")
		}
		select {}
	case %d:
		time.Sleep(%d)
	case %d:
		time.Sleep(%d)
	}
}
`, lethalCampaign, slowCampaign, slowness, slowerCampaign, 8*slowness)
	changed = strings.Replace(changed, "import (\n", "import (\n\t\"os\"\n", 1)
	replaced := filepath.Join(dir, "work.go")
	require.NoError(t, os.WriteFile(replaced, []byte(changed), 0o600))
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{source: replaced}})
	require.NoError(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, list, 0o600))
	program = filepath.Join(dir, "tablestep")
	said, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", said)
	return program
}

// A ward sends batches until each is acknowledged, over the lives of several
// processes, and keeps what was answered.
type ward struct {
	*httptest.Server
	campaigns map[string]int // by token
	ids       map[string]string

	mu      sync.Mutex // guards answers
	answers map[string]string
}

func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{campaigns: map[string]int{}, ids: map[string]string{}, answers: map[string]string{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.answers[r.Header.Get("x-callback-token")] = string(body)
	}))
	t.Cleanup(w.Close)
	return w
}

// send sends at once what was not acknowledged yet.
func (w *ward) send(url string) {
	var sending sync.WaitGroup
	var mu sync.Mutex // guards ids
	for token, campaign := range w.campaigns {
		if w.ids[token] != "" {
			continue
		}
		sending.Go(func() {
			body := fmt.Sprintf(`{"token":%q,"apiCallBackKey":"k","campaignId":%d,"callbackUrl":%q,"objectData":[`+
				`{"objectType":"lead","objectContext":{"id":1,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}]}`, token, campaign, w.URL)
			r, err := http.NewRequest(http.MethodPost, url+"/submitAsyncAction", bytes.NewReader([]byte(body)))
			if err != nil {
				return
			}
			r.Header.Set("x-api-key", testAPIKey)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				return // the process has ended
			}
			defer answer.Body.Close()
			var accepted struct {
				ID string `json:"invocation"`
			}
			if json.NewDecoder(answer.Body).Decode(&accepted) == nil && answer.StatusCode == http.StatusCreated {
				mu.Lock()
				defer mu.Unlock()
				w.ids[token] = accepted.ID
			}
		})
	}
	sending.Wait()
}

func (w *ward) missing() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.campaigns) - len(w.answers)
}

// requireAnswers requires that every healthy batch was answered lead by lead.
func (w *ward) requireAnswers(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for token, campaign := range w.campaigns {
		if campaign != lethalCampaign {
			require.Contains(t, w.answers[token], `"objectData"`, "%s", token)
		}
	}
}

func TestACrashIsBlamedOnTheBatchThatCausedIt(t *testing.T) {
	t.Parallel() // it mostly waits
	program, data := sickly(t), sampled(t)
	for round := range *crashRounds {
		w := newWard(t)
		lethal := rand.IntN(21)
		for i := range 21 {
			w.campaigns[fmt.Sprintf("%d-%02d", round, i)] = map[bool]int{false: healthyCampaign, true: lethalCampaign}[i == lethal]
		}
		starts, deadline := 0, time.Now().Add(2*time.Minute)
		for w.missing() > 0 {
			starts++
			require.LessOrEqual(t, starts, 13, "more crashes than the batch may cause")
			require.True(t, time.Now().Before(deadline), "%d batches were not answered", w.missing())
			v := launchProgram(t, program, data, nil)
			if v.ready() {
				w.send(v.url)
			}
			for w.missing() > 0 && time.Now().Before(deadline) && !v.endsWithin(10*time.Millisecond) {
			}
			if w.missing() == 0 {
				v.stop()
			}
		}
		require.GreaterOrEqual(t, starts, 10)
		w.requireAnswers(t)
		answer := w.answers[fmt.Sprintf("%d-%02d", round, lethal)]
		require.Contains(t, answer, `"BATCH_FAILED"`)
		require.Contains(t, answer, "the service ended 10 times while it evaluated this batch and nothing else")
		t.Logf("batch %d of 21 ended the process; all were answered after %d starts", lethal, starts)
	}
}

// A machine that is short of memory, or a deployment that goes wrong, kills the
// process again and again while good batches are evaluated.
func TestGoodBatchesSurviveACrashLoop(t *testing.T) {
	t.Parallel() // it mostly waits
	program, data := sickly(t), sampled(t)
	w := newWard(t)
	for i := range 20 {
		w.campaigns[fmt.Sprintf("slow-%02d", i)] = slowCampaign
	}
	for range 8 {
		v := launchProgram(t, program, data, nil)
		require.True(t, v.ready())
		w.send(v.url)
		time.Sleep(slowness / 2) // in the middle of an evaluation, or of two
		v.kill()
	}
	v := launchProgram(t, program, data, nil)
	require.True(t, v.ready())
	require.Eventually(t, func() bool { return w.missing() == 0 }, time.Minute, 20*time.Millisecond)
	w.requireAnswers(t)
	v.stop()
}

func TestABatchThatIsCutOffByStopsIsNotToBlameForTheCrash(t *testing.T) {
	t.Parallel() // it mostly waits
	program, data := sickly(t), sampled(t)
	w := newWard(t)
	w.campaigns["slow"] = slowerCampaign
	for range 12 {
		v := launchProgram(t, program, data, nil)
		require.True(t, v.ready())
		w.send(v.url)
		time.Sleep(slowness / 8)
		require.NoError(t, v.cmd.Process.Signal(syscall.SIGTERM))
		time.Sleep(2 * slowness) // in which the stop is noted, also on a busy machine
		v.kill()                 // it took too long to stop
	}
	v := launchProgram(t, program, data, nil)
	require.True(t, v.ready())
	require.Eventually(t, func() bool { return w.missing() == 0 }, time.Minute, 20*time.Millisecond)
	w.requireAnswers(t)
	var info struct{ Failures, Crashes int }
	require.NoError(t, json.Unmarshal([]byte(v.client("invocations", "show", w.ids["slow"])), &info))
	require.Zero(t, info.Failures)
	require.Zero(t, info.Crashes)
	v.stop()
}
