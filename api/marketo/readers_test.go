package marketo_test

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

// What the readers of numbers and dates send is what this side takes. The two do not know
// each other; the table of cases is what they have in common.
func TestWhatTheReadersSendIsTaken(t *testing.T) {
	var numbers []struct{ Text, Is, Integer, Score string }
	raw, err := os.ReadFile("../../testdata/readers/numbers.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &numbers))
	var dates []struct{ Text, Date, Datetime string }
	raw, err = os.ReadFile("../../testdata/readers/dates.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &dates))
	taken := 0
	check := func(dataType, sent string) {
		if sent == "" {
			return
		}
		var value any
		dec := json.NewDecoder(strings.NewReader(sent))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&value))
		rule, why := marketo.CheckValue(dataType, value)
		require.Empty(t, rule, "%s %s: %s", dataType, sent, why)
		taken++
	}
	for _, c := range numbers {
		check(marketo.TypeFloat, c.Is)
		check(marketo.TypeInteger, c.Integer)
		check(marketo.TypeScore, c.Score)
	}
	for _, c := range dates {
		if c.Date != "" {
			check(marketo.TypeDate, strconv.Quote(c.Date))
			check(marketo.TypeDatetime, strconv.Quote(c.Datetime))
		}
	}
	require.Greater(t, taken, 150)
}
