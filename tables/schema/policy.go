package schema

// HitPolicy says what several hits of one lead mean.
type HitPolicy string

// The hit policies. Best is the default where a match entry is prefix, suffix, contains,
// domain, words, fuzzy or cidr, or where not all entries must hold, and First elsewhere.
const (
	PolicyFirst    HitPolicy = "first"    // the first row
	PolicyUnique   HitPolicy = "unique"   // there may be one hit only
	PolicyAny      HitPolicy = "any"      // all hits must have the same outputs
	PolicyBest     HitPolicy = "best"     // the most specific or most similar row; of equals the first
	PolicyPriority HitPolicy = "priority" // the row with the lowest number in PriorityColumn; of equals the first
	PolicyCollect  HitPolicy = "collect"  // all hits, brought together by Aggregate
	PolicyRotate   HitPolicy = "rotate"   // one of the hits, in turn
)

// HitPolicies are all hit policies.
func HitPolicies() []HitPolicy {
	return []HitPolicy{PolicyFirst, PolicyUnique, PolicyAny, PolicyBest, PolicyPriority, PolicyCollect, PolicyRotate}
}

// CapPeriod is the time in which a row that takes turns gets no more leads than its cap.
type CapPeriod string

// The periods of caps, by the calendar of the service's time zone. Weeks begin on Monday (ISO 8601).
const (
	CapDay   CapPeriod = "day"
	CapWeek  CapPeriod = "week"
	CapMonth CapPeriod = "month"
)

// Aggregate says what PolicyCollect makes of the cells of all hits, output by
// output. Empty cells are left out.
type Aggregate string

// The aggregates. Numbers are decimal and exact; a sum has as many decimals as
// the input with most, and a plus sign where an input has one. The least and the
// greatest cell are found by number if all cells are numbers, and else by text,
// which is right for ISO dates.
const (
	AggregateList     Aggregate = "list"     // the cells in the order of the rows, joined by Separator
	AggregateDistinct Aggregate = "distinct" // a list in which each text stands once, where it comes first
	AggregateCount    Aggregate = "count"    // the number of rows, those with empty cells too
	AggregateSum      Aggregate = "sum"
	AggregateMin      Aggregate = "min"
	AggregateMax      Aggregate = "max"
)

// Aggregates are all aggregates.
func Aggregates() []Aggregate {
	return []Aggregate{AggregateList, AggregateDistinct, AggregateCount, AggregateSum, AggregateMin, AggregateMax}
}

// Joins says that the cells are joined by a separator.
func (a Aggregate) Joins() bool { return a == AggregateList || a == AggregateDistinct }

// DefaultSeparator stands between the cells of a list.
const DefaultSeparator = ", "
