package spelling_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/spelling"
	"tablestep/tables/typos"
)

// A pair is two texts that must meet or stay apart under a form.
type pair struct {
	a, b  string
	same  bool
	group string // the heading above it
	line  int
}

// near says that the pair is one of two real names that are hardly apart.
func (p pair) near() bool { return strings.HasPrefix(p.group, "neighbours: ") }

// pairs reads a list: two texts and "same" or "apart", separated by tabs, in groups that
// begin with a line of "# " and the group's name. The header of the file is such a line too.
func pairs(t *testing.T, name string) []pair {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".tsv"))
	require.NoError(t, err)
	require.True(t, utf8.Valid(text), "%s is not UTF-8", name)
	require.True(t, strings.HasPrefix(string(text), "# Pairs of "), "%s says first what it is", name)
	require.True(t, strings.HasSuffix(string(text), "\n"), "%s ends with a line", name)
	var list []pair
	group := ""
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			require.NotContains(t, heading, "\t", "%s:%d: a heading is no pair", name, i+1)
			group = heading
			continue
		}
		parts := strings.Split(line, "\t")
		require.Len(t, parts, 3, "%s:%d: %q has not two texts and a verdict", name, i+1, line)
		require.Contains(t, []string{"same", "apart"}, parts[2], "%s:%d: the verdict", name, i+1)
		for _, text := range parts[:2] {
			require.NotEmpty(t, strings.TrimSpace(text), "%s:%d: a text is empty", name, i+1)
		}
		require.NotEqual(t, parts[0], parts[1], "%s:%d: the two texts are one", name, i+1)
		list = append(list, pair{a: parts[0], b: parts[1], same: parts[2] == "same", group: group, line: i + 1})
	}
	return list
}

func TestTheListsOfPairsAreLongAndHalfOfWhatStaysApartIsNear(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{"loose": 300, "company": 150} {
		list := pairs(t, name)
		same, apart, near := 0, 0, 0
		first := map[[2]string]int{}
		for _, p := range list {
			key := [2]string{min(p.a, p.b), max(p.a, p.b)}
			require.Zero(t, first[key], "%s:%d: %q and %q stand there before", name, p.line, p.a, p.b)
			first[key] = p.line
			if p.same {
				same++
				require.False(t, p.near(), "%s:%d: neighbours stay apart", name, p.line)
				continue
			}
			apart++
			if p.near() {
				near++
				errors := distance(p.a, p.b)
				require.Contains(t, []int{1, 2}, errors, "%s:%d: %q and %q are %d errors apart", name, p.line, p.a, p.b, errors)
			}
		}
		require.GreaterOrEqual(t, same, least, "%s: pairs that meet", name)
		require.GreaterOrEqual(t, apart, least, "%s: pairs that stay apart", name)
		require.GreaterOrEqual(t, 2*near, apart, "%s: neighbours among the pairs that stay apart", name)
	}
}

// distance is the number of typing errors between the normal forms, up to 9.
func distance(a, b string) int {
	var counter typos.Counter
	errors, ok := counter.Distance([]rune(column.Normalize(a)), []rune(column.Normalize(b)), 9)
	if !ok {
		return 10
	}
	return errors
}

// meet is the promise of the forms: two texts match where one of the keys of the one is
// equal to one of the keys of the other.
func meet(f spelling.Form, a, b string) bool {
	plainA, pairedA := f.Keys(a)
	plainB, pairedB := f.Keys(b)
	return plainA == plainB ||
		pairedB != "" && plainA == pairedB ||
		pairedA != "" && (pairedA == plainB || pairedA == pairedB)
}

func TestTheFormsHoldEveryPairTogetherOrApart(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]spelling.Form{"loose": spelling.Loose, "company": spelling.Company} {
		wrong := 0
		for _, p := range pairs(t, name) {
			if meet(form, p.a, p.b) != p.same || meet(form, p.b, p.a) != p.same {
				wrong++
				t.Errorf("%s.tsv:%d (%s): %q and %q must be %s; their keys are %q and %q", name, p.line, p.group, p.a, p.b, verdict(p.same), keys(form, p.a), keys(form, p.b))
			}
		}
		require.Zero(t, wrong, "%s: pairs that are wrong", name)
	}
}

