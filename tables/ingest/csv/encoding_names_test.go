package csv_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"tablestep/tables/ingest/charset"
)

// namesIn gives what regions and languages are called in a language, as the Unicode
// consortium has collected it.
func namesIn(l string) []string {
	tag := language.MustParse(l)
	regions, languages := display.Regions(tag), display.Languages(tag)
	var all []string
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			if r, err := language.ParseRegion(strings.ToUpper(string(a) + string(b))); err == nil {
				all = append(all, regions.Name(r))
			}
			if b, err := language.ParseBase(string(a) + string(b)); err == nil {
				all = append(all, languages.Name(b))
			}
		}
	}
	// The old sets have the cedilla of Romanian, and not all have curved apostrophes.
	old := strings.NewReplacer("ș", "ş", "ț", "ţ", "Ș", "Ş", "Ț", "Ţ", "’", "'")
	for i := range all {
		all[i] = old.Replace(all[i])
	}
	return all
}

// The words that letters are counted in and the samples are of one hand; these are not.
// Lists that hold the asked for number of letters beyond ASCII are drawn from them.
func TestNamesOfRegionsAndLanguagesAreReadRight(t *testing.T) {
	t.Parallel()
	for _, w := range charsets() {
		if strings.HasPrefix(w.name, "UTF") || w.name == "ISO-2022-JP" {
			continue // They are told by their form.
		}
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []struct{ letters, percent int }{{20, 95}, {6, 85}} {
				texts, right := 0, 0
				for l := range strings.FieldsSeq(w.languages) {
					all := namesIn(l)
					draw := rand.New(rand.NewPCG(1, uint64(c.letters)))
					for range 20 {
						var list strings.Builder
						for i, letters := 0, 0; letters < c.letters; i++ {
							name := all[draw.IntN(len(all))]
							if _, err := w.in.NewEncoder().String(name); err != nil {
								continue
							}
							fmt.Fprintf(&list, "%d;%s\n", i, name)
							letters += utf8.RuneCountInString(name) - strings.Count(strings.Map(ascii, name), "x")
						}
						raw, err := w.in.NewEncoder().String(list.String())
						require.NoError(t, err)
						sample, err := charset.Sample(strings.NewReader(raw))
						require.NoError(t, err)
						name, in := charset.Guess(sample)
						got, err := in.NewDecoder().String(raw)
						require.NoError(t, err)
						if texts++; got == list.String() {
							right++
						} else {
							t.Logf("%s, read as %s: %q", l, name, got)
						}
					}
				}
				t.Logf("%d of %d with %d letters", right, texts, c.letters)
				require.GreaterOrEqual(t, 100*right, c.percent*texts)
				if w.name == "windows-1252" && c.letters == 20 {
					require.Equal(t, texts, right)
				}
			}
		})
	}
}

// ascii marks characters of ASCII and drops the others.
func ascii(r rune) rune {
	if r < utf8.RuneSelf {
		return 'x'
	}
	return -1
}

// Whole lists of regions and languages, in which letters beyond ASCII are few and come from
// everywhere, stay windows-1252.
func TestListsOfAllRegionsStayWindows1252(t *testing.T) {
	t.Parallel()
	for l := range strings.FieldsSeq("en de fr es pt it sv da nb fi is ca nl af sw id ms eu gl sq ga fil") {
		var list strings.Builder
		for i, name := range namesIn(l) {
			if raw, err := charmap.Windows1252.NewEncoder().String(name); err == nil {
				fmt.Fprintf(&list, "%d;%s\n", i, raw)
			}
		}
		sample, err := charset.Sample(strings.NewReader(list.String()))
		require.NoError(t, err)
		name, _ := charset.Guess(sample)
		require.Equal(t, "windows-1252", name, l)
	}
}

// Lists in Lithuanian, Latvian and Estonian with some names from elsewhere in them are read
// by the letters of the one language, and the others are borne.
func TestForeignNamesInAListAreBorne(t *testing.T) {
	t.Parallel()
	in := charmap.Windows1257
	var foreign []string
	for l := range strings.FieldsSeq("de fr es pt sv da hu pl cs tr is") {
		for _, name := range namesIn(l) {
			if raw, err := in.NewEncoder().String(name); err == nil && raw != name {
				foreign = append(foreign, name)
			}
		}
	}
	texts, right := 0, 0
	for l := range strings.FieldsSeq("lt lv et") {
		all := namesIn(l)
		draw := rand.New(rand.NewPCG(7, 7))
		for range 40 {
			var list strings.Builder
			for i, letters := 0, 0; letters < 16; i++ {
				name := all[draw.IntN(len(all))]
				if i%10 == 9 {
					name = foreign[draw.IntN(len(foreign))]
				}
				raw, err := in.NewEncoder().String(name)
				if err != nil {
					continue
				}
				list.WriteString(raw + "\n")
				letters += len(raw) - strings.Count(strings.Map(ascii, raw), "x")
			}
			_, guess := charset.Guess([]byte(list.String()))
			want, err := in.NewDecoder().String(list.String())
			require.NoError(t, err)
			got, err := guess.NewDecoder().String(list.String())
			require.NoError(t, err)
			if texts++; got == want {
				right++
			}
		}
	}
	t.Logf("%d of %d", right, texts)
	require.GreaterOrEqual(t, 100*right, 85*texts)
}
