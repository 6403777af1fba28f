package delivery_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine/delivery"
)

func answered(status int) delivery.Outcome {
	o := delivery.Outcome{Status: status, Err: "answered"}
	switch {
	case status == 401 || status == 403:
		o.Verdict = delivery.Refused
	case status == 429 || status >= 500:
		o.Verdict = delivery.Retry
	case status >= 200 && status < 300:
		o.Verdict = delivery.Delivered
	default:
		o.Verdict = delivery.Final
	}
	return o
}

func TestOutcomeDecidesTheFateOfADelivery(t *testing.T) {
	const day = 24 * time.Hour
	lost := delivery.Outcome{Verdict: delivery.Retry, Ambiguous: true, Err: "no answer"}
	down := delivery.Outcome{Verdict: delivery.Retry, Err: "connection refused"}
	notAllowed := delivery.Outcome{Verdict: delivery.Final, Err: "not allowed"}
	stopped := delivery.Outcome{Verdict: delivery.Retry, Canceled: true, Ambiguous: true, Err: "stopped"}
	asked := answered(429)
	asked.RetryAfter = 10 * time.Minute

	for name, c := range map[string]struct {
		history delivery.History
		outcome delivery.Outcome
		age     time.Duration
		fate    delivery.Fate
		after   time.Duration
		reason  string
	}{
		"first 2xx":                {outcome: answered(204), fate: delivery.FateDelivered},
		"2xx after all kinds":      {history: delivery.History{Attempts: 9, Refused: 2, Ambiguous: true}, outcome: answered(200), fate: delivery.FateDelivered},
		"2xx beyond the age":       {outcome: answered(200), age: 2 * day, fate: delivery.FateDelivered},
		"first network error":      {outcome: down, fate: delivery.FateRetry, after: 2 * time.Second, reason: "refused"},
		"second network error":     {history: delivery.History{Attempts: 1}, outcome: down, fate: delivery.FateRetry, after: 5 * time.Second},
		"eleventh network error":   {history: delivery.History{Attempts: 10}, outcome: down, fate: delivery.FateRetry, after: time.Hour},
		"500":                      {outcome: answered(500), fate: delivery.FateRetry, after: 2 * time.Second},
		"429 that says when":       {outcome: asked, fate: delivery.FateRetry, after: 11 * time.Minute},
		"no answer":                {outcome: lost, fate: delivery.FateRetry, after: 2 * time.Second},
		"no answer beyond the age": {history: delivery.History{Attempts: 30}, outcome: lost, age: day, fate: delivery.FateDead, reason: "may have been received"},
		"500 beyond the age":       {history: delivery.History{Attempts: 30}, outcome: answered(500), age: day, fate: delivery.FateDead, reason: "given up after 24h0m0s and 31 attempts, last: answered"},
		"once, beyond the age":     {outcome: down, age: 30 * day, fate: delivery.FateDead, reason: "1 attempt,"},
		"500 a second before":      {history: delivery.History{Attempts: 30}, outcome: answered(500), age: day - time.Second, fate: delivery.FateDead},
		"500 ten minutes before":   {history: delivery.History{Attempts: 30}, outcome: answered(500), age: day - 10*time.Minute, fate: delivery.FateRetry, after: 10 * time.Minute},
		"400":                      {outcome: answered(400), fate: delivery.FateDead, reason: "answered"},
		"404 after a certain one":  {history: delivery.History{Attempts: 3}, outcome: answered(404), fate: delivery.FateDead},
		"400 after a lost answer":  {history: delivery.History{Attempts: 1, Ambiguous: true}, outcome: answered(400), fate: delivery.FateProbably, reason: "an earlier attempt ended without an answer"},
		"409, old, after a lost":   {history: delivery.History{Attempts: 30, Ambiguous: true}, outcome: answered(409), age: 2 * day, fate: delivery.FateProbably},
		"302":                      {outcome: answered(302), fate: delivery.FateDead},
		"302 after a lost answer":  {history: delivery.History{Attempts: 1, Ambiguous: true}, outcome: answered(302), fate: delivery.FateDead},
		"not allowed":              {outcome: notAllowed, fate: delivery.FateDead, reason: "not allowed"},
		"not allowed after a lost": {history: delivery.History{Attempts: 1, Ambiguous: true}, outcome: notAllowed, fate: delivery.FateDead},
		"first 401":                {outcome: answered(401), fate: delivery.FateRetry, after: 2 * time.Second},
		"second 403":               {history: delivery.History{Attempts: 1, Refused: 1}, outcome: answered(403), fate: delivery.FateRetry, after: 5 * time.Second},
		"third 401":                {history: delivery.History{Attempts: 2, Refused: 2}, outcome: answered(401), fate: delivery.FateDead, reason: "3 times"},
		"first 401 after 500s":     {history: delivery.History{Attempts: 7}, outcome: answered(401), fate: delivery.FateRetry, after: 10 * time.Minute},
		"third 401, lost before":   {history: delivery.History{Attempts: 3, Refused: 2, Ambiguous: true}, outcome: answered(401), fate: delivery.FateProbably},
		"first 401 beyond the age": {history: delivery.History{Attempts: 40}, outcome: answered(401), age: day, fate: delivery.FateDead},
		"stopped by ourselves":     {outcome: stopped, fate: delivery.FateRetry, after: 2 * time.Second},
		"stopped beyond the age":   {outcome: stopped, age: 2 * day, fate: delivery.FateRetry, after: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			d := delivery.Schedule{}.Decide(c.history, c.outcome, c.age, day, always(0.5))
			require.Equal(t, c.fate.String(), d.Fate.String())
			require.Equal(t, c.after, d.After)
			require.Contains(t, d.Reason, c.reason)
			require.Equal(t, d.Fate == delivery.FateDelivered, d.Reason == "")

			d = delivery.Decide(c.history, c.outcome, c.age, 0)
			require.Equal(t, c.fate, d.Fate, "with the defaults")
		})
	}
}

