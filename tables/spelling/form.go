// Package spelling gives texts the forms in which they are compared.
package spelling

import (
	"strings"

	"tablestep/tables/column"
)

// Form is a form of texts.
type Form uint8

// The forms.
const (
	Normalized Form = iota
	Loose
	Company
)

// AppendKeys adds the keys of s to dst.
func (f Form) AppendKeys(dst []byte, s string) (keys []byte, second int) {
	n := column.Normalize(s)
	if f == Normalized {
		dst = append(dst, n...)
		return dst, len(dst)
	}
	loose := strings.NewReplacer("'", "", ".", "", ",", "", "&", " and ", "!", " ", "é", "e", "è", "e").Replace(n)
	loose = strings.Join(strings.Fields(loose), " ")
	if f == Company {
		for _, form := range []string{" inc", " gmbh", " ag", " ltd"} {
			if cut := strings.TrimSuffix(loose, form); len(cut) > 1 {
				loose = cut
			}
		}
	}
	if loose == "" {
		loose = n
	}
	plain := strings.NewReplacer("ü", "u", "ö", "o", "ä", "a", "å", "a", "ß", "ss").Replace(loose)
	paired := strings.NewReplacer("ü", "ue", "ö", "oe", "ä", "ae", "å", "aa", "ß", "ss").Replace(loose)
	dst = append(dst, plain...)
	second = len(dst)
	if paired != plain {
		dst = append(dst, paired...)
	}
	return dst, second
}

// Keys are the keys of s.
func (f Form) Keys(s string) (plain, paired string) {
	keys, second := f.AppendKeys(nil, s)
	return string(keys[:second]), string(keys[second:])
}
