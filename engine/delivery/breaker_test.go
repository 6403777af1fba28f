package delivery_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/delivery"
)

const dead = "dead.adobe.io:443"

func failTimes(b *delivery.Breakers, n int) {
	for range n {
		b.Report(dead, answered(503))
	}
}

func requireAllowed(t *testing.T, b *delivery.Breakers) {
	t.Helper()
	ok, at := b.Allow(dead)
	require.True(t, ok)
	require.Zero(t, at)
}

func requireRefusedFor(t *testing.T, b *delivery.Breakers, d time.Duration) {
	t.Helper()
	ok, at := b.Allow(dead)
	require.False(t, ok)
	require.Equal(t, d, time.Until(at))
}

func TestBreakerOpensAfterFailuresInARowAndClosesAfterAProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := delivery.NewBreakers(delivery.BreakerOptions{})
		failTimes(b, 4)
		requireAllowed(t, b)
		require.Empty(t, b.Open())
		failTimes(b, 1)
		requireRefusedFor(t, b, 15*time.Second)
		require.Equal(t, []delivery.OpenBreaker{{
			Host: dead, Failures: 5, Since: time.Now(), RetryAt: time.Now().Add(15 * time.Second),
		}}, b.Open())

		ok, _ := b.Allow("alive.adobe.io:443")
		require.True(t, ok, "another host is not touched")

		time.Sleep(15 * time.Second)
		requireAllowed(t, b) // the probe
		requireRefusedFor(t, b, 2*time.Second)
		b.Report(dead, answered(200))
		requireAllowed(t, b)
		requireAllowed(t, b)
		require.Empty(t, b.Open())
		failTimes(b, 4)
		requireAllowed(t, b) // the count began anew
	})
}

func TestPauseDoublesWithEveryFailedProbeUpToItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := delivery.NewBreakers(delivery.BreakerOptions{Failures: 1, Pause: time.Minute, MaxPause: 3 * time.Minute})
		failTimes(b, 1)
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute, 3 * time.Minute} {
			requireRefusedFor(t, b, pause)
			time.Sleep(pause)
			requireAllowed(t, b)
			failTimes(b, 1)
		}
	})
}

func TestAnswerResetsTheCountOfFailures(t *testing.T) {
	for _, status := range []int{200, 302, 401, 404} {
		b := delivery.NewBreakers(delivery.BreakerOptions{})
		failTimes(b, 4)
		b.Report(dead, answered(status))
		failTimes(b, 4)
		requireAllowed(t, b)
		failTimes(b, 1)
		ok, _ := b.Allow(dead)
		require.False(t, ok, "after status %d", status)
	}
}

func TestOutcomeThatSaysNothingAboutTheHostChangesNothingButFreesTheProbe(t *testing.T) {
	for name, o := range map[string]delivery.Outcome{
		"canceled":    {Verdict: delivery.Retry, Canceled: true},
		"not allowed": {Verdict: delivery.Final},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := delivery.NewBreakers(delivery.BreakerOptions{})
				b.Report(dead, o)
				failTimes(b, 4)
				b.Report(dead, o)
				failTimes(b, 1)
				requireRefusedFor(t, b, 15*time.Second)
				time.Sleep(15 * time.Second)
				requireAllowed(t, b)
				b.Report(dead, o)
				requireAllowed(t, b)
				requireRefusedFor(t, b, 2*time.Second)
			})
		})
	}
}

func TestProbeThatIsNeverReportedIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := delivery.NewBreakers(delivery.BreakerOptions{})
		failTimes(b, 5)
		time.Sleep(15 * time.Second)
		requireAllowed(t, b)
		time.Sleep(time.Minute - time.Second)
		requireRefusedFor(t, b, 2*time.Second)
		time.Sleep(time.Second)
		requireAllowed(t, b)
		requireRefusedFor(t, b, 2*time.Second)
	})
}

func TestLateFailuresDoNotLengthenThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := delivery.NewBreakers(delivery.BreakerOptions{})
		failTimes(b, 5)
		time.Sleep(10 * time.Second)
		failTimes(b, 50) // sent before it opened
		requireRefusedFor(t, b, 5*time.Second)
	})
}

func TestHostThatSaysWhenToComeBackIsTakenAtItsWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := delivery.NewBreakers(delivery.BreakerOptions{Failures: 1})
		o := answered(429)
		o.RetryAfter = 2 * time.Minute
		b.Report(dead, o)
		requireRefusedFor(t, b, 2*time.Minute)
		time.Sleep(2 * time.Minute)
		requireAllowed(t, b)
		o.RetryAfter = 24 * time.Hour
		b.Report(dead, o)
		requireRefusedFor(t, b, 15*time.Minute)
	})
}

func TestOnlyOneProbeIsLetThrough(t *testing.T) {
	b := delivery.NewBreakers(delivery.BreakerOptions{Failures: 1, Pause: time.Millisecond})
	failTimes(b, 1)
	time.Sleep(2 * time.Millisecond)
	var allowed atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if ok, _ := b.Allow(dead); ok {
				allowed.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int32(1), allowed.Load())
}

func TestNumberOfHostsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := delivery.NewBreakers(delivery.BreakerOptions{Failures: 1, MaxHosts: 3})
		for i := range 10 {
			b.Report(fmt.Sprintf("h%d.adobe.io:443", i), answered(500))
			time.Sleep(time.Millisecond)
		}
		var hosts []string
		for _, o := range b.Open() {
			hosts = append(hosts, o.Host)
		}
		require.Equal(t, []string{"h7.adobe.io:443", "h8.adobe.io:443", "h9.adobe.io:443"}, hosts)
	})
}

// A dead host, asked through a breaker for an hour, costs a delivery a handful of attempts, not hundreds.
func TestDeliveryToADeadHostUsesFewAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := delivery.NewBreakers(delivery.BreakerOptions{})
		start, attempts := time.Now(), 0
		for time.Since(start) < time.Hour {
			ok, at := b.Allow(dead)
			if !ok {
				time.Sleep(time.Until(at))
				continue
			}
			attempts++
			b.Report(dead, answered(500))
		}
		require.InDelta(t, 20, attempts, 5)
	})
}
