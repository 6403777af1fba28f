package tables

import (
	"encoding/json"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

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
	Versions int       `json:"versions"` // of tables and rule sets
	Records  int       `json:"records"`
	Chunks   int       `json:"chunks"`
	Findings []Finding `json:"findings"`
}

// Check verifies a file that no process has open: its pages, every record, every chunk
// of every version. It changes nothing. The error is for what keeps it from looking:
// ErrInUse, or no such file.
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
	for _, name := range bucketNames() {
		if tx.Bucket([]byte(name)) == nil {
			if c.format == storeFormat {
				c.find("bucket "+name, "it is missing")
			}
			continue
		}
		if name != bucketData {
			c.records(tx, name)
		}
	}
	if err := tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
		if !slices.Contains(bucketNames(), string(name)) {
			c.find(fmt.Sprintf("bucket %q", name), "nobody knows what it is")
		}
		return nil
	}); err != nil {
		return err
	}
	if tx.Bucket([]byte(bucketVersions)) != nil && tx.Bucket([]byte(bucketTables)) != nil {
		c.tables(tx)
	}
	if tx.Bucket([]byte(bucketRuleSetVersions)) != nil && tx.Bucket([]byte(bucketRuleSets)) != nil {
		c.ruleSets(tx)
	}
	if tx.Bucket([]byte(bucketData)) != nil && tx.Bucket([]byte(bucketDoomed)) != nil {
		c.storages(tx)
	}
	return nil
}

// content is that of a record, in the form of the file's format.
func (c *checker) content(bucket string, key, data []byte) ([]byte, error) {
	if c.format == storeFormat {
		return unwrap(bucket, key, data)
	}
	if bucket == bucketSettings || bucket == bucketMeta {
		return data, nil
	}
	content, ok := readFormat1(bucket, data)
	if !ok {
		return nil, fmt.Errorf("%w: a record of format 1 cannot be read", ErrDamaged)
	}
	return content, nil
}

// records verifies the checksum of every record of a bucket.
func (c *checker) records(tx *bolt.Tx, bucket string) {
	cursor := tx.Bucket([]byte(bucket)).Cursor()
	for k, data := cursor.First(); k != nil; k, data = cursor.Next() {
		c.report.Records++
		if _, err := c.content(bucket, k, data); err != nil {
			c.find(placeOf(bucket, k), "%v", err)
		}
	}
}

// placeOf names a record for people.
func placeOf(bucket string, key []byte) string {
	name, number := splitNumbered(key)
	switch bucket {
	case bucketTables:
		return fmt.Sprintf("table %q", key)
	case bucketVersions:
		return fmt.Sprintf("table %q, version %d", name, number)
	case bucketWarnings:
		return fmt.Sprintf("table %q, findings of version %d", name, number)
	case bucketHistory:
		return fmt.Sprintf("table %q, event %d of the history", name, number)
	case bucketRuleSets:
		return fmt.Sprintf("rule set %q", key)
	case bucketRuleSetVersions:
		return fmt.Sprintf("rule set %q, version %d", name, number)
	case bucketRuleSetHistory:
		return fmt.Sprintf("rule set %q, event %d of the history", name, number)
	case bucketSettings:
		return fmt.Sprintf("setting %q", key)
	case bucketDoomed:
		return fmt.Sprintf("removed rows %x", key)
	}
	return fmt.Sprintf("bucket %s, %q", bucket, key)
}

// tables verifies that every table has its live version, and reads every version.
func (c *checker) tables(tx *bolt.Tx) {
	c.owned = map[uint64]string{}
	for _, name := range storedNames(tx, bucketTables, bucketVersions) {
		data := tx.Bucket([]byte(bucketTables)).Get([]byte(name))
		if data == nil {
			c.find(fmt.Sprintf("table %q", name), "its record is missing, and versions of it are there")
			continue
		}
		var r tableRecord
		if content, err := c.content(bucketTables, []byte(name), data); err != nil || json.Unmarshal(content, &r) != nil || r.Deleted {
			continue // records has told
		}
		c.report.Tables++
		if r.Live != 0 && tx.Bucket([]byte(bucketVersions)).Get(numbered(name, uint64(r.Live))) == nil {
			c.find(fmt.Sprintf("table %q", name), "version %d is live, and is missing", r.Live)
		}
	}
	cursor := tx.Bucket([]byte(bucketVersions)).Cursor()
	for k, data := cursor.First(); k != nil; k, data = cursor.Next() {
		c.report.Versions++
		name, number := splitNumbered(k)
		place := placeOf(bucketVersions, k)
		content, err := c.content(bucketVersions, k, data)
		if err != nil {
			continue
		}
		v, err := versionOf(name, content)
		switch {
		case err != nil:
			c.find(place, "%v", err)
		case v.Number != int(number):
			c.find(place, "it says that it is version %d", v.Number)
		default:
			if other, taken := c.owned[v.Storage]; taken {
				c.find(place, "it has the rows of %s", other)
			}
			c.owned[v.Storage] = place
			c.chunks(tx, place, v)
		}
	}
}

// chunks reads all rows of a version.
func (c *checker) chunks(tx *bolt.Tx, place string, v *schema.Version) {
	for g := range v.Groups {
		b := tx.Bucket([]byte(bucketData)).Bucket(segmentKey(v.Storage, v.SegmentOf(g)))
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

// ruleSets verifies that every rule set has its live version.
func (c *checker) ruleSets(tx *bolt.Tx) {
	for _, name := range storedNames(tx, bucketRuleSets, bucketRuleSetVersions) {
		c.report.Versions += len(ruleSetNumbers(tx, name))
		data := tx.Bucket([]byte(bucketRuleSets)).Get([]byte(name))
		if data == nil {
			c.find(fmt.Sprintf("rule set %q", name), "its record is missing, and versions of it are there")
			continue
		}
		var r ruleSetRecord
		if content, err := c.content(bucketRuleSets, []byte(name), data); err != nil || json.Unmarshal(content, &r) != nil || r.Deleted {
			continue // records has told
		}
		c.report.RuleSets++
		if r.Live != 0 && tx.Bucket([]byte(bucketRuleSetVersions)).Get(numbered(name, uint64(r.Live))) == nil {
			c.find(fmt.Sprintf("rule set %q", name), "version %d is live, and is missing", r.Live)
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
