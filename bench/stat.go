package main

import (
	"math/bits"
	"slices"
	"sync/atomic"
	"time"
)

// median of at least one value.
func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// ratios sets repetitions against each other, one by one.
func ratios(of, to []float64) []float64 {
	out := make([]float64, 0, len(of))
	for i := range min(len(of), len(to)) {
		if to[i] > 0 {
			out = append(out, of[i]/to[i])
		}
	}
	return out
}

// A histogram counts durations of microseconds to hours in buckets of 3 %. It
// may be used by many goroutines at once.
type histogram struct {
	counts [64 * subBuckets]atomic.Uint64
}

const (
	subBits    = 5
	subBuckets = 1 << subBits
)

func bucketOf(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 0))
	if us < subBuckets {
		return int(us)
	}
	shift := bits.Len64(us) - subBits - 1
	return (shift+1)*subBuckets + int(us>>shift) - subBuckets
}

// bucketTop is the first duration beyond a bucket.
func bucketTop(i int) time.Duration {
	if i < subBuckets {
		return time.Duration(i+1) * time.Microsecond
	}
	shift := i/subBuckets - 1
	return time.Duration(uint64(i%subBuckets+subBuckets+1)<<shift) * time.Microsecond
}

func (h *histogram) add(d time.Duration) { h.counts[bucketOf(d)].Add(1) }

// quantile is the duration within which the part q of all fell, in milliseconds;
// 0 if there are none.
func (h *histogram) quantile(q float64) float64 {
	total := uint64(0)
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	if total == 0 {
		return 0
	}
	want := max(uint64(q*float64(total)+0.5), 1)
	for i := range h.counts {
		n := h.counts[i].Load()
		if n >= want {
			return milliseconds(bucketTop(i))
		}
		want -= n
	}
	return 0
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
