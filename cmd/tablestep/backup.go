package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"tablestep/cmd/tablestep/archive"
	"tablestep/cmd/tablestep/terminal"
)

// A backupCommand takes a backup of a running service over HTTP: only the service can say
// what belongs together at one moment.
type backupCommand struct {
	client
	File string `arg:"" help:"File to write, which is replaced if it is there once the new one is whole and verified; - is standard output."`
}

// Run writes what the service sends, and verifies it before it takes the file's name.
func (c *backupCommand) Run(ctx context.Context, s streams) (err error) {
	if c.File == stdin && terminal.Is(s.out) {
		return usagef("a backup is not text, and is not written to a terminal: name a file, such as \"tablestep backup tablestep.tar\"")
	}
	// Before the service makes it: a folder that is not there needs no backup to be found.
	if info, err := os.Stat(filepath.Dir(c.File)); c.File != stdin && (err != nil || !info.IsDir()) {
		return usagef("%s cannot be written: the folder %s does not exist", c.File, filepath.Dir(c.File))
	}
	body, err := c.do(ctx, http.MethodGet, "/backup", nil)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	// What goes into a pipe cannot be taken back; "restore" verifies it before it uses it.
	if c.File == stdin {
		if _, err := io.Copy(s.out, body); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		return nil
	}
	m, err := keepBackup(c.File, body)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if c.JSON {
		return printJSON(s.out, m)
	}
	return printManifest(s.out, c.File, m)
}

// keepBackup writes a file that is there with all of its content or not at all.
func keepBackup(path string, from io.Reader) (m archive.Manifest, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+tempPrefix+"*") // mode 0600: keys and leads' data are in it
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	// An answer that ends early may look like a whole one to HTTP; Verify finds it.
	_, err = io.Copy(f, from)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		m, err = archive.Verify(f, isBackedUp)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return m, err
	}
	return m, os.Rename(f.Name(), path)
}

// backup takes a backup of the running service. The queue comes first, because its
// invocations name versions of tables, and no table names an invocation.
func (s *service) backup(ctx context.Context) (*archive.Archive, error) {
	sources := []archive.Source{
		{Name: queueFile, Copy: s.queue.WriteTo},
		{Name: tablesFile, Copy: s.keeper.WriteTo},
	}
	for _, name := range []string{apiKeyFile, adminFile} {
		// Keys are read now and not with the files: they do not change while a service runs.
		key, err := os.ReadFile(s.folder.path(name))
		if errors.Is(err, os.ErrNotExist) {
			continue // it was given by a flag
		}
		if err != nil {
			return nil, fmt.Errorf("take backup: %w", err)
		}
		sources = append(sources, archive.Source{Name: name, Copy: func(w io.Writer) (int64, error) {
			n, err := w.Write(key)
			return int64(n), err
		}})
	}
	return archive.Take(ctx, s.uploads, tempPrefix, buildVersion(), sources)
}

// isBackedUp says which files of a data folder a backup may hold.
func isBackedUp(name string) bool {
	return slices.Contains([]string{queueFile, tablesFile, apiKeyFile, adminFile}, name)
}

// printManifest says what is in a backup, for people. The sums are those of the files as
// they are unpacked.
func printManifest(w io.Writer, path string, m archive.Manifest) error {
	rows := [][]string{{"FILE", "BYTES", "SHA-256"}}
	for _, f := range m.Files {
		rows = append(rows, []string{f.Name, fmt.Sprint(f.Bytes), f.SHA256})
	}
	if _, err := fmt.Fprintf(w, "%s: a backup of %s, made by tablestep %s\n", path, m.Created.Format("2006-01-02 15:04:05 UTC"), m.Program); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return printTable(w, rows)
}
