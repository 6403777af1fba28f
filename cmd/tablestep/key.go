package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// keyBytes is the length of a key that we make: 256 bits.
const keyBytes = 32

// shortestKey is the fewest characters of a key, in a flag or in a file.
const shortestKey = 16

// newKey makes a random key.
func newKey() string {
	b := make([]byte, keyBytes)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// readKey reads a key that a service on this machine keeps. A file that was cut short
// or overwritten is refused: it would be a key that is easy to guess, or that nobody has.
func readKey(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	key := strings.TrimSpace(string(raw))
	const wayOut = "restore the file from a backup, or delete it to have a new key made, which then has to be entered wherever the old one was"
	switch {
	case len(key) < shortestKey:
		return "", fmt.Errorf("read key: %s holds %d characters, a key needs at least %d: it was cut short; %s", path, len(key), shortestKey, wayOut)
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("read key: %s holds characters that no key can have: it was overwritten; %s", path, wayOut)
	}
	return key, nil
}

// keepKey reads the key from its file, or makes both. It reports whether the key
// is new.
func keepKey(dir, name string) (key string, isNew bool, err error) {
	if key, err = readKey(dir, name); !errors.Is(err, os.ErrNotExist) {
		return key, false, err
	}
	key = newKey()
	if err := writeWhole(filepath.Join(dir, name), key+"\n"); err != nil {
		return "", false, fmt.Errorf("keep key: %w", err)
	}
	return key, true, nil
}

// writeWhole makes a small file that is there with all of its content or not at all,
// whatever happens in between. The folder is ours alone.
func writeWhole(path, content string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+tempPrefix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.WriteString(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(dir)
}

// syncFolder makes the names in a folder durable. Windows has no such call.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
