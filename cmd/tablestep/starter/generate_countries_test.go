package starter_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"tablestep/cmd/tablestep/starter"
	"tablestep/tables/spelling"
	"tablestep/testdata"
)

// languages are those in which forms are filled in: the official ones of states, and others
// of many speakers. More would bring names that mean another country in a larger language.
const languages = `af am ar az be bg bn bs ca cs cy da de de-CH el en en-GB es es-MX et eu fa fi fil fr fr-CA ga gl gu
	he hi hr hu hy id is it ja ka kk km kn ko ky lb lo lt lv mk ml mn mr ms mt my nb ne nl nn pa pl ps pt pt-PT ro ru si
	sk sl so sq sr sr-Latn sv sw ta te tg th ti tk tr uk ur uz vi yue zh zh-Hant zh-Hant-HK zu`

// A called is a name of a country, or one of its codes.
type called struct{ name, code string }

// A country is what all its rows hold.
type country struct{ alpha3, name string }

// renamed are the countries whose names are newer than CLDR 32.
func renamed() map[string]string {
	return map[string]string{"MK": "North Macedonia", "SZ": "Eswatini", "TR": "Türkiye"}
}

// aliases are those of the sample table country-codes, and its countries by their code.
func aliases(t *testing.T) (names []called, known map[string]country) {
	t.Helper()
	raw, err := testdata.Files.ReadFile("tables/country-codes.csv")
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"country", "alpha-2", "alpha-3", "numeric"}, rows[0])
	inEnglish := display.Regions(language.English)
	known = map[string]country{"XK": {name: "Kosovo"}}
	for _, r := range rows[1:] {
		known[r[1]] = country{r[2], cmp.Or(renamed()[r[1]], inEnglish.Name(language.MustParseRegion(r[1])))}
		names = append(names, called{r[0], r[1]})
	}
	return names, known
}

// regions are the countries of today that x/text knows. Codes that were withdrawn, and those
// of groups or of parts of a country, are none.
func regions(t *testing.T, known map[string]country) []language.Region {
	t.Helper()
	var list []language.Region
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			r, err := language.ParseRegion(code)
			if err != nil || !r.IsCountry() || r.String() != code || r.Canonicalize() != r {
				continue
			}
			if _, ok := known[code]; ok {
				list = append(list, r)
			}
		}
	}
	require.Len(t, list, len(known), "x/text does not know a country")
	return list
}

// keysOf are the keys of a name in mode loose.
func keysOf(name string) []string {
	plain, paired := spelling.Loose.Keys(name)
	if paired == "" {
		return []string{plain}
	}
	return []string{plain, paired}
}

// countries are the names of all countries. Of a country's names those go that another one
// stands for: whatever finds Bresil finds Brésil, too.
func countries(t *testing.T) *starter.Sheet {
	names, known := aliases(t)
	list := regions(t, known)
	for code := range strings.FieldsSeq(languages) {
		tag, err := language.Parse(code)
		require.NoError(t, err)
		namer := display.Regions(tag)
		require.NotNil(t, namer, code)
		for _, r := range list {
			if name := namer.Name(r); name != "" { // CLDR has no name of each in each
				names = append(names, called{name, r.String()})
			}
		}
	}
	sheet := &starter.Sheet{Columns: []string{"country", "alpha-2", "alpha-3", "name", "shared"}}
	owners := map[string][]string{} // of a key: the codes of the countries with such a name
	kept := map[string][]called{}
	for _, n := range names {
		for _, key := range keysOf(n.name) {
			if !slices.Contains(owners[key], n.code) {
				owners[key] = append(owners[key], n.code)
			}
		}
		kept[n.code] = append(kept[n.code], n)
	}
	for _, r := range list {
		code := r.String()
		for _, n := range withoutStoodFor(kept[code]) {
			var others []string
			for _, key := range keysOf(n.name) {
				others = append(others, owners[key]...)
			}
			slices.Sort(others)
			others = slices.DeleteFunc(slices.Compact(others), func(o string) bool { return o == code })
			sheet.Rows = append(sheet.Rows, []string{n.name, code, known[code].alpha3, known[code].name, strings.Join(others, " ")})
		}
	}
	return sheet
}

// withoutStoodFor leaves out names all of whose keys another name of the country has. Of
// names with the same keys the first stays.
func withoutStoodFor(names []called) (kept []called) {
	keys := make([][]string, len(names))
	for i, n := range names {
		keys[i] = keysOf(n.name)
	}
	holds := func(a, b []string) bool { // a stands for b
		return !slices.ContainsFunc(b, func(key string) bool { return !slices.Contains(a, key) })
	}
	for i, n := range names {
		stoodFor := slices.ContainsFunc(keys[:i], func(o []string) bool { return holds(o, keys[i]) }) ||
			slices.ContainsFunc(keys[i+1:], func(o []string) bool { return holds(o, keys[i]) && !holds(keys[i], o) })
		if !stoodFor {
			kept = append(kept, n)
		}
	}
	return kept
}
