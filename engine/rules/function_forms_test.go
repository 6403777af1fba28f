package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/spelling"
)

// What rules compare by is what tables are matched by: the keys of package spelling, that with
// plain letters of two.
func TestFormsAreThoseOfTheMatchModes(t *testing.T) {
	t.Parallel()
	hold(t, []pair{
		{`loose("Zürich") == loose("zurich")`, `true`},
		{`loose("Zürich") == loose("Zuerich")`, `false`}, // the mode finds it, by its second key
		{`loose("O'Neil-Smith") == loose("oneil smith")`, `true`},
		{`company("Acme, Inc.") == company("ACME GmbH & Co. KG")`, `true`},
		{`company("Acme") == company("Acne")`, `false`},
		{`loose(5)`, `"5"`},
		{`loose(" ")`, `""`},
		{`company("")`, `""`},
	})
	for _, s := range []string{"Zürich", "Straße", "ACME Co., Ltd.", "Société Générale S.A.", "株式会社山田", "", "Łódź Sp. z o.o.", "\xff"} {
		for name, form := range map[string]spelling.Form{"loose": spelling.Loose, "company": spelling.Company} {
			want, _ := form.Keys(s)
			got, _, err := call(name, s)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s(%q)", name, s)
		}
	}
	require.Contains(t, writtenBefore(t, `loose(["a"])`, lead{}), `loose: argument 1 must be a text, not ["a"]`)
}
