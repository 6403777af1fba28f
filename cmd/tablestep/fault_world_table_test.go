//go:build fault

package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// A worldTable is a table and its versions.
type worldTable struct {
	thing
	w        *world
	path     string
	complete bool                  // every upload has every key
	versions map[int]*worldVersion // by number, all that ever were
	held     []*worldVersion       // since the table was made, in the order of their numbers
	unsure   *worldVersion         // an upload without publishing of which nobody knows whether it happened
}

func newWorldTable(w *world, name string, complete bool) *worldTable {
	return &worldTable{
		thing: thing{name: "table " + name, stays: []stay{{state: state{gone: true}}}},
		w:     w, path: "/api/v1/tables/" + name, complete: complete, versions: map[int]*worldVersion{},
	}
}

func (x *worldTable) short() string { return strings.TrimPrefix(x.name, "table ") }

// known notes a version whose number the service has told.
func (x *worldTable) known(v *worldVersion, number int) {
	if n := len(x.held); n > 0 && number <= x.held[n-1].number || x.versions[number] != nil {
		x.w.fault("number", "%s: version %d was made after it had been made before", x.name, number)
	}
	v.number = number
	x.versions[number] = v
	x.held = append(x.held, v)
}

// upload uploads a file, and gives false where the answer was lost.
func (x *worldTable) upload(l *life, r *rand.Rand, publish bool) bool {
	v := x.fresh(r)
	x.w.uploads <- struct{}{}
	defer func() { <-x.w.uploads }()
	a := l.call(http.MethodPost, fmt.Sprintf("%s/versions?publish=%t&confirm=true&force=true", x.path, publish), v.csv())
	switch {
	case a.lost && publish:
		x.open = &attempt{"an upload of " + v.String(), a.from, &state{version: v, serial: x.now().serial}}
	case a.lost:
		x.unsure = v
	case a.status == http.StatusCreated:
		x.took(a, v, publish)
	default:
		a.unexpected()
	}
	return !a.lost
}

// patch changes a few rows.
func (x *worldTable) patch(l *life, r *rand.Rand) bool {
	v, body := x.now().version.patched(x.w.serial(), r)
	a := l.call(http.MethodPatch, x.path+"/rows", body)
	switch {
	case a.lost:
		x.open = &attempt{"a patch to " + v.String(), a.from, &state{version: v, serial: x.now().serial}}
	case a.status == http.StatusOK, a.status == http.StatusCreated:
		x.took(a, v, true)
	default:
		a.unexpected()
	}
	return !a.lost
}

// took notes a version that the service has acknowledged.
func (x *worldTable) took(a *answer, v *worldVersion, publish bool) {
	var told struct {
		Version, Rows int
		Live          bool
	}
	a.decode(&told)
	if told.Rows != v.size || told.Live != publish {
		x.w.fault("upload", "%s: %s was answered with %s", x.name, v, a.body)
	}
	x.known(v, told.Version)
	if publish {
		x.became(state{version: v, serial: x.now().serial}, a.from, a.to)
	}
}

// publish makes an older or newer version live.
func (x *worldTable) publish(l *life, r *rand.Rand) bool {
	v := x.held[max(0, len(x.held)-1-r.IntN(x.w.keep+2))]
	next := state{version: v, serial: x.now().serial}
	a := l.call(http.MethodPost, x.path+"/live?confirm=true&force=true", fmt.Sprintf(`{"version":%d}`, v.number))
	switch {
	case a.lost:
		x.open = &attempt{"the publishing of " + v.String(), a.from, &next}
	case a.status == http.StatusOK:
		x.became(next, a.from, a.to)
	case a.status == http.StatusNotFound:
		x.mayBeGone(v)
	default:
		a.unexpected()
	}
	return !a.lost
}

// rollback makes the version live that was so before.
func (x *worldTable) rollback(l *life) bool {
	a := l.call(http.MethodPost, x.path+"/live?confirm=true&force=true", `{"rollback":true}`)
	switch {
	case a.lost:
		x.open = &attempt{"a rollback", a.from, nil}
	case a.status == http.StatusOK:
		var told struct{ Live int }
		a.decode(&told)
		back := x.versions[told.Live]
		if back == nil || back == x.now().version || !x.wasLive(back) {
			x.w.fault("rollback", "%s: a rollback from %s led to version %d (%v)", x.name, x.now().version, told.Live, back)
			return false
		}
		x.became(state{version: back, serial: x.now().serial}, a.from, a.to)
	case a.status != http.StatusNotFound: // nothing earlier is kept
		a.unexpected()
	}
	return !a.lost
}

func (x *worldTable) wasLive(v *worldVersion) bool {
	return slices.ContainsFunc(x.stays, func(s stay) bool { return s.version == v })
}

// remove deletes the table with all that belongs to it.
func (x *worldTable) remove(l *life) bool {
	a := l.call(http.MethodDelete, x.path+"?force=true", "")
	switch {
	case a.lost:
		x.open = &attempt{"a deletion", a.from, &state{gone: true}}
	case a.status == http.StatusNoContent:
		x.became(state{gone: true}, a.from, a.to)
		x.held = nil
	default:
		a.unexpected()
	}
	return !a.lost
}

// mayBeGone is a fault where a version had to be kept: one that was uploaded, and
// so many uploads have not come after it.
func (x *worldTable) mayBeGone(v *worldVersion) {
	if !v.uploaded || v.missed {
		return
	}
	uploads, all := 0, 0
	for _, o := range x.held {
		if o.number > v.number {
			all++
			if o.uploaded {
				uploads++
			}
		}
	}
	if uploads < x.w.keep {
		v.missed = true
		x.w.fault("kept", "%s: %s is gone, though only %d uploads (and %d patches) came after it and %d are to be kept", x.name, v, uploads, all-uploads, x.w.keep)
	}
}
