//go:build fault

package main_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The whole form is
//
//	go test -tags fault -run Kill -timeout 1h ./cmd/tablestep/ -kill.rounds=200
var killRounds = flag.Int("kill.rounds", 20, "how often the process is killed")

func TestKilledUnderLoadItAnswersEverythingItPromised(t *testing.T) {
	t.Parallel() // it mostly waits
	data := sampled(t)
	w := newWitness(t, nil)
	for round := range *killRounds {
		v := launch(t, data, nil)
		if round%5 == 4 { // while it still recovers
			time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
			v.kill()
			w.examine(t, data)
			continue
		}
		require.True(t, v.ready(), "%s", v.tail())
		stop := w.load(v.url, fmt.Sprintf("round-%d", round), 6, true)
		time.Sleep(time.Duration(5+rand.IntN(500)) * time.Millisecond)
		v.kill()
		stop()
		w.examine(t, data)
	}
	acknowledged, _ := w.count()
	t.Logf("%d requests acknowledged, %d of them unanswered before the last start", acknowledged, w.missing())
	w.finish(t, data)
	acknowledged, _ = w.count()
	require.Greater(t, acknowledged, *killRounds, "too little was acknowledged before the kills")
	require.Less(t, w.widest, 5*time.Second, "a callback was not noted for long")
	t.Logf("%d rounds: %s", *killRounds, w)
}

func TestKilledBetweenAttemptsItAnswersExactlyOnce(t *testing.T) {
	t.Parallel() // it mostly waits
	data := sampled(t)
	var refusing atomic.Bool
	w := newWitness(t, func(token string) int {
		if refusing.Load() && strings.HasSuffix(token, "-later") {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	rounds := max(2, *killRounds/10)
	for round := range rounds {
		v := launch(t, data, nil)
		require.True(t, v.ready(), "%s", v.tail())
		w.answered(t, 20*time.Second) // what the process before has left
		refusing.Store(true)
		for n := range 20 {
			when := "now"
			if n%5 == 0 {
				when = "later"
			}
			require.Equal(t, http.StatusCreated, w.send(v.url, fmt.Sprintf("round-%d-%d-%s", round, n, when)))
		}
		// No attempt is under way when what waits has been refused and the rest is
		// noted as delivered.
		require.Eventually(t, func() bool {
			return strings.Count(v.client("invocations", "list", "--limit", "20"), " delivered ") == 16 &&
				strings.Count(v.client("invocations", "list", "--limit", "20", "--state", "retryable"), " retryable ") == 4
		}, 20*time.Second, 10*time.Millisecond)
		v.kill()
		w.examine(t, data)
		require.Zero(t, w.excused, "a callback was under way, so this was no kill between attempts")
		refusing.Store(false)
	}
	w.finish(t, data)
	acknowledged, repeated := w.count()
	require.Equal(t, 20*rounds+1, acknowledged)
	require.Zero(t, repeated)
	t.Logf("%d rounds: %s", rounds, w)
}
