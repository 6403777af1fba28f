package index

import "reflect"

// SlotBytes is how long a slot of a batch is.
func SlotBytes() int { return int(reflect.TypeFor[slot]().Size()) }

// ListThrees gives every part of mode Fuzzy the lists that only large columns have.
func ListThrees(ix Index) {
	for _, t := range ix.(*mixed).terms {
		if k, ok := t.kernel.(*fuzzies); ok && len(k.firsts) > 1 {
			k.grams = newGramLists(&k.texts, k.firsts, new(Meter))
			k.grams.always = true
		}
	}
}
