package file

import (
	"encoding/json"
	"errors"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
)

// migrate3 gives every record of format 3 the form of today: its keys were the same, findings were a
// list alone, and nothing told when a version was live last. What cannot be read stays as it is,
// so that it is found damaged.
func migrate3(tx *bolt.Tx) error {
	m := migration{tx: tx, format: 3}
	for _, bucket := range bucketNames() {
		if bucket == bucketMeta || bucket == bucketData {
			continue
		}
		m.each(bucket, func(key, content, raw []byte) {
			var err error
			switch {
			case content == nil:
			case bucket == bucketFindings:
				content, err = oldFindings(content)
			case bucket == bucketHeads:
				content, err = leftSince(content)
			}
			if errors.Is(err, tables.ErrDamaged) {
				content = nil
			}
			m.add(bucket, append([]byte(nil), key...), content, raw)
		})
	}
	return m.put()
}

// leftSince tells of the versions that were live before that they were so until the last
// change: nothing else is known of it, and going back to one of them must not be refused for that.
func leftSince(content []byte) ([]byte, error) {
	var head headRecord
	if err := json.Unmarshal(content, &head); err != nil {
		return content, nil //nolint:nilerr // as it is, it is found damaged where it is read
	}
	head.leave()
	return json.Marshal(head)
}

// leave is leftSince for a head that was read.
func (r *headRecord) leave() {
	for _, n := range r.Trail {
		r.left(n, r.Updated)
	}
}
