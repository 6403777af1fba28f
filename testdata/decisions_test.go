package testdata_test

import (
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fits says whether a pattern of mode wildcard fits a whole text.
func fits(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		for i := range len(text) + 1 {
			if fits(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	}
	return text != "" && (pattern[0] == '?' || pattern[0] == text[0]) && fits(pattern[1:], text[1:])
}

// fitsCell is fits under matchEmpty: nothing but an empty cell fits an empty value.
func fitsCell(cell, value string) bool {
	if cell == "" || value == "" {
		return cell == value
	}
	return fits(cell, value)
}

// instance is a value that a pattern fits.
func instance(pattern string) string {
	return strings.NewReplacer("*", "qz", "?", "-").Replace(pattern)
}

func TestEveryRowOfUTMChannelsIsTheAnswerToSomething(t *testing.T) {
	s := readSheet(t, "tables/utm-channels.csv")
	for i, row := range s.rows {
		source, medium := instance(row[0]), instance(row[1])
		first := slices.IndexFunc(s.rows, func(r []string) bool { return fitsCell(r[0], source) && fitsCell(r[1], medium) })
		require.Equal(t, row[2], s.rows[first][2], "row %d %q: %q and %q are answered by row %d %q", i+1, row, source, medium, first+1, s.rows[first])
	}
}

func TestEverySourceAndMediumHasAChannel(t *testing.T) {
	s := readSheet(t, "tables/utm-channels.csv")
	for _, value := range [][2]string{{"", ""}, {"qz", ""}, {"", "qz"}, {"qz", "qz"}} {
		require.True(t, slices.ContainsFunc(s.rows, func(r []string) bool { return fitsCell(r[0], value[0]) && fitsCell(r[1], value[1]) }), "%q", value)
	}
	require.Equal(t, []string{"*", "*", "Unassigned"}, s.rows[len(s.rows)-1])
}

// decisionCell is a cell of mode condition as the sample tables write it: only
// the forms that the contract names.
var decisionCell = regexp.MustCompile(`^(-|not\(("[^"]+")(,"[^"]+")*\)|"[^"]+"(,"[^"]+")*|(<|<=|>|>=) [0-9]+|[\[(][0-9]+\.\.[0-9]+[\])])$`)

func TestDecisionTablesUseTheFormsOfTheContract(t *testing.T) {
	for _, table := range sampleTables() {
		if defaultLookup(t, table.name).Match[0].Mode != "condition" {
			continue
		}
		for i, row := range readSheet(t, "tables/"+table.name+".csv").rows {
			for _, cell := range row[:table.keys] {
				require.Regexp(t, decisionCell, cell, "%s, row %d", table.name, i+1)
			}
		}
	}
}

func TestTerritoryRulesEndWithOneThatAlwaysHolds(t *testing.T) {
	s := readSheet(t, "tables/territory-rules.csv")
	for i, row := range s.rows {
		always := slices.Equal(row[:4], []string{"-", "-", "-", "-"})
		require.Equal(t, i == len(s.rows)-1, always, "row %d", i+1)
	}
}

func TestOwnersHaveOneAddressInAllTables(t *testing.T) {
	addresses := map[string]string{}
	for _, table := range []string{"territories", "territory-rules"} {
		s := readSheet(t, "tables/"+table+".csv")
		emails := s.column(t, "ownerEmail")
		for i, owner := range s.column(t, "owner") {
			_, err := mail.ParseAddress(emails[i])
			require.NoError(t, err)
			require.True(t, strings.HasSuffix(emails[i], "@example.com"), "%q", emails[i])
			if first, ok := addresses[owner]; ok {
				require.Equal(t, first, emails[i], owner)
			}
			addresses[owner] = emails[i]
		}
	}
}

func TestSpellingsInTerritoryRulesAreThoseOfTheCountryTable(t *testing.T) {
	codes := map[string]string{}
	for _, row := range readSheet(t, "tables/country-codes.csv").rows {
		codes[normalized(row[0])] = row[1]
	}
	states := map[string]bool{}
	for _, row := range readSheet(t, "tables/states-provinces.csv").rows {
		states[normalized(row[1])] = true
	}
	quoted := regexp.MustCompile(`"([^"]+)"`)
	for i, row := range readSheet(t, "tables/territory-rules.csv").rows {
		for _, name := range quoted.FindAllStringSubmatch(row[0], -1) {
			require.Contains(t, codes, normalized(name[1]), "row %d", i+1)
		}
		for _, name := range quoted.FindAllStringSubmatch(row[1], -1) {
			require.True(t, states[normalized(name[1])], "row %d: %q", i+1, name[1])
		}
	}
}

func TestPointsChangeTheScoreAndNeverSetIt(t *testing.T) {
	reasons := map[string]bool{}
	for _, row := range readSheet(t, "tables/lead-scores.csv").rows {
		require.Regexp(t, `^[+-][1-9][0-9]*$`, row[4], "%q", row)
		require.False(t, reasons[row[5]], "%q", row[5])
		require.NotContains(t, row[5], ";", "the separator of the list")
		reasons[row[5]] = true
	}
	l := defaultLookup(t, "lead-scores")
	require.Equal(t, []output{{Column: "points", Field: "leadScore", Type: "score"}}, l.Outputs)
}

func TestScoresReadLevelsAndKindsThatOtherTablesWrite(t *testing.T) {
	quoted := regexp.MustCompile(`"([^"]+)"`)
	known := map[int][]string{
		0: readSheet(t, "tables/title-levels.csv").column(t, "level"),
		2: industries(),
		3: append(readSheet(t, "tables/free-mail.csv").column(t, "kind"), "business"),
	}
	for _, row := range readSheet(t, "tables/lead-scores.csv").rows {
		for c, values := range known {
			for _, name := range quoted.FindAllStringSubmatch(row[c], -1) {
				require.Contains(t, values, name[1], "%q", row)
			}
		}
	}
}

func TestCompanySizesLeaveNoGap(t *testing.T) {
	next := 1
	s := readSheet(t, "tables/company-sizes.csv")
	for i, row := range s.rows {
		require.Equal(t, strconv.Itoa(next), row[0], "row %d", i+1)
		if row[1] == "" {
			require.Equal(t, len(s.rows)-1, i, "an open end before the last row")
			require.Equal(t, row[0]+"+", row[3])
			return
		}
		require.Equal(t, row[0]+"-"+row[1], row[3])
		to, err := strconv.Atoi(row[1])
		require.NoError(t, err)
		next = to + 1
	}
	require.Fail(t, "the last size has an upper end")
}

func TestGradesCoverEveryWholeScoreOnce(t *testing.T) {
	holds := func(cell string, score int) bool {
		number := func(text string) int {
			n, err := strconv.Atoi(text)
			require.NoError(t, err, cell)
			return n
		}
		if from, ok := strings.CutPrefix(cell, ">="); ok {
			return score >= number(from)
		}
		if below, ok := strings.CutPrefix(cell, "<"); ok {
			return score < number(below)
		}
		from, to, ok := strings.Cut(strings.Replace(cell, "..", "-", 1), "-")
		if !ok {
			to = from
		}
		return score >= number(from) && score <= number(to)
	}
	cells := readSheet(t, "tables/score-grades.csv").column(t, "score")
	for score := -200; score <= 300; score++ {
		hits := 0
		for _, cell := range cells {
			if holds(cell, score) {
				hits++
			}
		}
		require.Equal(t, 1, hits, "score %d", score)
	}
}
