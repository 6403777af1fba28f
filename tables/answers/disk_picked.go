package answers

import (
	"context"
	"errors"
	"math/bits"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

// reader is the working memory of an answer from the disk.
type reader struct {
	scan.Picker
	rows    []int32 // of a row group
	numbers []int32 // rows of the version whose cells have been picked
	hashes  []byte
	sums    [][]uint32 // of a row group: of the first keys of all parts, then of the others
	more    []uint32   // of the keys of a tuple
	sieve   sieve
	text    []byte
}

// start forgets what was picked.
func (r *reader) start(columns int) {
	r.rows, r.numbers = r.rows[:0], r.numbers[:0]
	r.Reset(columns)
}

// The bounds of a block of picked rows: beyond a few thousand rows an index gets
// no cheaper a row, and texts are counted as in a row group.
const (
	pickedRows  = 4096
	pickedBytes = 4 << 20
)

// eachPicked is eachBlock for a key that is compared for equality: only rows whose
// hash is that of a tuple are read and indexed. picked is false, and f was not
// called, where there are no hashes and no way to make them.
func (sn *Snapshot) eachPicked(ctx context.Context, key match.Key, keys [][]string, wanted []int, enough func() int, f func(b *block) error) (picked bool, err error) {
	if err := sn.cache.enter(); err != nil { // the lists are read, too
		return false, err
	}
	defer sn.cache.leave()
	if err := scan.Sound(ctx, sn.reader); err != nil {
		return false, err
	}
	sieved := sievedParts(key, sn.version)
	lists := make([]*hashList, len(sieved))
	for i, p := range sieved {
		if lists[i], err = sn.cache.hashes.of(ctx, sn, key.Parts[p].Column, formOf(key.Parts[p])); lists[i] == nil || err != nil {
			return false, err
		}
	}
	r := sn.cache.readers.Get().(*reader)
	defer sn.cache.readers.Put(r)
	if !sn.sift(r, key, sieved, keys) {
		return true, nil // no tuple can hit a row
	}
	v := sn.version
	r.start(len(wanted))
	for g, first := range v.Starts[:len(v.Groups)] {
		if err := ctx.Err(); err != nil {
			return true, err
		}
		if err := r.candidates(lists, first, v.Groups[g]); err != nil {
			return true, err
		}
		if len(r.rows) > 0 && len(r.numbers)+len(r.rows) > column.MaxRows {
			if err := sn.answerPicked(ctx, r, key, wanted, f); err != nil {
				return true, ended(err)
			}
		}
		if len(r.rows) > 0 {
			if err := r.Pick(ctx, sn.reader, g, wanted, r.rows); err != nil {
				return true, err
			}
			for _, row := range r.rows {
				r.numbers = append(r.numbers, row+int32(first))
			}
		}
		if len(r.numbers) >= min(max(enough(), 1), pickedRows) || r.Bytes() >= pickedBytes {
			if err := sn.answerPicked(ctx, r, key, wanted, f); err != nil {
				return true, ended(err)
			}
		}
	}
	if len(r.numbers) == 0 {
		return true, nil
	}
	return true, ended(sn.answerPicked(ctx, r, key, wanted, f))
}

// answerPicked hands the rows that have been picked to f, and forgets them.
func (sn *Snapshot) answerPicked(ctx context.Context, r *reader, key match.Key, wanted []int, f func(b *block) error) error {
	columns := make(map[int]*column.Strings, len(wanted))
	for i, c := range wanted {
		columns[c] = column.NewStrings([]*column.Chunk{r.Take(i)})
	}
	b := &block{numbers: r.numbers, rows: len(r.numbers), cells: func(c int) *column.Strings { return columns[c] }}
	err := b.answer(ctx, key, nil, f) // these are few
	r.numbers = r.numbers[:0]
	return err
}

// sievedParts are the parts that the sieve looks at: of those with two keys the ones that the
// index hashes, too, as far as the columns tell. The others are left to it.
func sievedParts(key match.Key, v *schema.Version) []int {
	var parts, doubled []int
	for i, p := range key.Parts {
		if formOf(p) == spelling.Normalized {
			parts = append(parts, i)
		} else {
			doubled = append(doubled, i)
		}
	}
	hashed, _ := index.Doubled(doubled, func(p int) int { return v.Columns[key.Parts[p].Column].Distinct })
	return append(parts, hashed...)
}

// formOf is the form of whose texts the sieve has hashes. Of texts that are compared as they
// are it is the normal form: what is equal has an equal one.
func formOf(p match.Part) spelling.Form {
	form, _ := index.FormOf(p.Mode)
	return form
}

// sift puts the hashes of all tuples into the sieve; false when there are none.
func (sn *Snapshot) sift(r *reader, key match.Key, sieved []int, keys [][]string) bool {
	doubled := 0
	for _, p := range sieved {
		if formOf(key.Parts[p]) != spelling.Normalized {
			doubled++
		}
	}
	r.sieve.reset(len(keys[0]) << doubled)
	for t := range keys[0] {
		none := false
		for p, part := range key.Parts {
			value := keys[p][t]
			none = none || !part.MatchEmpty && (value == "" || part.Mode != schema.ModeExact && strings.TrimSpace(value) == "")
		}
		if none {
			continue
		}
		r.more = append(r.more[:0], 0)
		for _, p := range sieved {
			first, second := sn.cache.hashes.text(formOf(key.Parts[p]), keys[p][t], &r.text)
			for i, sum := range r.more {
				if r.more[i] = foldHash(sum, first); first != second {
					r.more = append(r.more, foldHash(sum, second))
				}
			}
		}
		for _, sum := range r.more {
			r.sieve.add(sum)
		}
	}
	return r.sieve.used > 0
}

// candidates sets rows to those of a row group of which a hash is in the sieve.
func (r *reader) candidates(lists []*hashList, first, rows int) error {
	if cap(r.hashes) < hashBytes*rows {
		r.hashes = make([]byte, hashBytes*rows)
	}
	data := r.hashes[:hashBytes*rows]
	r.sums = r.sums[:0]
	clear(r.another(rows))
	for _, list := range lists {
		singles := len(r.sums)
		if list.doubled {
			for i := range singles {
				copy(r.another(rows), r.sums[i])
			}
			if err := list.read(data, first, true); err != nil {
				return err
			}
			for _, sums := range r.sums[singles:] {
				addHashes(sums, data)
			}
		}
		if err := list.read(data, first, false); err != nil {
			return err
		}
		for _, sums := range r.sums[:singles] {
			addHashes(sums, data)
		}
	}
	r.rows = r.rows[:0]
	for _, sums := range r.sums {
		r.rows = r.sieve.sift(sums, r.rows)
	}
	if len(r.sums) > 1 {
		slices.Sort(r.rows)
		r.rows = slices.Compact(r.rows)
	}
	return nil
}

// another adds a list of sums for so many rows; it has any content.
func (r *reader) another(rows int) []uint32 {
	n := len(r.sums)
	if n < cap(r.sums) {
		r.sums = r.sums[:n+1]
	} else {
		r.sums = append(r.sums, nil)
	}
	if cap(r.sums[n]) < rows {
		r.sums[n] = make([]uint32, rows)
	}
	r.sums[n] = r.sums[n][:rows]
	return r.sums[n]
}

// ended is nil where it is only said that there is enough.
func ended(err error) error {
	if errors.Is(err, scan.ErrStop) {
		return nil
	}
	return err
}

// foldHash adds the hash of a part to that of the parts before it, which is 0 where
// there are none.
func foldHash(sum, part uint32) uint32 { return bits.RotateLeft32(sum*0x9e3779b1, 15) ^ part }

// A sieve holds hashes of tuples. A bit map lets hardly any other pass, and a table
// behind it none.
type sieve struct {
	bits  [1 << 11]uint64
	slots []uint32 // open addressing; 0 is free
	zero  bool     // the hash 0 is in
	used  int
}

const sieveShift = 32 - 17 // 17 bits of a hash name a bit of the map

func (s *sieve) reset(tuples int) {
	clear(s.bits[:])
	size := 1 << bits.Len(uint(2*tuples))
	if cap(s.slots) < size {
		s.slots = make([]uint32, size)
	}
	s.slots = s.slots[:size]
	clear(s.slots)
	s.zero, s.used = false, 0
}

func (s *sieve) add(hash uint32) {
	s.used++
	bit := hash >> sieveShift
	s.bits[bit>>6] |= 1 << (bit & 63)
	if hash == 0 {
		s.zero = true
		return
	}
	for slot := int(hash) & (len(s.slots) - 1); ; slot = (slot + 1) & (len(s.slots) - 1) {
		switch s.slots[slot] {
		case 0:
			s.slots[slot] = hash
			return
		case hash:
			return
		}
	}
}

// sift adds the places of the hashes that are in the sieve to dst.
func (s *sieve) sift(hashes []uint32, dst []int32) []int32 {
	for i, hash := range hashes {
		bit := hash >> sieveShift
		if s.bits[bit>>6]&(1<<(bit&63)) != 0 && s.has(hash) {
			dst = append(dst, int32(i))
		}
	}
	return dst
}

func (s *sieve) has(hash uint32) bool {
	if hash == 0 {
		return s.zero
	}
	for slot := int(hash) & (len(s.slots) - 1); ; slot = (slot + 1) & (len(s.slots) - 1) {
		switch s.slots[slot] {
		case 0:
			return false
		case hash:
			return true
		}
	}
}
