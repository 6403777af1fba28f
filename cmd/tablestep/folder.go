package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"tablestep/api"
	"tablestep/tables/file"
)

// What a data folder holds.
const (
	lockFile   = "tablestep.lock" // held for the life of the process; it makes the folder ours
	tablesFile = "tables.db"
	queueFile  = "queue.db"
	apiKeyFile = "api.key"
	adminFile  = "admin.key"
	uploadDir  = "uploads"
)

// tempPrefix begins the name of every temporary file that we make in the upload folder:
// what else is there is not ours to remove.
const tempPrefix = "tablestep-"

// ownNames are all names that we give in a data folder.
func ownNames() []string {
	return []string{
		lockFile, tablesFile, tablesFile + ".new", file.Beside(tablesFile, 1), file.Beside(tablesFile, 1) + ".new", file.Beside(tablesFile, 2), file.Beside(tablesFile, 2) + ".new", queueFile, queueFile + ".new", queueFile + ".reserve", queueFile + ".last",
		apiKeyFile, adminFile, uploadDir,
	}
}

// A folder is the data folder of a service, locked for the life of the process.
//
//	look ──► lock ──► (listen, keys, files) ──► sweep
//
// Nothing is made in a folder that is refused, nothing is changed before the lock is
// held, and nothing is removed but what has a name that we gave.
type folder struct {
	dir  string
	lock *os.File
	log  *slog.Logger
	held []heldFile  // what must stay where it is while the service runs
	gone atomic.Bool // it was told that one of them does not
}

// heldFile is a file that is open, as it was when it was opened.
type heldFile struct {
	name string
	info os.FileInfo
}

// openFolder makes or takes the data folder.
func openFolder(dir string, log *slog.Logger) (*folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	strange, err := look(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, badFolder(dir, err)
	}
	f := &folder{dir: dir, log: log}
	f.lock, err = lockExclusively(f.path(lockFile))
	switch {
	case errors.Is(err, errLocked):
		return nil, fmt.Errorf("data folder %s is in use by another process, which is most likely a service that runs already: stop that one first, or choose another folder with --data", dir)
	case err != nil:
		return nil, fmt.Errorf("lock data folder %s: %w", dir, err)
	}
	if len(strange) > 0 {
		log.Warn("the data folder holds files that are not the service's; they are left alone", "folder", dir, "count", len(strange), "names", strange[:min(len(strange), 10)])
	}
	return f, f.hold(lockFile)
}

// badFolder says why a folder cannot be the data folder.
func badFolder(dir string, err error) error {
	info, statErr := os.Stat(dir)
	switch {
	case statErr == nil && !info.IsDir(), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("data folder %s is a file, or lies below one: name a folder with --data", dir)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("data folder %s may not be used by this user: choose another one with --data, or change who owns it", dir)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("data folder %s cannot be made, for the disk may only be read: choose another one with --data", dir)
	}
	return fmt.Errorf("data folder %s: %w", dir, err)
}

// takeFolder takes a data folder that is there, and makes none.
func takeFolder(dir string, log *slog.Logger) (*folder, error) {
	for _, name := range []string{tablesFile, queueFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return nil, noDataFolder(dir, name, err)
		}
	}
	return openFolder(dir, log)
}

// noDataFolder says why what is there is no data folder: a file is missing.
func noDataFolder(dir, missing string, err error) error {
	if _, statErr := os.Stat(dir); errors.Is(statErr, fs.ErrNotExist) {
		return usagef("the folder %s is not there: name the data folder of a service", dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be used as a data folder: %w", dir, err)
	}
	// One of ours has lost a file; another one was named by mistake.
	for _, name := range []string{lockFile, tablesFile, queueFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("%s is no whole data folder: %s is missing; restore it from a backup", dir, missing)
		}
	}
	return fmt.Errorf("%s is no whole data folder: it has no %s; name the folder that \"tablestep serve --data\" uses", dir, missing)
}

// look reads what is in the folder before anything is changed: a folder that is not
// ours must be empty. It returns the names that are not ours.
func look(dir string) (strange []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, badFolder(dir, err)
	}
	has := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		has[name] = true
		if !slices.Contains(ownNames(), name) && name != "lost+found" && !strings.HasPrefix(name, ".") {
			strange = append(strange, name)
		}
	}
	if !has[lockFile] && !has[tablesFile] && !has[queueFile] {
		if has[uploadDir] {
			strange = append(strange, uploadDir)
		}
		if len(strange) > 0 {
			return nil, fmt.Errorf("data folder %s holds files of something else (%s): choose an empty or a new folder with --data", dir, strings.Join(strange[:min(len(strange), 5)], ", "))
		}
	}
	if has[queueFile] && !has[tablesFile] {
		return nil, fmt.Errorf("%s is missing in the data folder %s, and %s is there: restore the folder from a backup, or move the rest away to start anew", tablesFile, dir, queueFile)
	}
	return strange, nil
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// uploads makes the folder of uploads, and removes what a crash has left there of ours.
func (f *folder) uploads() (string, error) {
	dir := f.path(uploadDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make upload folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("sweep uploads: %w", err)
	}
	strange := 0
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix) || !e.Type().IsRegular() {
			strange++
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("sweep uploads: %w", err)
		}
	}
	if strange > 0 {
		f.log.Warn("the upload folder holds files that are not the service's; they are left alone", "folder", dir, "count", strange)
	}
	return dir, nil
}

// hold notes a file that is open now.
func (f *folder) hold(name string) error {
	info, err := os.Stat(f.path(name))
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	f.held = append(f.held, heldFile{name, info})
	return nil
}

// check says whether the files are still where they were opened. What a service writes
// into files that were deleted is lost when it stops, and it would not notice.
func (f *folder) check() error {
	for _, h := range f.held {
		info, err := os.Stat(f.path(h.name))
		if err == nil && os.SameFile(info, h.info) {
			continue
		}
		what := "was replaced"
		if err != nil {
			what = "is gone"
		}
		u := &api.Unready{
			Code: "DATA_FOLDER_GONE",
			Message: fmt.Sprintf("%s in the data folder %s %s while the service runs: what is accepted now will be lost when it stops. "+
				"Stop what sends to it, stop the service once nothing waits any more, restore the folder from a backup, and start it again", h.name, f.dir, what),
		}
		if !f.gone.Swap(true) {
			f.log.Error("the data folder is gone", "code", u.Code, "error", u.Message)
		}
		return u
	}
	return nil
}

// Close lets go of the lock. The file stays: it says that the folder is ours.
func (f *folder) Close() error { return f.lock.Close() }
