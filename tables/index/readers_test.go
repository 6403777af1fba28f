package index_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// readerCases are the texts of testdata/readers with what every reader makes of them.
func readerCases[T any](t testing.TB, name string) (cases []T) {
	t.Helper()
	raw, err := os.ReadFile("../../testdata/readers/" + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.Greater(t, len(cases), 40)
	return cases
}

// hits says whether a value hits the one cell of a column.
func hits(t testing.TB, mode schema.Mode, cell, value string) bool {
	t.Helper()
	ix, err := index.Build(t.Context(), []index.Part{{Cells: column.FromStrings([]string{cell}), Mode: mode}})
	require.NoError(t, err, "%s %q", mode, cell)
	var found index.Hits
	require.NoError(t, ix.Probe(t.Context(), [][]string{{value}}, index.All, &found, nil))
	return len(found.Rows) == 1
}

func TestMatchModesReadTheNumbersThatAllReadersRead(t *testing.T) {
	for _, c := range readerCases[struct{ Text, Is, Alone string }](t, "numbers.json") {
		// Every number lies between these, and a text between no numbers. A value is read in
		// any convention where only one reads it.
		is := c.Is+c.Alone != ""
		require.Equal(t, is, hits(t, schema.ModeCondition, "[-1e307..1e307]", c.Text) || hits(t, schema.ModeRange, ">1e307", c.Text), "%q", c.Text)
		require.Equal(t, is, hits(t, schema.ModeRange, "-1e307..1e307", c.Text), "%q", c.Text)
		if c.Is == "" {
			continue
		}
		require.True(t, hits(t, schema.ModeCondition, "= "+c.Is, c.Text), "%q", c.Text)
		require.True(t, hits(t, schema.ModeRange, c.Is, c.Text), "%q", c.Text)
		// The cell is read as the value is.
		require.True(t, hits(t, schema.ModeRange, c.Text, c.Is), "%q", c.Text)
		if strings.HasSuffix(c.Text, ".") || strings.HasPrefix(c.Text, ".") {
			continue // 5...5 has its dots elsewhere, or is refused.
		}
		require.True(t, hits(t, schema.ModeCondition, "["+c.Text+".."+c.Text+"]", c.Is), "%q", c.Text)
	}
}

func TestMatchModesReadTheDatesThatAllReadersRead(t *testing.T) {
	for _, c := range readerCases[struct{ Text, Date, Datetime, Alone string }](t, "dates.json") {
		number := hits(t, schema.ModeRange, "-1e307..1e307", c.Text)
		isDate := c.Date+c.Alone != "" && !number // 20240331 is a number first.
		require.Equal(t, isDate, hits(t, schema.ModeCondition, "[0000-01-01..9999-12-31]", c.Text), "%q", c.Text)
		require.Equal(t, isDate, hits(t, schema.ModeRange, "0000-01-01..9999-12-31", c.Text), "%q", c.Text)
		if _, ok := (schema.Notation{}).Date(c.Text); !ok {
			require.Error(t, index.CheckCell(schema.ModeCondition, `date("`+c.Text+`")`, schema.Notation{}), "%q", c.Text)
			continue
		}
		require.NoError(t, index.CheckCell(schema.ModeCondition, `date("`+c.Text+`")`, schema.Notation{}), "%q", c.Text)
		if !isDate || c.Datetime == "" || strings.ContainsAny(c.Text, ".,") {
			continue // What is sent has no fraction of a second.
		}
		require.True(t, hits(t, schema.ModeRange, c.Text, c.Datetime), "%q", c.Text)
		require.True(t, hits(t, schema.ModeRange, "<="+c.Datetime, c.Text), "%q", c.Text)
		require.False(t, hits(t, schema.ModeCondition, "> "+c.Datetime, c.Text), "%q", c.Text)
	}
}

func TestAnEndThatIsASpanOfNumbersOrDatesIsReadAsOne(t *testing.T) {
	for _, c := range []struct {
		mode            schema.Mode
		cell, in, other string
	}{
		{schema.ModeRange, "1,001-5,000", "4000", "3"},
		{schema.ModeRange, "$10-$20", "15", "25"},
		{schema.ModeRange, "1,000+", "$1,500", "999"},
		{schema.ModeRange, "2024/01/01-2024/03/31", "2024-02-15", "2024-05-15"},
		{schema.ModeRange, "2024/01/01..2024/03/31", "2024-03-31T23:59:59Z", "2031-12-25"},
		{schema.ModeRange, ">=1,000", "1200", "7"},
		{schema.ModeCondition, "[1,000..2,000]", "1500", "1"},
		{schema.ModeCondition, "< 2024/03/31", "2024-03-30", "2024-12-01"},
		{schema.ModeCondition, "not($5)", "6", "5.00"},
	} {
		require.True(t, hits(t, c.mode, c.cell, c.in), "%s %q", c.mode, c.cell)
		require.False(t, hits(t, c.mode, c.cell, c.other), "%s %q", c.mode, c.cell)
	}
	require.ErrorContains(t, index.CheckCell(schema.ModeRange, "- 5", schema.Notation{}), "needs both ends", "a list's dash is no minus")
}
