package file

import (
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// findingsRecord is the findings of a version as they are stored.
type findingsRecord struct {
	Counts map[string]int  `json:"counts"` // by code, with those that are not written out
	List   []findingRecord `json:"list"`
	Under  map[string]int  `json:"under"` // versions of lookups, by the names under which they are kept; null: nobody knows
}

// findingRecord is one of them.
type findingRecord struct {
	Row      int             `json:"row,omitempty"`
	Column   string          `json:"column,omitempty"`
	Code     string          `json:"code"`
	Severity schema.Severity `json:"severity"`
	Message  string          `json:"message"`
	More     int             `json:"more,omitempty"` // it stands for so many that are not written out
}

// putFindings writes the findings of a version, or removes its record where there are none.
func putFindings(tx *bolt.Tx, t tables.Thing, number int, f schema.Findings) error {
	key := versionKey(t, number)
	err := error(nil)
	if f.Total() == 0 && f.Under == nil {
		err = tx.Bucket([]byte(bucketFindings)).Delete(key)
	} else {
		err = put(tx, bucketFindings, key, newFindingsRecord(f))
	}
	if err != nil {
		return fmt.Errorf("write findings of version %d of %s: %w", number, t, err)
	}
	return nil
}

func newFindingsRecord(f schema.Findings) findingsRecord {
	r := findingsRecord{Counts: f.Counts, Under: f.Under, List: make([]findingRecord, len(f.List))}
	for i, w := range f.List {
		r.List[i] = findingRecord(w)
	}
	return r
}

// readFindings reads those of a version by its key. The error wraps ErrDamaged.
func readFindings(tx *bolt.Tx, key []byte) (f schema.Findings, err error) {
	data := tx.Bucket([]byte(bucketFindings)).Get(key)
	if data == nil {
		return f, nil
	}
	var r findingsRecord
	if err := decode(bucketFindings, key, data, &r); err != nil {
		return f, err
	}
	f.Counts, f.Under, f.List = r.Counts, r.Under, make([]schema.Warning, len(r.List))
	for i, w := range r.List {
		f.List[i] = schema.Warning(w)
	}
	return f, nil
}

// oldFindings gives findings of the formats before 4 the form of today: they were a list
// alone, and of a code with many the last line told in words how many more there were.
func oldFindings(content []byte) ([]byte, error) {
	var old []findingRecord
	if err := json.Unmarshal(content, &old); err != nil {
		return nil, fmt.Errorf("%w: %w", tables.ErrDamaged, err)
	}
	r := findingsRecord{Counts: map[string]int{}, List: old}
	for i := range r.List {
		w := &r.List[i]
		w.Severity = schema.SeverityOf(w.Code)
		if more := 0; w.Row == 0 {
			if n, err := fmt.Sscanf(w.Message, "… and %d more", &more); n == 1 && err == nil {
				w.More = more
			}
		}
		r.Counts[w.Code] += max(w.More, 1)
	}
	content, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return content, nil
}
