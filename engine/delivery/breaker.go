package delivery

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// What Breakers do where their options say nothing.
const (
	defaultFailures  = 5
	defaultPause     = 15 * time.Second
	defaultMaxPause  = 5 * time.Minute
	defaultProbeTime = time.Minute
	defaultMaxHosts  = 1000

	// probeWait is what is told to those who ask while a probe is under way.
	probeWait = 2 * time.Second
)

// BreakerOptions say when a breaker opens and for how long. The zero value means the defaults.
type BreakerOptions struct {
	Failures  int           // in a row that open it; 0 is 5
	Pause     time.Duration // before the first probe, doubled after each failed one; 0 is 15 s
	MaxPause  time.Duration // that doubling leads to; 0 is 5 min
	ProbeTime time.Duration // after which a probe that was never reported is given up for lost; 0 is 1 min
	MaxHosts  int           // hosts in trouble that are kept apart; 0 is 1000
}

// Breakers keep a host that fails from using up the attempts of every delivery that goes there, and its
// timeouts from using up the workers. They are safe for concurrent use and live in memory: after a start
// every breaker is closed.
//
// A breaker is closed while its host answers. Several failures in a row, with no answer in between, open it:
// then Allow refuses until a pause is over. The first to ask after that may go, as the probe, and all others
// wait for its report (half-open). If it is answered the breaker closes; if it fails the pause doubles and
// begins again. Whatever status comes back counts as an answer but 408, 425, 429 and 5xx.
type Breakers struct {
	options BreakerOptions

	mu    sync.Mutex
	hosts map[string]*breaker // guarded by mu; only hosts whose last report was a failure
}

type breaker struct {
	failures int
	pause    time.Duration // zero while closed
	until    time.Time     // while open: when the pause is over
	since    time.Time     // when it opened
	changed  time.Time
	// probeUntil is set while a probe is under way: the time at which it counts as lost.
	probeUntil time.Time
}

// NewBreakers makes the breakers of all hosts, closed.
func NewBreakers(o BreakerOptions) *Breakers {
	o.Failures = orDefault(o.Failures, defaultFailures)
	o.Pause = orDefault(o.Pause, defaultPause)
	o.MaxPause = max(orDefault(o.MaxPause, defaultMaxPause), o.Pause)
	o.ProbeTime = orDefault(o.ProbeTime, defaultProbeTime)
	o.MaxHosts = orDefault(o.MaxHosts, defaultMaxHosts)
	return &Breakers{options: o, hosts: make(map[string]*breaker)}
}

func orDefault[T cmp.Ordered](v, byDefault T) T {
	var zero T
	if v <= zero {
		return byDefault
	}
	return v
}

// Allow reports whether a delivery to host may be attempted now; if not, when to ask again. Whoever is
// allowed must call Report when the attempt is over. An attempt that was not allowed is not one: it must not
// be counted in the delivery's history.
func (b *Breakers) Allow(host string) (ok bool, retryAt time.Time) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[host]
	switch {
	case h == nil || h.pause == 0:
		return true, time.Time{}
	case now.Before(h.until):
		return false, h.until
	case now.Before(h.probeUntil):
		return false, now.Add(probeWait)
	}
	h.probeUntil = now.Add(b.options.ProbeTime)
	h.changed = now
	return true, time.Time{}
}

// Report tells how an allowed attempt to host went.
func (b *Breakers) Report(host string, o Outcome) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[host]
	switch {
	case o.Canceled, o.Short, o.Verdict != Retry && o.Status == 0:
		// It says nothing about the host; if it was the probe, another may go.
		if h != nil {
			h.probeUntil = time.Time{}
		}
		return
	case o.Verdict != Retry:
		delete(b.hosts, host)
		return
	}
	if h == nil {
		b.makeRoom()
		h = &breaker{}
		b.hosts[host] = h
	}
	h.changed = now
	h.failures++
	switch {
	case h.pause == 0 && h.failures < b.options.Failures:
		return
	case h.pause == 0:
		h.pause, h.since = b.options.Pause, now
	case h.probeUntil.IsZero():
		return // sent before the breaker opened: no news
	default:
		h.pause = min(2*h.pause, b.options.MaxPause)
	}
	h.probeUntil = time.Time{}
	// A host that says when to come back is taken at its word, within reason.
	h.until = now.Add(max(h.pause, min(o.RetryAfter, patience)))
}

// makeRoom forgets the host that was quiet for longest when there are too many.
func (b *Breakers) makeRoom() {
	if len(b.hosts) < b.options.MaxHosts {
		return
	}
	oldest := ""
	for name, h := range b.hosts {
		if oldest == "" || h.changed.Before(b.hosts[oldest].changed) {
			oldest = name
		}
	}
	delete(b.hosts, oldest)
}

// OpenBreaker describes a breaker that is open or half-open.
type OpenBreaker struct {
	Host     string
	Failures int       // in a row
	Since    time.Time // when it opened
	RetryAt  time.Time // when the next probe may go; in the past while one is under way or due
}

// Open lists the breakers that are not closed, by host.
func (b *Breakers) Open() []OpenBreaker {
	b.mu.Lock()
	defer b.mu.Unlock()
	var open []OpenBreaker
	for name, h := range b.hosts {
		if h.pause > 0 {
			open = append(open, OpenBreaker{Host: name, Failures: h.failures, Since: h.since, RetryAt: h.until})
		}
	}
	slices.SortFunc(open, func(x, y OpenBreaker) int { return cmp.Compare(x.Host, y.Host) })
	return open
}
