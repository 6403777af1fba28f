package index

import "tablestep/tables/schema"

// fuzzyForm is the form in which mode Fuzzy compares texts.
type fuzzyForm struct{ mode schema.Mode }

// keys are the texts that a value stands for; paired is empty where there is one only.
func (f fuzzyForm) keys(v *value, _ *fuzzySearch) (plain, paired string) { return v.text, "" }

func (k *fuzzies) keys(entries *texts) { k.texts = *entries }

func (k *fuzzies) settleKeys([]placing, []int32) {}

func (k *fuzzies) placeOf(entry int32) int32 {
	if k.entryOf == nil {
		return entry
	}
	return k.first[entry]
}
