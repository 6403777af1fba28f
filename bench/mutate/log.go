package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// A Log keeps what was tried, a line of JSON a change, so that a run that was ended goes
// on, and so that after a new test only the survivors are tried again. It trusts that
// tests are added and not taken away: without it everything is tried.
type Log struct {
	mu   sync.Mutex // guards file
	file *os.File   // nil: nothing is kept
	old  map[string]Outcome
}

// logged is one line.
type logged struct {
	Change  string
	Line    int
	Source  string // the sum of the file that was changed
	Outcome Outcome
	By      string // the package and the test that found it
}

func (l logged) key() string { return fmt.Sprintf("%s:%d %s", l.Source, l.Line, l.Change) }

// openLog reads the log of an earlier run, if there is one, to go on with it.
func openLog(name string) (*Log, error) {
	l := &Log{old: map[string]Outcome{}}
	if name == "" {
		return l, nil
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l.file = file
	for d := json.NewDecoder(bufio.NewReader(file)); ; {
		var line logged
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return l, nil
		} else if err != nil {
			return nil, errors.Join(fmt.Errorf("log %s: %w; remove it to try everything anew", name, err), file.Close())
		}
		l.old[line.key()] = line.Outcome
	}
}

func line(root string, c Change) (logged, error) {
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(c.File)))
	if err != nil {
		return logged{}, fmt.Errorf("read source: %w", err)
	}
	sum := sha256.Sum256(source)
	return logged{Change: c.String(), Line: c.Line, Source: hex.EncodeToString(sum[:8])}, nil
}

// known tells what was made of a change before. What survived is to be tried again.
func (l *Log) known(root string, c Change) (Outcome, bool) {
	entry, err := line(root, c)
	if err != nil {
		return "", false // Trying it will say the same.
	}
	o, ok := l.old[entry.key()]
	return o, ok && o != Survived
}

// told gives what the log holds of a room's changes, in their order.
func (l *Log) told(root string, r *Room, changes []Change, reasons map[string]string) (results []Result) {
	for _, c := range changes {
		entry, err := line(root, c)
		if err != nil || len(results) == r.Group.Changes {
			break // A source that cannot be read has no changes.
		}
		if o, ok := l.old[entry.key()]; ok && o != NoProgram {
			results = append(results, Result{Room: r.Path, Group: r.Group.Pattern, Change: c, Outcome: o, Reason: reasons[c.String()]})
		}
	}
	return results
}

func (l *Log) write(root string, c Change, o Outcome, by string) error {
	if l.file == nil {
		return nil
	}
	entry, err := line(root, c)
	if err != nil {
		return err
	}
	entry.Outcome, entry.By = o, by
	data, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.file.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

func (l *Log) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