// What the default mode joins, the wider ones join too; and a pair that must meet under loose
// must meet as names of companies, since company takes more away and adds nothing.
func TestEachFormJoinsWhatTheNarrowerOnesJoin(t *testing.T) {
	t.Parallel()
	forms := []spelling.Form{spelling.Normalized, spelling.Loose, spelling.Company}
	joined := make([]int, len(forms))
	for _, name := range []string{"loose", "company"} {
		for _, p := range pairs(t, name) {
			before := false
			for i, form := range forms {
				is := meet(form, p.a, p.b)
				require.True(t, is || !before, "%s.tsv:%d: %q and %q meet in form %d and not in %d", name, p.line, p.a, p.b, i-1, i)
				if is {
					joined[i]++
				}
				before = is
			}
		}
	}
	require.Less(t, joined[0], joined[1], "loose joins more than normalized")
	require.Less(t, joined[1], joined[2], "company joins more than loose")
}

func TestATextMeetsItselfAndItsOtherSpellingsOfOneNormalForm(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"loose", "company"} {
		for _, p := range pairs(t, name) {
			for _, text := range []string{p.a, p.b} {
				for _, form := range []spelling.Form{spelling.Normalized, spelling.Loose, spelling.Company} {
					require.True(t, meet(form, text, text), "%s.tsv:%d: %q does not meet itself", name, p.line, text)
					plain, paired := form.Keys(text)
					require.NotEmpty(t, plain, "%s.tsv:%d: %q comes down to nothing", name, p.line, text)
					require.NotEqual(t, plain, paired, "%s.tsv:%d: %q has one key twice", name, p.line, text)
					if form == spelling.Company {
						continue // front forms go in capitals only, so that the normal form has more words
					}
					require.True(t, meet(form, text, column.Normalize(text)), "%s.tsv:%d: %q does not meet its normal form", name, p.line, text)
				}
			}
		}
	}
}

// The keys in dst and the keys as texts are the same, with something before them or not.
func TestEveryKeyStandsBehindWhatIsThere(t *testing.T) {
	t.Parallel()
	two := 0
	for _, name := range []string{"loose", "company"} {
		for _, p := range pairs(t, name) {
			for _, form := range []spelling.Form{spelling.Normalized, spelling.Loose, spelling.Company} {
				plain, paired := form.Keys(p.a)
				all, second := form.AppendKeys(nil, p.a)
				require.Equal(t, plain, string(all[:second]), "%s.tsv:%d", name, p.line)
				require.Equal(t, paired, string(all[second:]), "%s.tsv:%d", name, p.line)
				behind, at := form.AppendKeys([]byte("before"), p.a)
				require.Equal(t, "before"+string(all), string(behind), "%s.tsv:%d", name, p.line)
				require.Equal(t, len("before")+second, at, "%s.tsv:%d", name, p.line)
				if paired != "" {
					two++
				}
			}
		}
	}
	require.Greater(t, two, 100, "texts with two keys")
}

// The mode company promises of every text that a word of it is left.
func TestCompanyLeavesAWordOfEveryName(t *testing.T) {
	t.Parallel()
	for _, p := range pairs(t, "company") {
		for _, text := range []string{p.a, p.b} {
			loose, _ := spelling.Loose.Keys(text)
			company, _ := spelling.Company.Keys(text)
			if company == loose || letters(loose) < 2 {
				continue
			}
			require.Greater(t, letters(company), 1, "company.tsv:%d: %q comes down to %q", p.line, text, company)
		}
	}
}

// letters counts what is left of a name but for spaces.
func letters(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

func verdict(same bool) string {
	if same {
		return "same"
	}
	return "apart"
}

// keys shows the keys of a text for a message.
func keys(f spelling.Form, s string) []string {
	plain, paired := f.Keys(s)
	if paired == "" {
		return []string{plain}
	}
	return []string{plain, paired}
}
