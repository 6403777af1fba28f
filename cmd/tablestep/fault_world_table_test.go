//go:build fault

package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A worldRow is one row of a table. Its origin, "table/serial/key", is in no other
// upload or patch, so that an answer proves what it was made from.
type worldRow struct{ key, alias, origin string }

// A worldVersion is the whole content of a version, as the model expects it.
type worldVersion struct {
	table    string
	number   int // the service's; 0 while it is not known
	serial   int // ours
	uploaded bool
	missed   bool       // that it is gone has been told
	rows     []worldRow // nil: those of wide, made when they are needed
	size     int
}

func (v *worldVersion) String() string {
	return fmt.Sprintf("version %d (%s/%d, %d rows)", v.number, v.table, v.serial, v.size)
}

const (
	smallKeys = 40 // keys that a small table may have, and a lead may ask for
	stampKey  = "stamp"
	nobodyKey = "nobody" // in no table
)

func smallKey(i int) string { return fmt.Sprintf("k%02d", i) }
func wideKey(i int) string  { return fmt.Sprintf("w%05d", i) }

// row gives a row by its place.
func (v *worldVersion) row(i int) worldRow {
	if v.rows != nil {
		return v.rows[i]
	}
	return worldRow{wideKey(i), wideKey((i + 1) % v.size), fmt.Sprintf("wide/%d/%s", v.serial, wideKey(i))}
}

// find gives the first row that has the key in a column.
func (v *worldVersion) find(column, key string) (at int, r worldRow, ok bool) {
	if v.rows == nil {
		i, err := strconv.Atoi(strings.TrimPrefix(key, "w"))
		if err != nil || i >= v.size || wideKey(i) != key {
			return 0, worldRow{}, false
		}
		if column == "alias" {
			i = (i + v.size - 1) % v.size
		}
		return i, v.row(i), true
	}
	for i, r := range v.rows {
		if column == "key" && r.key == key || column == "alias" && r.alias == key {
			return i, r, true
		}
	}
	return 0, worldRow{}, false
}

// csv is the file that is uploaded.
func (v *worldVersion) csv() string {
	var b strings.Builder
	b.WriteString("key,alias,origin,padding\n")
	for i := range v.size {
		r := v.row(i)
		b.WriteString(r.key + "," + r.alias + "," + r.origin + ",")
		if v.rows == nil {
			fmt.Fprintf(&b, "%08x%08x%08x%08x", i*2654435761, i*40503, v.serial*i, i^v.serial)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

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

// fresh makes the content of an upload. An alias is the key of the row after, so
// that it shows which of the two columns was matched.
func (x *worldTable) fresh(r *rand.Rand) *worldVersion {
	v := &worldVersion{table: x.short(), serial: x.w.serial(), uploaded: true}
	if x == x.w.wide {
		v.size = x.w.mostRows / (1 + r.IntN(3))
		return v
	}
	for i := range smallKeys {
		if x.complete || r.IntN(5) > 0 {
			v.rows = append(v.rows, worldRow{smallKey(i), smallKey((i + 1) % smallKeys), v.origin(smallKey(i))})
		}
	}
	v.rows = append(v.rows, worldRow{stampKey, stampKey, v.origin(stampKey)})
	r.Shuffle(len(v.rows), func(i, j int) { v.rows[i], v.rows[j] = v.rows[j], v.rows[i] })
	v.size = len(v.rows)
	return v
}

func (v *worldVersion) origin(key string) string {
	return fmt.Sprintf("%s/%d/%s", v.table, v.serial, key)
}

// patched makes the content of a patch of a version, and its request: a few rows set
// and a few deleted, and always a new stamp.
func (v *worldVersion) patched(serial int, r *rand.Rand) (*worldVersion, string) {
	p := &worldVersion{table: v.table, serial: serial, rows: slices.Clone(v.rows)}
	var body struct {
		Upsert []map[string]string `json:"upsert"`
		Delete []map[string]string `json:"delete,omitempty"`
	}
	set := func(key, alias string) {
		body.Upsert = append(body.Upsert, map[string]string{"key": key, "alias": alias, "origin": p.origin(key)})
	}
	set(stampKey, stampKey)
	picked := r.Perm(smallKeys)[:1+r.IntN(3)]
	for n, i := range picked {
		if n == 2 {
			body.Delete = append(body.Delete, map[string]string{"key": smallKey(i)})
			p.rows = slices.DeleteFunc(p.rows, func(r worldRow) bool { return r.key == smallKey(i) })
			continue
		}
		set(smallKey(i), smallKey((i+1)%smallKeys))
	}
	for _, row := range body.Upsert {
		changed := worldRow{row["key"], row["alias"], row["origin"]}
		if at, _, ok := p.find("key", changed.key); ok {
			p.rows[at] = changed
		} else {
			p.rows = append(p.rows, changed)
		}
	}
	p.size = len(p.rows)
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return p, string(raw)
}

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
