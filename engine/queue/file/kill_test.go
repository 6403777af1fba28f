package file_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// childEnv makes the test binary a child that works on a queue until it is killed.
const childEnv = "QUEUE_TEST_CHILD"

// childMain runs the child, in a process that is one. It writes a line for
// everything that it has been told, and nothing before it has been told:
//
//	put N ID          invocation N is on the disk
//	send ID CALLBACK  the callback is about to be sent
//	done ID           the delivery is on the disk
//
// Each answer gives row a one lead, which keeps it and is named by the ID.
func childMain() bool {
	path := os.Getenv(childEnv)
	if path == "" {
		return false
	}
	start, err := strconv.Atoi(os.Getenv(childEnv + "_START"))
	if err == nil {
		err = child(path, start)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
	return true
}

// child ends with an error only.
func child(path string, start int) error {
	q, _, err := file.Open(path, file.Options{LockTimeout: 10 * time.Second})
	if err != nil {
		return err
	}
	file.SetTokenGeneration(q, 50)
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf(format+"\n", args...) // Unbuffered: one write a line.
	}
	ctx, failed := context.Background(), make(chan error)
	for caller := range 8 {
		go func() {
			for n := start + caller; ; n += 8 {
				in := invocation(n)
				in.Payload = noise(100 + n%5*20_000)
				id, duplicate, err := q.Put(ctx, in)
				if errors.Is(err, queue.ErrDiskFull) {
					time.Sleep(time.Millisecond)
					continue
				}
				if err != nil || duplicate {
					failed <- fmt.Errorf("put %d: duplicate %t: %w", n, duplicate, err)
					return
				}
				say("put %d %s", n, id)
			}
		}()
	}
	for range 2 {
		go func() {
			for range q.WakeEvaluation() {
				jobs, err := q.Claim(ctx, 4, time.Minute)
				for _, j := range jobs {
					// Every evaluation gives another answer, so that one that is computed
					// again after it was stored would be seen.
					out := queue.Evaluated([]byte(rand.Text()+j.Token), queue.Summary{}).WithTurns(
						[]queue.Turn{turnOf("owners", "a")}, []queue.Stuck{stuckTo("owners", j.ID.String(), "a", time.Time{})})
					if err = q.Finish(ctx, j.Lease, out); err != nil {
						break
					}
				}
				if err != nil && !errors.Is(err, queue.ErrDiskFull) {
					failed <- err
					return
				}
			}
		}()
		go func() {
			for range q.WakeDelivery() {
				ds, err := q.ClaimDelivery(ctx, 4, time.Minute)
				for _, d := range ds {
					say("send %s %s", d.ID, hex.EncodeToString(d.Callback))
					if err = q.Finish(ctx, d.Lease, queue.Arrived(queue.Attempt{Status: 200})); err != nil {
						break
					}
					say("done %s", d.ID)
				}
				if err != nil && !errors.Is(err, queue.ErrDiskFull) {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	path := filepath.Join(t.TempDir(), "queue.db")
	w := newWitness()
	for round := range rounds {
		exit := runChild(t, childCommand(t, path, (round+1)*1_000_000), time.Duration(40+37*round%200)*time.Millisecond, w)
		if runtime.GOOS != "windows" { // There a kill is an exit.
			require.False(t, exit.Exited(), "the child ended by itself")
		}
	}
	require.NotEmpty(t, w.acked)
	require.NotEmpty(t, w.done)
	t.Logf("%d rounds: %s", rounds, w)
	w.verify(t, path)
}

// witness remembers what children have said.
type witness struct {
	acked map[int]queue.ID
	sent  map[queue.ID]string // its callback
	done  map[queue.ID]bool
}

func newWitness() *witness {
	return &witness{map[int]queue.ID{}, map[queue.ID]string{}, map[queue.ID]bool{}}
}

func (w *witness) String() string {
	return fmt.Sprintf("%d acknowledged, %d sent, %d done", len(w.acked), len(w.sent), len(w.done))
}

func (w *witness) hear(t *testing.T, line []string) {
	t.Helper()
	switch {
	case len(line) == 3 && line[0] == "put":
		n, err := strconv.Atoi(line[1])
		require.NoError(t, err)
		w.acked[n] = parse(t, line[2])
	case len(line) == 3 && line[0] == "send":
		id := parse(t, line[1])
		require.False(t, w.done[id], "%s sent again after its delivery was stored", id)
		if before, ok := w.sent[id]; ok {
			require.Equal(t, before, line[2], "%s sent with two answers", id)
		}
		w.sent[id] = line[2]
	case len(line) == 2 && line[0] == "done":
		w.done[parse(t, line[1])] = true
	default:
		require.Fail(t, "line cut short", "%q", line) // A line is one write.
	}
}

// verify opens the file after the last child and works everything off.
func (w *witness) verify(t *testing.T, path string) {
	t.Helper()
	acked, sent, done := w.acked, w.sent, w.done
	rows(t, path) // The file passes bbolt's check.
	q, found := open(t, path, file.Options{})
	require.False(t, found.Clean)
	require.Empty(t, found.Damaged)
	verifyTurns(t, q)
	for n, id := range acked {
		again, duplicate, err := q.Put(t.Context(), invocation(n))
		require.NoError(t, err)
		require.True(t, duplicate, "invocation %d was acknowledged and is unknown", n)
		require.Equal(t, id, again)
	}
	for {
		jobs, err := q.Claim(t.Context(), 100, time.Minute)
		require.NoError(t, err)
		for _, j := range jobs {
			n, err := strconv.Atoi(strings.TrimPrefix(j.Token, "token-"))
			require.NoError(t, err)
			require.Equal(t, noise(100+n%5*20_000), j.Payload)
			require.Zero(t, j.Failures, "a kill is no failed evaluation")
			require.NoError(t, q.Finish(t.Context(), j.Lease, queue.Evaluated([]byte(j.Token), queue.Summary{})))
		}
		ds, err := q.ClaimDelivery(t.Context(), 100, time.Minute)
		require.NoError(t, err)
		for _, d := range ds {
			require.False(t, done[d.ID])
			if before, ok := sent[d.ID]; ok {
				require.Equal(t, before, hex.EncodeToString(d.Callback))
				require.True(t, d.Ambiguous, "sent before the kill, and nobody knows how it ended")
			}
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200})))
		}
		if len(jobs)+len(ds) > 0 {
			continue
		}
		if stats(t, q).Unfinished == 0 {
			break
		}
		// What ran alone when a child was killed waits a moment before it runs again.
		<-q.WakeEvaluation()
	}
	for n, id := range acked {
		require.Equal(t, queue.Delivered, get(t, q, id).State, "invocation %d", n)
	}
	for id := range done {
		require.Equal(t, queue.Delivered, get(t, q, id).State)
	}
}

