package file

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// laterBuckets are those that a file of today's format may lack, because it was written before there were such
// things. It gets them when it is opened.
func laterBuckets() []string { return []string{bucketAliases} }

// aliasRecord is an alias as it is stored. Whose it is, and its id, stand in the key.
type aliasRecord struct {
	Values map[string]string  `json:"values"`
	Action schema.AliasAction `json:"action"`
	Target map[string]string  `json:"target,omitempty"`
	By     string             `json:"by,omitempty"`
	At     time.Time          `json:"at"`
}

func (r *aliasRecord) alias(id int) schema.Alias {
	return schema.Alias{ID: id, Values: r.Values, Action: r.Action, Target: r.Target, By: r.By, At: r.At}
}

// putAlias writes an alias, or removes it.
func putAlias(tx *bolt.Tx, c tables.AliasChange) error {
	key := aliasKey(c.Thing, c.ID)
	var err error
	if c.Alias == nil {
		err = tx.Bucket([]byte(bucketAliases)).Delete(key)
	} else {
		a := c.Alias
		err = put(tx, bucketAliases, key, aliasRecord{Values: a.Values, Action: a.Action, Target: a.Target, By: a.By, At: a.At})
	}
	if err != nil {
		return fmt.Errorf("write alias %d of %s: %w", c.ID, c.Thing, err)
	}
	return nil
}

// readAlias reads the record of an alias. The error wraps ErrDamaged.
func readAlias(id int, key, data []byte) (schema.Alias, error) {
	var r aliasRecord
	err := decode(bucketAliases, key, data, &r)
	if err == nil && r.Action != schema.AliasMap && r.Action != schema.AliasIgnore {
		err = errors.Join(tables.ErrDamaged, fmt.Errorf("its action is %q", schema.Excerpt(string(r.Action))))
	}
	return r.alias(id), err
}

// readAliases adds the aliases of a name to the records of its lookups.
func readAliases(tx *bolt.Tx, r *tables.Records) error {
	if tx.Bucket([]byte(bucketAliases)) == nil {
		return nil // Check looks at a file as it is.
	}
	return each(tx, bucketAliases, nameKey(r.Name), func(key, data []byte) error {
		t, number, ok := splitVersion(key)
		if !ok {
			return nil // Check tells
		}
		record, id := r.Things[t.Lookup], int(number)
		if record == nil {
			record = &tables.Record{Damage: errMissing}
			r.Things[t.Lookup] = record
		}
		a, err := readAlias(id, key, data)
		if err == nil {
			record.Aliases = append(record.Aliases, a)
			return nil
		}
		if record.AliasDamage == nil {
			record.AliasDamage = map[int]error{}
		}
		record.AliasDamage[id] = err
		return nil
	})
}

// aliases verifies that each can be read and has its lookup.
func (c *checker) aliases(tx *bolt.Tx) {
	if tx.Bucket([]byte(bucketAliases)) == nil {
		return
	}
	_ = each(tx, bucketAliases, nil, func(key, data []byte) error {
		t, number, ok := splitVersion(key)
		if !ok || t.Kind != tables.KindTable || t.Lookup == "" {
			c.find(placeOf(bucketAliases, key), "it is no lookup's")
			return nil
		}
		c.report.Aliases++
		if _, err := unwrap(bucketAliases, key, data); err != nil {
			return nil //nolint:nilerr // told already
		}
		if _, err := readAlias(int(number), key, data); err != nil {
			c.find(placeOf(bucketAliases, key), "%v", err)
		}
		if tx.Bucket([]byte(bucketHeads)).Get(headKey(t)) == nil {
			c.find(placeOf(bucketAliases, key), "its lookup is missing")
		}
		return nil
	})
}
