package tables_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
)

func TestCellsBecomeTheJSONOfTheirType(t *testing.T) {
	long := strings.Repeat("x", 255)
	for _, c := range []struct {
		typ  tables.Type
		cell string
		want string // empty: refused
	}{
		{tables.TypeString, "", `""`},
		{tables.TypeString, " a<b>&\"\\\n", `" a<b>&\"\\\n"`},
		{tables.TypeString, long, `"` + long + `"`},
		{tables.TypeString, long + "x", ""},
		{tables.TypeString, strings.Repeat("é", 128), ""},
		{"", "x", `"x"`},
		{tables.TypeText, long + long, `"` + long + long + `"`},
		{tables.TypeText, strings.Repeat("x", 2000), `"` + strings.Repeat("x", 2000) + `"`},
		{tables.TypeText, strings.Repeat("x", 2001), ""},
		{tables.TypeInteger, "42", "42"},
		{tables.TypeInteger, " +42 ", "42"},
		{tables.TypeInteger, "-2147483648", "-2147483648"},
		{tables.TypeInteger, "2147483647", "2147483647"},
		{tables.TypeInteger, "2147483648", ""},
		{tables.TypeInteger, "007", "7"},
		{tables.TypeInteger, "4.0", ""},
		{tables.TypeInteger, "1_000", ""},
		{tables.TypeInteger, "0x10", ""},
		{tables.TypeInteger, "", ""},
		{tables.TypeInteger, "-", ""},
		{tables.TypeInteger, "1 000", ""},
		{tables.TypeFloat, "1.50", "1.50"},
		{tables.TypeFloat, "+1.5", "1.5"},
		{tables.TypeFloat, "-.5", "-0.5"},
		{tables.TypeFloat, "5.", "5"},
		{tables.TypeFloat, "00.25", "0.25"},
		{tables.TypeFloat, "1e3", "1e3"},
		{tables.TypeFloat, "1E+3", "1E+3"},
		{tables.TypeFloat, "1e", ""},
		{tables.TypeFloat, "1e400", ""},
		{tables.TypeFloat, "NaN", ""},
		{tables.TypeFloat, "Inf", ""},
		{tables.TypeFloat, "0x1p4", ""},
		{tables.TypeFloat, "1,5", ""},
		{tables.TypeFloat, ".", ""},
		{tables.TypeFloat, "", ""},
		{tables.TypeBoolean, "Yes", "true"},
		{tables.TypeBoolean, " TRUE ", "true"},
		{tables.TypeBoolean, "0", "false"},
		{tables.TypeBoolean, "no", "false"},
		{tables.TypeBoolean, "", ""},
		{tables.TypeBoolean, "maybe", ""},
		{tables.TypeDate, "2024-02-29", `"2024-02-29"`},
		{tables.TypeDate, "2023-02-29", ""},
		{tables.TypeDate, "2024-02-29T23:59:59.5-08:00", `"2024-02-29"`},
		{tables.TypeDate, "2024-02-29 10:00", `"2024-02-29"`},
		{tables.TypeDate, "2024-02-29x", ""},
		{tables.TypeDate, "29.02.2024", ""},
		{tables.TypeDate, "", ""},
		{tables.TypeDatetime, "2024-03-31T10:00:00.999Z", `"2024-03-31T10:00:00Z"`},
		{tables.TypeDatetime, "2024-03-31t10:00:00z", `"2024-03-31T10:00:00Z"`},
		{tables.TypeDatetime, "2024-03-31T10:00:00+02:00", `"2024-03-31T10:00:00+02:00"`},
		{tables.TypeDatetime, "2024-03-31T10:00:00,25+0200", `"2024-03-31T10:00:00+02:00"`},
		{tables.TypeDatetime, "2024-03-31T10:00-05", `"2024-03-31T10:00:00-05:00"`},
		{tables.TypeDatetime, "2024-03-31 10:00", `"2024-03-31T10:00:00Z"`},
		{tables.TypeDatetime, "2024-03-31", `"2024-03-31T00:00:00Z"`},
		{tables.TypeDatetime, "2024-03-31T25:00:00", ""},
		{tables.TypeDatetime, "yesterday", ""},
		{tables.TypeScore, "+5", `"+5"`},
		{tables.TypeScore, "-5", `"-5"`},
		{tables.TypeScore, " 5 ", `"5"`},
		{tables.TypeScore, "5.5", ""},
		{tables.TypeScore, "+", ""},
		{tables.TypeEmail, "a.b+c@example.com", `"a.b+c@example.com"`},
		{tables.TypeEmail, "a@b@example.com", ""},
		{tables.TypeEmail, "a@example", ""},
		{tables.TypeEmail, "a b@example.com", ""},
		{tables.TypeEmail, "@example.com", ""},
		{tables.TypeEmail, "a@.com", ""},
		{tables.TypeEmail, "a@" + long + ".com", ""},
		{tables.TypeURL, "https://example.com/a?b=c&d", `"https://example.com/a?b=c&d"`},
		{tables.TypeURL, "example.com", ""},
		{tables.TypeURL, "/a", ""},
		{tables.TypeURL, "https:///a", ""},
		{tables.TypeURL, "https://example.com/a b", ""},
		{tables.TypeURL, "https://example.com/" + long, ""},
		{"colour", "x", ""},
	} {
		got, err := tables.AppendJSON([]byte("["), c.typ, c.cell)
		checked := tables.CheckValue(c.typ, c.cell)
		if c.want == "" {
			require.ErrorIs(t, err, tables.ErrInvalid, "%s %q", c.typ, c.cell)
			require.ErrorIs(t, checked, tables.ErrInvalid, "%s %q", c.typ, c.cell)
			require.Equal(t, "[", string(got))
			continue
		}
		require.NoError(t, err, "%s %q", c.typ, c.cell)
		require.NoError(t, checked, "%s %q", c.typ, c.cell)
		require.Equal(t, "["+c.want, string(got), "%s %q", c.typ, c.cell)
		require.True(t, json.Valid(got[1:]), "%s %q", c.typ, c.cell)
	}
}

