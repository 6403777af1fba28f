package boltfile

import (
	"runtime"
	"strconv"
)

// smallestMap is bbolt's own smallest map, which every file fits that it has just made.
const smallestMap = 32 << 10

// mapSizes are the sizes of a map that are tried one after the other: the wish, or a
// sixteenth of the address space where that is limited (the heap needs it, and there
// are two files), then less and less.
func mapSizes(wish int64) []int64 {
	if runtime.GOOS == "windows" {
		wish = min(wish, 16<<20) // a file is as large as its map there
	} else if strconv.IntSize < 64 {
		wish = min(wish, 64<<20)
	}
	if limit := addressSpace(); limit > 0 {
		wish = min(wish, limit/16)
	}
	sizes := []int64{}
	for ; wish > smallestMap; wish /= 4 {
		sizes = append(sizes, wish)
	}
	return append(sizes, 0)
}
