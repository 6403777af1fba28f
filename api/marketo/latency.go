package marketo

import (
	"slices"
	"time"
)

// Latency describes a set of durations; in JSON they are nanoseconds.
type Latency struct {
	Count int           `json:"count"`
	P50   time.Duration `json:"p50Ns"`
	P90   time.Duration `json:"p90Ns"`
	P99   time.Duration `json:"p99Ns"`
	Max   time.Duration `json:"maxNs"`
}

// latencyOf gives the percentiles by nearest rank. It sorts the durations in place.
func latencyOf(durations []time.Duration) Latency {
	n := len(durations)
	if n == 0 {
		return Latency{}
	}
	slices.Sort(durations)
	rank := func(percent int) time.Duration { return durations[(n*percent+99)/100-1] }
	return Latency{Count: n, P50: rank(50), P90: rank(90), P99: rank(99), Max: durations[n-1]}
}
