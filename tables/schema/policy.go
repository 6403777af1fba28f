package schema

import "tablestep/tables/index"

// Mode says how a cell of the table is compared with a value of the lead. What
// each one does in detail is told where package index implements it.
type Mode string

// The match modes. Normalized is the default.
const (
	ModeExact      = Mode(index.Exact)      // equal byte for byte
	ModeNormalized = Mode(index.Normalized) // equal but for case, spaces and forms of Unicode
	ModePrefix     = Mode(index.Prefix)     // the cell is the start of the value
	ModeSuffix     = Mode(index.Suffix)     // the cell is the end of the value
	ModeDomain     = Mode(index.Domain)     // the value's host is the cell's domain or lies below it
	ModeRange      = Mode(index.Range)      // the value lies between the ends that one cell or two name
	ModeWildcard   = Mode(index.Wildcard)   // the cell is a pattern with * and ?
	ModeRegex      = Mode(index.Regex)      // the cell is an RE2 pattern
	ModeWords      = Mode(index.Words)      // all words of the cell stand in the value
	ModeFuzzy      = Mode(index.Fuzzy)      // few typing errors between the two
	ModeCIDR       = Mode(index.CIDR)       // the value is an address in the cell's network
	ModeCondition  = Mode(index.Condition)  // the cell is a test of a decision table
)

// Modes are all modes.
func Modes() []Mode {
	all := index.Modes()
	modes := make([]Mode, len(all))
	for i, m := range all {
		modes[i] = Mode(m)
	}
	return modes
}

// graded says that one hit can be better than another, so that the best one is
// what a user expects.
func (m Mode) graded() bool {
	switch m {
	case ModePrefix, ModeSuffix, ModeDomain, ModeWords, ModeFuzzy, ModeCIDR:
		return true
	}
	return false
}

// Ranked says that hits have a rank in the mode.
func (m Mode) Ranked() bool { return !Hashable(m) && m != ModeRegex }

// HitPolicy says what several hits of one lead mean.
type HitPolicy string

// The hit policies. Best is the default where a match entry is prefix, suffix,
// domain, words, fuzzy or cidr, and First where none is.
const (
	PolicyFirst    HitPolicy = "first"    // the first row
	PolicyUnique   HitPolicy = "unique"   // there may be one hit only
	PolicyAny      HitPolicy = "any"      // all hits must have the same outputs
	PolicyBest     HitPolicy = "best"     // the most specific or most similar row; of equals the first
	PolicyPriority HitPolicy = "priority" // the row with the lowest number in PriorityColumn; of equals the first
	PolicyCollect  HitPolicy = "collect"  // all hits, brought together by Aggregate
)

// HitPolicies are all hit policies.
func HitPolicies() []HitPolicy {
	return []HitPolicy{PolicyFirst, PolicyUnique, PolicyAny, PolicyBest, PolicyPriority, PolicyCollect}
}

// Aggregate says what PolicyCollect makes of the cells of all hits, output by
// output. Empty cells are left out.
type Aggregate string

// The aggregates. Numbers are decimal and exact; a sum has as many decimals as
// the input with most, and a plus sign where an input has one. The least and the
// greatest cell are found by number if all cells are numbers, and else by text,
// which is right for ISO dates.
const (
	AggregateList  Aggregate = "list"  // the cells in the order of the rows, joined by Separator
	AggregateCount Aggregate = "count" // the number of rows, those with empty cells too
	AggregateSum   Aggregate = "sum"
	AggregateMin   Aggregate = "min"
	AggregateMax   Aggregate = "max"
)

// Aggregates are all aggregates.
func Aggregates() []Aggregate {
	return []Aggregate{AggregateList, AggregateCount, AggregateSum, AggregateMin, AggregateMax}
}

// DefaultSeparator stands between the cells of a list.
const DefaultSeparator = ", "

// Hashable says that rows equal in the mode have equal hashes.
func Hashable(m Mode) bool {
	return index.Mode(m) == index.Exact || index.Mode(m) == index.Normalized
}
