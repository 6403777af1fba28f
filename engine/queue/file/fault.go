package file

import (
	"errors"
	"io/fs"
	"strings"

	bolterrors "go.etcd.io/bbolt/errors"
)

// diskFull says whether a failed transaction of bbolt (v1.5.0) only lacked room
// and left the file as it was. What bbolt's Commit does, in order, and what each
// failure leaves behind:
//
//  1. Nodes are laid out on pages that are free in the last commit, or beyond its
//     end; the limit on the size acts here (ErrMaxSizeReached). Nothing is written.
//  2. The file is made longer: ftruncate, then fsync. A refused ftruncate leaves
//     everything as it was. A failed fsync is a failed fsync.
//  3. The pages are written with pwrite, in order. They are free pages of the last
//     commit, so that a write that fails for want of room, whole or in part, harms
//     nothing that can be reached. bbolt rolls back and works out its free pages anew.
//  4. fdatasync. If it fails the kernel may have marked the pages clean without
//     having written them; a later fdatasync would succeed and mean nothing.
//  5. One of the two meta pages, the older one, is written with pwrite. If that
//     fails the other one still holds, as meta pages carry a checksum.
//  6. fdatasync again. If it fails the new state is visible in the map and reported
//     as an error at once, and after a crash it may be there or not.
//
// So a pwrite or ftruncate that found no room is safe to survive, and anything
// else (4 and 6, EIO anywhere, a panic) is not: bbolt itself would carry on, the
// queue does not. The two are told apart by the operation: os.File.WriteAt
// reports a PathError of "write", fdatasync a bare number or a PathError of
// "sync"; the errors of step 2 are flattened to text by bbolt.
//
// Out of reach: the file is mapped, so a page that cannot be read back from a
// failing disk ends the process with SIGBUS. That is a stop too; the next start
// reads or refuses the file.
func diskFull(err error) bool {
	if errors.Is(err, bolterrors.ErrMaxSizeReached) {
		return true
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Op == "write" && isNoSpace(path.Err)
	}
	if text := err.Error(); strings.Contains(text, "file resize error: ") {
		return isNoSpaceText(text)
	}
	return false
}

// isNoSpaceText is for the errors that bbolt flattens.
func isNoSpaceText(text string) bool {
	for _, e := range noSpaceErrors() {
		if strings.HasSuffix(text, e.Error()) {
			return true
		}
	}
	return false
}

func isNoSpace(err error) bool {
	for _, e := range noSpaceErrors() {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
