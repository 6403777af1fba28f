package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// switchVariable is the environment variable that says which change of a board is on.
const switchVariable = "TABLESTEP_MUTATE"

// switchFile is what a board adds to its room.
const switchFile = `package %s

import "os"

var mutateNumber = os.Getenv("` + switchVariable + `")

func mutateOn(number string) bool { return mutateNumber == number }
`

// A Board is a room with many changes in it, each behind a switch, so that tests are
// built once for all of them and not once for each. What cannot be switched, such as a
// constant, is no part of it and is tried by itself.
type Board struct {
	overlay string
	numbers map[string]string // of the changes that are part of it, by their ids

	mu       sync.Mutex // guards binaries
	binaries map[string]func() (string, error)
}

// prepare makes the board of the changes that are not known yet.
func (t *trial) prepare(ctx context.Context, r *Room, changes []Change, log *Log) error {
	changes = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool {
		_, known := log.known(t.root, c)
		return known
	})
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	t.dir = dir
	t.board, err = t.newBoard(ctx, dir, r, changes)
	if err != nil {
		return errors.Join(err, t.clear())
	}
	return nil
}

// clear removes the board.
func (t *trial) clear() error {
	if err := os.RemoveAll(t.dir); err != nil {
		return fmt.Errorf("remove folder: %w", err)
	}
	return nil
}

// newBoard puts the changes into a room. Those that do not compile behind a switch are
// left out, as far as the compiler's words tell which they are.
func (t *trial) newBoard(ctx context.Context, dir string, r *Room, changes []Change) (*Board, error) {
	changes = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.constant != "" })
	for range 10 {
		b := &Board{overlay: filepath.Join(dir, "overlay.json"), numbers: map[string]string{}, binaries: map[string]func() (string, error){}}
		if len(changes) == 0 {
			return b, nil
		}
		written, err := t.writeBoard(dir, r, changes, b)
		if err != nil {
			return nil, err
		}
		build := exec.CommandContext(ctx, "go", "build", "-gcflags=-e", "-overlay", b.overlay, "-o", os.DevNull, "./"+r.Path)
		build.Dir = t.root
		out, err := build.CombinedOutput()
		var exit *exec.ExitError
		switch {
		case err == nil:
			return b, nil
		case ctx.Err() != nil || !errors.As(err, &exit):
			return nil, fmt.Errorf("build %s: %w", r.Path, err)
		}
		blamed := blame(string(out), written)
		if len(blamed) == 0 {
			changes = nil
		}
		changes = slices.DeleteFunc(changes, func(c Change) bool { return slices.Contains(blamed, b.numbers[c.id()]) })
	}
	return &Board{}, nil
}

// writeBoard writes the changed files of a room and the overlay that names them. It
// returns what it wrote by the names of the files.
func (t *trial) writeBoard(dir string, r *Room, changes []Change, b *Board) (map[string]string, error) {
	byFile := map[string][]Change{}
	for i, c := range changes {
		b.numbers[c.id()] = strconv.Itoa(i + 1)
		byFile[c.File] = append(byFile[c.File], c)
	}
	written, replace := map[string]string{}, map[string]string{}
	for file, list := range byFile {
		original := filepath.Join(t.root, filepath.FromSlash(file))
		source, err := os.ReadFile(original)
		if err != nil {
			return nil, fmt.Errorf("read source: %w", err)
		}
		text := (&renderer{source, b.numbers}).file(list)
		replace[original] = filepath.Join(dir, path.Base(file))
		written[path.Base(file)] = text
		if err := os.WriteFile(replace[original], []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("write the changed file: %w", err)
		}
	}
	added := filepath.Join(dir, "mutate_on.go")
	replace[filepath.Join(t.root, filepath.FromSlash(r.Path), "mutate_on.go")] = added
	if err := os.WriteFile(added, fmt.Appendf(nil, switchFile, r.Name), 0o600); err != nil {
		return nil, fmt.Errorf("write the switch: %w", err)
	}
	return written, writeOverlay(b.overlay, replace)
}

