package index

import "slices"

// best adds the entries that match a value most nearly; all of them, and perhaps others.
//
// Most values have one near match or none, so few errors are looked for first, and then
// twice as many. Once there is a match, what has more errors than were looked for is as
// near only in texts that are so long that their share is no larger; if there may be such
// ones, these are looked for as well, and then no others.
func (k *fuzzies) best(v *value, w *work, dst []found) []found {
	s := k.search(v, w)
	s.best = true
	most, longest := 0, 0 // of all keys
	for i := range s.keys[:s.count] {
		most = max(most, s.keys[i].errors)
		longest = max(longest, k.longest(s.keys[i].length))
	}
	from := len(dst)
	for errors := 1; ; errors *= 2 {
		if 2*errors > most {
			errors = most
		}
		if dst = k.within(s, w, errors, dst[:from]); errors == most || w.meter.Stopped() {
			break
		}
		if s.seen {
			if (errors+1)*s.longer <= s.errors*longest {
				dst = k.within(s, w, min(most, s.errors*longest/s.longer), dst[:from])
			}
			break
		}
	}
	highest := uint32(0)
	for _, f := range dst[from:] {
		highest = max(highest, f.rank)
	}
	return append(dst[:from], slices.DeleteFunc(dst[from:], func(f found) bool { return f.rank < highest })...)
}
