package file

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/boltfile"
)

// Options say how to open a file. The zero value is good.
type Options struct {
	Wait time.Duration // for another process to let go of the file; 0 does not wait

	// OpenFile stands for os.OpenFile where it is not nil; for tests that do harm to what
	// is open.
	OpenFile func(name string, flag int, mode os.FileMode) (*os.File, error)
}

// A Keeper keeps records and rows in one file, which is locked while it is open.
type Keeper struct {
	db      *bolt.DB
	opening string // names this opening of the file, in leases
	notice  string // what was found wrong with the file itself, and mended

	mu     sync.Mutex // guards broken
	broken error      // set once; why the file can no longer be trusted
}

var _ tables.Keeper = (*Keeper)(nil)

// ErrInUse says that another process has the file open.
var ErrInUse = boltfile.ErrInUse

// mapBytes is how much address space the file gets at once, where it can be had.
const mapBytes = 4 << 30

// Open opens a file, or makes it. One that another process has is ErrInUse, one whose
// pages cannot be walked is tables.ErrDamaged.
func Open(path string, o Options) (*Keeper, error) {
	db, notice, err := boltfile.Open(path, boltfile.Options{Wait: o.Wait, Map: mapBytes, OpenFile: o.OpenFile})
	if err != nil {
		return nil, fmt.Errorf("open table store: %w", damaged(err))
	}
	k := &Keeper{db: db, opening: rand.Text(), notice: notice}
	if err := k.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open table store %q: %w", path, damaged(err)), db.Close())
	}
	return k, nil
}

// OpenStore opens a file and the store that it keeps, in one go. The scratch file stands beside
// it, where no other place is given.
func OpenStore(path string, o tables.Options) (*tables.Store, error) {
	if o.Scratch == "" {
		o.Scratch = filepath.Dir(path)
	}
	k, err := Open(path, Options{})
	if err != nil {
		return nil, err
	}
	return tables.Open(k, o)
}

// Close closes the file.
func (k *Keeper) Close() error { return k.db.Close() }

// view reads.
func (k *Keeper) view(ctx context.Context, f func(tx *bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return damaged(k.db.View(func(tx *bolt.Tx) error {
		return boltfile.Guard(func() error { return f(tx) })
	}))
}

// damaged gives damage of the file itself the contract's name too.
func damaged(err error) error {
	if errors.Is(err, boltfile.ErrDamaged) {
		return damagedFile{err}
	}
	return err
}

// damagedFile is a tables.ErrDamaged in the words of the file.
type damagedFile struct{ error }

func (damagedFile) Is(target error) bool { return target == tables.ErrDamaged }
func (d damagedFile) Unwrap() error      { return d.error }

// write runs f in a transaction. bbolt carries on after a commit that failed, but
// nobody knows then what is on the disk: the kernel may have marked pages clean
// that it has not written. Only want of room is survived; after anything else the
// keeper refuses to write.
func (k *Keeper) write(ctx context.Context, f func(tx *bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	k.mu.Lock()
	broken := k.broken
	k.mu.Unlock()
	if broken != nil {
		return broken
	}
	done := false
	err := boltfile.Guard(func() error {
		return k.db.Update(func(tx *bolt.Tx) error {
			err := boltfile.Guard(func() error { return f(tx) })
			done = err == nil
			return err
		})
	})
	if err == nil || !done {
		return damaged(err)
	}
	if diskFull(err) {
		return fmt.Errorf("%w: %w", tables.ErrDiskFull, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken == nil {
		k.broken = fmt.Errorf("%w: %w", tables.ErrBroken, err)
	}
	return k.broken
}

// Watch tells nothing: the file is this process's alone.
func (k *Keeper) Watch(ctx context.Context, _ func(tables.Name)) error {
	<-ctx.Done()
	return nil
}

// WriteTo writes a consistent copy of the whole file. The transaction lasts as
// long as the writing: give it a local file, not a slow client, because the file
// cannot reuse pages meanwhile.
func (k *Keeper) WriteTo(w io.Writer) (int64, error) {
	var n int64
	err := k.view(context.Background(), func(tx *bolt.Tx) error {
		var err error
		n, err = tx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("copy table store: %w", err)
	}
	return n, nil
}
