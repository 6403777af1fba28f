package file

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/boltfile"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A Finding is one thing that is wrong with a file.
type Finding = boltfile.Finding

// A CheckReport is what Check found.
type CheckReport struct {
	Bytes    int64     `json:"bytes"`
	Format   int       `json:"format"`
	Tables   int       `json:"tables"`
	RuleSets int       `json:"ruleSets"`
	Versions int       `json:"versions"` // of tables, lookups and rule sets, the deleted ones too
	Aliases  int       `json:"aliases"`  // of lookups, those of deleted ones too
	Records  int       `json:"records"`
	Chunks   int       `json:"chunks"`
	Findings []Finding `json:"findings"`
}

// Check verifies a file that no process has open: its pages, every record, every chunk
// of every version. It changes nothing. The error is for what keeps it from looking:
// ErrInUse, or no such file. Of a file of an earlier format it verifies pages and records.
func Check(path string) (*CheckReport, error) {
	c := &checker{report: &CheckReport{Findings: []Finding{}}}
	size, findings, err := boltfile.Examine(path, c.run)
	if err != nil {
		return nil, fmt.Errorf("check table store: %w", err)
	}
	c.report.Bytes, c.report.Findings = size, slices.Insert(c.report.Findings, 0, findings...)
	return c.report, nil
}

// checker is one check under way.
type checker struct {
	report *CheckReport
	format int
	owned  map[uint64]string // storages by the version that has them
}

func (c *checker) find(place, format string, args ...any) {
	c.report.Findings = append(c.report.Findings, Finding{Place: place, Problem: fmt.Sprintf(format, args...)})
}

func (c *checker) run(tx *bolt.Tx) error {
	var err error
	if c.format, err = readFormat(tx); err != nil {
		return err
	}
	c.report.Format = c.format
	known := bucketNames()
	if c.format < 3 {
		known = oldBuckets()
	}
	whole := true
	for _, name := range known {
		if tx.Bucket([]byte(name)) == nil {
			if slices.Contains(laterBuckets(), name) {
				continue // The file is older than the bucket, and gets it when it is opened.
			}
			if whole = false; c.format != 1 || !slices.Contains(ruleBuckets(), name) {
				c.find("bucket "+name, "it is missing")
			}
			continue
		}
		if name != bucketData && name != bucketMeta {
			c.records(tx, name)
		}
	}
	if err := tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
		if !slices.Contains(known, string(name)) {
			c.find(fmt.Sprintf("bucket %q", name), "nobody knows what it is")
		}
		return nil
	}); err != nil {
		return err
	}
	if whole && c.format == recordVersion {
		c.names(tx)
		c.versions(tx)
		c.aliases(tx)
		c.storages(tx)
	}
	return nil
}

// records verifies the checksum of every record of a bucket.
func (c *checker) records(tx *bolt.Tx, bucket string) {
	cursor := tx.Bucket([]byte(bucket)).Cursor()
	for k, data := cursor.First(); k != nil; k, data = cursor.Next() {
		c.report.Records++
		if c.format != recordVersion {
			c.oldRecord(bucket, k, data)
			continue
		}
		if _, err := unwrap(bucket, k, data); err != nil {
			c.find(placeOf(bucket, k), "%v", err)
		}
	}
}

// oldRecord verifies a record of an earlier format, and counts it.
func (c *checker) oldRecord(bucket string, key, data []byte) {
	content, ok := readOld(byte(c.format), bucket, key, data)
	if !ok {
		c.find(fmt.Sprintf("bucket %s, %q", bucket, key), "a record of format %d cannot be read", c.format)
		return
	}
	if c.format == 3 {
		c.record3(bucket, key, content)
		return
	}
	var r oldTableRecord
	there := json.Unmarshal(content, &r) == nil && !r.Deleted
	switch {
	case bucket == oldTables && there:
		c.report.Tables++
	case bucket == oldRuleSets && there:
		c.report.RuleSets++
	case bucket == oldVersions, bucket == oldRuleVersions:
		c.report.Versions++
	}
}

// record3 counts a record of format 3, whose keys are those of today.
func (c *checker) record3(bucket string, key, content []byte) {
	switch bucket {
	case bucketVersions:
		c.report.Versions++
	case bucketHeads:
		var r headRecord
		t, ok := splitHead(key)
		if !ok || t.Lookup != "" || json.Unmarshal(content, &r) != nil || r.Deleted != nil {
			return
		}
		if t.Kind == tables.KindTable {
			c.report.Tables++
		} else {
			c.report.RuleSets++
		}
	}
}

