//go:build fault

package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
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
func wideKey(i int) string  { return fmt.Sprintf("w%06d", i) }

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
		if column != "alias" && r.key == key || column == "alias" && r.alias == key {
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
