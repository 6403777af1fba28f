package spelling_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/spelling"
)

// keyed is what a form makes of texts: plain, and "|" and the pair where there is one.
func keyed(f spelling.Form, s string) string {
	plain, paired := f.Keys(s)
	if paired != "" {
		return plain + "|" + paired
	}
	return plain
}

func requireLoose(t *testing.T, want map[string][]string) {
	t.Helper()
	for key, texts := range want {
		for _, text := range texts {
			require.Equal(t, key, keyed(spelling.Loose, text), "%q", text)
		}
	}
}

func TestALetterWithAMarkMeetsItsPlainLetterAndItsPair(t *testing.T) {
	t.Parallel()
	requireLoose(t, map[string][]string{
		"zurich|zuerich":              {"Zürich", "ZU\u0308RICH", "zürich "},
		"zurich":                      {"Zurich"},
		"alborg|aalborg":              {"Ålborg", "A\u030alborg", "\u212blborg"},
		"orsted|oersted":              {"Ørsted", "Ǿrsted"},
		"aegir":                       {"Ægir", "Ǽgir", "aegir"},
		"strasse":                     {"Straße", "STRASSE", "straẞe"},
		"lodz":                        {"Łódź"},
		"cote divoire":                {"Côte d’Ivoire"},
		"thor":                        {"Þór"},
		"istanbul":                    {"İstanbul", "ıstanbul", "Istanbul"},
		"viet nam":                    {"Việt Nam", "Vie\u0323\u0302t Nam"},
		"αθηνα":                       {"Αθήνα", "ΑΘΗΝΑ"},
		"елка":                        {"Ёлка", "елка", "Е\u0308лка"},
		"йод":                         {"йод", "ЙОД"},
		"が":                           {"が", "か\u3099"},
		"שלום":                        {"שָׁלוֹם", "שלום"},
		"محمد":                        {"مُحَمَّد", "محمد"},
		"أحمد":                        {"أحمد"},
		"u o|ue oe":                   {"Ü Ö", "u\u0308 o\u0308"},
		"a":                           {"Á", "a\u0328\u0301"},
		"u|ue":                        {"ǖ", "u\u0323\u0308", "ụ\u0308"},
		"muller jager|mueller jaeger": {"Müller-Jäger"},
	})
}

func TestApostrophesAndPointsOfAbbreviationsVanish(t *testing.T) {
	t.Parallel()
	requireLoose(t, map[string][]string{
		"usa":        {"U.S.A.", "USA", "u.s.a", "U.S.A"},
		"u s a":      {"U. S. A.", "U S A"},
		"oneil":      {"O'Neil", "O’Neil", "ONeil", "O`Neil"},
		"laquila":    {"L'Aquila", "L’Aquila"},
		"st etienne": {"St. Étienne", "St Etienne"},
		"j smith":    {"J. Smith", "J Smith"},
		"xs y":       {"x's.y"},
		"10'6":       {"10'6"},
	})
}

func TestSignsThatMeanSomethingStay(t *testing.T) {
	t.Parallel()
	requireLoose(t, map[string][]string{
		"3.5":        {"3.5", "3.5 ", "(3.5)"},
		"-5":         {"-5", "−5"},
		"x -5":       {"x -5"},
		"5":          {"- 5", "5", "(5)", "$5", "(-5)"},
		"-.5":        {"-.5"},
		".5":         {".5"},
		"+1 555":     {"+1 555"},
		"94105-1234": {"94105-1234", "94105–1234"},
		"10:30":      {"10:30"},
		"c++":        {"C++", "(C++)"},
		"c# c++ c":   {"C#, C++, C"},
		"a+":         {"A+"},
		"a":          {"A-", "A"},
		"#1 sports":  {"#1 Sports"},
		"no #5":      {"No.#5"},
		"covid 19":   {"COVID-19", "COVID 19"},
		"e+":         {"É+", "e\u0301+"},
	})
}

func TestAndIsAWord(t *testing.T) {
	t.Parallel()
	requireLoose(t, map[string][]string{
		"c and a":             {"C&A", "C & A", "C and A", "C＆A"},
		"johnson and johnson": {"Johnson + Johnson", "Johnson & Johnson", "Johnson&Johnson"},
		"5 and 10":            {"5&10", "5 & 10"},
		"and":                 {"&", "and"},
		"+":                   {"+"},
		"a+b":                 {"a+b"},
		"a b":                 {"a +b"},
	})
}

func TestOtherSignsAreOneSpace(t *testing.T) {
	t.Parallel()
	requireLoose(t, map[string][]string{
		"saint etienne": {"Saint-Étienne", "Saint - Etienne", "Saint_Etienne", "(Saint)/Etienne!"},
		"acme 2020":     {"Acme (2020)", "Acme 2020", "«Acme» … 2020"},
		"i ny":          {"I ❤ NY", "I\u0001NY", "I ❤️ NY"},
	})
}

func TestATextThatWouldBecomeEmptyStaysNormalized(t *testing.T) {
	t.Parallel()
	requireLoose(t, map[string][]string{
		"":       {"", " ", "\u200b"},
		"!!!":    {"!!!", "！！！"},
		"???":    {"???"},
		"'":      {"’"},
		"- -":    {"– –"},
		"\u05b0": {"\u05b0"},
		"i":      {"\u0591 i", "i \u064b", "\u0591\u05b0 i"},
	})
}

func TestATextThatIsNotUTF8StaysNormalized(t *testing.T) {
	t.Parallel()
	requireLoose(t, map[string][]string{"o'ne\xffil": {" O'Ne\xffil"}, "É\xff": {"É\xff"}})
}

func TestKeysStandBehindWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, f := range []spelling.Form{spelling.Normalized, spelling.Loose, spelling.Company} {
		for _, s := range []string{"", "Zürich", "plain", "U.S.A.", "ẞ\u0308", "!"} {
			plain, paired := f.Keys(s)
			keys, second := f.AppendKeys([]byte("before"), s)
			require.Equal(t, "before"+plain, string(keys[:second]))
			require.Equal(t, paired, string(keys[second:]))
		}
	}
}

// TestASimpleTextHasItsKeyInOneGo goes through all short texts of the signs that matter.
func TestASimpleTextHasItsKeyInOneGo(t *testing.T) {
	t.Parallel()
	const signs = "aB1 .-,'&+#_é"
	var of func(prefix string, more int)
	of = func(prefix string, more int) {
		plain, paired := spelling.Loose.Keys(prefix)
		keys, second := spelling.AppendCarefully(nil, prefix)
		if plain != string(keys[:second]) || paired != string(keys[second:]) {
			require.Equal(t, string(keys[:second]), plain, "%q", prefix)
		}
		for _, r := range signs {
			if more > 0 {
				of(prefix+string(r), more-1)
			}
		}
	}
	of("", 5)
}
