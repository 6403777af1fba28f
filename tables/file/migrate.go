package file

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
)

// The buckets of formats 1 and 2 that are no longer, or have other keys.
const (
	oldTables       = "tables"
	oldVersions     = "versions"
	oldWarnings     = "warnings"
	oldHistory      = "history"
	oldRuleSets     = "rulesets"
	oldRuleVersions = "rulesetVersions"
	oldRuleHistory  = "rulesetHistory"
)

// oldBuckets are all buckets of format 2.
func oldBuckets() []string {
	return append([]string{bucketMeta, oldTables, oldVersions, oldWarnings, bucketData, bucketDoomed, oldHistory, bucketSettings}, ruleBuckets()...)
}

// ruleBuckets are those of rule sets, which came later than the first files of format 1.
func ruleBuckets() []string { return []string{oldRuleSets, oldRuleVersions, oldRuleHistory} }

// oldTableRecord is a table of formats 1 and 2, and a rule set, which has no lookups.
type oldTableRecord struct {
	Next    int               `json:"next"`
	Live    int               `json:"live"`
	Trail   []int             `json:"trail"`
	Lookups []oldLookupRecord `json:"lookups"`
	Updated time.Time         `json:"updated"`
	Deleted bool              `json:"deleted"`
}

// oldLookupRecord is a lookup of formats 1 and 2, which stood in the record of its table.
type oldLookupRecord struct {
	Name    string `json:"name"`
	Guessed bool   `json:"guessed"`
	lookupRecord
}

// An entry is a record on its way into a bucket of today.
type entry struct {
	bucket  string
	key     []byte
	content []byte // nil: it cannot be read
	raw     []byte // as it was, where it cannot be read
}

// migrate gives every record the form of today, in one transaction. What cannot be read
// in the old form stays as it is, under its key of today, so that it is found damaged there. Chunks
// have had their own checksum from the first, and stay.
func migrate(tx *bolt.Tx, format int) error {
	switch format {
	case 0:
		return nil
	case 3:
		return migrate3(tx)
	}
	m := migration{tx: tx, format: byte(format)}
	m.things(oldTables, tables.KindTable)
	m.things(oldRuleSets, tables.KindRuleSet)
	m.numbered(oldVersions, bucketVersions, tables.KindTable)
	m.numbered(oldWarnings, bucketFindings, tables.KindTable)
	m.numbered(oldRuleVersions, bucketVersions, tables.KindRuleSet)
	m.events(oldHistory, tables.KindTable)
	m.events(oldRuleHistory, tables.KindRuleSet)
	for _, bucket := range []string{bucketDoomed, bucketSettings} {
		m.each(bucket, func(key, content, raw []byte) { m.add(bucket, bytes.Clone(key), content, raw) })
	}
	if m.err != nil {
		return m.err
	}
	sequence := uint64(0)
	for _, name := range []string{oldTables, oldVersions, oldWarnings, oldHistory, oldRuleSets, oldRuleVersions, oldRuleHistory} {
		b := tx.Bucket([]byte(name))
		if b == nil {
			continue
		}
		if name == oldHistory || name == oldRuleHistory {
			sequence = max(sequence, b.Sequence())
		}
		if err := tx.DeleteBucket([]byte(name)); err != nil {
			return fmt.Errorf("remove bucket %s: %w", name, err)
		}
	}
	for _, name := range bucketNames() {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return fmt.Errorf("make bucket %s: %w", name, err)
		}
	}
	if err := tx.Bucket([]byte(bucketHistory)).SetSequence(sequence); err != nil {
		return err
	}
	return m.put()
}

// put writes what was collected.
func (m *migration) put() error {
	if m.err != nil {
		return m.err
	}
	for _, e := range m.entries {
		record := e.raw
		if e.content != nil {
			record = wrap(e.bucket, e.key, e.content)
		}
		if err := m.tx.Bucket([]byte(e.bucket)).Put(e.key, record); err != nil {
			return err
		}
	}
	return nil
}

// A migration collects the records of an old file in the form of today.
type migration struct {
	tx      *bolt.Tx
	format  byte
	entries []entry
	err     error
}

func (m *migration) add(bucket string, key, content, raw []byte) {
	m.entries = append(m.entries, entry{bucket, key, bytes.Clone(content), bytes.Clone(raw)})
}

