package engine

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tablestep/engine/rules"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// returnVal is the callback attribute that a lookup fills, too.
const returnVal = "returnVal"

// activityTypes are the callback attributes that rules may write, and their types.
func activityTypes() map[string]schema.Type {
	return map[string]schema.Type{
		returnVal: schema.TypeText,
		"value1":  schema.TypeText, "value2": schema.TypeText, "value3": schema.TypeText, "value4": schema.TypeText, "value5": schema.TypeText,
		"number1": schema.TypeFloat, "number2": schema.TypeFloat, "number3": schema.TypeFloat,
		"date1": schema.TypeDate,
		"flag1": schema.TypeBoolean, "flag2": schema.TypeBoolean,
	}
}

// A program is one version of a rule set, compiled. It is immutable.
type program struct {
	*rules.Program
	name    string
	version int
	types   []schema.Type // of the targets that are activity attributes, by number
}

func newProgram(name string, version int, compiled *rules.Program) *program {
	p := &program{Program: compiled, name: name, version: version}
	types := activityTypes()
	for _, t := range compiled.Targets() {
		p.types = append(p.types, types[t.Name]) // unused for lead fields
	}
	return p
}

// compileRuleSet parses and compiles. With a catalog, for a rule set that is to be saved,
// the tables and columns that the rules name must be there, and what would fail every lead
// is refused; without one, for a version that was saved before, its leads find out. Of
// tokens that the rules read and that Marketo is not asked for they are warned, if the
// tokens are known. The program does not hold the catalog.
func compileRuleSet(source string, catalog *tables.Catalog, tokens []string) (*rules.Program, error) {
	set, err := rules.Parse([]byte(source))
	if err != nil {
		return nil, err
	}
	o := rules.Options{Stored: catalog == nil}
	for name := range activityTypes() {
		o.Activity = append(o.Activity, name)
	}
	slices.Sort(o.Activity)
	if catalog != nil {
		o.Tables = func(name string) (rules.Table, bool) { return knownTable(catalog, name) }
		token := unasked(tokens)
		o.Field = func(ref rules.Ref) string { return cmp.Or(amiss(catalog, set.Name, ref), token(ref)) }
	}
	return rules.Compile(set, o)
}

// Bounds of the programs that are kept. A program of a thousand rules takes some
// megabytes; a catalog may have a thousand rule sets.
const (
	maxPrograms     = 256
	maxProgramBytes = 16 << 20 // of their sources together; the one that was asked for last is kept in any case
)

// A programKey names a version of a rule set. Version 0 is the source that was checked
// last and has not been stored yet.
type programKey struct {
	name    string
	version int
}

// A compilation is the one time that a version is compiled: whoever asks for it while
// it is under way waits for the same end. A failure is kept as a program is.
type compilation struct {
	key     programKey
	source  string
	size    int           // of the source, in bytes
	done    chan struct{} // closed once program or err stands
	program *program
	err     error
}

// programs keep compiled rule sets, those that were asked for last. Nothing is
// compiled under their lock: batches with other rules go on meanwhile.
type programs struct {
	compile func(source string) (*rules.Program, error)
	events  *events

	mu    sync.Mutex // guards the rest
	kept  map[programKey]*list.Element
	order list.List // of *compilation, the one that was asked for last first
	bytes int       // of their sources
}

func newPrograms() *programs {
	return &programs{
		compile: func(source string) (*rules.Program, error) { return compileRuleSet(source, nil, nil) },
		kept:    map[programKey]*list.Element{},
	}
}

// of returns the program of a rule set's live version, compiled by this call where no
// other has or does. A version that does not compile is a *CompileError, each time; any
// other error is that of the context.
func (ps *programs) of(ctx context.Context, set *tables.RuleSet) (*program, error) {
	c, mine := ps.claim(programKey{set.Name, set.Live.Number}, set.Live.Source)
	if mine {
		ps.run(c, set.Live.Source)
	}
	select {
	case <-c.done:
		return c.program, c.err
	default:
	}
	select {
	case <-c.done:
		return c.program, c.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for rule set %q, version %d, to be compiled: %w", c.key.name, c.key.version, ctx.Err())
	}
}

