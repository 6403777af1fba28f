//go:build !windows

package api

import "syscall"

// noRoomErrors are a full disk, a used-up quota and the largest size of a file.
func noRoomErrors() []error {
	return []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
}
