package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

func TestATokenThatIsNotAskedForIsAWarning(t *testing.T) {
	warnings := func(tokens []string, expression string) []string {
		h := open(t, t.TempDir(), engine.Options{MyTokens: tokens})
		defer h.close(t)
		report, err := h.CheckRuleSet(t.Context(), "name: x\nrules:\n  - name: only\n    when: 'true'\n    set:\n      f: >-\n        "+expression+"\n", false)
		require.NoError(t, err)
		var list []string
		for _, w := range report.Warnings {
			require.Equal(t, "only", w.Rule)
			list = append(list, w.Message)
		}
		return list
	}
	require.Empty(t, warnings([]string{"Event Date"}, `coalesce(my["Event Date"], my["event date"])`))
	require.Equal(t, []string{`Marketo is not asked for the token {{my.Event Date}}, so my["Event Date"] is nil for every lead; start the service with --my-tokens "Event Date", and install the flow step again, because Marketo reads once what it is to send`},
		warnings(nil, `coalesce(my["Event Date"], my["Event Date"], my["event date"])`), "once a token")
	two := warnings([]string{"Owner"}, `coalesce(my.Owner, my.Other, my["Event Date"])`)
	require.Len(t, two, 2)
	require.Contains(t, two[0], `--my-tokens "Owner,Other"`)
	require.Contains(t, two[1], `--my-tokens "Owner,Other,Event Date"`, "the last one names all")
	require.Empty(t, warnings(nil, `coalesce(lead["Event Date"], member["Event Date"])`))
}
