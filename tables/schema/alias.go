package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// AliasAction says what an alias makes of a lead's values that a lookup has no row for.
type AliasAction string

// What an alias does.
const (
	AliasMap    AliasAction = "map"    // they are taken for a row of the table
	AliasIgnore AliasAction = "ignore" // they are known to have no row
)

// The bounds of aliases.
const (
	MaxAliases    = 100_000 // of a table
	MaxAliasValue = 1000    // bytes of one value
	MaxAliasCell  = 64 << 10
)

// An Alias says what is meant by values of leads that a lookup has no row for. It stands beside
// the table and not in it, so that it outlives every upload.
type Alias struct {
	ID     int               // of all of the table's; never given twice
	Values map[string]string // what a lead has, by the fields of the lookup's match entries, but Now
	Action AliasAction
	Target map[string]string // AliasMap: cells, by columns, that one row of the table has
	By     string
	At     time.Time // UTC
}

// Aliases are those of one lookup at a moment. They are immutable.
type Aliases struct {
	Lookup   string  // its name
	Version  int     // of the lookup
	Revision int     // of the table's aliases; two of one lookup version and revision are the same
	Match    []Match // of the lookup
	List     []Alias // by ascending ID
}

// AliasFields are the fields by which the values of an alias are named: those of the match entries, each
// once. The moment of acceptance is no value of a lead.
func AliasFields(match []Match) (fields []string) {
	for i := range match {
		if f := match[i].Field; f != Now && !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// Of are the values of an alias as the match entries want them, one an entry and none for Now. why says in
// words that they do not fit the entries any more.
func (as *Aliases) Of(a *Alias) (values []string, why string) {
	values = make([]string, len(as.Match))
	named := 0
	fields := AliasFields(as.Match)
	for _, f := range fields {
		text, ok := a.Values[f]
		if !ok {
			continue
		}
		named++
		for m := range as.Match {
			if as.Match[m].Field == f {
				values[m] = text
			}
		}
	}
	if named != len(fields) || named != len(a.Values) || named == 0 {
		return nil, fmt.Sprintf("it names %s, and the lookup is matched by %s now", Listed(slices.Sorted(maps.Keys(a.Values))), Listed(fields))
	}
	return values, ""
}

// TargetColumns are the columns by which an alias of the lookup may name its row: that of RowKey
// alone, or all that the match entries read.
func (l *Lookup) TargetColumns() []string {
	var columns []string
	for _, m := range l.Match {
		for _, name := range []string{m.Column, m.ColumnTo} {
			if name != "" && !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		}
	}
	return columns
}

// String says in words what an alias does.
func (a *Alias) String() string {
	if a.Action == AliasIgnore {
		return "ignore " + Pairs(a.Values)
	}
	return Pairs(a.Values) + " is " + Pairs(a.Target)
}

// Pairs are names with their texts, cut short, in order of the names, for a message.
func Pairs(texts map[string]string) string {
	parts := make([]string, 0, len(texts))
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		parts = append(parts, fmt.Sprintf("%s = %q", Excerpt(name), Excerpt(texts[name])))
	}
	return strings.Join(parts, " and ")
}
