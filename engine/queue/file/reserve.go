package file

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	bolterrors "go.etcd.io/bbolt/errors"
)

// reserveBytes is the size of the reserve: enough for some hundred small
// transactions, each of which gives room back.
const reserveBytes = 4 << 20

// reserveFile is a file beside the queue that only takes up room. A bbolt
// transaction writes every page that it changes to a new place, so that on a full
// disk not even a delivery could be noted, and nothing would ever get better. When
// the disk is full the reserve is given up to what works off the accepted
// invocations, and nothing is accepted until it could be made again, or as much
// has become free within the file. It belongs to the committer.
//
// There are two of them. Callbacks that are evaluated and not yet delivered could
// use up the first one, and then nothing could be noted that gives room back; the
// last one is only for that.
type reserveFile struct {
	path string
	held bool
}

// take makes sure that the reserve is there. What a failed attempt has written is
// given back.
func (r *reserveFile) take() error {
	if r.held {
		return nil
	}
	if info, err := os.Stat(r.path); err == nil && info.Size() == reserveBytes {
		r.held = true
		return nil
	}
	if err := r.fill(); err != nil {
		return errors.Join(fmt.Errorf("make reserve: %w", err), r.release())
	}
	r.held = true
	return nil
}

// fill writes noise, as some file systems take no room for zeros.
func (r *reserveFile) fill() error {
	f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	noise := make([]byte, 64<<10)
	for n := 0; err == nil && n < reserveBytes; n += len(noise) {
		rand.Read(noise) // Never fails.
		_, err = f.Write(noise)
	}
	if err == nil {
		err = f.Sync() // Some file systems find out here that there is no room.
	}
	return errors.Join(err, f.Close())
}

// release gives the room back. It is not an error if there is none.
func (r *reserveFile) release() error {
	r.held = false
	if err := os.Remove(r.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("give up reserve: %w", err)
	}
	return nil
}

// releaseFor gives the reserve up if err says that the disk was full, and says
// whether that may have helped.
func (r *reserveFile) releaseFor(err error) bool {
	if !diskFull(err) || errors.Is(err, bolterrors.ErrMaxSizeReached) || !r.held {
		return false
	}
	return r.release() == nil
}
