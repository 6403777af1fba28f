package typos_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/typos"
)

func TestTheNearestNameIsWhatWasMeant(t *testing.T) {
	t.Parallel()
	names := []string{"country-codes", "countries", "job-titles", "us", "Länder", "zip"}
	for word, want := range map[string]string{
		"countris":               "countries",
		"country_codes":          "country-codes",
		"Country-Codes":          "country-codes",
		"job-tilte":              "job-titles", // two neighbours changed places, and one is missing
		"lander":                 "Länder",
		"zpi":                    "zip",
		"su":                     "us",
		"x":                      "",
		"":                       "",
		"cities":                 "",
		"zap code":               "",
		strings.Repeat("a", 201): "",
	} {
		require.Equal(t, want, typos.Nearest(word, names), "%q", word)
	}
	require.Empty(t, typos.Nearest("countries", nil))
	require.Equal(t, "bat", typos.Nearest("bar", []string{"bat", "bad"}), "the first of those equally near")
	require.Empty(t, typos.Nearest("q", []string{"x"}), "a name of one letter is not near another")
}
