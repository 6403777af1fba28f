package rules

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"time"

	"tablestep/tables/column"
)

// A machine is what expressions need while they run: the values of the fields
// they read, the tables, the clock, and what they may still spend. One machine
// serves one goroutine.
type machine struct {
	limits  Limits
	lowered []byte          // a text in lower case, for as long as it is compared
	effort  int             // left for this evaluation
	fields  []fieldColumn   // by number of the program's reference
	derived []derivedColumn // by number of the program's derived columns
	slots   []value         // variables and elements; see kernel_scope.go
	tallies [maxLoops]tally // of the list functions under way, outermost first
	args    []value         // stack of the arguments of kernels' calls
	tables  Tables
	asker   *asker         // of a run; nil: each lead asks by itself
	keys    []column.Value // of the question at hand
	rows    []tableRow     // room for rows to come
	ctx     context.Context
	left    func() time.Duration // work that the run may still take
	now     time.Time
	regexps map[string]*pattern
	fixed   map[string]*pattern // of literal patterns, shared and read-only
	zones   map[string]*time.Location
	phones  map[phoneQuestion]phoneNumber // of this run
	free    map[holiday]bool              // days that tables were asked for in this run
	spans   map[string][]openHours        // business hours
}

// spend takes effort from what this evaluation may use.
func (m *machine) spend(n int) error {
	m.effort -= n
	if m.effort < 0 {
		return errEffort
	}
	return nil
}

// errEffort is the error of an evaluation that went on for too long.
var errEffort = errors.New("the expression takes too long for one lead")

// effortOf is the effort of going through so many bytes once.
func effortOf(bytes int) int { return 1 + bytes/16 }

// tooLong is the error of a text beyond Limits.Text.
func (m *machine) tooLong() error {
	return fmt.Errorf("the text would be longer than %d bytes", m.limits.Text)
}

// tooMany is the error of a list beyond Limits.List.
func (m *machine) tooMany() error {
	return fmt.Errorf("the list would have more than %d elements", m.limits.List)
}

// A pattern is a compiled regular expression with a bound on its program.
type pattern struct {
	*regexp.Regexp
	size  int  // instructions, at most
	nests bool // a search may look far behind the match that it finds
}

// effort is what one search in so many bytes may take.
func (p *pattern) effort(bytes int) int { return 10 + bytes*min(p.size, 40)/8 }

// Bounds of regular expressions. A program of RE2 takes time by text times
// instructions.
const (
	maxPattern      = 500  // bytes
	maxInstructions = 2000 // of the program
	maxPatterns     = 100  // that a machine keeps
)

// compilePattern compiles a regular expression, after a look at what it would
// grow to: (x{100}){100} is short and large.
func compilePattern(s string) (*pattern, error) {
	if len(s) > maxPattern {
		return nil, fmt.Errorf("the regular expression has %d bytes; at most %d are allowed", len(s), maxPattern)
	}
	tree, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		if e, ok := errors.AsType[*syntax.Error](err); ok {
			return nil, fmt.Errorf("the regular expression is wrong: %s: `%s`", e.Code, e.Expr)
		}
		return nil, fmt.Errorf("the regular expression is wrong: %w", err)
	}
	size := instructions(tree)
	if size > maxInstructions {
		return nil, errors.New("the regular expression repeats too much")
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, fmt.Errorf("the regular expression is wrong: %w", err)
	}
	return &pattern{re, size, nests(tree)}, nil
}

// instructions estimates the size of a program from above.
func instructions(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n = min(n+instructions(sub), 1<<20)
	}
	if re.Op == syntax.OpRepeat {
		n = min(n*max(re.Min, re.Max, 1), 1<<20)
	}
	return n
}

// far is how many characters a search may look behind the match that it finds before each
// search is paid for by itself: with .{0,900} in the place of .* in the example below, 2,000
// characters took 100 ms, and 3 ms with .{0,30}.
const far = 40

// nests says that what matches a long text stands in an alternative, in something that may
// be left out, or in a repetition. Then a search can go to the end of the text in vain
// and yet find a match that is short, as that of a.*b|a in a text without b, and all searches
// of a text together can take time by its square. Where such a thing stands for itself,
// the next match begins behind what was looked at.
func nests(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat, syntax.OpAlternate, syntax.OpQuest:
		return slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return longest(sub) > far })
	}
	return slices.ContainsFunc(re.Sub, nests)
}

// longest is how many characters a match has at most, far+1 where there are more.
func longest(re *syntax.Regexp) (n int) {
	switch re.Op {
	case syntax.OpLiteral:
		n = len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = 1
	case syntax.OpStar, syntax.OpPlus:
		n = far + 1
	case syntax.OpRepeat:
		if n = far + 1; re.Max >= 0 {
			n = re.Max * longest(re.Sub[0])
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			n = max(n, longest(sub))
		}
	default:
		for _, sub := range re.Sub {
			n += longest(sub)
		}
	}
	return min(n, far+1)
}

// regexp is a regular expression from the cache, or compiled into it.
func (m *machine) regexp(s string) (*pattern, error) {
	if p, ok := m.fixed[s]; ok {
		return p, nil
	}
	if p, ok := m.regexps[s]; ok {
		return p, nil
	}
	if err := m.spend(2000); err != nil {
		return nil, err
	}
	p, err := compilePattern(s)
	if err != nil {
		return nil, err
	}
	if len(m.regexps) >= maxPatterns {
		clear(m.regexps)
	}
	if m.regexps == nil {
		m.regexps = make(map[string]*pattern)
	}
	m.regexps[s] = p
	return p, nil
}

// maxZones is how many time zones a machine keeps.
const maxZones = 100

// zone is a time zone by its name in the IANA database.
func (m *machine) zone(name string) (*time.Location, error) {
	if z, ok := m.zones[name]; ok {
		return z, nil
	}
	if err := m.spend(2000); err != nil {
		return nil, err
	}
	if name == "" || name == "Local" || len(name) > 60 {
		return nil, fmt.Errorf("there is no time zone %q", name)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("there is no time zone %q; a name looks like Europe/Berlin", name)
	}
	if len(m.zones) >= maxZones {
		clear(m.zones)
	}
	if m.zones == nil {
		m.zones = make(map[string]*time.Location)
	}
	m.zones[name] = z
	return z, nil
}
