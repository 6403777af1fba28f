package boltfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Options say how to open a file. The zero value is good.
type Options struct {
	Wait    time.Duration // for another process to let go of the file; 0 does not wait
	Map     int64         // bytes of address space that are asked for, where they can be had
	MaxSize int64         // of the file; 0 is no bound

	// OpenFile stands for os.OpenFile where it is not nil; for tests that do harm to
	// what is open. It is not used to verify.
	OpenFile func(name string, flag int, mode os.FileMode) (*os.File, error)
}

// newSuffix is of the name under which a file is made.
const newSuffix = ".new"

// Open opens a file for writing, or makes it with mode 0600. The error wraps ErrInUse
// or ErrDamaged where it is one of them, and names the file. notice says, where it is
// not empty, what was found and mended.
func Open(path string, o Options) (db *bolt.DB, notice string, err error) {
	if err := create(path, o); err != nil {
		return nil, "", fmt.Errorf("make %s: %w", path, err)
	}
	findings, notice, err := inspect(path, o.Wait)
	if err != nil {
		return nil, "", fmt.Errorf("open %s: %w", path, err)
	}
	if len(findings) > 0 {
		return nil, "", fmt.Errorf("open %s: %w: %s", path, ErrDamaged, findings[0])
	}
	sizes := mapSizes(o.Map)
	for i, size := range sizes {
		db, err = openBolt(path, size, o)
		if err == nil || i == len(sizes)-1 || !noMemory(err) {
			break
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("open %s: %w", path, err)
	}
	return db, notice, nil
}

// openBolt opens a file that was verified, with a map of that size.
func openBolt(path string, size int64, o Options) (db *bolt.DB, err error) {
	err = Guard(func() error {
		var err error
		db, err = bolt.Open(path, 0o600, &bolt.Options{
			Timeout: wait(o.Wait),
			// A synced free list is written with every commit, and after a backlog, or
			// with a gigabyte of swept versions, it names 200,000 pages: 1.1 ms of every
			// commit, 2,000 bodies a second against 9,000. Finding the free pages when
			// the file is opened takes 10 ms to 0.1 s.
			NoFreelistSync:  true,
			FreelistType:    bolt.FreelistMapType,
			InitialMmapSize: int(size),
			MaxSize:         int(o.MaxSize),
			OpenFile:        o.OpenFile,
		})
		return err
	})
	return db, inUse(err)
}

// OpenReadOnly opens a file that nobody has open for writing, without verifying it:
// for whoever has just called Verify, or is prepared for what a damaged file does
// within Guard.
func OpenReadOnly(path string) (db *bolt.DB, err error) {
	err = Guard(func() error {
		var err error
		db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: wait(0), ReadOnly: true})
		return err
	})
	if err = inUse(err); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}

// Inspect verifies a file under the lock that readers have. The error is for what keeps
// it from being looked at: ErrInUse, or no such file.
func Inspect(path string) ([]Finding, error) {
	findings, _, err := inspect(path, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return findings, nil
}

// inspect verifies a file that nobody can write meanwhile: bbolt has it open for
// reading, for which it looks at nothing but the meta pages.
func inspect(path string, patience time.Duration) (findings []Finding, notice string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	reader, err := func() (db *bolt.DB, err error) {
		err = Guard(func() error {
			var err error
			db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: wait(patience), ReadOnly: true})
			return err
		})
		return db, inUse(err)
	}()
	switch {
	case err == nil:
		defer func() { err = errors.Join(err, reader.Close()) }()
	case errors.Is(err, ErrInUse), noMemory(err):
		return nil, "", err
	}
	// Where bbolt cannot even read the meta pages it has let go of the lock; Verify
	// finds the same as bbolt has.
	refused := err
	info, err := f.Stat()
	if err != nil {
		return nil, "", err
	}
	findings = Verify(f, info.Size())
	if len(findings) == 0 {
		if refused != nil {
			return nil, "", refused
		}
		if _, both, err := currentMeta(f); err == nil && !both {
			notice = "one of the two pages that describe the file was damaged; the other one was used, and the very last change before the stop may be missing"
		}
	}
	return findings, notice, nil
}

// create makes a file that is not there: under another name first, so that nobody ever
// finds one without its first pages.
func create(path string, o Options) error {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return nil // whoever opens it is told what is wrong
	}
	if runtime.GOOS == "windows" {
		return nil // a file that is open cannot be renamed there
	}
	made := path + newSuffix
	db, err := bolt.Open(made, 0o600, &bolt.Options{Timeout: wait(o.Wait), NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return inUse(err)
	}
	// Under the lock of the new file: another process may have been faster, and what
	// it has made must not be replaced.
	if _, statErr := os.Stat(path); errors.Is(statErr, os.ErrNotExist) {
		err = os.Rename(made, path)
	} else {
		err = os.Remove(made)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// SyncFolder makes the name of a new file durable. Windows has no such call.
func SyncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// wait is bbolt's way to say for how long: it takes 0 for ever, and tries once in any
// case.
func wait(d time.Duration) time.Duration { return max(d, 1) }

// inUse is the error of bbolt in our words.
func inUse(err error) error {
	if errors.Is(err, bolterrors.ErrTimeout) {
		return ErrInUse
	}
	return err
}
