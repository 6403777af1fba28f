package tables

import (
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A making is how a version came to be: as much of its record as says what may go.
type making struct {
	Number  int       `json:"version"`
	Patch   bool      `json:"patch"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Storage uint64    `json:"storage"`
}

// readMaking is how a version came to be; nil where it is not kept, or its record is
// damaged.
func readMaking(tx *bolt.Tx, table string, number int) (*making, error) {
	data := tx.Bucket([]byte(bucketVersions)).Get(numbered(table, uint64(number)))
	if data == nil {
		return nil, nil
	}
	m := new(making)
	err := decode(bucketVersions, numbered(table, uint64(number)), data, m)
	switch {
	case damaged(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("table %q: version %d: %w", table, number, err)
	}
	return m, nil
}

// trim drops old versions, but never the live one, and none that is being read: that
// goes the next time.
func (s *Store) trim(tx *bolt.Tx, table string, t *tableRecord) error {
	numbers := versionNumbers(tx, table)
	if len(numbers) <= s.options.KeepVersions {
		return nil // too few of either kind
	}
	makings, err := s.makingsOf(tx, table, numbers)
	if err != nil {
		return err
	}
	var old []int
	for _, m := range surplus(makings, s.options.KeepVersions) {
		if m.Number != t.Live && !s.isRead(table, m.Storage) {
			old = append(old, m.Number)
		}
	}
	t.Trail = slices.DeleteFunc(t.Trail, func(n int) bool { return slices.Contains(old, n) })
	return s.drop(tx, table, old)
}

// makingsOf are the makings of versions, by ascending number, the last of which has
// been written in this transaction. The others are read once: to read the records of
// 40 versions with 20 columns took 1 to 4 ms of every change. The caller has s.change.
func (s *Store) makingsOf(tx *bolt.Tx, table string, numbers []int) ([]making, error) {
	known, now := s.makings[table], make(map[int]making, len(numbers))
	list := make([]making, len(numbers))
	for i, n := range numbers {
		m, ok := known[n]
		if !ok {
			read, err := readMaking(tx, table, n)
			if err != nil {
				return nil, err
			}
			m = making{Number: n} // as an upload, where the record is damaged
			if read != nil {
				m = *read
			}
		}
		list[i] = m
		if i < len(numbers)-1 { // the last one's transaction may fail yet, and its number be given again
			now[n] = m
		}
	}
	s.makings[table] = now
	return list, nil
}

// burst is the time within which a patch stands for those before it.
const burst = time.Minute

// surplus is what is beyond so many uploads and so many patches, of versions in
// order of their numbers. Of uploads the oldest go. Of patches those go first that
// one by the same hand followed within a minute, the oldest first: somebody who
// corrects a hundred rows one by one does not push out what others did last week.
func surplus(versions []making, keep int) []making {
	var uploads, passed, patches []making
	for i, v := range versions {
		followed := slices.ContainsFunc(versions[i+1:], func(o making) bool {
			return o.Patch && o.By == v.By && o.Created.Sub(v.Created).Abs() <= burst
		})
		switch {
		case !v.Patch:
			uploads = append(uploads, v)
		case followed:
			passed = append(passed, v)
		default:
			patches = append(patches, v)
		}
	}
	patches = append(passed, patches...)
	return slices.Concat(uploads[:max(0, len(uploads)-keep)], patches[:max(0, len(patches)-keep)])
}
