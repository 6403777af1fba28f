package testdata_test

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/currency"
	"golang.org/x/text/language"
)

// countryAliases gives the alpha-2 codes of country-codes.csv.
func countryAliases(t *testing.T) map[string]bool {
	t.Helper()
	codes := map[string]bool{}
	for _, code := range readSheet(t, "tables/country-codes.csv").column(t, "alpha-2") {
		codes[code] = true
	}
	return codes
}

// digits are the digits of a phone number, without the two noughts that stand
// for a plus and the nought in brackets that is dialled at home.
func digits(prefix string) string {
	prefix = strings.Replace(prefix, "(0)", "", 1)
	if !strings.HasPrefix(prefix, "+") {
		prefix = strings.TrimPrefix(prefix, "00")
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, prefix)
}

func TestPhonePrefixesStartWithTheirCallingCode(t *testing.T) {
	known := countryAliases(t)
	for _, row := range readSheet(t, "tables/phone-countries.csv").rows {
		require.Regexp(t, `^(\+|00)[1-9][0-9]*([ .(-]{0,2}(\(0\) ?)?[0-9]+([ .)-]{1,2}[0-9]+)?)?$`, row[0])
		require.Regexp(t, `^\+[1-9][0-9]{0,2}$`, row[3])
		require.True(t, strings.HasPrefix(digits(row[0]), row[3][1:]), "%q", row)
		require.True(t, row[1] == "" || row[1] == "XK" || known[row[1]], "%q", row)
	}
}

func TestEverySpellingOfAPhonePrefixLeadsToOneCountry(t *testing.T) {
	countries, spellings := map[string]string{}, map[string]map[string]bool{}
	for _, row := range readSheet(t, "tables/phone-countries.csv").rows {
		d := digits(row[0])
		if first, ok := countries[d]; ok {
			require.Equal(t, first, row[1]+"/"+row[2], "%q", row[0])
		} else {
			countries[d], spellings[d] = row[1]+"/"+row[2], map[string]bool{}
		}
		spellings[d][row[0]] = true
		if d == row[3][1:] {
			continue
		}
		national := d[len(row[3])-1:]
		for _, separator := range []string{"", " ", "-", ".", " (", "("} {
			spellings[d]["want "+row[3]+separator+national] = true
			spellings[d]["want 00"+row[3][1:]+separator+national] = true
		}
	}
	for d, set := range spellings {
		require.True(t, set["+"+d], "no +%s", d)
		require.True(t, set["00"+d], "no 00%s", d)
		for spelling := range set {
			if want, ok := strings.CutPrefix(spelling, "want "); ok {
				require.True(t, set[want], "no %q", want)
			}
		}
	}
}

func TestEveryCountryWithNumbersOfItsOwnHasAPhonePrefix(t *testing.T) {
	reached, codes := map[string]bool{}, map[string]bool{}
	for _, row := range readSheet(t, "tables/phone-countries.csv").rows {
		reached[row[1]], codes[row[3]] = true, true
	}
	var missing []string
	for code := range countryAliases(t) {
		if !reached[code] {
			missing = append(missing, code)
		}
	}
	// No numbers that differ from a neighbour's by their first digits, or none.
	require.ElementsMatch(t, strings.Fields("AQ BL BV GS HM MF PN TF UM"), missing)
	require.Len(t, codes, 216, "207 of places and 9 of none")
}

// kindOf is the kind of the most specific network of an address.
func kindOf(networks sheet, address string) string {
	at, bits, kind := netip.MustParseAddr(address), -1, ""
	for _, row := range networks.rows {
		if p := netip.MustParsePrefix(row[0]); p.Contains(at) && p.Bits() > bits {
			bits, kind = p.Bits(), row[1]
		}
	}
	return kind
}

func TestNetworksAreWrittenInTheirShortestForm(t *testing.T) {
	for _, cell := range readSheet(t, "tables/networks.csv").column(t, "network") {
		p, err := netip.ParsePrefix(cell)
		require.NoError(t, err)
		require.Equal(t, p.Masked().String(), cell)
	}
}

func TestSpecialNetworksAreNotPublic(t *testing.T) {
	networks := readSheet(t, "tables/networks.csv")
	for kind, addresses := range map[string]string{
		"private":       "10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 fc00::1 fdff:ffff::1",
		"loopback":      "127.0.0.1 127.255.255.255 ::1",
		"link-local":    "169.254.0.1 169.254.169.254 fe80::1 febf::1",
		"shared":        "100.64.0.0 100.127.255.255",
		"documentation": "192.0.2.1 198.51.100.1 203.0.113.255 233.252.0.1 2001:db8::1 3fff::1 3fff:fff::1",
		"benchmarking":  "198.18.0.1 198.19.255.255 2001:2::1",
		"multicast":     "224.0.0.1 232.1.1.1 239.255.255.255 ff02::1 ff0e::1",
		"reserved":      "0.0.0.1 192.0.0.8 192.88.99.1 240.0.0.1 255.255.255.254 100::1 5f00::1 fec0::1 4000::1",
		"translation":   "64:ff9b::1 64:ff9b:1::1 2001::1 2002::1",
		"unspecified":   "0.0.0.0 ::",
		"broadcast":     "255.255.255.255",
		"public":        "1.1.1.1 8.8.8.8 11.0.0.1 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.0.1.1 192.169.0.0 223.255.255.255 2001:4860::1 2400::1 2a00::1",
	} {
		for address := range strings.FieldsSeq(addresses) {
			require.Equal(t, kind, kindOf(networks, address), address)
		}
	}
}

