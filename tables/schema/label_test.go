package schema_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

func TestANameIsMadeOfEveryScript(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"Territories Q3 (final) v2": "territories-q3-final-v2",
		"都道府県":                      "du-dao-fu-xian",
		"مناطق":                     "mntq",
		"Länder Straße 2024":        "lander-strasse-2024",
		"La\u0308nder":              "lander", // as a Mac writes it
		"Москва":                    "moskva",
		"Ελλάδα":                    "ellada",
		"ＺＩＰ　ｍａｐ":                   "zip-map",
		"O'Neil":                    "oneil",
		"v1.2_final":                "v1.2_final",
		"--  .x.  --":               "x",
		"😀":                         "table",
		"":                          "table",
		"None":                      "table",
		strings.Repeat("長", 100):    strings.TrimRight(strings.Repeat("chang-", 17)[:100], "-"),
	} {
		require.Equal(t, want, schema.NameOf(label), "%q", label)
	}
}

func TestAFileIsCalledAsPeopleCallIt(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		`C:\Users\Ada\ZIP map.XLSX`:           "ZIP map",
		"/tmp/Territories Q3 (final) v2.csv":  "Territories Q3 (final) v2",
		"La\u0308nder.csv":                    "Länder",
		"a\tb\n.tsv":                          "a b",
		"country.codes":                       "country.codes", // no ending of a kind that is known
		".csv":                                ".csv",
		"x\xff.csv":                           "x�",
		strings.Repeat("県", 200) + ".csv":     strings.Repeat("県", 85),
		strings.Repeat("x", 100_000) + ".csv": strings.Repeat("x", 255),
	} {
		require.Equal(t, want, schema.HumanName(file), "%q", file)
	}
}

func TestLabelsAreOneLineOfText(t *testing.T) {
	t.Parallel()
	label, err := schema.CleanLabel("  Sales\r\n territories\u0000 ")
	require.NoError(t, err)
	require.Equal(t, "Sales territories", label)
	_, err = schema.CleanLabel("x\xff")
	require.ErrorIs(t, err, schema.ErrInvalid)
	_, err = schema.CleanLabel(strings.Repeat("x", 255))
	require.NoError(t, err)
	_, err = schema.CleanLabel(strings.Repeat("x", 256))
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, "256 bytes, 255 are the most")
}

func TestALabelSpellsANameByItsLettersAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		label, name string
		want        bool
	}{
		{"ZIP map", "zip-map", true},
		{"Zip_Map", "zip_map", true},
		{"ZIP map!", "zip-map", false},
		{"都道府県", "du-dao-fu-xian", false},
		{"Länder", "lander", false},
		{"Maps", "map", false},
	} {
		require.Equal(t, c.want, schema.Spells(c.label, c.name), c.label)
	}
	require.True(t, schema.SameLabel("ＺＩＰ  Map", "zip map"))
	require.False(t, schema.SameLabel("C++", "C"))
}

// 4,800 executions a second on two shared cores.
func FuzzNamesOfFilesAreNames(f *testing.F) {
	for _, file := range []string{"Territories Q3 (final) v2.csv", "مناطق.csv", "都道府県.csv", "none.csv", "", "\xff\xfe", "a/b\\c", "ﷺ.csv", "..", "İ.csv"} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		human := schema.HumanName(file)
		label, err := schema.CleanLabel(human)
		require.NoError(t, err)
		require.Equal(t, human, label, "a human name is a label")
		require.True(t, utf8.ValidString(human))
		name := schema.NameOf(human)
		require.NoError(t, schema.CheckName("table", name), "%q of %q", name, file)
		require.Equal(t, name, schema.NameOf(name), "the name of a name is itself")
	})
}
