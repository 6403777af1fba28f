package index

import (
	"unicode/utf8"

	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

// forPart is a spec as a part wants it: mode Fuzzy has entries in the part's form. Normalized
// texts have one key, which is the entry. A part at now has a kernel of its own.
func (s spec) forPart(p Part) spec {
	if p.Now {
		return validSpec(s, p.To != nil)
	}
	form, _ := FormOf(p.Form) // Normalized, where it names none.
	if p.Mode != schema.ModeFuzzy || form == spelling.Normalized {
		return s
	}
	s.read *= 4
	canon := canonKeys(p.Form)
	s.canon = func(cell string, n *schema.Notation) (string, error) {
		if _, err := canonFuzzy(cell, n); err != nil {
			return "", err
		}
		return canon(cell, n)
	}
	return s
}

// spell makes texts of the keys of all entries: first one of each entry, in their order,
// and behind them those of the entries that have a second one.
func (k *fuzzies) spell(entries *texts) {
	if k.form == spelling.Normalized {
		k.texts = *entries
		return
	}
	var arena []byte
	var ends []uint32
	for entry := range int32(entries.len()) {
		plain, _ := keysOf(entries.at(entry))
		arena = append(arena, plain...)
		ends = append(ends, uint32(len(arena)))
	}
	for entry := range int32(entries.len()) {
		if _, paired := keysOf(entries.at(entry)); paired != "" {
			arena = append(arena, paired...)
			ends = append(ends, uint32(len(arena)))
			k.entryOf = append(k.entryOf, entry)
		}
	}
	k.texts = texts{arena: string(arena), ends: ends}
}

// pair notes, where entries have two keys, whose keys stand in which place: at is the place
// of a text.
func (k *fuzzies) pair(at []int32) {
	pairs := k.entryOf // of the texts behind the first ones
	entries := len(at) - len(pairs)
	k.first, k.second, k.entryOf = at[:entries:entries], make([]int32, entries), make([]int32, len(at))
	for entry, place := range k.first {
		k.entryOf[place], k.second[entry] = int32(entry), none
	}
	for i, entry := range pairs {
		place := at[entries+i]
		k.entryOf[place], k.second[entry] = entry, place
	}
}

// placesOf are the places of an entry's texts; the second one is none where it has one only.
func (k *fuzzies) placesOf(entry int32) (first, second int32) {
	if k.entryOf == nil {
		return entry, none
	}
	return k.first[entry], k.second[entry]
}

// keys are the texts that a value stands for; paired is empty where there is one only.
func (k *fuzzies) keys(v *value, s *fuzzySearch) (plain, paired string) {
	if k.form == spelling.Normalized {
		return v.text, ""
	}
	keys, second := k.form.AppendKeys(s.text[:0], v.raw)
	s.text = keys
	return string(keys[:second]), string(keys[second:])
}

// fits says that a value is not too long to be compared.
func (k *fuzzies) fits(v *value) bool {
	// A text has at least a quarter as many characters as bytes.
	return len(v.text) <= utf8.UTFMax*maxFuzzy && utf8.RuneCountInString(v.text) <= maxFuzzy
}
