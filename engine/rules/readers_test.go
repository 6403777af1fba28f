package rules

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRulesReadTheNumbersAndDatesThatAllReadersRead(t *testing.T) {
	var numbers []struct{ Text, Is, Alone string }
	raw, err := os.ReadFile("../../testdata/readers/numbers.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &numbers))
	require.Greater(t, len(numbers), 100)
	for _, c := range numbers {
		n, ok := readNumber(c.Text)
		require.Equal(t, c.Is+c.Alone != "", ok, "%q", c.Text)
		if ok {
			want, err := strconv.ParseFloat(c.Is+c.Alone, 64) // one of them is empty
			require.NoError(t, err)
			require.InDelta(t, want, n.float(), 0, "%q", c.Text)
		}
	}
	var dates []struct{ Text, Datetime, Alone string }
	raw, err = os.ReadFile("../../testdata/readers/dates.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &dates))
	require.Greater(t, len(dates), 60)
	for _, c := range dates {
		at, ok, err := readDate(&machine{effort: 1000}, text(c.Text))
		require.NoError(t, err)
		require.Equal(t, c.Datetime+c.Alone != "", ok, "%q", c.Text)
		if c.Alone != "" {
			require.Equal(t, c.Alone, at.Format(time.DateOnly), "%q", c.Text)
		} else if ok {
			want, err := time.Parse(time.RFC3339, c.Datetime)
			require.NoError(t, err)
			require.Equal(t, want.Unix(), at.Unix(), "%q", c.Text)
		}
	}
}
