package schema

import "slices"

// Mode says how a cell of the table is compared with a value of the lead. What
// each one does in detail is told where package index implements it.
type Mode string

// The match modes; normalized is the default. All but exact and regex compare texts in the form that
// column.Normalize gives them, loose and company in forms that go on from there (package spelling).
const (
	ModeExact      Mode = "exact"      // equal byte for byte
	ModeNormalized Mode = "normalized" // equal after column.Normalize
	ModeLoose      Mode = "loose"      // equal whatever marks and signs they are written with
	ModeCompany    Mode = "company"    // loose, and whatever legal form they are written with
	ModePrefix     Mode = "prefix"     // the cell is the start of the value
	ModeSuffix     Mode = "suffix"     // the cell is the end of the value
	ModeContains   Mode = "contains"   // the cell stands in the value
	ModeDomain     Mode = "domain"     // the cell is the host of the value or a domain above it
	ModeRange      Mode = "range"      // the value lies between the ends that the cell names
	ModeAtLeast    Mode = "atLeast"    // the cell is the largest of those that are not above the value
	ModeAtMost     Mode = "atMost"     // the cell is the smallest of those that are not below the value
	ModeWildcard   Mode = "wildcard"   // the cell is a pattern with * and ? for the whole value
	ModeRegex      Mode = "regex"      // the cell is an RE2 pattern found in the value
	ModeWords      Mode = "words"      // all words of the cell stand in the value
	ModeFuzzy      Mode = "fuzzy"      // cell and value differ by few typing errors
	ModeCIDR       Mode = "cidr"       // the value is an address in the network of the cell
	ModeCondition  Mode = "condition"  // the cell is a test of a decision table that the value passes
)

// Modes are all modes.
func Modes() []Mode {
	return []Mode{ModeExact, ModeNormalized, ModeLoose, ModeCompany, ModePrefix, ModeSuffix, ModeContains, ModeDomain, ModeRange, ModeAtLeast, ModeAtMost, ModeWildcard, ModeRegex, ModeWords, ModeFuzzy, ModeCIDR, ModeCondition}
}

// Known says that there is such a mode.
func (m Mode) Known() bool { return slices.Contains(Modes(), m) }

// Hashed says that a match means that two texts are equal, in some form.
func (m Mode) Hashed() bool { return m == ModeExact || m.Form() }

// Form says that two texts match in the mode if they are equal in a form, so that the mode names
// the form, too.
func (m Mode) Form() bool { return slices.Contains(Forms(), m) }

// Forms are the modes that name a form of texts.
func Forms() []Mode { return []Mode{ModeNormalized, ModeLoose, ModeCompany} }

// Paired says that a text may have two keys in the form of the mode: ü is u, and ue.
func (m Mode) Paired() bool { return m == ModeLoose || m == ModeCompany }

// graded says that one hit can be better than another, so that the best one is
// what a user expects.
func (m Mode) graded() bool {
	switch m {
	case ModePrefix, ModeSuffix, ModeContains, ModeDomain, ModeWords, ModeFuzzy, ModeCIDR:
		return true
	}
	return false
}

// Ranked says that hits have a rank in the mode.
func (m Mode) Ranked() bool { return !m.Hashed() && !m.Limits() && m != ModeRegex }

// Limits says that the mode leaves, of the rows that hold in everything else, those with
// one cell.
func (m Mode) Limits() bool { return m == ModeAtLeast || m == ModeAtMost }

// Measures says that the mode reads numbers and dates.
func (m Mode) Measures() bool { return m == ModeRange || m == ModeCondition || m.Limits() }

// Anything are the cells that mean anything in a mode, nothing included, where a match entry
// does not name them.
func (m Mode) Anything() []string {
	switch m {
	case ModeCondition:
		return []string{"-", ""}
	case ModeWildcard:
		return []string{"*"}
	}
	return nil
}

// DefaultThreshold is the least similarity of mode Fuzzy where a Part names none.
const DefaultThreshold = 0.8
