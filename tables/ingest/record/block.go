package record

import (
	"strings"

	"tablestep/tables/schema"
)

// A Block is the part of a sample of records that looks like the table itself. What
// stands above are titles, what stands below are footers.
type Block struct {
	Width       int // cells of its records
	First, Last int // records, from 0
	Full        int // records from First to Last that have Width
}

// Records is how many records the block takes in, those of another width included.
func (b Block) Records() int { return b.Last - b.First + 1 }

// BlockOf finds the block of a sample by how many cells each record has: of the widths
// from two on that two or more records have, and at least half of those in between, it
// is the one with the most cells. A sample without one gives the zero Block.
func BlockOf(widths []int) Block {
	blocks := map[int]Block{}
	for i, w := range widths {
		b, ok := blocks[w]
		if !ok {
			b = Block{Width: w, First: i}
		}
		b.Last = i
		b.Full++
		blocks[w] = b
	}
	var best Block
	for w, b := range blocks {
		if w < 2 || b.Full < 2 || 2*b.Full < b.Records() {
			continue
		}
		// The first cell of a line says nothing: each line has one.
		area, most := b.Full*(w-1), best.Full*(best.Width-1)
		if area > most || area == most && w > best.Width {
			best = b
		}
	}
	return best
}

// NameLike tells whether texts could be the names of columns: each is another one, and
// none is a number, but for a year. Empty ones say nothing.
func NameLike(cells []string) bool {
	seen := map[string]bool{}
	for _, cell := range cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		if name == "" {
			continue
		}
		if _, number := schema.ParseNumber(name); number && !year(name) || seen[name] {
			return false
		}
		seen[name] = true
	}
	return len(seen) > 0
}

func year(s string) bool { return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") }

// Contrast tells whether the first of some records reads like the names of the others'
// columns: in one column at least it has no digit, and all texts below have one.
func Contrast(rows [][]string) bool {
	if len(rows) < 2 {
		return false
	}
	for i, name := range rows[0] {
		if strings.TrimSpace(name) == "" || hasDigit(name) {
			continue
		}
		seen, all := 0, true
		for _, row := range rows[1:] {
			if i < len(row) && row[i] != "" {
				seen++
				all = all && hasDigit(row[i])
			}
		}
		if seen > 0 && all {
			return true
		}
	}
	return false
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }
