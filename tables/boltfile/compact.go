package boltfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// compactBytes is of a transaction while a file is compacted.
const compactBytes = 16 << 20

// Compact writes a file that no process has open anew, without the pages that are free,
// and puts it in the place of the old one once it is on the disk. It needs room for both
// meanwhile. A damaged file is left as it is: ErrDamaged.
func Compact(path string) (before, after int64, err error) {
	fail := func(err error) (int64, int64, error) { return 0, 0, fmt.Errorf("compact %s: %w", path, err) }
	findings, err := Inspect(path)
	if err != nil {
		return fail(err)
	}
	if len(findings) > 0 {
		return fail(fmt.Errorf("%w: %s", ErrDamaged, findings[0]))
	}
	made := path + newSuffix
	if err := os.Remove(made); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fail(err)
	}
	if before, after, err = compactTo(path, made); err != nil {
		return fail(errors.Join(err, removeIfThere(made)))
	}
	if err := errors.Join(os.Rename(made, path), SyncFolder(filepath.Dir(path))); err != nil {
		return fail(err)
	}
	return before, after, nil
}

// compactTo keeps the old file locked until the new one is whole.
func compactTo(path, made string) (before, after int64, err error) {
	from, err := OpenReadOnly(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	// The free list is not stored, as in the file that is replaced.
	to, err := bolt.Open(made, 0o600, &bolt.Options{Timeout: wait(0), NoFreelistSync: true, FreelistType: bolt.FreelistMapType, NoSync: true})
	if err != nil {
		return 0, 0, err
	}
	err = Guard(func() error { return bolt.Compact(to, from, compactBytes) })
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return 0, 0, err
	}
	if findings, err := Inspect(made); err != nil || len(findings) > 0 {
		return 0, 0, errors.Join(err, fmt.Errorf("%w: the new file is not sound: %v", ErrDamaged, findings))
	}
	was, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	is, err := os.Stat(made)
	if err != nil {
		return 0, 0, err
	}
	return was.Size(), is.Size(), nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
