//go:build fault

package main_test

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Weather is what changes in a round.
type weather uint8

const (
	changeable     weather = iota // everything
	patching                      // one table, row by row, without a pause, beside a large one that has to be loaded
	fleetingThings                // what is deleted now and then, and lookups and rule sets, without a pause
	weathers
)

// writers change everything until the process ends, each thing by one goroutine.
// One that got no answer stops: what became of its change is asked after the start.
func (w *world) writers(l *life, g *sync.WaitGroup, weather weather) {
	writer := func(pause int, change func(r *rand.Rand, n int) bool) {
		r := w.random()
		g.Go(func() {
			for n := 0; !l.dying.Load() && change(r, n); n++ {
				if pause > 0 {
					time.Sleep(time.Duration(r.IntN(pause)) * time.Millisecond)
				}
			}
		})
	}
	if weather == patching {
		writer(0, func(r *rand.Rand, _ int) bool { return w.alpha.patch(l, r) })
		writer(0, func(r *rand.Rand, n int) bool { return n == 0 && w.wide.upload(l, r, true) })
		return
	}
	pause := 40
	if weather == fleetingThings {
		pause = 1
	} else {
		writer(10, func(r *rand.Rand, _ int) bool { return w.changeAlpha(l, r) })
		writer(40, func(r *rand.Rand, _ int) bool { return w.changeBeta(l, r) })
		writer(1200, func(r *rand.Rand, n int) bool { return n == 0 || w.changeWide(l, r) })
	}
	writer(pause, func(r *rand.Rand, _ int) bool { return w.changeBrief(l, r) })
	writer(pause, func(r *rand.Rand, _ int) bool { return w.changeLookups(l, r) })
	writer(pause, func(r *rand.Rand, _ int) bool { return w.changeRules(l, r) })
}

func (w *world) changeAlpha(l *life, r *rand.Rand) bool {
	switch n := r.IntN(40); {
	case n < 3:
		return w.alpha.upload(l, r, true)
	case n < 4:
		return w.alpha.upload(l, r, false)
	case n < 6:
		return w.alpha.publish(l, r)
	case n < 7:
		return w.alpha.rollback(l)
	}
	return w.alpha.patch(l, r)
}

func (w *world) changeBeta(l *life, r *rand.Rand) bool {
	switch r.IntN(6) {
	case 0:
		return w.beta.upload(l, r, false)
	case 1:
		return w.beta.publish(l, r)
	case 2:
		return w.beta.rollback(l)
	}
	return w.beta.upload(l, r, true)
}

func (w *world) changeWide(l *life, r *rand.Rand) bool {
	if r.IntN(4) == 0 {
		return w.wide.rollback(l)
	}
	return w.wide.upload(l, r, true)
}

func (w *world) changeBrief(l *life, r *rand.Rand) bool {
	switch n := r.IntN(5); {
	case w.brief.now().gone:
		return w.brief.upload(l, r, true)
	case n == 0:
		return w.brief.remove(l)
	case n <= 2:
		return w.brief.putSecond(l)
	}
	return w.brief.upload(l, r, true)
}

func (w *world) changeLookups(l *life, r *rand.Rand) bool {
	switch n := r.IntN(4); {
	case n == 0:
		return w.alphaLookup.put(l, r)
	case n == 1:
		return w.betaLookup.put(l, r)
	case !w.second.now().gone && r.IntN(3) == 0:
		return w.second.remove(l)
	}
	return w.second.put(l, r)
}

func (w *world) changeRules(l *life, r *rand.Rand) bool {
	switch r.IntN(8) {
	case 0:
		return w.judge.put(l, false)
	case 1:
		return w.judge.publish(l, r)
	case 2:
		return w.judge.rollback(l)
	case 3, 4:
		if !w.fleeting.now().gone {
			return w.fleeting.remove(l)
		}
		return w.fleeting.put(l, true)
	case 5:
		return w.fleeting.put(l, true)
	}
	return w.judge.put(l, true)
}
