package file

import (
	"errors"
	"io/fs"
	"strings"
)

// diskFull says whether a failed commit only lacked room and left the file as it
// was: a write or a lengthening of the file was refused. A sync that finds no room
// is a failed sync. bbolt flattens the errors of the lengthening to text.
func diskFull(err error) bool {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		if path.Op != "write" {
			return false
		}
		for _, full := range noSpaceErrors() {
			if errors.Is(path.Err, full) {
				return true
			}
		}
		return false
	}
	text := err.Error()
	for _, full := range noSpaceErrors() {
		if strings.Contains(text, "file resize error: ") && strings.HasSuffix(text, full.Error()) {
			return true
		}
	}
	return false
}
