package queue

import "time"

// A Rotation is the turns of a lookup, for one instance: which of its rows comes next.
type Rotation struct {
	Instance string
	Table    string
	Lookup   string
}

// A Turn is what one answer has given to one row of a rotation. It is stored in one step with the
// answer, or not at all.
type Turn struct {
	Rotation Rotation
	Row      string // the cell that names the row, over versions
	Leads    int64  // that it was given
	// Floor is the least pass from which the row goes on, for one that comes anew or comes back:
	// its pass becomes the larger of the two plus Advance. So two answers that let the same row
	// start do not let it start twice as far on.
	Floor   int64
	Advance int64  // by how much its pass goes on
	Out     bool   // it was last seen away, full or without weight
	Period  string // in which its leads count against a cap, such as 2026-11-30, 2026-W49, 2026-11; empty: nothing is counted
	Cap     int64  // the most leads of the period; 0 is no bound. A store refuses, with ErrTurns, what would go beyond
}

// A Counter is what is kept of one row of a rotation.
type Counter struct {
	Row      string
	Leads    int64
	Pass     int64
	Out      bool
	Period   string // the latest that was counted
	InPeriod int64  // leads in it
	// Earlier is the latest period before that in which leads were counted, InEarlier their number:
	// what was evaluated before midnight may be stored after it.
	Earlier   string
	InEarlier int64
	Last      time.Time // when it was last given a lead, in whole milliseconds
}

// A Stuck says which row a lead keeps in a rotation.
type Stuck struct {
	Rotation Rotation
	Lead     string
	Row      string
	Until    time.Time // zero: for ever
}
