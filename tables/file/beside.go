package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables/boltfile"
)

// Beside is the name of the copy that is kept of a file of an earlier format before it is taken
// over.
func Beside(path string, format int) string { return fmt.Sprintf("%s.format%d", path, format) }

// keepBeside writes the file as it is beside it, so that the program that wrote it can still be
// used with what was there. It is done once: a copy that is there stays, whatever it is of, because the
// first is the one that no start has touched. Nothing is taken over where it cannot be written.
func (k *Keeper) keepBeside(format int) error {
	path := k.db.Path()
	to := Beside(path, format)
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	made := to + ".new"
	size, err := k.copyTo(made)
	if err == nil {
		err = os.Rename(made, to)
	}
	if err == nil {
		err = boltfile.SyncFolder(filepath.Dir(path))
	}
	if err == nil {
		return nil
	}
	if gone := os.Remove(made); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return fmt.Errorf("the file has format %d and is to be changed to %d; before that it is copied to %s, which did not work, and nothing was changed: see to it that the folder has room for %d more bytes and can be written, and start again: %w",
		format, recordVersion, to, size, err)
}

// copyTo writes a copy under a name, to the disk.
func (k *Keeper) copyTo(name string) (size int64, err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	err = k.db.View(func(tx *bolt.Tx) error {
		size = tx.Size()
		return boltfile.Guard(func() error {
			_, err := tx.WriteTo(f)
			return err
		})
	})
	if err == nil {
		err = f.Sync()
	}
	return size, errors.Join(err, f.Close())
}
