package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tablestep/cmd/tablestep/archive"
	"tablestep/tables/boltfile"
)

// A restoreCommand makes a data folder of a backup. It never touches a folder that has
// anything in it.
type restoreCommand struct {
	confirmation
	File string `arg:"" help:"A file that \"tablestep backup\" has written; - is standard input, with --yes."`
	Data string `default:"./tablestep-data" help:"Folder that is made of it. It is not there yet, or empty." type:"path"`
	JSON bool   `name:"json" help:"Print the result as JSON."`
}

// restored is the result of a restore.
type restored struct {
	Folder   string           `json:"folder"`
	Manifest archive.Manifest `json:"backup"`
	Checked  *checked         `json:"checked"`
}

// Run makes the folder beside its place, verifies every record, and only then moves it
// there.
func (c *restoreCommand) Run(s streams) (err error) {
	if c.File == stdin && !c.Yes {
		return usagef("restore: standard input is the backup, so nobody can be asked: repeat the command with --yes")
	}
	from, err := openInput(s, c.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	dir, err := filepath.Abs(c.Data)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	// Before the question and before the long work: nobody should answer or wait for nothing.
	if err := mayRestoreTo(dir); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := c.confirm(s, fmt.Sprintf("A service that is started on %s sends again what the one that was backed up has sent since. See to it that only one of them runs.", dir)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	r, err := restore(from, dir)
	if err != nil {
		return fmt.Errorf("restore %s: nothing was restored: %w", c.File, err)
	}
	if c.JSON {
		return printJSON(s.out, r)
	}
	if err := printManifest(s.out, c.File, r.Manifest); err != nil {
		return err
	}
	if err := r.Checked.print(s.out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "restored to %s: start the service with --data %s\n", dir, dir)
	return err
}

// mayRestoreTo says that nothing is in the way.
func mayRestoreTo(dir string) error {
	// An empty folder is one that somebody has made for this.
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("data folder %s is not empty (it holds %s): name a new folder with --data, or move that one away", dir, entries[0].Name())
	}
	return nil
}

// restore makes a data folder of a backup, wholly or not at all.
func restore(from io.Reader, dir string) (_ *restored, err error) {
	// The new folder is made beside its place, since only there a rename is sure to be on
	// the same file system.
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	made, err := os.MkdirTemp(parent, "."+tempPrefix+"restore-*") // mode 0700
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(made))
		}
	}()
	r := &restored{Folder: dir}
	if r.Manifest, err = archive.Extract(from, made, isBackedUp); err != nil {
		return nil, err
	}
	// The checksums of the archive say that the bytes are those of the backup; this says that
	// they can be used.
	if r.Checked, err = checkFolder(made); err != nil {
		return nil, err
	}
	if !r.Checked.Sound {
		return nil, fmt.Errorf("the service that was backed up had damaged records (%s): restore an earlier backup, or mend that service and back it up again", r.Checked.first())
	}
	r.Checked.Folder = dir
	// First what is in the folder, then its name: after a power cut either is there whole or
	// not at all.
	if err := boltfile.SyncFolder(made); err != nil {
		return nil, err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err // somebody has put something there meanwhile
	}
	if err := os.Rename(made, dir); err != nil {
		return nil, err
	}
	return r, boltfile.SyncFolder(parent)
}