// placeOf names a record for people.
func placeOf(bucket string, key []byte) string {
	switch bucket {
	case bucketHeads:
		if t, ok := splitHead(key); ok {
			return placeOfThing(t)
		}
	case bucketVersions, bucketFindings:
		t, number, ok := splitVersion(key)
		switch {
		case ok && bucket == bucketFindings:
			return fmt.Sprintf("%s, findings of version %d", placeOfThing(t), number)
		case ok:
			return fmt.Sprintf("%s, version %d", placeOfThing(t), number)
		}
	case bucketAliases:
		if t, id, ok := splitVersion(key); ok {
			return fmt.Sprintf("%s, alias %d", placeOfThing(t), id)
		}
	case bucketHistory:
		if len(key) > 9 {
			t, _ := splitHead(slices.Concat(key[:len(key)-8], []byte{0, 0, 0, 0, 0}))
			return fmt.Sprintf("%s, event %d of the history", t, binary.BigEndian.Uint64(key[len(key)-8:]))
		}
	case bucketSettings:
		return fmt.Sprintf("setting %q", key)
	case bucketDoomed:
		return fmt.Sprintf("removed rows %x", key)
	}
	return fmt.Sprintf("bucket %s, %q", bucket, key)
}

func placeOfThing(t tables.Thing) string {
	if t.Bin != 0 {
		return t.String() + ", deleted"
	}
	return t.String()
}

// names verifies that everything that has versions has its head, and its live version.
func (c *checker) names(tx *bolt.Tx) {
	var strange []tables.Damage
	for _, name := range storedNames(tx, &strange) {
		r, err := readRecords(tx, name)
		if err != nil {
			c.find(placeOfThing(tables.Thing{Name: name}), "%v", err)
			continue
		}
		for lookup, record := range r.Things {
			t := tables.Thing{Name: name, Lookup: lookup}
			data := tx.Bucket([]byte(bucketHeads)).Get(headKey(t))
			live := tx.Bucket([]byte(bucketVersions)).Get(versionKey(t, record.Head.Live))
			switch {
			case data == nil:
				c.find(placeOfThing(t), "its record is missing, and versions of it are there")
			case record.Head.Live != 0 && live == nil:
				c.find(placeOfThing(t), "version %d is live, and is missing", record.Head.Live)
			}
			c.scheduled(tx, t, record.Head.Scheduled)
		}
		if own := r.Things[""]; own.Damage != nil || !own.Head.Deleted.IsZero() {
			continue
		}
		switch name.Kind {
		case tables.KindRuleSet:
			c.report.RuleSets++
		case tables.KindTable:
			c.report.Tables++
		}
	}
	for _, d := range strange {
		c.find(fmt.Sprintf("%s %q", d.Kind, d.Name), "%s", d.Problem)
	}
}

// scheduled verifies that what goes live later is there, but for lookups that were deleted.
func (c *checker) scheduled(tx *bolt.Tx, t tables.Thing, s *tables.Schedule) {
	if s == nil || s.Version == 0 {
		return
	}
	if tx.Bucket([]byte(bucketVersions)).Get(versionKey(t, s.Version)) == nil {
		c.find(placeOfThing(t), "version %d goes live at %s, and is missing", s.Version, s.At.Format(time.RFC3339))
	}
}

// versions reads every version with its rows.
func (c *checker) versions(tx *bolt.Tx) {
	c.owned = map[uint64]string{}
	_ = each(tx, bucketVersions, nil, func(key, data []byte) error {
		c.report.Versions++
		t, number, ok := splitVersion(key)
		content, err := unwrap(bucketVersions, key, data)
		if !ok || err != nil {
			return nil //nolint:nilerr // told already
		}
		place := placeOf(bucketVersions, key)
		v, err := contentOf(t, int(number), content)
		if err != nil {
			c.find(place, "%v", err)
			return nil
		}
		if v.Rows == nil {
			return nil
		}
		if other, taken := c.owned[v.Storage]; taken {
			c.find(place, "it has the rows of %s", other)
		}
		c.owned[v.Storage] = place
		c.chunks(tx, place, v.Rows)
		return nil
	})
}

// chunks reads all rows of a version.
func (c *checker) chunks(tx *bolt.Tx, place string, v *schema.Version) {
	for g := range v.Groups {
		b := segmentOf(tx, v.Storage, g)
		for i := range v.Columns {
			c.report.Chunks++
			var data []byte
			if b != nil {
				data = b.Get(chunkKey(g, i))
			}
			if data == nil {
				c.find(place, "rows %d to %d of column %q are missing", v.Starts[g]+1, v.Starts[g+1], schema.Excerpt(v.Columns[i].Name))
				continue
			}
			chunk, err := column.Decode(data)
			if err == nil && chunk.Len() != v.Groups[g] {
				err = fmt.Errorf("%d rows, not %d", chunk.Len(), v.Groups[g])
			}
			if err != nil {
				c.find(place, "rows %d to %d of column %q cannot be read: %v", v.Starts[g]+1, v.Starts[g+1], schema.Excerpt(v.Columns[i].Name), err)
			}
		}
	}
}

// storages looks for rows that no version has and that nobody will remove.
func (c *checker) storages(tx *bolt.Tx) {
	last := uint64(0)
	cursor := tx.Bucket([]byte(bucketData)).Cursor()
	for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
		id, ok := storageOf(k)
		if !ok {
			c.find("rows", "a bucket of them has the key %x", k)
			continue
		}
		if _, owned := c.owned[id]; owned || id == last || tx.Bucket([]byte(bucketDoomed)).Get(storageKey(id)) != nil {
			continue
		}
		last = id
		c.find(fmt.Sprintf("rows %d", id), "no version that can be read has them")
	}
}
