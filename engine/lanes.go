package engine

import (
	"sync"
	"time"
)

// Bounds of attempts that take long.
const (
	slowAfter  = time.Second     // an attempt that takes longer makes room for another
	slowPause  = 2 * time.Second // before a host with too many slow attempts gets another
	slowFactor = 8               // slow attempts of all hosts, times the fast ones
	// A host gets no more attempts from a quarter of the fast ones on that are
	// slow with it, but a few always.
	slowShare, slowLeast = 4, 4

	fastShare = 3 // the part of the sockets for attempts that the fast lane has at most
)

// The shares that attempts and idle connections have of the sockets. What is left is
// for name servers and for a second address that is tried beside the first.
const (
	attemptShare = 2
	idleShare    = 4
)

// Lanes bound the attempts at once. An attempt begins in the fast lane and moves to
// the slow one when its host lets it wait, so that hosts that never answer do not
// use up the places of those that do.
//
// An attempt has a socket from its first moment to its last. So both lanes together
// have no more places than there are sockets for attempts: an attempt that could not
// get one would be a failure that no host is to blame for, and where it took one of
// those that requests come in by, nothing would be accepted any more.
type lanes struct {
	fast, slow chan struct{}
	ofAHost    int // slow attempts under way from which on a host gets no more

	mu     sync.Mutex     // guards slowBy and the lane of each place
	slowBy map[string]int // slow attempts under way by host
}

// newLanes makes lanes for attempts of which at most sockets are under way; 0 sets no
// bound.
func newLanes(senders, sockets int) *lanes {
	slow := slowFactor * senders
	if sockets > 0 {
		senders = min(senders, max(sockets/fastShare, 1))
		slow = min(slow, max(sockets-senders, 1))
	}
	return &lanes{fast: make(chan struct{}, senders), slow: make(chan struct{}, slow), ofAHost: max(senders/slowShare, slowLeast), slowBy: map[string]int{}}
}

// A place is that of one attempt in its lane.
type place struct {
	lanes *lanes
	host  string
	timer *time.Timer
	state placeState
}

type placeState uint8

const (
	placeFast placeState = iota
	placeSlow
	placeLeft
)

// enter waits for a place in the fast lane; false if the host has too many slow
// attempts under way.
func (l *lanes) enter(host string) (*place, bool) {
	l.mu.Lock()
	slow := l.slowBy[host]
	l.mu.Unlock()
	if slow >= l.ofAHost {
		return nil, false
	}
	l.fast <- struct{}{}
	p := &place{lanes: l, host: host}
	l.mu.Lock()
	defer l.mu.Unlock()
	p.timer = time.AfterFunc(slowAfter, p.slowDown)
	return p, true
}

// slowDown moves the attempt to the slow lane, if that has room.
func (p *place) slowDown() {
	p.lanes.mu.Lock()
	defer p.lanes.mu.Unlock()
	if p.state != placeFast {
		return
	}
	select {
	case p.lanes.slow <- struct{}{}:
		p.state = placeSlow
		p.lanes.slowBy[p.host]++
		<-p.lanes.fast
	default:
		p.timer.Reset(slowAfter)
	}
}

// leave gives the place back.
func (p *place) leave() {
	p.timer.Stop()
	p.lanes.mu.Lock()
	defer p.lanes.mu.Unlock()
	if p.state == placeSlow {
		<-p.lanes.slow
		if p.lanes.slowBy[p.host]--; p.lanes.slowBy[p.host] == 0 {
			delete(p.lanes.slowBy, p.host)
		}
	} else {
		<-p.lanes.fast
	}
	p.state = placeLeft
}