func TestNullTextIsSeenInAnyCaseAndBetweenSpaces(t *testing.T) {
	for _, cell := range []string{"null", "NULL", " Null\t"} {
		require.True(t, tables.IsNullText(cell), "%q", cell)
	}
	for _, cell := range []string{"", "nul", "nulls", "null.", "n u l l"} {
		require.False(t, tables.IsNullText(cell), "%q", cell)
	}
}

// encoded is what encoding/json makes of a value without HTML escapes.
func encoded(t testing.TB, v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(v))
	return strings.TrimSuffix(b.String(), "\n")
}

func FuzzStringsAreEscapedAsTheStandardLibraryDoes(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x00\x1f\x7f\"\\/\b\f\n\r\t", "é\u2028\u2029\u202a", "\xff\xc3(", "<&>", "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		require.Equal(t, encoded(t, s), string(tables.AppendJSONString(nil, s)))
	})
}

func FuzzValuesAreValidJSONOrRefused(f *testing.F) {
	for _, seed := range []string{"+1.5", "1e9", "2024-03-31T10:00:00.5+0200", "a@example.com", "https://example.com", "yes", "-.5e-3"} {
		f.Add(seed)
	}
	types := []tables.Type{
		tables.TypeString, tables.TypeText, tables.TypeInteger, tables.TypeFloat, tables.TypeBoolean,
		tables.TypeDate, tables.TypeDatetime, tables.TypeScore, tables.TypeEmail, tables.TypeURL,
	}
	f.Fuzz(func(t *testing.T, cell string) {
		for _, typ := range types {
			got, err := tables.AppendJSON(nil, typ, cell)
			require.Equal(t, err, tables.CheckValue(typ, cell))
			if err != nil {
				require.Empty(t, got)
				continue
			}
			var v any
			require.NoError(t, json.Unmarshal(got, &v), "%s %q: %s", typ, cell, got)
			if n, ok := v.(float64); ok {
				require.False(t, math.IsInf(n, 0) || math.IsNaN(n))
			}
		}
	})
}
