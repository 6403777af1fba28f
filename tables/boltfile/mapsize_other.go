//go:build !linux && !darwin

package boltfile

// addressSpace knows no limit here.
func addressSpace() int64 { return 0 }

// noMemory: a map is not asked for beyond the file's need here.
func noMemory(error) bool { return false }
