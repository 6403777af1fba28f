//go:build fault

package main_test

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// A moment is a time since the world began, on the clock that nobody sets.
type moment = time.Duration

const forever = moment(math.MaxInt64)

// A window is a span of moments, both ends in it.
type window struct{ from, to moment }

func (w window) String() string {
	if w.to == forever {
		return fmt.Sprintf("%.4fs until now", w.from.Seconds())
	}
	return fmt.Sprintf("%.4fs to %.4fs", w.from.Seconds(), w.to.Seconds())
}

// meet gives the moments that are in both lists. The windows of a list may overlap.
func meet(a, b []window) []window {
	var both []window
	for _, x := range a {
		for _, y := range b {
			if from, to := max(x.from, y.from), min(x.to, y.to); from <= to {
				both = append(both, window{from, to})
			}
		}
	}
	return merged(both)
}

// merged puts windows that overlap together.
func merged(ws []window) []window {
	slices.SortFunc(ws, func(a, b window) int { return int(a.from - b.from) })
	out := ws[:0]
	for _, w := range ws {
		if n := len(out); n > 0 && w.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, w.to)
			continue
		}
		out = append(out, w)
	}
	return out
}

// A state is what a thing was for a time. Two states are the same where they are
// equal.
type state struct {
	gone    bool
	version *worldVersion // of a table: the live one
	serial  int           // of a lookup or a rule set; of the table brief its second lookup, 0 for none
	column  string        // of a lookup: what it matches
	ruleSet string        // of a lookup: what it runs
}

func (s state) String() string {
	switch {
	case s.gone:
		return "gone"
	case s.version != nil && s.serial > 0:
		return fmt.Sprintf("%s with lookup %d", s.version, s.serial)
	case s.version != nil:
		return s.version.String()
	case s.column != "":
		return fmt.Sprintf("lookup %d (by %s, rule set %q)", s.serial, s.column, s.ruleSet)
	}
	return fmt.Sprintf("source %d", s.serial)
}

// A stay is a state and when it began: at some moment between from and sure, both
// included. It ends when the next stay of its thing begins.
type stay struct {
	state
	from, sure moment
}

// A thing is what can be changed, with all that it was. Only one writer changes it,
// so its states follow each other in a known order; what is not known is when, within
// the time of a request, each one began.
type thing struct {
	name  string
	stays []stay
	open  *attempt // a change of which nobody knows whether it happened
}

// An attempt is a change whose answer was lost with the process.
type attempt struct {
	what string
	from moment
	next *state // nil: a version that was live before (a rollback)
}

func (x *thing) now() state { return x.stays[len(x.stays)-1].state }

// became notes a change that began to be visible between the two moments.
func (x *thing) became(s state, from, sure moment) {
	x.stays = append(x.stays, stay{s, from, sure})
}

// A possibility is a state that a thing may have had, and when.
type possibility struct {
	state
	window
}

// during gives the states that the thing may have had within a window.
func (x *thing) during(w window) []possibility {
	// The first stay that may not have ended before the window.
	first := sort.Search(len(x.stays), func(i int) bool { return x.until(i) >= w.from })
	var all []possibility
	for i := first; i < len(x.stays) && x.stays[i].from <= w.to; i++ {
		all = append(all, possibility{x.stays[i].state, window{max(x.stays[i].from, w.from), min(x.until(i), w.to)}})
	}
	return all
}

func (x *thing) until(i int) moment {
	if i+1 < len(x.stays) {
		return x.stays[i+1].sure
	}
	return forever
}

// described lists possibilities for a message.
func described(all []possibility) string {
	const most = 8
	var b strings.Builder
	for i, p := range all {
		if i == most {
			fmt.Fprintf(&b, "\n        and %d more until %s", len(all)-most, all[len(all)-1])
			break
		}
		fmt.Fprintf(&b, "\n        %s", p)
	}
	return b.String()
}

func (p possibility) String() string { return fmt.Sprintf("%s: %s", p.window, p.state) }

// A claim is what one lead's answer says of the state of a thing.
type claim struct {
	thing *thing
	says  string
	who   string // the lead
	holds func(state) bool
}

// contradiction says why no single moment of a window explains all claims; it is
// empty if one does.
func contradiction(w window, claims []claim) string {
	moments := []window{w}
	var met []string
	for len(claims) > 0 {
		x := claims[0].thing
		var of, others []claim
		for _, c := range claims {
			if c.thing == x {
				of = append(of, c)
			} else {
				others = append(others, c)
			}
		}
		claims = others
		left, problem := explained(x, w, of)
		if problem != "" {
			return problem
		}
		windows := make([]window, 0, len(left))
		for _, p := range left {
			windows = append(windows, p.window)
		}
		both := meet(moments, merged(windows))
		met = append(met, fmt.Sprintf("%s must have been (%s)%s", x.name, of[0].String(), described(left)))
		if len(both) == 0 {
			return "MIXED STATES: each is possible, but never at the same time:\n      " + strings.Join(met, "\n      ")
		}
		moments = both
	}
	return ""
}

// explained gives the states of a thing of which all claims hold.
func explained(x *thing, w window, claims []claim) ([]possibility, string) {
	all := x.during(w)
	left := all
	var last *claim // the one that narrowed the states down
	for i := range claims {
		c := &claims[i]
		next := make([]possibility, 0, len(left))
		for _, p := range left {
			if c.holds(p.state) {
				next = append(next, p)
			}
		}
		switch {
		case len(next) > 0:
			if len(next) < len(left) {
				last = c
			}
			left = next
			continue
		case last == nil || !slices.ContainsFunc(all, func(p possibility) bool { return c.holds(p.state) }):
			return nil, fmt.Sprintf("WRONG STATE of %s: %s\n      possible then:%s", x.name, c, described(all))
		}
		return nil, fmt.Sprintf("MIXED VERSIONS of %s: %s\n      but %s\n      possible then:%s", x.name, c, last, described(all))
	}
	return left, ""
}

func (c *claim) String() string { return c.who + " says " + c.says }
