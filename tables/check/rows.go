package check

import (
	"cmp"
	"context"
	"time"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// An Upload says how the rows of a new version are going to be used.
type Upload struct {
	Table   string
	Live    *schema.Version // whose key is kept if it was a good one; nil: none
	Lookups []schema.Lookup // that a person has set
	Key     []string        // the columns that name a row; nil guesses
	Zone    *time.Location  // whose days cells are where a lookup names none; nil is UTC
	Work    int64           // bounds the search for overlaps, in units of index.Second; 0 is ten seconds
}

// Rows holds the rows of a new version against each other: it sets the version's Key,
// and warns of rows that cannot be found by a key and of those that stand in each
// other's way under the hit policy of a lookup. However many lookups there are, the
// rows are read once, as long as what the checks remember of them stays within
// passBytes; a guess of the key reads columns besides.
func Rows(ctx context.Context, r scan.Reader, v *schema.Version, u Upload, w *Warnings) error {
	looks, err := keyLooks(ctx, r, v, u)
	if err != nil {
		return err
	}
	looks = append(looks, overlapLooks(v, u.Lookups, u.Zone, cmp.Or(u.Work, overlapWork), maxOverlapBytes)...)
	looks = append(looks, meaningLooks(v, u.Lookups)...)
	looks = append(looks, aliasLooks(v, u.Lookups)...)
	looks = append(looks, turnLooks(v, u.Lookups)...)
	return lookAll(ctx, r, looks, w)
}

// lookAll takes the looks in as few passes as there may be.
func lookAll(ctx context.Context, r scan.Reader, looks []look, w *Warnings) error {
	for len(looks) > 0 {
		some := looks[:together(looks)]
		looks = looks[len(some):]
		tasks := make([]scan.Task, len(some))
		for i, l := range some {
			tasks[i] = l.task
		}
		if err := scan.Pass(ctx, r, tasks); err != nil {
			return err
		}
		for i, l := range some {
			if l.end != nil {
				if err := l.end(ctx); err != nil {
					return err
				}
			}
			w.Join(l.warnings)
			some[i] = look{} // and what it remembered of the rows
		}
	}
	return nil
}

// A look is one check of all rows. It has warnings of its own, so that those of several
// looks come in the order of the looks and not of the row groups.
type look struct {
	task     scan.Task
	memory   int64 // that it takes until its end, in bytes, about
	warnings *Warnings
	end      func(ctx context.Context) error // after the last row; nil: nothing is left to do
}

// passBytes is how much the looks of one pass may remember together. One alone may take
// more: with ten million rows, a key does.
const passBytes = 256 << 20

// together is how many of the looks are taken at once.
func together(looks []look) int {
	bytes := int64(0)
	for i, l := range looks {
		if bytes += l.memory; bytes > passBytes && i > 0 {
			return i
		}
	}
	return len(looks)
}
