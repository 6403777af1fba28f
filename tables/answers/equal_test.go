package answers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

func TestACellIsEqualToAValueWhereTheyHaveAKeyInCommon(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode        schema.Mode
		cell, value string
		want        bool
	}{
		{schema.ModeExact, "a", "a", true},
		{schema.ModeExact, "A", "a", false},
		{schema.ModeNormalized, " A ", "a", true},
		{schema.ModeNormalized, "(7.0)", "7.0", false},
		{schema.ModeNormalized, "", " ", true},
		{schema.ModeNormalized, "", "a", false},
		{schema.ModeLoose, "(7.0)", "7.0", true},
		{schema.ModeLoose, "7.0", "70", false},
		{schema.ModeLoose, "Zürich", "Zurich", true},
		{schema.ModeLoose, "Zuerich", "Zürich", true},
		{schema.ModeLoose, "Zuerich", "Zurich", false},
		{schema.ModeCompany, "Acme, Inc.", "ACME", true},
	} {
		require.Equal(t, c.want, answers.Equal(c.mode, c.cell, c.value), "%s: %q, %q", c.mode, c.cell, c.value)
	}
}
