package testdata_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

func TestCountryCodesHaveTheirShape(t *testing.T) {
	s := readSheet(t, "tables/country-codes.csv")
	for _, row := range s.rows {
		require.Regexp(t, `^[A-Z]{2}$`, row[1], "alpha-2 of %q", row[0])
		require.Regexp(t, `^[A-Z]{3}$`, row[2], "alpha-3 of %q", row[0])
		require.Regexp(t, `^[0-9]{3}$`, row[3], "numeric of %q", row[0])
	}
}

func TestThereAre249CountriesEachWithOneSetOfCodes(t *testing.T) {
	type codes struct{ alpha2, alpha3, numeric string }
	sets := map[codes]bool{}
	alpha2, alpha3, numeric := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, row := range readSheet(t, "tables/country-codes.csv").rows {
		sets[codes{row[1], row[2], row[3]}] = true
		alpha2[row[1]], alpha3[row[2]], numeric[row[3]] = true, true, true
	}
	require.Len(t, alpha2, 249)
	require.Len(t, alpha3, 249)
	require.Len(t, numeric, 249)
	require.Len(t, sets, 249, "a country has two sets of codes")
}

func TestCountryCodesAgreeWithTheUnicodeRegions(t *testing.T) {
	for _, row := range readSheet(t, "tables/country-codes.csv").rows {
		region, err := language.ParseRegion(row[1])
		require.NoError(t, err, "alpha-2 of %q", row[0])
		require.True(t, region.IsCountry(), "alpha-2 of %q", row[0])
		require.Equal(t, region.ISO3(), row[2], "alpha-3 of %q", row[0])
		byNumber, err := language.ParseRegion(row[3])
		require.NoError(t, err, "numeric of %q", row[0])
		require.Equal(t, region, byNumber, "numeric of %q", row[0])
	}
}

// An alias that any language uses as the name of a region must belong to that
// region.
func TestNoAliasIsTheNameOfAnotherCountry(t *testing.T) {
	s := readSheet(t, "tables/country-codes.csv")
	named := map[string][]string{} // normalized name to the alpha-2 codes it stands for
	for _, tag := range display.Supported.Tags() {
		namer := display.Regions(tag)
		if namer == nil {
			continue
		}
		for _, code := range slices.Compact(slices.Sorted(slices.Values(s.column(t, "alpha-2")))) {
			name := normalized(namer.Name(language.MustParseRegion(code)))
			if !slices.Contains(named[name], code) {
				named[name] = append(named[name], code)
			}
		}
	}
	known := 0
	for _, row := range s.rows {
		if row[0] == row[1] || row[0] == row[2] {
			continue // a code can be a word in some language
		}
		if owners := named[normalized(row[0])]; len(owners) > 0 {
			known++
			require.Contains(t, owners, row[1], "alias %q", row[0])
		}
	}
	require.Greater(t, known, 400, "too few aliases were checked")
}

func TestEveryCountryIsFoundByItsCodesUnlessTheyAreAmbiguous(t *testing.T) {
	s := readSheet(t, "tables/country-codes.csv")
	aliases := map[string]string{}
	for _, row := range s.rows {
		aliases[normalized(row[0])] = row[1]
	}
	ambiguous := strings.Fields("AF AS GA LA ME NA SA")
	for _, row := range s.rows {
		if slices.Contains(ambiguous, row[1]) {
			require.NotContains(t, aliases, normalized(row[1]))
		} else {
			require.Equal(t, row[1], aliases[normalized(row[1])], "alpha-2 of %q", row[0])
		}
		require.Equal(t, row[1], aliases[normalized(row[2])], "alpha-3 of %q", row[0])
	}
}

func TestCommonAliasesReachTheirCountry(t *testing.T) {
	aliases := map[string][]string{}
	for _, row := range readSheet(t, "tables/country-codes.csv").rows {
		aliases[normalized(row[0])] = row[1:]
	}
	want := map[string]string{
		"USA": "US USA 840", "U.S.": "US USA 840", "united  states": "US USA 840", "UK": "GB GBR 826",
		"Great Britain": "GB GBR 826", "DEUTSCHLAND": "DE DEU 276", "Germany": "DE DEU 276", "Brasil": "BR BRA 076",
		"España": "ES ESP 724", "Holland": "NL NLD 528", "Czech Republic": "CZ CZE 203", "Czechia": "CZ CZE 203",
		"Côte d'Ivoire": "CI CIV 384", "Ivory Coast": "CI CIV 384", "South Korea": "KR KOR 410",
		"Korea": "KR KOR 410", "Republic of Korea": "KR KOR 410", "North Korea": "KP PRK 408", "Russia": "RU RUS 643",
		"Viet Nam": "VN VNM 704", "vietnam": "VN VNM 704", "Afghanistan": "AF AFG 004", "日本": "JP JPN 392",
		"Österreich": "AT AUT 040", "Schweiz": "CH CHE 756", "Turkey": "TR TUR 792", "Türkiye": "TR TUR 792",
		"South\u00a0Africa": "ZA ZAF 710", "Namibia": "NA NAM 516", "Niger": "NE NER 562", "Nigeria": "NG NGA 566",
	}
	for alias, codes := range want {
		require.Equal(t, strings.Fields(codes), aliases[normalized(alias)], "%q", alias)
	}
}
