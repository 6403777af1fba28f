package index

import (
	"context"
	"errors"
	"math"
	"runtime"
)

// ErrSpent says that a Budget is used up.
var ErrSpent = errors.New("the budget of work is spent")

// Second is about how many units of work a second is.
//
// A unit is one step of a kernel, such as one cell of a matrix of edit distances
// or one entry of a list, weighed so that it takes about a nanosecond
// (BenchmarkUnit holds the weights against the clock). Work is counted, not
// timed: the same lookup in the same rows takes the same number of units, however
// busy the machine is.
const Second = int64(1e9)

// piece is how many units pass between two looks at budget and context, about 30
// microseconds. No step that is charged at once takes more than some milliseconds.
const piece = 1 << 15

// A Budget bounds the work of several calls, one after the other. Nil is a budget
// without an end.
type Budget struct {
	limit, used int64
	rest        func(context.Context) error
	whole       *Budget // of which this one is a share
}

// NewBudget bounds work to so many units. rest, unless it is nil, is called after
// every piece of the work, about 30 microseconds: it may wait, which is no work,
// and its error ends the call.
func NewBudget(units int64, rest func(context.Context) error) *Budget {
	return &Budget{limit: units, rest: rest}
}

// Yield is the rest of work that nobody waits for by the millisecond: after every 30
// microseconds, others run first.
func Yield(context.Context) error {
	runtime.Gosched()
	return nil
}

// Share is a budget whose work counts against b as well. A share of nil has an
// end all the same.
func (b *Budget) Share(units int64) *Budget {
	s := &Budget{limit: units, whole: b}
	if b != nil {
		s.rest = b.rest
	}
	return s
}

// Grace is a budget of its own with the same rest: for bringing in, once b is
// spent, what was found before.
func (b *Budget) Grace(units int64) *Budget {
	g := &Budget{limit: units}
	if b != nil {
		g.rest = b.rest
	}
	return g
}

// Used is the work so far, in units.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used
}

// Spent says that nothing is left.
func (b *Budget) Spent() bool {
	for ; b != nil; b = b.whole {
		if b.used >= b.limit {
			return true
		}
	}
	return false
}

// charge counts work and says how much is left.
func (b *Budget) charge(units int64) (left int64) {
	left = math.MaxInt64
	for ; b != nil; b = b.whole {
		b.used += units
		left = min(left, b.limit-b.used)
	}
	return left
}

// A Meter counts the work of one call against a budget. It is for one goroutine.
// The zero value counts nothing; Stop ends what Start began.
type Meter struct {
	left    int // of what was granted
	granted int
	budget  *Budget
	ctx     context.Context // of the call, which the meter does not outlive
	err     error
}

// Start begins a call. It fails at once where there is nothing left to work with.
func (m *Meter) Start(ctx context.Context, b *Budget) error {
	m.left, m.granted, m.budget, m.ctx, m.err = 0, 0, b, ctx, nil
	if b == nil && ctx.Err() == nil {
		m.left, m.granted = piece, piece
		return nil
	}
	if !m.more() {
		err := m.err
		*m = Meter{}
		return err
	}
	return nil
}

// Stop settles the account and says why the call had to end early, if it had to.
func (m *Meter) Stop() error {
	if m.budget != nil {
		m.budget.charge(int64(m.granted - m.left))
	}
	err := m.err
	m.left, m.granted, m.budget, m.ctx, m.err = 0, 0, nil, nil, nil
	return err
}

// Spend counts work that is done or just to be done. False says that the call
// has to end: what it was about is then not to be relied upon.
func (m *Meter) Spend(units int) bool {
	m.left -= units
	return m.left >= 0 || m.more()
}

// little is work that is not worth an account of its own, where it is done a few times
// a tuple at most: the tuple's own work covers it. Counting it took a tenth of the
// time of the quickest modes.
const little = 64

// Stopped says that the call has to end.
func (m *Meter) Stopped() bool { return m.err != nil }

// more settles a piece and begins the next one.
func (m *Meter) more() bool {
	if m.ctx == nil {
		m.left = math.MaxInt32 // A meter that counts nothing.
		return true
	}
	left := m.budget.charge(int64(m.granted - m.left))
	m.granted, m.left = 0, 0
	switch {
	case m.err != nil:
	case m.ctx.Err() != nil:
		m.err = m.ctx.Err()
	case left <= 0:
		m.err = ErrSpent
	case m.budget != nil && m.budget.rest != nil:
		m.err = m.budget.rest(m.ctx)
	}
	if m.err != nil {
		m.left = -1
		m.granted = -1
		return false
	}
	m.granted = int(min(left, piece))
	m.left = m.granted
	return true
}
