package spelling

import "tablestep/tables/column"

// Form is a way to write texts down so that the spellings of a thing meet.
type Form uint8

const (
	Normalized Form = iota // as column.Normalize gives it
	Loose                  // Normalized without signs, and marks in either way
	Company                // Loose without the legal form of a company
)

// AppendKeys adds to dst the texts under which s is found: keys[:second], and where its
// marks can be written in two ways (ü as u and as ue) the other one, keys[second:]. Where
// there is one only, second is len(keys). What dst held stays before. Nothing is allocated
// for what fits dst, but for a text of more than a hundred bytes or of rare characters.
func (f Form) AppendKeys(dst []byte, s string) (keys []byte, second int) {
	switch f {
	case Loose:
		return appendLoose(dst, s)
	case Company:
		return appendCompany(dst, s)
	}
	keys = column.AppendNormalized(dst, s)
	return keys, len(keys)
}

// Keys are the keys of AppendKeys as texts; paired is empty where there is one only.
func (f Form) Keys(s string) (plain, paired string) {
	keys, second := f.AppendKeys(nil, s)
	return string(keys[:second]), string(keys[second:])
}
