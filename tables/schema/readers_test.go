package schema_test

import (
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

var update = flag.Bool("update", false, "rewrite what is read in testdata/readers; read the diff")

const readers = "../../testdata/readers/"

// A numberCase is a text and what every reader makes of it; before is what the readers of
// match modes, outputs, sums and rules made of it when each had its own.
type numberCase struct {
	Text    string            `json:"text"`
	Is      string            `json:"is,omitempty"`      // a float of JSON; empty: no number
	Integer string            `json:"integer,omitempty"` // sent as integer
	Score   string            `json:"score,omitempty"`   // sent as score
	Alone   string            `json:"alone,omitempty"`   // what it is where it stands in no column, if it is none in English
	Before  map[string]string `json:"before,omitempty"`
}

// A dateCase is a text and the date and the date with time that every reader makes of it.
type dateCase struct {
	Text     string            `json:"text"`
	Date     string            `json:"date,omitempty"` // empty: no date
	Datetime string            `json:"datetime,omitempty"`
	Alone    string            `json:"alone,omitempty"` // the day of one that is read only where it stands in no column
	Before   map[string]string `json:"before,omitempty"`
}

func read[T any](t testing.TB, name string) (cases []T) {
	t.Helper()
	raw, err := os.ReadFile(readers + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.Greater(t, len(cases), 40)
	return cases
}

func write[T any](t testing.TB, name string, cases []T) {
	t.Helper()
	file, err := os.Create(readers + name)
	require.NoError(t, err)
	enc := json.NewEncoder(file)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(cases))
	require.NoError(t, file.Close())
}

// alone is the number that a text is where it stands in no column; "" where it is one in
// English, or none.
func alone(text string) string {
	d, ok := schema.ReadDecimal(text)
	if _, english := schema.ParseDecimal(text); !ok || english {
		return ""
	}
	return strconv.FormatFloat(d.Float64(), 'f', -1, 64)
}

// aloneDay is alone for dates.
func aloneDay(text string) string {
	at, _, ok := schema.ReadTime(text)
	if _, _, iso := schema.ParseTime(text); !ok || iso {
		return ""
	}
	return at.Format(time.DateOnly)
}

// sent is what a cell is sent as, or "".
func sent(typ schema.Type, cell string) string {
	b, err := schema.AppendJSON(nil, typ, cell)
	if err != nil {
		return ""
	}
	return string(b)
}

func TestEveryReaderOfNumbersReadsTheSame(t *testing.T) {
	cases := read[numberCase](t, "numbers.json")
	if *update {
		for i := range cases {
			c := &cases[i]
			c.Is, c.Integer, c.Score = sent(schema.TypeFloat, c.Text), sent(schema.TypeInteger, c.Text), sent(schema.TypeScore, c.Text)
			c.Alone = alone(c.Text)
		}
		write(t, "numbers.json", cases)
	}
	for _, c := range cases {
		require.Equal(t, c.Is, sent(schema.TypeFloat, c.Text), "%q", c.Text)
		require.Equal(t, c.Alone, alone(c.Text), "%q", c.Text)
		require.Equal(t, c.Integer, sent(schema.TypeInteger, c.Text), "%q", c.Text)
		require.Equal(t, c.Score, sent(schema.TypeScore, c.Text), "%q", c.Text)

		number, isNumber := schema.ParseNumber(c.Text)
		normal, isNormal := schema.ParseNormalNumber(c.Text, column.Normalize(c.Text))
		d, isDecimal := schema.ParseDecimal(c.Text)
		require.Equal(t, c.Is != "", isNumber, "%q", c.Text)
		require.Equal(t, isNumber, isNormal, "%q", c.Text)
		require.Equal(t, isNumber, isDecimal, "%q", c.Text)
		if c.Is == "" {
			continue
		}
		want, err := strconv.ParseFloat(c.Is, 64)
		require.NoError(t, err)
		require.InDelta(t, want, number.Float, 0, "%q", c.Text)
		require.InDelta(t, number.Float, normal.Float, 0)
		require.Equal(t, number.Long, normal.Long)
		require.InDelta(t, want, d.Float64(), 0, "%q", c.Text)
		exact, ok := new(big.Rat).SetString(c.Is)
		require.True(t, ok)
		require.Zero(t, exact.Cmp(rat(t, d)), "%q", c.Text)
		if n, ok := d.Int64(); ok {
			require.True(t, exact.IsInt(), "%q", c.Text)
			require.Equal(t, exact.Num().Int64(), n, "%q", c.Text)
		} else {
			require.Empty(t, c.Integer, "%q", c.Text)
		}
	}
}

// rat is the value of a decimal, by its digits.
func rat(t testing.TB, d schema.Decimal) *big.Rat {
	t.Helper()
	text := d.Whole + d.Fraction
	if d.Negative {
		text = "-" + text
	}
	r, ok := new(big.Rat).SetString(text + "e" + strconv.Itoa(d.Exponent-len(d.Fraction)))
	require.True(t, ok, "%+v", d)
	return r
}

func TestEveryReaderOfDatesReadsTheSame(t *testing.T) {
	cases := read[dateCase](t, "dates.json")
	if *update {
		for i := range cases {
			c := &cases[i]
			c.Date, c.Datetime = unquote(sent(schema.TypeDate, c.Text)), unquote(sent(schema.TypeDatetime, c.Text))
			c.Alone = aloneDay(c.Text)
		}
		write(t, "dates.json", cases)
	}
	for _, c := range cases {
		require.Equal(t, c.Date, unquote(sent(schema.TypeDate, c.Text)), "%q", c.Text)
		require.Equal(t, c.Alone, aloneDay(c.Text), "%q", c.Text)
		require.Equal(t, c.Datetime, unquote(sent(schema.TypeDatetime, c.Text)), "%q", c.Text)
		d, ok := schema.ParseDate(c.Text)
		normal, isNormal := schema.ParseNormalDate(c.Text, column.Normalize(c.Text))
		require.Equal(t, c.Date != "", ok, "%q", c.Text)
		require.Equal(t, ok, isNormal, "%q", c.Text)
		if !ok {
			continue
		}
		require.Equal(t, d, normal, "%q", c.Text)
		at, err := time.Parse(time.RFC3339, c.Datetime)
		require.NoError(t, err)
		require.Equal(t, at.Unix(), d.Seconds, "%q", c.Text)
		got, clock, ok := schema.ParseTime(c.Text)
		require.True(t, ok)
		require.Equal(t, d.Clock, clock)
		require.Equal(t, at.Unix(), got.Unix())
	}
}

func unquote(s string) string {
	if s == "" {
		return ""
	}
	return s[1 : len(s)-1]
}