func TestHistorySumsUpWhatMatters(t *testing.T) {
	h := delivery.History{}.
		After(answered(500)).
		After(delivery.Outcome{Verdict: delivery.Retry, Ambiguous: true}).
		After(answered(401)).
		After(answered(403)).
		After(delivery.Outcome{Verdict: delivery.Retry, Canceled: true})
	require.Equal(t, delivery.History{Attempts: 4, Refused: 2, Ambiguous: true}, h)

	interrupted := delivery.Outcome{Canceled: true, Ambiguous: true}
	require.Equal(t, delivery.History{Ambiguous: true}, delivery.History{}.After(interrupted))
}

func TestOutcomeThatNobodyFilledInIsNoDelivery(t *testing.T) {
	d := delivery.Decide(delivery.History{}, delivery.Outcome{}, 0, 0)
	require.Equal(t, delivery.FateRetry, d.Fate)
}

// A delivery that is decided about again and again ends, and ends by the give-up age.
func TestEveryDeliveryEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		giveUp := time.Duration(rapid.Int64Range(int64(time.Minute), int64(72*time.Hour)).Draw(t, "giveUp"))
		var age time.Duration
		var h delivery.History
		for range 300 {
			o := answered(rapid.SampledFrom([]int{401, 403, 429, 500, 503}).Draw(t, "status"))
			o.RetryAfter = time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "retryAfter"))
			d := delivery.Decide(h, o, age, giveUp)
			h = h.After(o)
			if d.Fate != delivery.FateRetry {
				if d.Fate != delivery.FateDead {
					t.Fatalf("%v without a delivery", d.Fate)
				}
				return
			}
			if d.After < time.Second {
				t.Fatalf("comes back after %v", d.After)
			}
			if age += d.After; age > giveUp {
				t.Fatalf("an attempt %v after the give-up age", age-giveUp)
			}
		}
		t.Fatal("never ended")
	})
}

func TestVerdictsAndFatesHaveNames(t *testing.T) {
	require.Equal(t, "delivered", delivery.Delivered.String())
	require.Equal(t, "refused", delivery.Refused.String())
	require.Equal(t, "final", delivery.Final.String())
	require.Equal(t, "retry", delivery.Retry.String())
	require.Equal(t, "verdict 9", delivery.Verdict(9).String())
	require.Equal(t, "fate 9", delivery.Fate(9).String())
}
