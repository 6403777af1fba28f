package delivery_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine/delivery"
)

func always(v float64) func() float64 { return func() float64 { return v } }

func TestScheduleIsTheOneThatIsDocumented(t *testing.T) {
	s, m, h := time.Second, time.Minute, time.Hour
	for attempt, want := range []time.Duration{
		0, 2 * s, 5 * s, 15 * s, 30 * s, 60 * s, 2 * m, 5 * m, 10 * m, 30 * m, h, h, h,
	} {
		require.Equal(t, want, delivery.Schedule{}.Base(attempt), "attempt %d", attempt)
		require.Equal(t, want, delivery.Schedule{}.Next(attempt, 0, always(0.5)), "attempt %d", attempt)
	}
	require.Equal(t, h, delivery.Schedule{}.Base(1_000_000))
	require.Zero(t, delivery.Schedule{}.Base(-1))
}

func TestScheduleOfOnesOwnIsFollowed(t *testing.T) {
	own := delivery.Schedule{Steps: []time.Duration{time.Second}, Last: time.Minute}
	require.Equal(t, time.Second, own.Base(1))
	require.Equal(t, time.Minute, own.Base(2))
	require.Equal(t, time.Minute, own.Base(20))
}

func TestDelayVariesByAFifthToEitherSide(t *testing.T) {
	require.Equal(t, 8*time.Minute, delivery.Schedule{}.Next(8, 0, always(0)))
	require.Equal(t, 12*time.Minute, delivery.Schedule{}.Next(8, 0, always(1)))
	seen := map[time.Duration]bool{}
	for range 100 {
		seen[delivery.Schedule{}.Next(8, 0, nil)] = true
	}
	require.Greater(t, len(seen), 90, "random delays must differ")
}

func TestRetryAfterIsHonouredWithinItsBounds(t *testing.T) {
	for _, c := range []struct {
		attempt         int
		retryAfter      time.Duration
		atLeast, atMost time.Duration
	}{
		{1, time.Second, 1600 * time.Millisecond, 2400 * time.Millisecond}, // shorter than the base: the base
		{1, time.Minute, time.Minute, 72 * time.Second},                    // never sooner than asked
		{1, 15 * time.Minute, 15 * time.Minute, 18 * time.Minute},
		{1, 24 * time.Hour, 15 * time.Minute, 18 * time.Minute}, // capped at 15 minutes
		{9, 45 * time.Minute, 45 * time.Minute, 54 * time.Minute},
		{9, 24 * time.Hour, time.Hour, 72 * time.Minute}, // capped at twice the base
		{20, 24 * time.Hour, 2 * time.Hour, 144 * time.Minute},
		{20, time.Minute, 48 * time.Minute, 72 * time.Minute},
		{0, time.Hour, 0, 0},
	} {
		for _, r := range []float64{0, 0.3, 0.999999} {
			got := delivery.Schedule{}.Next(c.attempt, c.retryAfter, always(r))
			require.GreaterOrEqual(t, got, c.atLeast, "%+v", c)
			require.LessOrEqual(t, got, c.atMost, "%+v", c)
		}
	}
}

func TestEveryDelayStaysWithinTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.IntRange(1, 60).Draw(t, "attempt")
		asked := time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "retryAfter"))
		r := rapid.Float64Range(0, 0.9999999).Draw(t, "rnd")
		base := delivery.Schedule{}.Base(attempt)
		got := delivery.Schedule{}.Next(attempt, asked, always(r))
		limit := base
		if asked > base {
			limit = max(2*base, 15*time.Minute)
			if asked <= limit && got < asked {
				t.Fatalf("sooner than asked: %v", got)
			}
		}
		if got < base*8/10 || got > limit*12/10 {
			t.Fatalf("delay %v outside [%v, %v]", got, base*8/10, limit*12/10)
		}
	})
}
