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

// readMaking is how a version came to be; nil where it is not kept.
func readMaking(tx *bolt.Tx, table string, number int) (*making, error) {
	data := tx.Bucket([]byte(bucketVersions)).Get(numbered(table, uint64(number)))
	if data == nil {
		return nil, nil
	}
	m := new(making)
	if err := decode(data, m); err != nil {
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
	makings := make([]making, len(numbers))
	for i, n := range numbers {
		m, err := readMaking(tx, table, n)
		if err != nil {
			return err
		}
		makings[i] = *m
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
