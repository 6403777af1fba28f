package index

import (
	"encoding/binary"
	"errors"

	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

// spelt is the kernel of the modes loose and company, for keys with parts of other kinds
// and where rows are compared with rows. An entry is the keys of a cell, one or two; it
// matches a value that has one of them.
type spelt struct {
	form spelling.Form
	keys *dictionary
	of   [][2]int32 // the keys of an entry; the second is none where there is one only
	rows lists      // the entries of a key
}

// canonKeys writes the keys of a cell so that cells with the same are one entry: the
// length of the first key, then both.
func canonKeys(m schema.Mode) func(string, *schema.Notation) (string, error) {
	form, _ := FormOf(m)
	return func(cell string, _ *schema.Notation) (string, error) {
		first, second := form.Keys(cell)
		name := binary.AppendUvarint(nil, uint64(len(first)))
		return string(append(append(name, first...), second...)), nil
	}
}

// keysOf are the keys that canonKeys wrote.
func keysOf(entry string) (first, second string) {
	length, n := binary.Uvarint([]byte(entry[:min(len(entry), binary.MaxVarintLen64)]))
	entry = entry[n:]
	return entry[:length], entry[length:]
}

func newSpelt(entries *texts, p Part, m *Meter) (kernel, error) {
	k := &spelt{of: make([][2]int32, 0, entries.len())}
	var ok bool
	if k.form, ok = FormOf(p.Mode); !ok {
		return nil, errors.New("mode " + string(p.Mode) + " names no form of texts")
	}
	names := newIntern()
	var pairs []pair
	for e := range int32(entries.len()) {
		if !m.Spend(60) {
			break
		}
		first, second := keysOf(entries.at(e))
		keys := [2]int32{none, none}
		for i, key := range [2]string{first, second} {
			if key == "" {
				continue
			}
			number, err := names.number(key)
			if err != nil {
				return nil, err
			}
			keys[i] = number
			pairs = append(pairs, pair{number, e})
		}
		k.of = append(k.of, keys)
	}
	k.keys = names.dictionary()
	k.rows = newLists(k.keys.len(), pairs)
	return k, nil
}

// prepare finds the numbers of the value's keys.
func (k *spelt) prepare(v *value, w *work) bool {
	w.meter.Spend(keyWork + keyByteWork*len(v.raw))
	var second int
	w.bytes, second = k.form.AppendKeys(w.bytes[:0], v.raw)
	if number := k.keys.find(string(w.bytes[:second])); number != none {
		v.words = append(v.words, number)
	}
	if second < len(w.bytes) {
		if number := k.keys.find(string(w.bytes[second:])); number != none {
			v.words = append(v.words, number)
		}
	}
	return len(v.words) > 0
}

func (k *spelt) find(v *value, w *work, dst []found) []found {
	for i, key := range v.words {
		entries := k.rows.of(key)
		if !w.meter.Spend(hitWork * len(entries)) {
			break
		}
		for _, e := range entries {
			if i > 0 && k.has(e, v.words[0]) {
				continue // It is in already.
			}
			dst = append(dst, found{entry: e, score: 1})
		}
	}
	return dst
}

func (k *spelt) has(entry, key int32) bool { return k.of[entry][0] == key || k.of[entry][1] == key }

func (k *spelt) verify(v *value, _ *work, entry int32) (found, bool) {
	for _, key := range v.words {
		if k.has(entry, key) {
			return found{entry: entry, score: 1}, true
		}
	}
	return found{}, false
}

// overlaps are the entries that have a key in common.
func (k *spelt) overlaps(w *work) func(int32, []int32) []int32 {
	return func(entry int32, dst []int32) []int32 {
		keys := k.of[entry]
		for i, key := range keys {
			if key == none {
				continue
			}
			entries := k.rows.of(key)
			w.meter.Spend(hitWork * len(entries))
			for _, e := range entries {
				if i == 0 || !k.has(e, keys[0]) {
					dst = append(dst, e)
				}
			}
		}
		return dst
	}
}

func (k *spelt) bytes() int64 { return k.keys.bytes() + 8*int64(len(k.of)) + k.rows.bytes() + 64 }
