package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The signs beside the letters of ASCII have no lower case, in the operators that lower
// a text without making one, either.
func TestOnlyLettersAreLoweredBeforeATextOperator(t *testing.T) {
	t.Parallel()
	for _, operator := range []string{"contains", "startsWith", "endsWith"} {
		expression := func(right string) string { return `lower(lead.title) ` + operator + ` "` + right + `"` }
		for _, text := range []string{"@", "[", "`", "{"} {
			require.Contains(t, written(t, expression(text), lead{"lead.title": text}), "boolean true", operator+text)
		}
		require.Contains(t, written(t, expression("{"), lead{"lead.title": "["}), "boolean false", operator)
		require.Contains(t, written(t, expression("`"), lead{"lead.title": "@"}), "boolean false", operator)
		require.Contains(t, written(t, expression("az"), lead{"lead.title": "AZ"}), "boolean true", operator)
	}
}
