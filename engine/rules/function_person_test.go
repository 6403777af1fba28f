package rules_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// nameParts is personName as "salutation|first|middle|last|suffix"; empty where it is nil.
func nameParts(t *testing.T, x any) string {
	t.Helper()
	got, _, err := call("personName", x)
	require.NoError(t, err)
	if got == nil {
		return ""
	}
	parts := got.(map[string]any)
	require.Len(t, parts, 5)
	var list []string
	for _, name := range []string{"salutation", "first", "middle", "last", "suffix"} {
		part, _ := parts[name].(string)
		list = append(list, part)
	}
	return strings.Join(list, "|")
}

func TestNamesAreTakenApart(t *testing.T) {
	t.Parallel()
	for x, want := range map[string]string{
		"Ann Lee":                     "|Ann||Lee|",
		"  Ann \t Lee ":               "|Ann||Lee|",
		"Ann Mary Lee":                "|Ann|Mary|Lee|",
		"Lee":                         "|||Lee|",
		"Mr. Lee":                     "Mr.|||Lee|",
		"Lee, Ann":                    "|Ann||Lee|",
		"Lee, Ann M.":                 "|Ann|M.|Lee|",
		"LEE, ANN":                    "|ANN||LEE|",
		"Müller, Dr. Anna-Lena":       "Dr.|Anna-Lena||Müller|",
		"Dr. Müller, Anna-Lena":       "Dr.|Anna-Lena||Müller|",
		"Prof. Dr. Anna-Lena Müller":  "Prof. Dr.|Anna-Lena||Müller|",
		"Frau Dipl.-Ing. Anna Müller": "Frau Dipl.-Ing.|Anna||Müller|",
		"van der Berg":                "|||van der Berg|",
		"Van Der Berg":                "|||Van Der Berg|",
		"Jan van der Berg":            "|Jan||van der Berg|",
		"Jan Pieter van der Berg":     "|Jan|Pieter|van der Berg|",
		"Berg, Jan van der":           "|Jan||van der Berg|",
		"van der Berg, Jan":           "|Jan||van der Berg|",
		"Van Morrison":                "|Van||Morrison|",
		"Al Gore":                     "|Al||Gore|",
		"De Niro":                     "|||De Niro|",
		"Robert De Niro":              "|Robert||De Niro|",
		"Leonardo da Vinci":           "|Leonardo||da Vinci|",
		"José Ortega y Gasset":        "|José||Ortega y Gasset|",
		"Maria dos Santos":            "|Maria||dos Santos|",
		"Osama bin Laden":             "|Osama||bin Laden|",
		"O'Neil Jr.":                  "|||O'Neil|Jr.",
		"Shaun O'Neil Jr.":            "|Shaun||O'Neil|Jr.",
		"Shaun O'Neil, Jr.":           "|Shaun||O'Neil|Jr.",
		"O'Neil, Shaun, Jr.":          "|Shaun||O'Neil|Jr.",
		"O'Neil Jr., Shaun":           "|Shaun||O'Neil|Jr.",
		"O'Neil, Shaun Jr.":           "|Shaun||O'Neil|Jr.",
		"John Smith III":              "|John||Smith|III",
		"Jane Doe, PhD, MBA":          "|Jane||Doe|PhD MBA",
		"Jane Doe Ph.D.":              "|Jane||Doe|Ph.D.",
		"Jane Doe MD":                 "|Jane||Doe|MD",
		"Doe, Jane, Dr.":              "Dr.|Jane||Doe|",
		"Yo-Yo Ma":                    "|Yo-Yo||Ma|",
		"YO-YO MA":                    "|YO-YO||MA|",
		"Kim Do":                      "|Kim||Do|",
		"Don Draper":                  "|Don||Draper|",
		"Don. Juan Pérez":             "Don.|Juan||Pérez|",
		"Sr. Juan Pérez":              "Sr.|Juan||Pérez|",
		"J. R. R. Tolkien":            "|J.|R. R.|Tolkien|",
		"Robert (Bob) Smith":          "|Robert||Smith|",
		`Robert "Bob" Smith`:          "|Robert||Smith|",
		"(Smith":                      "|||Smith|",
		"(Ann Lee)":                   "|Ann||Lee|",
		"山田 太郎":                       "|太郎||山田|",
		"山田　太郎":                       "|太郎||山田|",
		"김 민준":                        "|민준||김|",
		"山田":                          "|||山田|",
		"Иван Петрович Сидоров": "|Иван|Петрович|Сидоров|",
		"Mr.":                            "|||Mr.|",
		"Ann - Lee":                      "|Ann||Lee|",
		"Madame Marie-Claude de La Tour": "Madame|Marie-Claude||de La Tour|",
		// no name of one person
		"Ann & Bob Lee": "", "Ann and Bob Lee": "", "Anna und Bernd Lee": "", "ann@example.com": "", "Agent 47": "", "": "", " ": "", "-": "", ",": "", "n/a": "", "Lee; Ann": "",
		strings.Repeat("Ann ", 100): "", "\xff Lee": "",
	} {
		require.Equal(t, want, nameParts(t, x), "%q", x)
	}
	require.Empty(t, nameParts(t, nil))
	require.Empty(t, nameParts(t, 12))
	require.Contains(t, writtenBefore(t, `personName(["a"])`, lead{}), `personName: argument 1 must be a text, not ["a"]`)
	require.Equal(t, "rules only; set.out = text Anna-Lena Müller", written(t, `let n = personName(lead.x); n.first + " " + n.last`, lead{"lead.x": "Müller, Dr. Anna-Lena"}))
}

// FuzzPersonName: about 1,000 executions a second on two busy cores.
//
//	go test ./engine/rules -run '^$' -fuzz FuzzPersonName -fuzztime 30s -fuzzminimizetime 1x
func FuzzPersonName(f *testing.F) {
	for _, s := range []string{
		"", "Müller, Dr. Anna-Lena", "van der Berg", "O'Neil Jr.", "Robert \"Bob\" (B.) Smith", ",,,", "Jr., Jr., Jr.", "Dr. Dr. Dr.", "y y y", "de", "山田 太郎", "((((", "\"\"\"", "Mr. ， 、",
		"a\u0301 b", "\u200b \ufeff", strings.Repeat("van ", 70),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		got := nameParts(t, s)
		if got == "" {
			return
		}
		require.True(t, utf8.ValidString(got))
		parts := strings.Split(got, "|")
		require.Len(t, parts, 5)
		require.True(t, parts[1] != "" || parts[3] != "", "%q is %q", s, got)
		// Every word is one of the text, and none is there more often.
		for _, part := range parts {
			for word := range strings.FieldsSeq(part) {
				require.Contains(t, strings.Map(func(r rune) rune {
					if strings.ContainsRune("()[]（）\"“”„", r) {
						return -1
					}
					return r
				}, s), word, "%q is %q", s, got)
				require.True(t, strings.ContainsFunc(word, unicode.IsLetter))
			}
		}
		require.LessOrEqual(t, len(got), len(s)+4)
	})
}
