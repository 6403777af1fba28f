package schema

import (
	"fmt"
	"strings"
)

// ReservedName is the choice that stands for no table and no rule set in the flow step, so
// that nothing can be called so. (In other cases it is no name anyway.)
const ReservedName = "none"

// MaxName is the length of the longest name.
const MaxName = 100

// CheckName holds a name of a table, lookup or rule set against the contract:
// [a-z0-9][a-z0-9._-]{0,99}, but not none.
func CheckName(kind, name string) error {
	ok := len(name) >= 1 && len(name) <= MaxName
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '.' || c == '_' || c == '-')
	}
	if name == ReservedName {
		return fmt.Errorf("%w: %s name %q: it stands for none at all in the flow step; choose another name", ErrInvalid, kind, name)
	}
	if !ok {
		return fmt.Errorf("%w: %s name %q: use 1 to 100 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit", ErrInvalid, kind, Excerpt(name))
	}
	return nil
}

// EqualName says that two column names are the same in any case.
func EqualName(a, b string) bool { return strings.EqualFold(a, b) }
