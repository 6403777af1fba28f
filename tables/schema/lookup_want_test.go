package schema_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

// settledTest is a test as a lookup keeps it that writes Code and Name.
func settledTest(test schema.Test, change func(*schema.Lookup)) (schema.Test, error) {
	l := schema.Lookup{
		Name: "t", Match: []schema.Match{{Column: "a", Field: "f"}}, Tests: []schema.Test{test},
		Outputs: []schema.Output{{Column: "b", Field: "Code"}, {Column: "b", Field: "Name"}},
	}
	if change != nil {
		change(&l)
	}
	if err := l.Settle(schema.NamedVersion([]string{"a", "b"})); err != nil {
		return schema.Test{}, err
	}
	return l.Tests[0], nil
}

func TestATestIsKeptInOneForm(t *testing.T) {
	t.Parallel()
	raw := func(text string) json.RawMessage { return json.RawMessage(text) }
	for _, c := range []struct{ given, kept schema.Test }{
		{schema.Test{Lead: raw(` { "b" : 1.50, "a":"<é>" } `), Want: raw(`{"name":12345678901234567890, "code":null}`)}, schema.Test{Lead: raw(`{"a":"\u003cé\u003e","b":1.50}`), Want: raw(`{"Code":null,"Name":12345678901234567890}`)}},
		{schema.Test{Lead: raw(`{}`)}, schema.Test{Lead: raw(`{}`), Matched: new(bool)}},
		{schema.Test{Lead: raw(`{}`), Want: raw(` null `)}, schema.Test{Lead: raw(`{}`), Matched: new(bool)}},
		{schema.Test{Lead: raw(`{}`), Want: raw(`{}`), Matched: new(true)}, schema.Test{Lead: raw(`{}`), Matched: new(true)}},
		{schema.Test{Lead: raw(`{}`), Want: raw(`{"Code":"x"}`), Matched: new(bool)}, schema.Test{Lead: raw(`{}`), Want: raw(`{"Code":"x"}`), Matched: new(bool)}},
		{
			schema.Test{Lead: raw(`{}`), Matched: new(true), AsOf: time.Date(2026, 3, 31, 12, 0, 0, 0, time.FixedZone("", 7200))},
			schema.Test{Lead: raw(`{}`), Matched: new(true), AsOf: time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC)},
		},
	} {
		kept, err := settledTest(c.given, nil)
		require.NoError(t, err)
		require.Equal(t, c.kept, kept)
		again, err := settledTest(kept, nil)
		require.NoError(t, err)
		require.Equal(t, kept, again, "what is kept settles to itself, else a lookup that is put again would be a new version")
	}
	kept, err := settledTest(schema.Test{Lead: raw(`{}`), Want: raw(`{"other":"x"}`)}, func(l *schema.Lookup) { l.Else = "u" })
	require.NoError(t, err, "what a chain writes is for the other lookups to say")
	require.JSONEq(t, `{"other":"x"}`, string(kept.Want))
}

func TestATestThatCouldNotFailOrRunIsRefused(t *testing.T) {
	t.Parallel()
	for message, test := range map[string]schema.Test{
		`test 1: invalid: it has no lead`:                           {Want: json.RawMessage(`{"Code":"x"}`)},
		`test 1: lead: invalid: it is no JSON object`:               {Lead: json.RawMessage(`[1]`)},
		`test 1: lead: invalid: there is more than one JSON object`: {Lead: json.RawMessage(`{} {}`)},
		`test 1: want: invalid: it is no JSON object`:               {Lead: json.RawMessage(`{}`), Want: json.RawMessage(`"DE"`)},
		`test 1: invalid: it wants nothing`:                         {Lead: json.RawMessage(`{}`), Want: json.RawMessage(`{}`)},
		`want: invalid: field "Code": want a text, a number`:        {Lead: json.RawMessage(`{}`), Want: json.RawMessage(`{"Code":["x"]}`)},
		`want: invalid: field "Cod": no output writes it`:           {Lead: json.RawMessage(`{}`), Want: json.RawMessage(`{"Cod":null}`)},
		`want: invalid: field "Code" stands twice`:                  {Lead: json.RawMessage(`{}`), Want: json.RawMessage(`{"CODE":"x","code":"x"}`)},
		`test 1: invalid: name of 300 bytes, 255 are the most`:      {Name: strings.Repeat("n", 300), Lead: json.RawMessage(`{}`)},
		`invalid: 262152 bytes of tests, 262144 are the most`:       {Lead: json.RawMessage(`{"a":"` + strings.Repeat("x", 256<<10) + `"}`), Matched: new(true)},
	} {
		_, err := settledTest(test, nil)
		require.ErrorIs(t, err, schema.ErrInvalid, message)
		require.ErrorContains(t, err, strings.ReplaceAll(message, "invalid", schema.ErrInvalid.Error()))
	}
}
