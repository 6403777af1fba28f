package schema

import (
	"fmt"
	"strings"
)

// MaxChain is of how many lookups a chain may be, the first one and all that its leads may come
// to by then and else.
const MaxChain = 32

// A LookupName names a lookup of any table.
type LookupName struct {
	Table  string
	Lookup string // the table's own name for the default one
}

// ParseLookupName reads TABLE, which is its default lookup, or TABLE/LOOKUP.
func ParseLookupName(text string) LookupName {
	table, lookup, _ := strings.Cut(text, "/")
	if lookup == "" {
		lookup = table
	}
	return LookupName{table, lookup}
}

// String is the name as a flow step chooses it, and as then and else have it.
func (n LookupName) String() string {
	if n.Lookup == n.Table {
		return n.Table
	}
	return n.Table + "/" + n.Lookup
}

// Chained says that leads may go on from the lookup.
func (l *Lookup) Chained() bool { return l.Then != "" || l.Else != "" }

// settleChain checks the names of the lookups that go on. As with a rule set, what they name
// may be made later; whether they lead in a circle is known where the lookup goes live.
func (l *Lookup) settleChain() error {
	var err error
	if l.Then, err = settledLink("then", l.Then); err != nil {
		return err
	}
	l.Else, err = settledLink("else", l.Else)
	return err
}

func settledLink(what, name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || strings.EqualFold(name, ReservedName) {
		return "", nil
	}
	n := ParseLookupName(name)
	err := CheckName("table", n.Table)
	if err == nil {
		err = CheckName("lookup", n.Lookup)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: give TABLE, or TABLE/LOOKUP", what, err)
	}
	return n.String(), nil
}
