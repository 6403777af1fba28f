package schema_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

func TestCellsBecomeTheJSONOfTheirType(t *testing.T) {
	long := strings.Repeat("x", 255)
	for _, c := range []struct {
		typ  schema.Type
		cell string
		want string // empty: refused
	}{
		{schema.TypeString, "", `""`},
		{schema.TypeString, " a<b>&\"\\\n", `" a<b>&\"\\\n"`},
		{schema.TypeString, long, `"` + long + `"`},
		{schema.TypeString, long + "x", ""},
		{schema.TypeString, strings.Repeat("é", 128), ""},
		{"", "x", `"x"`},
		{schema.TypeText, long + long, `"` + long + long + `"`},
		{schema.TypeText, strings.Repeat("x", 2000), `"` + strings.Repeat("x", 2000) + `"`},
		{schema.TypeText, strings.Repeat("x", 2001), ""},
		{schema.TypeInteger, "42", "42"},
		{schema.TypeInteger, " +42 ", "42"},
		{schema.TypeInteger, "-2147483648", "-2147483648"},
		{schema.TypeInteger, "2147483647", "2147483647"},
		{schema.TypeInteger, "2147483648", ""},
		{schema.TypeInteger, "007", "7"},
		{schema.TypeInteger, "4.0", ""},
		{schema.TypeInteger, "1_000", ""},
		{schema.TypeInteger, "0x10", ""},
		{schema.TypeInteger, "", ""},
		{schema.TypeInteger, "-", ""},
		{schema.TypeInteger, "1 000", ""},
		{schema.TypeFloat, "1.50", "1.50"},
		{schema.TypeFloat, "+1.5", "1.5"},
		{schema.TypeFloat, "-.5", "-0.5"},
		{schema.TypeFloat, "5.", "5"},
		{schema.TypeFloat, "00.25", "0.25"},
		{schema.TypeFloat, "1e3", "1e3"},
		{schema.TypeFloat, "1E+3", "1E+3"},
		{schema.TypeFloat, "1e", ""},
		{schema.TypeFloat, "1e400", ""},
		{schema.TypeFloat, "NaN", ""},
		{schema.TypeFloat, "Inf", ""},
		{schema.TypeFloat, "0x1p4", ""},
		{schema.TypeFloat, "1,5", ""},
		{schema.TypeFloat, ".", ""},
		{schema.TypeFloat, "", ""},
		{schema.TypeBoolean, "Yes", "true"},
		{schema.TypeBoolean, " TRUE ", "true"},
		{schema.TypeBoolean, "0", "false"},
		{schema.TypeBoolean, "no", "false"},
		{schema.TypeBoolean, "", ""},
		{schema.TypeBoolean, "maybe", ""},
		{schema.TypeDate, "2024-02-29", `"2024-02-29"`},
		{schema.TypeDate, "2023-02-29", ""},
		{schema.TypeDate, "2024-02-29T23:59:59.5-08:00", `"2024-02-29"`},
		{schema.TypeDate, "2024-02-29 10:00", `"2024-02-29"`},
		{schema.TypeDate, "2024-02-29x", ""},
		{schema.TypeDate, "29.02.2024", ""},
		{schema.TypeDate, "", ""},
		{schema.TypeDatetime, "2024-03-31T10:00:00.999Z", `"2024-03-31T10:00:00Z"`},
		{schema.TypeDatetime, "2024-03-31t10:00:00z", `"2024-03-31T10:00:00Z"`},
		{schema.TypeDatetime, "2024-03-31T10:00:00+02:00", `"2024-03-31T10:00:00+02:00"`},
		{schema.TypeDatetime, "2024-03-31T10:00:00,25+0200", `"2024-03-31T10:00:00+02:00"`},
		{schema.TypeDatetime, "2024-03-31T10:00-05", `"2024-03-31T10:00:00-05:00"`},
		{schema.TypeDatetime, "2024-03-31 10:00", `"2024-03-31T10:00:00Z"`},
		{schema.TypeDatetime, "2024-03-31", `"2024-03-31T00:00:00Z"`},
		{schema.TypeDatetime, "2024-03-31T25:00:00", ""},
		{schema.TypeDatetime, "yesterday", ""},
		{schema.TypeScore, "+5", `"+5"`},
		{schema.TypeScore, "-5", `"-5"`},
		{schema.TypeScore, " 5 ", `"5"`},
		{schema.TypeScore, "5.5", ""},
		{schema.TypeScore, "+", ""},
		{schema.TypeEmail, "a.b+c@example.com", `"a.b+c@example.com"`},
		{schema.TypeEmail, "a@b@example.com", ""},
		{schema.TypeEmail, "a@example", ""},
		{schema.TypeEmail, "a b@example.com", ""},
		{schema.TypeEmail, "@example.com", ""},
		{schema.TypeEmail, "a@.com", ""},
		{schema.TypeEmail, "a@" + long + ".com", ""},
		{schema.TypeURL, "https://example.com/a?b=c&d", `"https://example.com/a?b=c&d"`},
		{schema.TypeURL, "example.com", ""},
		{schema.TypeURL, "/a", ""},
		{schema.TypeURL, "https:///a", ""},
		{schema.TypeURL, "https://example.com/a b", ""},
		{schema.TypeURL, "https://example.com/" + long, ""},
		{"colour", "x", ""},
	} {
		got, err := schema.AppendJSON([]byte("["), c.typ, c.cell)
		checked := schema.CheckValue(c.typ, c.cell)
		if c.want == "" {
			require.ErrorIs(t, err, schema.ErrInvalid, "%s %q", c.typ, c.cell)
			require.ErrorIs(t, checked, schema.ErrInvalid, "%s %q", c.typ, c.cell)
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
		require.True(t, schema.IsNullText(cell), "%q", cell)
	}
	for _, cell := range []string{"", "nul", "nulls", "null.", "n u l l"} {
		require.False(t, schema.IsNullText(cell), "%q", cell)
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
		require.Equal(t, encoded(t, s), string(schema.AppendJSONString(nil, s)))
	})
}

func FuzzValuesAreValidJSONOrRefused(f *testing.F) {
	for _, seed := range []string{"+1.5", "1e9", "2024-03-31T10:00:00.5+0200", "a@example.com", "https://example.com", "yes", "-.5e-3"} {
		f.Add(seed)
	}
	types := []schema.Type{
		schema.TypeString, schema.TypeText, schema.TypeInteger, schema.TypeFloat, schema.TypeBoolean,
		schema.TypeDate, schema.TypeDatetime, schema.TypeScore, schema.TypeEmail, schema.TypeURL,
	}
	f.Fuzz(func(t *testing.T, cell string) {
		for _, typ := range types {
			got, err := schema.AppendJSON(nil, typ, cell)
			require.Equal(t, err, schema.CheckValue(typ, cell))
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
