package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// keyBytes is the length of a key that we make: 256 bits.
const keyBytes = 32

// newKey makes a random key.
func newKey() string {
	b := make([]byte, keyBytes)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// readKey reads a key that a service on this machine keeps.
func readKey(dir, name string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	key := strings.TrimSpace(string(raw))
	if key == "" {
		return "", fmt.Errorf("read key: %s is empty; delete it to have a new key made", filepath.Join(dir, name))
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
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", false, fmt.Errorf("keep key: %w", err)
	}
	_, err = f.WriteString(key + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", false, fmt.Errorf("keep key: %w", err)
	}
	return key, true, nil
}
