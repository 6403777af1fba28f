package file

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/schema"
)

var errMissing = fmt.Errorf("%w: the record is missing", tables.ErrDamaged)

// Load reads the records of some names, or of all.
func (k *Keeper) Load(ctx context.Context, names ...tables.Name) (*tables.Stored, error) {
	stored := &tables.Stored{Settings: map[string]error{}}
	err := k.view(ctx, func(tx *bolt.Tx) error {
		if len(names) == 0 {
			names = storedNames(tx, &stored.Damage)
			if k.notice != "" {
				stored.Damage = append(stored.Damage, tables.Damage{Kind: tables.DamagedFile, Problem: k.notice})
			}
			if err := each(tx, bucketSettings, nil, func(key, data []byte) error {
				if _, err := unwrap(bucketSettings, key, data); err != nil {
					stored.Settings[string(key)] = err
				}
				return nil
			}); err != nil {
				return err
			}
		}
		for _, name := range names {
			r, err := readRecords(tx, name)
			if err != nil {
				return err
			}
			if len(r.Things) > 0 {
				stored.Records = append(stored.Records, r)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// storedNames are the names of which there are records, in order: a head may be lost and its
// versions there. Records under names that nothing can have go to damage.
func storedNames(tx *bolt.Tx, damage *[]tables.Damage) []tables.Name {
	var names []tables.Name
	strange := map[string]bool{}
	take := func(key []byte, t tables.Thing, ok bool) {
		err := schema.CheckName("table", t.Name.Name)
		if ok && (err == nil || t.Name.Name == schema.ReservedName) {
			if len(names) == 0 || names[len(names)-1] != t.Name {
				names = append(names, t.Name)
			}
			return
		}
		kind, noun, name := tables.DamagedTable, "table", string(key)
		if ok {
			name = t.Name.Name
		}
		if t.Kind == tables.KindRuleSet {
			kind, noun = tables.DamagedRuleSet, "rule set"
		}
		if !strange[noun+name] {
			strange[noun+name] = true
			*damage = append(*damage, tables.Damage{Kind: kind, Name: schema.Excerpt(name), Problem: "a record stands under a name that no " + noun + " can have: restore the data folder from a backup"})
		}
	}
	_ = each(tx, bucketHeads, nil, func(key, _ []byte) error {
		t, ok := splitHead(key)
		take(key, t, ok)
		return nil
	})
	_ = each(tx, bucketVersions, nil, func(key, _ []byte) error {
		t, _, ok := splitVersion(key)
		take(key, t, ok)
		return nil
	})
	slices.SortFunc(names, func(a, b tables.Name) int { return bytes.Compare(nameKey(a), nameKey(b)) })
	return slices.Compact(names)
}

// readRecords are the records of a name; without things where there are none.
func readRecords(tx *bolt.Tx, name tables.Name) (*tables.Records, error) {
	r := &tables.Records{Name: name, Things: map[string]*tables.Record{}}
	prefix := nameKey(name)
	err := each(tx, bucketHeads, prefix, func(key, data []byte) error {
		t, ok := splitHead(key)
		if !ok {
			return nil // Check tells
		}
		var h headRecord
		record := &tables.Record{Damage: decode(bucketHeads, key, data, &h)}
		if record.Damage == nil {
			record.Head = h.head()
			if t.Lookup == "" {
				r.Revision = h.Revision
			}
		}
		r.Things[t.Lookup] = record
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(tx, bucketVersions, prefix, func(key, data []byte) error {
		t, number, ok := splitVersion(key)
		if !ok {
			return nil
		}
		if r.Things[t.Lookup] == nil {
			r.Things[t.Lookup] = &tables.Record{Damage: errMissing}
		}
		readMaking(r.Things[t.Lookup], t, int(number), key, data)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(r.Things) > 0 && r.Things[""] == nil {
		r.Things[""] = &tables.Record{Damage: errMissing}
	}
	if err := readAliases(tx, r); err != nil {
		return nil, err
	}
	for _, record := range r.Things {
		if record.Head.Live != 0 && record.Live == nil && record.LiveDamage == nil {
			record.LiveDamage = errMissing
		}
	}
	return r, nil
}

// readMaking adds a version to the record of its thing, and its content where it is live.
func readMaking(record *tables.Record, t tables.Thing, number int, key, data []byte) {
	m := tables.Making{Number: number}
	content, err := unwrap(bucketVersions, key, data)
	if err == nil {
		var c *tables.Content
		if number == record.Head.Live {
			if c, err = contentOf(t, number, content); err == nil {
				m, record.Live = c.Making, c
			}
		} else {
			m, err = makingOf(number, content)
		}
	}
	if err != nil {
		m.Damage = err
	}
	if err != nil && number == record.Head.Live {
		record.LiveDamage = fmt.Errorf("version %d of %s: %w", number, t, err)
	}
	record.Made = append(record.Made, m)
}

// Version reads one version without its findings.
func (k *Keeper) Version(ctx context.Context, of tables.Thing, number int) (c *tables.Content, err error) {
	err = k.view(ctx, func(tx *bolt.Tx) error {
		key := versionKey(of, number)
		data := tx.Bucket([]byte(bucketVersions)).Get(key)
		if data == nil {
			return fmt.Errorf("%w: version %d of %s", schema.ErrVersionNotFound, number, of)
		}
		content, err := unwrap(bucketVersions, key, data)
		if err == nil {
			c, err = contentOf(of, number, content)
		}
		if err != nil {
			return fmt.Errorf("version %d of %s: %w", number, of, err)
		}
		return nil
	})
	return c, err
}

// Versions reads all versions that can be read, with their findings.
func (k *Keeper) Versions(ctx context.Context, of tables.Thing) (list []*tables.Content, err error) {
	err = k.view(ctx, func(tx *bolt.Tx) error {
		return eachNumbered(tx, bucketVersions, headKey(of), func(n uint64, data []byte) error {
			key := versionKey(of, int(n))
			content, err := unwrap(bucketVersions, key, data)
			if err != nil {
				return nil //nolint:nilerr // its Making tells
			}
			c, err := contentOf(of, int(n), content)
			if err != nil {
				return nil //nolint:nilerr // likewise, once it is to be live
			}
			if c.Rows != nil {
				c.Rows.Findings, c.Findings = readFindings(tx, key)
			}
			list = append(list, c)
			return nil
		})
	})
	return list, err
}

// Findings reads those of one version.
func (k *Keeper) Findings(ctx context.Context, of tables.Thing, number int) (f schema.Findings, err error) {
	err = k.view(ctx, func(tx *bolt.Tx) (err error) {
		f, err = readFindings(tx, versionKey(of, number))
		return err
	})
	return f, err
}

// History reads the events of a name. One that is lost does not hide the others.
func (k *Keeper) History(ctx context.Context, name tables.Name) (events []tables.Event, err error) {
	err = k.view(ctx, func(tx *bolt.Tx) error {
		prefix := eventsKey(name)
		return each(tx, bucketHistory, prefix, func(key, data []byte) error {
			if len(key) != len(prefix)+8 {
				return nil
			}
			var r eventRecord
			if err := decode(bucketHistory, key, data, &r); err != nil {
				r = eventRecord{Action: tables.ActionDamaged, Note: "this event cannot be read: " + err.Error()}
			}
			events = append(events, tables.Event(r))
			return nil
		})
	})
	return events, err
}

// Setting reads a setting.
func (k *Keeper) Setting(ctx context.Context, key string) (value []byte, err error) {
	err = k.view(ctx, func(tx *bolt.Tx) error {
		data := tx.Bucket([]byte(bucketSettings)).Get([]byte(key))
		if data == nil {
			return nil
		}
		content, err := unwrap(bucketSettings, []byte(key), data)
		value = append([]byte{}, content...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}

// SetSetting sets a setting; nil removes it.
func (k *Keeper) SetSetting(ctx context.Context, key string, value []byte) error {
	return k.write(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketSettings))
		if value == nil {
			return b.Delete([]byte(key))
		}
		return b.Put([]byte(key), wrap(bucketSettings, []byte(key), value))
	})
}

// makingOf reads how a version came to be, which is a part of its record.
func makingOf(number int, content []byte) (tables.Making, error) {
	var r makingRecord
	if err := json.Unmarshal(content, &r); err != nil {
		return tables.Making{Number: number}, fmt.Errorf("%w: %w", tables.ErrDamaged, err)
	}
	if r.Number != number {
		return tables.Making{Number: number}, fmt.Errorf("%w: it says that it is version %d", tables.ErrDamaged, r.Number)
	}
	return r.making(), nil
}
