package rotate

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tablestep/engine/queue"
	"tablestep/tables/roster"
)

// A Keeper is where counters and the rows that leads keep are stored.
type Keeper interface {
	Counters(ctx context.Context, r queue.Rotation) ([]queue.Counter, error)
	StuckTo(ctx context.Context, r queue.Rotation, leads []string) ([]queue.Stuck, error)
}

const (
	// fresh is how old the counters may be that were read, where nothing is under way: others may
	// have stored turns, or a person may have set them.
	fresh = time.Second
	// maxRotations is how many rotations are in memory at once, besides those in which something
	// is under way.
	maxRotations = 1000
)

// A Ledger knows where the rows of all rotations stand. It serves any number of goroutines.
type Ledger struct {
	keeper Keeper
	now    func() time.Time

	mu        sync.Mutex // guards the fields below
	rotations map[queue.Rotation]*rotation
	again     again
}

// NewLedger makes one. Without a keeper no row has had a turn.
func NewLedger(k Keeper) *Ledger {
	return &Ledger{keeper: k, now: time.Now, rotations: map[queue.Rotation]*rotation{}}
}

// rotation is what is known of one rotation.
type rotation struct {
	name queue.Rotation

	mu      sync.Mutex // guards all below; it is held while counters are read
	users   int        // bookings that hold the rotation or wait for it; guarded by the ledger's lock
	seats   map[string]*seat
	read    time.Time // when the counters were read; zero: they have to be
	stale   bool      // they have to be read again, whatever is under way
	pending map[*part]struct{}
	stuck   map[string]*part // the latest of pending that makes a lead stick
	kept    uint64           // counts parts that were kept with leads that stick

	of    *roster.Roster // whose rows places are
	place []*seat
	gone  []*seat // known rows that it has not
}

// A seat is where a row stands, with all that is under way.
type seat struct {
	queue.Counter
	known bool // it has had a counter, or gets one
}

// Counters are those of a rotation as they are stored.
func (l *Ledger) Counters(ctx context.Context, r queue.Rotation) ([]queue.Counter, error) {
	if l.keeper == nil {
		return nil, nil
	}
	counters, err := l.keeper.Counters(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("read the turns of lookup %q of table %q: %w", r.Lookup, r.Table, err)
	}
	return counters, nil
}

// Forget lets the counters of a rotation be read again, after they were set.
func (l *Ledger) Forget(r queue.Rotation) {
	l.forget(func(name queue.Rotation) bool { return name == r })
}

// ForgetTable does so for all rotations of a table.
func (l *Ledger) ForgetTable(table string) {
	l.forget(func(name queue.Rotation) bool { return name.Table == table })
}

// forget holds one lock at a time: Choose takes the ledger's while it has a rotation's.
func (l *Ledger) forget(which func(queue.Rotation) bool) {
	var some []*rotation
	l.mu.Lock()
	for name, r := range l.rotations {
		if which(name) {
			some = append(some, r)
		}
	}
	l.mu.Unlock()
	for _, r := range some {
		r.mu.Lock()
		r.stale = true
		r.mu.Unlock()
	}
}

// enter gives a rotation, until leave.
func (l *Ledger) enter(r queue.Rotation) *rotation {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.rotations[r]
	if known == nil {
		if len(l.rotations) >= maxRotations {
			for name, idle := range l.rotations {
				if idle.users == 0 {
					delete(l.rotations, name)
				}
			}
		}
		known = &rotation{name: r, seats: map[string]*seat{}, pending: map[*part]struct{}{}, stuck: map[string]*part{}}
		l.rotations[r] = known
	}
	known.users++
	return known
}

func (l *Ledger) leave(r *rotation) {
	l.mu.Lock()
	r.users--
	l.mu.Unlock()
}

// refresh reads the counters where that is wanted, and counts what is under way on top of them.
// What is being stored at this moment may be in both; so they are read again once it is.
func (r *rotation) refresh(ctx context.Context, l *Ledger) error {
	now := l.now()
	if !r.read.IsZero() && !r.stale && (len(r.pending) > 0 || now.Sub(r.read) < fresh) {
		return nil
	}
	counters, err := l.Counters(ctx, r.name)
	if err != nil {
		return err
	}
	r.read, r.stale = now, false
	clear(r.seats)
	for _, c := range counters {
		r.seats[c.Row] = &seat{Counter: c, known: true}
	}
	r.of = nil
	for p := range r.pending {
		p.doubtful = true
		for i := range p.turns {
			r.count(&p.turns[i])
		}
	}
	return nil
}

// count counts a turn as a store will.
func (r *rotation) count(t *queue.Turn) {
	s := r.seat(t.Row)
	uncapped := *t
	uncapped.Cap = 0 // It was within it when it was given.
	c, err := s.After(&uncapped, s.Last)
	if err != nil {
		panic("rotate: a turn without a cap went beyond it: " + err.Error())
	}
	s.Counter, s.known = c, true
}

// uncount takes a turn back. What it let begin stays where it began.
func (r *rotation) uncount(t *queue.Turn) {
	s := r.seat(t.Row)
	s.Leads = max(s.Leads-t.Leads, 0)
	s.Pass = max(s.Pass-t.Advance, 0)
	switch {
	case t.Period == "":
	case t.Period == s.Period:
		s.InPeriod = max(s.InPeriod-t.Leads, 0)
	case t.Period == s.Earlier:
		s.InEarlier = max(s.InEarlier-t.Leads, 0)
	}
}

func (r *rotation) seat(row string) *seat {
	s := r.seats[row]
	if s == nil {
		s = &seat{Counter: queue.Counter{Row: row}}
		r.seats[row] = s
	}
	return s
}

// sit finds the places of the rows of a roster.
func (r *rotation) sit(of *roster.Roster) {
	if r.of == of {
		return
	}
	r.of, r.place, r.gone = of, r.place[:0], r.gone[:0]
	for name, s := range r.seats {
		if _, there := of.Number(name); !there && s.known && !s.Out {
			r.gone = append(r.gone, s)
		}
	}
	for i := range of.Rows {
		if of.Rows[i].Broken {
			r.place = append(r.place, nil)
			continue
		}
		r.place = append(r.place, r.seat(of.Rows[i].Name))
	}
}
