package match

import "tablestep/tables/schema"

// The cost of an index with what making it takes: of a hash table a row, and of the
// list of rows that the other modes have.
const (
	hashRowBytes = 24
	listRowBytes = 16
)

// entryBytes is about what a distinct cell costs in a mode, besides three times its
// text, by measurement over 100,000 of them.
func entryBytes(mode schema.Mode) int64 {
	switch mode {
	case schema.ModeRegex:
		return 2600
	case schema.ModeRange:
		return 400
	case schema.ModeWildcard:
		return 320
	case schema.ModeCondition:
		return 250
	case schema.ModeAtLeast, schema.ModeAtMost:
		return 150
	case schema.ModeFuzzy:
		return 130
	}
	return 40
}

// Cost is about how many bytes the index of a key takes, and making it, where a column
// takes columnBytes.
func (k Key) Cost(v *schema.Version, columnBytes int64) int64 {
	hashed, cost, rows := int64(0), int64(0), int64(v.Rows)
	for _, p := range k.Parts {
		if p.hashed() {
			hashed = HashedCost(v)
			continue
		}
		distinct := min(rows, int64(v.Columns[p.Column].Distinct)+1)
		if p.To >= 0 {
			distinct = min(rows, distinct*(int64(v.Columns[p.To].Distinct)+1))
		}
		cost += listRowBytes*rows + entryBytes(p.Mode)*distinct + 3*columnBytes
	}
	return hashed + cost
}

// HashedCost is the Cost of a key that is compared for equality only.
func HashedCost(v *schema.Version) int64 { return hashRowBytes * int64(v.Rows) }
