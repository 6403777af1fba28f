package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Format is the version of what is written. An older one is read, a newer one is not.
const Format = 1

// ErrDamaged says that an archive is not what was written.
var ErrDamaged = errors.New("the backup is damaged")

// manifestName is the first entry.
const manifestName = "manifest.json"

// maxManifest keeps a stranger's manifest small, in bytes.
const maxManifest = 1 << 20

// A Manifest says what an archive holds.
type Manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"` // version of the program that wrote it
	Created time.Time `json:"created"` // the moment of which the copies are, UTC
	Files   []File    `json:"files"`   // in the order in which they follow
}

// A File is one file of an archive.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of its content, in hexadecimal
}

// parseManifest reads what Read has found first.
func parseManifest(data []byte, known func(name string) bool) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%w: its manifest cannot be read: %w", ErrDamaged, err)
	}
	if m.Format > Format {
		return m, fmt.Errorf("the backup has format %d, and this program knows formats up to %d: restore it with the program that made it (%s) or a newer one", m.Format, Format, m.Program)
	}
	if m.Format < 1 || len(m.Files) == 0 {
		return m, fmt.Errorf("%w: its manifest says neither a format nor files", ErrDamaged)
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !known(f.Name) || seen[f.Name] || f.Bytes < 0 {
			return m, fmt.Errorf("%w: its manifest names %q, %d bytes, which is none of the files of a data folder, or is named twice", ErrDamaged, f.Name, f.Bytes)
		}
		seen[f.Name] = true
	}
	return m, nil
}
