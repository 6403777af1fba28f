package file

import (
	"errors"
	"fmt"

	"tablestep/engine/queue"
	"tablestep/tables/boltfile"
)

// What an opening may be refused with, besides the errors of the contract.
var (
	// ErrLocked says that another process has the file open.
	ErrLocked = boltfile.ErrInUse
	// ErrFormat says that the file was written by a newer version or is not a queue.
	ErrFormat = errors.New("unknown queue format")
)

// damagedFile gives damage of the file itself the contract's name too.
func damagedFile(err error) error {
	if errors.Is(err, boltfile.ErrDamaged) && !errors.Is(err, queue.ErrDamaged) {
		return fmt.Errorf("%w: %w", queue.ErrDamaged, err)
	}
	return err
}
