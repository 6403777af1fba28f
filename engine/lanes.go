package engine

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Bounds of attempts that take long.
const (
	slowAfter  = time.Second           // an attempt that takes longer makes room for another
	crowdAfter = 20 * time.Millisecond // likewise while the fast lane is full
	slowPause  = 2 * time.Second       // before a host with too many slow attempts gets another
	slowFactor = 8                     // slow attempts of all hosts, times the fast ones
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
// use up the places of those that do. While the fast lane is full, attempts move
// sooner, up to half of the slow lane: else a burst to such hosts would hold up all
// others for slowAfter (140 attempts that were never answered, and plain ones waited
// for 0.7 s). A host is slow only after slowAfter.
//
// An attempt has a socket from its first moment to its last. So both lanes together
// have no more places than there are sockets for attempts: an attempt that could not
// get one would be a failure that no host is to blame for, and where it took one of
// those that requests come in by, nothing would be accepted any more.
type lanes struct {
	fast, slow chan struct{}
	ofAHost    int // slow attempts under way from which on a host gets no more

	mu     sync.Mutex     // guards slowBy, inFast and the lane of each place
	slowBy map[string]int // slow attempts under way by host
	inFast list.List      // the places in the fast lane, the oldest first
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
	since time.Time
	timer *time.Timer
	state placeState
	order *list.Element // in inFast
	slow  bool          // counted in slowBy
}

type placeState uint8

const (
	placeFast placeState = iota
	placeSlow
	placeLeft
)

// enter waits for a place in the fast lane; false if the host has too many slow
// attempts under way, or ctx ends.
func (l *lanes) enter(ctx context.Context, host string) (*place, bool) {
	l.mu.Lock()
	slow := l.slowBy[host]
	l.mu.Unlock()
	if slow >= l.ofAHost || l.take(ctx) != nil {
		return nil, false
	}
	p := &place{lanes: l, host: host, since: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	p.order = l.inFast.PushBack(p)
	p.timer = time.AfterFunc(slowAfter, p.slowDown)
	return p, true
}

// wait returns when an attempt could enter, or ctx ends.
func (l *lanes) wait(ctx context.Context) error {
	if err := l.take(ctx); err != nil {
		return err
	}
	<-l.fast
	return nil
}

// take takes a place in the fast lane.
func (l *lanes) take(ctx context.Context) error {
	for {
		select {
		case l.fast <- struct{}{}:
			return nil
		default:
		}
		timer := time.NewTimer(l.crowd(time.Now()))
		select {
		case l.fast <- struct{}{}:
			timer.Stop()
			return nil
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// crowd moves attempts to the slow lane that are not answered at once, and says when
// to look again.
func (l *lanes) crowd(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	for e := l.inFast.Front(); e != nil && len(l.slow) < (cap(l.slow)+1)/2; e = l.inFast.Front() {
		p, ok := e.Value.(*place)
		if !ok {
			break
		}
		if age := now.Sub(p.since); age < crowdAfter {
			return crowdAfter - age
		}
		l.slow <- struct{}{} // there is room, and nobody else takes it without the lock
		p.move()
	}
	return crowdAfter
}

// slowDown finds that an attempt is slow.
func (p *place) slowDown() {
	l := p.lanes
	l.mu.Lock()
	defer l.mu.Unlock()
	switch p.state {
	case placeLeft:
		return
	case placeFast:
		select {
		case l.slow <- struct{}{}:
			p.move()
		default:
			p.timer.Reset(slowAfter)
			return
		}
	}
	p.slow = true
	l.slowBy[p.host]++
}

// move goes from the fast lane to the slow one, where a place has been taken. The
// caller has the lock.
func (p *place) move() {
	p.state = placeSlow
	p.lanes.inFast.Remove(p.order)
	<-p.lanes.fast
}

// leave gives the place back.
func (p *place) leave() {
	p.timer.Stop()
	l := p.lanes
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.state == placeSlow {
		<-l.slow
	} else {
		l.inFast.Remove(p.order)
		<-l.fast
	}
	if p.slow {
		if l.slowBy[p.host]--; l.slowBy[p.host] == 0 {
			delete(l.slowBy, p.host)
		}
	}
	p.state = placeLeft
}