func TestCurrenciesAreThoseOfTheirCountries(t *testing.T) {
	// What has changed since the data of the library was made, and where it names
	// a neighbour's money or ISO 4217 none.
	newer := map[string]string{
		"BG": "EUR", "HR": "EUR", "CW": "XCG", "SX": "XCG", "MR": "MRU", "SL": "SLE", "VE": "VES", "ZW": "ZWG", "LS": "LSL",
	}
	known, seen := countryAliases(t), map[string]bool{}
	numbers := map[string]string{}
	for _, row := range readSheet(t, "tables/currencies.csv").rows {
		require.True(t, known[row[0]], "%q", row)
		seen[row[0]] = true
		want, ok := newer[row[0]]
		if !ok {
			unit, ok := currency.FromRegion(language.MustParseRegion(row[0]))
			require.True(t, ok, "%q", row)
			want = unit.String()
		}
		require.Equal(t, want, row[1], "%q", row)
		require.Regexp(t, `^[0-9]{3}$`, row[2])
		require.Regexp(t, `^[023]$`, row[3])
		if first, ok := numbers[row[1]]; ok {
			require.Equal(t, first, row[2]+"/"+row[3], "%q", row)
		}
		numbers[row[1]] = row[2] + "/" + row[3]
	}
	distinct := map[string]bool{}
	for _, number := range numbers {
		distinct[number[:3]] = true
	}
	require.Len(t, distinct, len(numbers), "two currencies share a number")
	for _, code := range []string{"AQ", "GS"} { // no money of their own
		require.False(t, seen[code])
		delete(known, code)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(known)), slices.Collect(maps.Keys(seen)))
}

func TestEmailSuffixesStandBehindADotOrAnAt(t *testing.T) {
	known := countryAliases(t)
	for _, row := range readSheet(t, "tables/email-sectors.csv").rows {
		require.Regexp(t, `^[.@][a-z0-9-]+(\.[a-z0-9-]+)*$`, row[0])
		require.True(t, row[2] == "" || known[row[2]], "%q", row)
		suffix, icann := publicsuffix.PublicSuffix("host" + strings.Replace(row[0], "@", ".", 1))
		require.True(t, icann || strings.Contains(suffix, "."), "%q ends in no known suffix", row[0])
		if code := row[0][strings.LastIndex(row[0], ".")+1:]; row[2] != "" && len(code) == 2 && strings.HasPrefix(row[0], ".") {
			require.Equal(t, map[bool]string{true: "GB", false: strings.ToUpper(code)}[code == "uk"], row[2], "%q", row[0])
		}
	}
}

func TestRoleAddressesMatchAWholeLocalPart(t *testing.T) {
	kinds, roles := map[string]bool{}, map[string]string{}
	for _, row := range readSheet(t, "tables/role-addresses.csv").rows {
		require.Regexp(t, `^[a-z0-9*+._-]+@\*$`, row[0])
		require.NotEqual(t, "*@*", row[0])
		kinds[row[2]] = true
		if kind, ok := roles[row[1]]; ok {
			require.Equal(t, kind, row[2], "%q", row)
		}
		roles[row[1]] = row[2]
	}
	require.ElementsMatch(t, []string{"shared", "machine", "list", "test"}, slices.Collect(maps.Keys(kinds)))
}

func TestJunkPatternsCompileAndLeaveCompaniesAlone(t *testing.T) {
	var companies []string
	for _, row := range readSheet(t, "tables/company-tiers.csv").rows {
		companies = append(companies, row[0])
	}
	companies = append(append(companies, otherCompanies()...), "AAA", "ABC", "3M", "1024", "23andMe", "X Corp", "Select Orchards", "Home Hardware", "A.S.D.", "DFG", "Unknown Pleasures Ltd", "Testo SE", "Private Label Foods")
	for _, row := range readSheet(t, "tables/junk-values.csv").rows {
		pattern, err := regexp.Compile(row[0])
		require.NoError(t, err)
		for _, company := range companies {
			require.False(t, pattern.MatchString(company), "%q is taken for %s by %s", company, row[1], row[0])
		}
	}
}
