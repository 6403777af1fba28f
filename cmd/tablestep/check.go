package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	queuefile "tablestep/engine/queue/file"
	"tablestep/tables/file"
)

// A checkCommand looks for damage in files that no service has open.
type checkCommand struct {
	Dir  string `arg:"" help:"Data folder of a service that does not run." type:"path"`
	JSON bool   `name:"json" help:"Print the result as JSON."`
}

// checked is the result of a check.
type checked struct {
	// Tables and Queue are there unless the check itself has failed. A key that a flag gives
	// is in no file, so one that is missing is no finding.
	Folder string                 `json:"folder"`
	Sound  bool                   `json:"sound"`
	Tables *file.CheckReport      `json:"tables,omitempty"`
	Queue  *queuefile.CheckReport `json:"queue,omitempty"`
	Keys   []file.Finding         `json:"keys"`
}

// errUnsound makes the exit code that of a failure; the findings are printed.
var errUnsound = errors.New("the data folder is damaged: restore it from a backup, or start the service, which sets aside what it can and says what is left to do")

// Run verifies every page, record, chunk and body of a data folder. It changes nothing.
func (c *checkCommand) Run(s streams) error {
	info, err := os.Stat(c.Dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return usagef("check: the folder %s is not there: name the data folder of a service", c.Dir)
	case err != nil:
		return fmt.Errorf("check: %w", err)
	case !info.IsDir():
		return usagef("check: %s is no folder: name the data folder", c.Dir)
	}
	// Of what could not even be looked at, the cause is told with the way out; what was
	// looked at and is damaged is a finding.
	r, err := checkFolder(c.Dir)
	switch {
	case errors.Is(err, file.ErrInUse):
		return fmt.Errorf("check: data folder %s is in use by another process: stop the service first, or check a copy", c.Dir)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("check: %w", noDataFolder(c.Dir, missingIn(c.Dir), err))
	case err != nil:
		return fmt.Errorf("check: %w", err)
	}
	if c.JSON {
		err = printJSON(s.out, r)
	} else {
		err = r.print(s.out)
	}
	if err == nil && !r.Sound {
		return errUnsound
	}
	return err
}

// missingIn names the first file that a folder lacks.
func missingIn(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, tablesFile)); err != nil {
		return tablesFile
	}
	return queueFile
}

// checkFolder opens both files with the lock of their store, so it fails with file.ErrInUse
// beside a running service. Restore calls it for a folder that nobody knows yet.
func checkFolder(dir string) (*checked, error) {
	r := &checked{Folder: dir, Keys: []file.Finding{}}
	var err error
	if r.Tables, err = file.Check(filepath.Join(dir, tablesFile)); err != nil {
		return nil, err
	}
	if r.Queue, err = queuefile.Check(filepath.Join(dir, queueFile)); err != nil {
		return nil, err
	}
	for _, name := range []string{apiKeyFile, adminFile} {
		if _, err := readKey(dir, name); err != nil && !errors.Is(err, os.ErrNotExist) {
			r.Keys = append(r.Keys, file.Finding{Place: name, Problem: strings.TrimPrefix(err.Error(), "read key: ")})
		}
	}
	r.Sound = len(r.Tables.Findings)+len(r.Queue.Findings)+len(r.Keys) == 0
	return r, nil
}

// print tells people.
func (r *checked) print(w io.Writer) error {
	var b strings.Builder
	// The counts stand there also where all is sound: a folder that is empty by mistake is
	// sound as well.
	t, q := r.Tables, r.Queue
	fmt.Fprintf(&b, "%s: %d tables, %d rule sets, %d versions, %d records, %d chunks: %s\n",
		tablesFile, t.Tables, t.RuleSets, t.Versions, t.Records, t.Chunks, verdict(len(t.Findings)))
	for _, f := range t.Findings {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	fmt.Fprintf(&b, "%s: %d invocations, %d of them unfinished, %d bodies, %d tokens: %s\n",
		queueFile, q.Invocations, q.Unfinished, q.Bodies, q.Tokens, verdict(len(q.Findings)))
	for _, f := range q.Findings {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	for _, f := range r.Keys {
		fmt.Fprintf(&b, "%s\n", f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// first is one of the findings, for a message.
func (r *checked) first() string {
	for _, f := range slices.Concat(r.Tables.Findings, r.Queue.Findings, r.Keys) {
		return f.String()
	}
	return "none"
}

// verdict is a number of findings in words.
func verdict(findings int) string {
	if findings == 0 {
		return "sound"
	}
	return fmt.Sprintf("%d findings", findings)
}