// A CompileError says that a stored version of a rule set does not compile. Its leads
// fail with it; other versions may do.
type CompileError struct {
	RuleSet string
	Version int
	Err     error
}

// Error names the version.
func (e *CompileError) Error() string {
	return fmt.Sprintf("compile rule set %q, version %d: %v", e.RuleSet, e.Version, e.Err)
}

// errCompilePanicked stands for a compilation that came to no end.
var errCompilePanicked = errors.New("compiling it panicked")

// Unwrap is what the compiler says.
func (e *CompileError) Unwrap() error { return e.Err }

// claim finds the compilation of a version, or begins it: then the caller runs it. A rule
// set that was restored under a name may have version numbers that another one of that
// name has had; their sources tell them apart. A version's source is mostly the very
// string that it was compiled of, so that comparing them costs nothing.
func (ps *programs) claim(key programKey, source string) (c *compilation, mine bool) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if e, ok := ps.kept[key]; ok {
		if kept := compilationOf(e); kept.source == source {
			ps.order.MoveToFront(e)
			return kept, false
		}
		ps.drop(key)
	}
	if c := ps.takeChecked(key, source); c != nil {
		return c, false
	}
	c = &compilation{key: key, source: source, size: len(source), done: make(chan struct{})}
	ps.keep(c)
	return c, true
}

// run compiles, and tells all who wait. A panic goes on to the caller; to the others
// it is a version that does not compile.
func (ps *programs) run(c *compilation, source string) {
	start := time.Now()
	defer close(c.done)
	c.err = &CompileError{c.key.name, c.key.version, errCompilePanicked}
	compiled, err := ps.compile(source)
	if c.err = nil; err != nil {
		c.err = &CompileError{c.key.name, c.key.version, err}
	} else {
		c.program = newProgram(c.key.name, c.key.version, compiled)
	}
	ps.events.emit(EventCompiled{At: start, Took: time.Since(start), RuleSet: c.key.name, Version: c.key.version, Bytes: len(source), Err: c.err})
}

// offer keeps a program whose source is about to be stored, so that whoever sees the
// new version first finds it compiled.
func (ps *programs) offer(name, source string, compiled *rules.Program) {
	c := &compilation{
		key: programKey{name, 0}, source: source, size: len(source), done: make(chan struct{}),
		program: newProgram(name, 0, compiled),
	}
	close(c.done)
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.drop(c.key)
	ps.keep(c)
}

// stored says which version the offered source has become.
func (ps *programs) stored(name string, version int, source string) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.takeChecked(programKey{name, version}, source)
}

// takeChecked makes the version out of the program that was offered, if it is of the
// same source; nil if there is none. The caller has the lock.
func (ps *programs) takeChecked(key programKey, source string) *compilation {
	e, ok := ps.kept[programKey{key.name, 0}]
	if !ok || compilationOf(e).source != source {
		return nil
	}
	checked := *compilationOf(e)
	checked.program = newProgram(key.name, key.version, checked.program.Program)
	checked.key = key
	ps.drop(programKey{key.name, 0})
	ps.drop(key)
	ps.keep(&checked)
	return &checked
}

// keep keeps a compilation, and drops those that have not been asked for longest
// where there are too many. Whoever waits for one that is dropped still gets it. The
// caller has the lock.
func (ps *programs) keep(c *compilation) {
	ps.kept[c.key] = ps.order.PushFront(c)
	ps.bytes += c.size
	for ps.order.Len() > maxPrograms || ps.bytes > maxProgramBytes && ps.order.Len() > 1 {
		ps.drop(compilationOf(ps.order.Back()).key)
	}
}

// drop forgets a compilation, if it is kept. The caller has the lock.
func (ps *programs) drop(key programKey) {
	if e, ok := ps.kept[key]; ok {
		ps.bytes -= compilationOf(e).size
		ps.order.Remove(e)
		delete(ps.kept, key)
	}
}

// compilationOf is what stands in a place of the order.
func compilationOf(e *list.Element) *compilation {
	c, ok := e.Value.(*compilation)
	if !ok {
		panic("the order of programs holds something else")
	}
	return c
}
