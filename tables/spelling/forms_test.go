package spelling_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/spelling"
)

// dataLine is a line of a data file, with the comment above it.
type dataLine struct {
	codes  []string
	first  bool
	names  []string
	source string
}

func readData(t *testing.T, file string) []dataLine {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var lines []dataLine
	source := ""
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSuffix(line, "\n")
		require.Equal(t, strings.TrimSpace(line), line)
		switch {
		case line == "":
			source = ""
			continue
		case line[0] == '#':
			source += line
			continue
		}
		codes, names, ok := strings.Cut(line, ": ")
		require.True(t, ok, line)
		codes, first := strings.CutSuffix(codes, " first")
		lines = append(lines, dataLine{strings.Split(codes, " "), first, strings.Split(names, "|"), source})
	}
	require.NotEmpty(t, lines)
	return lines
}

func TestEveryLegalFormOfTheDataGoes(t *testing.T) {
	t.Parallel()
	forms, countries := 0, map[string]bool{}
	for _, line := range readData(t, "forms.txt") {
		for _, name := range line.names {
			forms++
			if line.first {
				require.Equal(t, "xyzzy", keyed(spelling.Company, name+" Xyzzy"), name)
			} else {
				require.Equal(t, "xyzzy", keyed(spelling.Company, "Xyzzy "+name), name)
				require.Equal(t, "xyzzy", keyed(spelling.Company, "XYZZY, "+strings.ToLower(name)+"."), name)
			}
		}
		for _, code := range line.codes {
			countries[code] = true
		}
	}
	require.Greater(t, forms, 450)
	require.Greater(t, len(countries), 75)
}

func TestTheDataOfLegalFormsHasItsShape(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile(`^[A-Z]{2}$`)
	groups := map[string]bool{}
	for _, line := range readData(t, "forms.txt") {
		group := strings.Join(line.codes, " ")
		if line.first {
			group += " first"
		}
		require.False(t, groups[group], "%s: a group has one line", group)
		groups[group] = true
		require.True(t, strings.HasPrefix(line.source, "# "), "%s: the source stands above", group)
		for _, c := range line.codes {
			require.Regexp(t, code, c)
		}
		seen := map[string]bool{}
		for _, name := range line.names {
			require.NotEmpty(t, name, group)
			require.Equal(t, strings.TrimSpace(name), name)
			require.False(t, seen[name], "%s: %s stands there twice", group, name)
			seen[name] = true
			if !line.first { // compared in any case
				lower := strings.ToLower(name)
				require.False(t, lower != name && seen[lower], "%s: %s stands there twice", group, name)
				seen[lower] = true
			}
		}
	}
}

// TestShortWordsAreNoForms names what was weighed and found to be a word, a state or a
// country more often than a form, or only with its points.
func TestShortWordsAreNoForms(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"Sal", "Sad", "Est", "Me", "Pat", "Ay", "Ba", "Da", "Pa", "Na", "Et", "Ses", "NL", "SC", "CA", "No", "II", "Ops", "EV", "SF", "SD", "IK", "PS", "IT", "VOS"} {
		require.Equal(t, "xyzzy "+strings.ToLower(word), keyed(spelling.Company, "Xyzzy "+word))
	}
}

func TestEveryCountryOfTheDataGoesBeforeAForm(t *testing.T) {
	t.Parallel()
	codes := map[string]bool{}
	for _, line := range readData(t, "countries.txt") {
		require.Len(t, line.codes, 1)
		require.False(t, line.first)
		require.False(t, codes[line.codes[0]], line.codes[0])
		codes[line.codes[0]] = true
		for _, name := range line.names {
			require.Equal(t, "xyzzy", keyed(spelling.Company, "Xyzzy ("+name+") Ltd"), name)
			require.Equal(t, "xyzzy", keyed(spelling.Company, "Xyzzy ["+strings.ToUpper(name)+"] Ltd"), name)
		}
	}
	require.Greater(t, len(codes), 150)
}
