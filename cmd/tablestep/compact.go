package main

import (
	"fmt"
	"log/slog"

	"tablestep/tables/boltfile"
)

// A compactCommand gives back to the disk what deleted versions and finished invocations have
// left behind.
type compactCommand struct {
	confirmation
	Data string `default:"./tablestep-data" help:"Data folder of a service that does not run." type:"path"`
	JSON bool   `name:"json" help:"Print the result as JSON."`
}

// compacted is what became of a file.
type compacted struct {
	// The name in the data folder.
	File   string `json:"file"`
	Before int64  `json:"bytesBefore"`
	After  int64  `json:"bytesAfter"`
}

// Run writes both files anew, each whole before it takes the place of the old one. The
// files of the embedded store grow and never shrink by themselves.
func (c *compactCommand) Run(s streams) (err error) {
	log := slog.New(slog.NewTextHandler(s.err, nil))
	f, err := takeFolder(c.Data, log)
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	// Nobody else can have the folder from here on: its lock is held until the end.
	if err := c.confirm(s, fmt.Sprintf("The files of %s are written anew, for which there must be room for a second copy of each.", f.dir)); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	var done []compacted
	for _, name := range []string{tablesFile, queueFile} {
		// A stop between the two files leaves both whole, one of them compacted.
		before, after, err := boltfile.Compact(f.path(name))
		if err != nil {
			return err
		}
		done = append(done, compacted{name, before, after})
	}
	if c.JSON {
		return printJSON(s.out, done)
	}
	rows := [][]string{{"FILE", "BYTES BEFORE", "AFTER"}}
	for _, d := range done {
		rows = append(rows, []string{d.File, fmt.Sprint(d.Before), fmt.Sprint(d.After)})
	}
	return printTable(s.out, rows)
}
