//go:build !windows

package file

import "syscall"

// noSpaceErrors are a full disk, a used-up quota and the largest size of a file.
func noSpaceErrors() []error {
	return []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
}