// verifyTurns holds that turns are there with the answer that gave them, and only with it.
func verifyTurns(t *testing.T, q *file.Queue) {
	t.Helper()
	answered, f := 0, queue.Filter{Limit: queue.MaxList}
	for {
		list, err := q.List(t.Context(), f)
		require.NoError(t, err)
		if len(list) == 0 {
			break
		}
		for _, i := range list {
			row := kept(t, q, "owners", i.ID.String())
			if i.HasCallback || i.State == queue.Delivered {
				answered++
				require.Equal(t, "a", row, "%s is answered", i.ID)
			} else {
				require.Empty(t, row, "%s is not answered", i.ID)
			}
		}
		f.Before = list[len(list)-1].ID
	}
	rows := counters(t, q, "owners")
	require.Len(t, rows, 1)
	require.Equal(t, int64(answered), rows[0].Leads, "every answer that is stored counts, and no other")
	require.Equal(t, int64(answered), rows[0].InPeriod)
}

func parse(t *testing.T, s string) queue.ID {
	t.Helper()
	id, err := queue.ParseID(s)
	require.NoError(t, err)
	return id
}

// childCommand is the command of a child whose invocations are numbered from start.
func childCommand(t *testing.T, path string, start int, wrapper ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	wrapper = append(wrapper, exe)
	cmd := exec.Command(wrapper[0], wrapper[1:]...)
	cmd.Env = append(os.Environ(), childEnv+"="+path, childEnv+"_START="+strconv.Itoa(start))
	return cmd
}

// runChild runs a child, kills it some time after its first line unless it has
// ended by itself, and lets w hear what it says.
func runChild(t *testing.T, cmd *exec.Cmd, after time.Duration, w *witness) *os.ProcessState {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	if cmd.Cancel == nil {
		cmd.Cancel = func() error { return cmd.Process.Kill() }
	}
	kill := cmd.Cancel
	cmd.Cancel = nil // It goes with a context only.
	require.NoError(t, cmd.Start())
	timer := time.AfterFunc(time.Minute, func() { _ = kill() })
	first := true
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if first {
			timer.Reset(after)
			first = false
		}
		w.hear(t, strings.Fields(lines.Text()))
	}
	timer.Stop()
	if err := cmd.Wait(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	t.Logf("child: %s %s", cmd.ProcessState, strings.TrimSpace(stderr.String()))
	return cmd.ProcessState
}