// encode adds a record.
func (m *migration) encode(bucket string, key []byte, record any) {
	content, err := json.Marshal(record)
	if err != nil {
		m.err = fmt.Errorf("encode record: %w", err)
		return
	}
	m.add(bucket, key, content, nil)
}

// each calls f with the records of an old bucket; content is nil where one cannot be read.
func (m *migration) each(bucket string, f func(key, content, raw []byte)) {
	b := m.tx.Bucket([]byte(bucket))
	if b == nil {
		return
	}
	c := b.Cursor()
	for k, data := c.First(); k != nil; k, data = c.Next() {
		content, ok := readOld(m.format, bucket, k, data)
		if !ok {
			content = nil
		} else if content == nil {
			content = []byte{}
		}
		f(k, content, data)
	}
}

// readOld is the content of a record of format 1, 2 or 3. In format 1 it was one version byte and
// JSON, and a setting was plain bytes.
func readOld(format byte, bucket string, key, data []byte) (content []byte, ok bool) {
	if format > 1 {
		content, err := unwrapOf(format, bucket, key, data)
		return content, err == nil
	}
	if bucket == bucketSettings || bucket == bucketMeta {
		return data, true
	}
	if len(data) == 0 || data[0] != 1 {
		return nil, false
	}
	content = data[1:]
	var record any
	switch bucket {
	case oldTables, oldRuleSets:
		record = new(oldTableRecord)
	case oldVersions:
		record = new(rowsRecord)
	case oldWarnings:
		record = new([]findingRecord)
	case bucketDoomed:
		record = new(doomedRecord)
	case oldRuleVersions:
		record = new(sourceRecord)
	case oldHistory, oldRuleHistory:
		record = new(eventRecord)
	}
	return content, json.Unmarshal(content, record) == nil
}

// things makes heads of tables or rule sets, and versions of lookups: each that a person had
// set becomes the first of its versions. A guessed one is guessed again.
func (m *migration) things(bucket string, kind tables.Kind) {
	m.each(bucket, func(key, content, raw []byte) {
		own := tables.Thing{Name: tables.Name{Kind: kind, Name: string(key)}}
		var r oldTableRecord
		if content == nil || json.Unmarshal(content, &r) != nil {
			m.add(bucketHeads, headKey(own), nil, raw)
			return
		}
		head := headRecord{Next: r.Next, Live: r.Live, Trail: r.Trail, Updated: r.Updated, Revision: 1}
		if r.Deleted {
			head.Deleted = &r.Updated
		}
		head.leave()
		m.encode(bucketHeads, headKey(own), head)
		for _, l := range r.Lookups {
			if l.Guessed {
				continue
			}
			t := own
			if t.Lookup = l.Name; l.Name == own.Name.Name {
				t.Lookup = tables.DefaultLookup
			}
			m.encode(bucketHeads, headKey(t), headRecord{Next: 2, Live: 1, Updated: r.Updated})
			l.makingRecord = makingRecord{Number: 1, Created: r.Updated}
			m.encode(bucketVersions, versionKey(t, 1), l.lookupRecord)
		}
	})
}

// numbered takes over what stands under a name and a number.
func (m *migration) numbered(from, to string, kind tables.Kind) {
	m.each(from, func(key, content, raw []byte) {
		name, number := splitOld(key)
		t := tables.Thing{Name: tables.Name{Kind: kind, Name: name}}
		if to == bucketFindings && content != nil {
			var err error
			if content, err = oldFindings(content); err != nil {
				content = nil
			}
		}
		m.add(to, slices.Concat(headKey(t), number), content, raw)
	})
}

func (m *migration) events(from string, kind tables.Kind) {
	m.each(from, func(key, content, raw []byte) {
		name, number := splitOld(key)
		m.add(bucketHistory, slices.Concat(eventsKey(tables.Name{Kind: kind, Name: name}), number), content, raw)
	})
}

// splitOld takes apart a key of a name, a zero byte and a number. One that is too short for that
// was damaged: it gets the number 0.
func splitOld(key []byte) (name string, number []byte) {
	if len(key) < 9 {
		return string(key), binary.BigEndian.AppendUint64(nil, 0)
	}
	return string(key[:len(key)-9]), key[len(key)-8:]
}
