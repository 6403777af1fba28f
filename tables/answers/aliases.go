package answers

import (
	"context"
	"fmt"
	"slices"

	"tablestep/tables/alias"
	"tablestep/tables/schema"
)

// A book is the aliases of one lookup at one moment, held against the version of a snapshot.
type book struct {
	lookup            string
	version, revision int           // of the lookup, and of the table's aliases
	done              chan struct{} // closed when book or err is set
	book              *alias.Book
	err               error
}

// maxBooks is how many a snapshot keeps: lookups of a table mostly share what is live, and a change of
// aliases makes one more for each that has any.
const maxBooks = 8

// book is the aliases of a lookup with the rows that they name in the version, which are looked for by the first
// who asks, while others wait. It reads the columns that name the rows and touches no index.
func (sn *Snapshot) book(ctx context.Context, as *schema.Aliases) (*alias.Book, error) {
	for {
		sn.mu.Lock()
		if n := len(sn.books); n > 0 {
			if b := sn.books[n-1]; b.book != nil && b.lookup == as.Lookup && b.version == as.Version && b.revision == as.Revision {
				sn.mu.Unlock()
				return b.book, nil // as nearly always
			}
		}
		at := slices.IndexFunc(sn.books, func(b *book) bool {
			return b.lookup == as.Lookup && b.version == as.Version && b.revision == as.Revision
		})
		var b *book
		mine := at < 0
		if mine {
			b = &book{lookup: as.Lookup, version: as.Version, revision: as.Revision, done: make(chan struct{})}
		} else {
			b = sn.books[at]
			sn.books = slices.Delete(sn.books, at, at+1)
		}
		if sn.books = append(sn.books, b); len(sn.books) > maxBooks {
			sn.books = slices.Delete(sn.books, 0, 1)
		}
		sn.mu.Unlock()
		if mine {
			sn.write(ctx, b, as)
			return b.book, b.err
		}
		select {
		case <-b.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if b.err == nil {
			return b.book, nil
		}
		// Whoever made it failed, perhaps because nobody waited for him any more.
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

// write makes a book. One that failed is not kept.
func (sn *Snapshot) write(ctx context.Context, b *book, as *schema.Aliases) {
	defer close(b.done)
	rows, err := alias.Find(ctx, sn.reader, sn.version, as)
	var made *alias.Book
	if err == nil {
		made = alias.NewBook(as, rows)
	}
	sn.mu.Lock()
	defer sn.mu.Unlock()
	if b.book, b.err = made, err; err == nil {
		return
	}
	sn.books = slices.DeleteFunc(sn.books, func(o *book) bool { return o == b })
}

// aliased asks the aliases for the tuples that no row has hit, before the fold is finished.
func (sn *Snapshot) aliased(ctx context.Context, as *schema.Aliases, keys [][]string, f *fold) error {
	var (
		known  *alias.Book
		values []string
		room   []byte
		tuples []int   // that are taken for a row
		rows   []int32 // those
	)
	for t := range f.out.Found {
		found := &f.out.Found[t]
		if found.Hits > 0 || found.Row >= 0 || found.Unreached || found.Problem != "" {
			continue
		}
		if known == nil {
			var err error
			if known, err = sn.book(ctx, as); err != nil {
				return err
			}
			values = make([]string, len(keys))
		}
		if !known.May(keys, t) {
			continue
		}
		for m := range keys {
			values[m] = keys[m][t]
		}
		var e alias.Entry
		var ok bool
		if e, ok, room = known.Find(values, room); !ok {
			continue
		}
		found.Alias = e.ID
		if e.Row >= 0 {
			found.Row, found.Score, found.Hits = e.Row, 1, 1
			tuples, rows = append(tuples, t), append(rows, e.Row)
		}
	}
	if len(tuples) == 0 || !f.makesCells() {
		return nil
	}
	return sn.aliasCells(ctx, f, tuples, rows)
}

// aliasCells makes the texts of a policy that makes them of its hits, of which there is one.
func (sn *Snapshot) aliasCells(ctx context.Context, f *fold, tuples []int, rows []int32) error {
	cells := make([]string, len(rows))
	for o, c := range f.outputs {
		if err := sn.Gather(ctx, c, rows, cells); err != nil {
			return err
		}
		for i, t := range tuples {
			found := &f.out.Found[t]
			switch {
			case f.policy == schema.PolicyAny:
				f.out.Cells[o][t] = cells[i]
			case found.Problem == "":
				total := &f.totals[o*len(f.out.Found)+t]
				if problem := total.add(f.aggregate, f.separator, cells[i], f.notation(c)); problem != "" {
					found.Problem = fmt.Sprintf("row %d, column %q: %s", found.Row+1, f.version.Columns[c].Name, problem)
				}
			}
		}
	}
	return nil
}

// allAliased is the row for which an alias takes a tuple, where there is one.
func (sn *Snapshot) allAliased(ctx context.Context, as *schema.Aliases, keys [][]string) ([]hitRow, error) {
	known, err := sn.book(ctx, as)
	if err != nil {
		return nil, err
	}
	values := make([]string, len(keys))
	for m := range keys {
		values[m] = keys[m][0]
	}
	if e, ok, _ := known.Find(values, nil); ok && e.Row >= 0 {
		return []hitRow{{row: e.Row}}, nil
	}
	return nil, nil
}
