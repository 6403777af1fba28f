//go:build !windows

package answers

import (
	"errors"
	"os"
)

// openScratch opens a file in a folder that has no name there: its room is free
// again when the process ends.
func openScratch(dir string) (*os.File, error) {
	file, err := os.CreateTemp(dir, "tables-scratch-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