var compilerError = regexp.MustCompile(`(?m)([^/\s:]+\.go):(\d+):\d+: (.*)$`)

var switchCall = regexp.MustCompile(`mutateOn\("(\d+)"\)`)

// blame gives the numbers of the changes that a compiler's errors are about: those on
// the line, else the return before it without which a function does not end.
func blame(errors string, written map[string]string) []string {
	var numbers []string
	for _, m := range compilerError.FindAllStringSubmatch(errors, -1) {
		lines := strings.Split(written[m[1]], "\n")
		at, err := strconv.Atoi(m[2])
		if err != nil || at > len(lines) {
			continue
		}
		if on := switchCall.FindAllStringSubmatch(lines[at-1], -1); len(on) > 0 {
			for _, s := range on {
				numbers = append(numbers, s[1])
			}
			continue
		}
		for i := at - 1; i >= 0; i-- {
			if _, after, ok := strings.Cut(lines[i], "if !mutateOn(\""); ok && !strings.HasPrefix(lines[i], "func ") {
				number, _, _ := strings.Cut(after, `"`)
				numbers = append(numbers, number)
				break
			}
		}
	}
	return numbers
}

// binary builds the tests of a package over the board, once.
func (t *trial) binary(ctx context.Context, b *Board, pkg string) (string, error) {
	b.mu.Lock()
	once := b.binaries[pkg]
	if once == nil {
		name := filepath.Join(filepath.Dir(b.overlay), "tests-"+strings.ReplaceAll(pkg, "/", "-"))
		once = sync.OnceValues(func() (string, error) {
			if out, err := t.build(ctx, name, pkg, "-overlay", b.overlay); err != nil {
				return "", fmt.Errorf("build the tests of %s: %w\n%s", pkg, err, out)
			}
			return name, nil
		})
		b.binaries[pkg] = once
	}
	b.mu.Unlock()
	return once()
}

// A renderer writes a file with its changes behind switches.
type renderer struct {
	source  []byte
	numbers map[string]string
}

func (r *renderer) file(changes []Change) string {
	changes = slices.Clone(changes)
	// What lies within another comes after it.
	slices.SortStableFunc(changes, func(a, b Change) int {
		switch {
		case a.start != b.start:
			return a.start - b.start
		case a.end != b.end:
			return b.end - a.end
		case (a.other == "") != (b.other == "") && a.other == "":
			return -1
		case (a.other == "") != (b.other == ""):
			return 1
		}
		return 0
	})
	return r.region(0, len(r.source), changes)
}

// region writes a part of the source with the changes within it.
func (r *renderer) region(from, to int, changes []Change) string {
	var b strings.Builder
	for len(changes) > 0 {
		c, inner := changes[0], 1
		for inner < len(changes) && changes[inner].end <= c.end {
			inner++
		}
		b.Write(r.source[from:c.start])
		b.WriteString(r.one(c, changes[1:inner]))
		from, changes = c.end, changes[inner:]
	}
	b.Write(r.source[from:to])
	return b.String()
}

// one writes a change and those within it. Each part is evaluated once, whatever is on.
func (r *renderer) one(c Change, inner []Change) string {
	on := `mutateOn("` + r.numbers[c.id()] + `")`
	switch {
	case c.Kind == Return:
		return "if !" + on + " { " + r.region(c.start, c.end, inner) + " }"
	case c.other == "":
		return "(" + r.region(c.start, c.end, inner) + ") != " + on
	}
	split := slices.IndexFunc(inner, func(i Change) bool { return i.start >= c.op })
	if split < 0 {
		split = len(inner)
	}
	left, right := r.region(c.start, c.op, inner[:split]), r.region(c.op+len(c.operator), c.end, inner[split:])
	return "(" + on + " && (" + left + c.other + right + ") || !" + on + " && (" + left + c.operator + right + "))"
}
