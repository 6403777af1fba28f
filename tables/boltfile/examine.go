package boltfile

import (
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// Examine verifies the pages of a file that no process has open. Where they are sound it
// calls look, which goes through what is in them; where they are not, nothing below can
// be relied on. It changes nothing. The findings are those of the pages and of bbolt,
// also where looking came to its end by a panic of bbolt's. The error is for what keeps
// it from looking: ErrInUse, or no such file.
func Examine(path string, look func(tx *bolt.Tx) error) (bytes int64, findings []Finding, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, nil, err
	}
	findings, err = Inspect(path)
	if err != nil || len(findings) > 0 {
		return info.Size(), findings, err
	}
	db, err := OpenReadOnly(path)
	if err != nil {
		return info.Size(), nil, err
	}
	found := func(err error) {
		findings = append(findings, Finding{Place: "the file", Problem: fmt.Sprint(err)})
	}
	err = db.View(func(tx *bolt.Tx) error {
		err := Guard(func() error {
			for err := range tx.Check() {
				found(err)
			}
			return look(tx)
		})
		if err != nil {
			found(err)
		}
		return nil
	})
	return info.Size(), findings, errors.Join(err, db.Close())
}
