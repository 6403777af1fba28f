package spelling_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/spelling"
)

// checkKeys holds what is true of the keys of any text, and gives them.
func checkKeys(t *testing.T, f spelling.Form, s string) (plain, paired string) {
	t.Helper()
	plain, paired = f.Keys(s)
	normal := column.Normalize(s)
	require.Equal(t, normal == "", plain == "", "a key is empty for what cannot be seen only: %+q", s)
	require.NotEqual(t, plain, paired+" ", s)
	require.True(t, paired == "" || paired != plain, "%+q has one key twice", s)
	if utf8.ValidString(s) {
		require.True(t, utf8.ValidString(plain) && utf8.ValidString(paired), "%+q", s)
	} else {
		require.Equal(t, []string{normal, ""}, []string{plain, paired}, "what is not UTF-8 stays normalized")
	}
	// One sign becomes at most a word between spaces.
	most := len(normal) + 4*(strings.Count(normal, "&")+strings.Count(normal, "+"))
	require.LessOrEqual(t, len(plain), most)
	require.LessOrEqual(t, len(paired), most)
	for _, key := range []string{plain, paired} {
		if key != normal {
			require.Equal(t, strings.Join(strings.Fields(key), " "), key, "%+q", s)
		}
	}

	// The same behind what stands there, in little room and in much.
	for _, room := range []int{0, 7, 40, 2000} {
		dst := append(make([]byte, 0, room), "before"...)
		keys, second := f.AppendKeys(dst, s)
		require.Equal(t, "before"+plain, string(keys[:second]))
		require.Equal(t, paired, string(keys[second:]))
		require.Equal(t, "before", string(dst))
	}
	return plain, paired
}

func FuzzLoose(f *testing.F) {
	for _, seed := range []string{
		"", "Zürich", "U.S.A.", "O'Neil & Sons", "-5", "-.5", "C++ #1", "a +\u0301", "\u05e9\u05b8", "e'\u0302", "ё\u0300", "\u1100'\u1161", "\xffA.", "1'0", "Å i Ö",
		"Saint-Denis, U.S.", "a.b cd.e 1-a a-1", "A_b  C\tD!", strings.Repeat("&", 300), strings.Repeat("ü", 200),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain, paired := checkKeys(t, spelling.Loose, s)
		keys, second := spelling.AppendCarefully(nil, s)
		require.Equal(t, []string{plain, paired}, []string{string(keys[:second]), string(keys[second:])}, "%+q", s)
		normal := column.Normalize(s)
		again, pairedAgain := spelling.Loose.Keys(normal)
		require.Equal(t, []string{plain, paired}, []string{again, pairedAgain}, "equal under normalized, equal under loose: %+q", s)
		for _, key := range []string{plain, paired} {
			again, more := spelling.Loose.Keys(key)
			require.Equal(t, key, again, "the key of a key of %+q", s)
			require.Empty(t, more, "a key has no marks: %+q of %+q", key, s)
		}
	})
}

func FuzzCompany(f *testing.F) {
	for _, seed := range []string{
		"", "Müller GmbH & Co. KG", "PT Astra Tbk", "The (UK) Ltd", "株式会社トヨタ", "トヨタ（株）", "V I S A", "Plan B A/S", "S.A. de C.V.", "Grupo X, S. de R.L. de C.V.",
		"Acme (Germany) GmbH", "ООО «Ромашка»", "A\xff Inc", "Å i Ö", "The The", "(주)", strings.Repeat("a ", 40) + "Ltd", strings.Repeat("ü&", 150) + " Inc",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain, _ := checkKeys(t, spelling.Company, s)
		// Forms go until none is left, but a key can have one anew: where letters joined, or
		// lost their marks. Each time it is shorter.
		key := plain
		for range len(key) + 1 {
			again, _ := spelling.Company.Keys(key)
			if again == key {
				break
			}
			require.Less(t, len(again), len(key), "the key of the key %+q", key)
			key = again
		}
		// One more form at the end changes nothing, where there is a name of more than a word before
		// it, no and, and no country in brackets.
		loose, _ := spelling.Loose.Keys(s)
		if utf8.ValidString(s) && strings.Contains(plain, " ") && strings.ContainsFunc(plain, unicode.IsLetter) &&
			!strings.HasSuffix(loose, " and") && !strings.ContainsAny(column.Normalize(s), ")]") {
			more, _ := spelling.Company.Keys(s + ", Inc")
			require.Equal(t, plain, more, "%+q with a form more", s)
		}
	})
}
