package match

import "tablestep/tables/schema"

// The cost of an index with what making it takes: of a hash table a row, of the list of rows
// that the other modes have, and of a key that is kept beside its cell, in which a cell is
// written anew, with its place.
const (
	hashRowBytes = 24
	listRowBytes = 16
	keptKeyBytes = 8
)

// characterBytes is about what a byte of a distinct cell costs in mode Contains, by
// measurement: each is a node of an automaton, unless cells begin alike.
const characterBytes = 40

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
	together := k.Hashed()
	for _, p := range k.Parts {
		distinct := min(rows, int64(v.Columns[p.Column].Distinct)+1)
		switch {
		case p.Mode.Paired() && together:
			// Half as many keys again as rows, and the keys of all cells.
			hashed = max(hashed, HashedCost(v)*3/2)
			cost += 2*columnBytes + keptKeyBytes*distinct
			continue
		case p.hashed() && !p.Mode.Paired() && !k.Some():
			hashed = max(hashed, HashedCost(v))
			continue
		}
		if p.To >= 0 {
			distinct = min(rows, distinct*(int64(v.Columns[p.To].Distinct)+1))
		}
		cost += listRowBytes*rows + entryBytes(p.Mode)*distinct + 3*columnBytes
		if p.Mode == schema.ModeContains {
			cost += characterBytes * columnBytes
		}
	}
	return hashed + cost
}

// HashedCost is the Cost of a key that is compared for equality only.
func HashedCost(v *schema.Version) int64 { return hashRowBytes * int64(v.Rows) }
