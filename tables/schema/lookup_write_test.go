package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

func TestFieldsConstantsAndWaysToWriteAreSettled(t *testing.T) {
	l := plain()
	l.Match[0].NameFields([]string{" mobilePhone ", "phone"})
	l.Match[0].Split = ";"
	l.Outputs = []schema.Output{
		{Value: " EMEA ", Field: "region", Write: schema.WriteAlways},
		{Column: "ALPHA-2", Field: "code", Write: schema.WriteIfEmpty, Type: schema.TypeText},
		{Column: "numeric", Field: "n", Write: schema.WriteIfDifferent},
	}
	require.NoError(t, l.Settle(countries()))
	require.Equal(t, []string{"mobilePhone", "phone"}, l.Match[0].Fields())
	require.Equal(t, "mobilePhone", l.Match[0].Field)
	require.Equal(t, 0, l.SplitEntry())
	require.Equal(t, " EMEA ", l.Outputs[0].Value, "a constant stays sign by sign")
	require.Equal(t, []string{"country", "alpha-2", "numeric"}, l.Columns(), "a constant is no column")
	require.Equal(t, []int{1, 2}, l.OutputColumns(countries()))
	require.Empty(t, schema.DeadColumns(countries(), []schema.Lookup{l}))
	require.False(t, l.Outputs[0].Careful())
	require.True(t, l.Outputs[1].Careful() && l.Outputs[2].Careful())
	require.Equal(t, `constant " EMEA "`, l.Outputs[0].Source())
	require.Equal(t, `column "alpha-2"`, l.Outputs[1].Source())
	l.Match[0].NameFields(nil)
	require.Equal(t, []string{""}, l.Match[0].Fields())
}

func TestSettlingLeavesTheFieldsOfItsCallerAsTheyAre(t *testing.T) {
	l := plain()
	l.Match[0].NameFields([]string{"a", " b "})
	before := l.Match
	require.NoError(t, l.Settle(countries()))
	require.Equal(t, []string{" b "}, before[0].More)
}

func TestSettlingRefusesFieldsConstantsWritesAndPartsThatMakeNoSense(t *testing.T) {
	ten := make([]string, 10)
	for i := range ten {
		ten[i] = fmt.Sprint("f", i)
	}
	l := plain()
	l.Match[0].NameFields(ten)
	require.NoError(t, l.Settle(countries()))
	for _, c := range []struct {
		says   string
		change func(l *schema.Lookup)
	}{
		{"match 1: invalid: 11 fields, 10 are the most", func(l *schema.Lookup) { l.Match[0].NameFields(append(ten, "f10")) }},
		{`match 1: invalid: field "Phone" stands twice in the list`, func(l *schema.Lookup) { l.Match[0].NameFields([]string{"phone", "mobile", "Phone "}) }},
		{"match 1: invalid: a field of 0 bytes", func(l *schema.Lookup) { l.Match[0].NameFields([]string{"phone", " "}) }},
		{"match 1: invalid: a field of 0 bytes", func(l *schema.Lookup) { l.Match[0].NameFields([]string{"", "phone"}) }},
		{"match 1: invalid: a field of 256 bytes", func(l *schema.Lookup) { l.Match[0].NameFields([]string{"phone", strings.Repeat("f", 256)}) }},
		{"match 1: invalid: @now stands in a list of fields", func(l *schema.Lookup) { l.Match[0].NameFields([]string{"phone", "@now"}) }},
		{"match 1: invalid: @now stands in a list of fields", func(l *schema.Lookup) { l.Match[0].NameFields([]string{"@now", "phone"}) }},
		{`output 1: invalid: column "alpha-2" and value "DE": an output writes one of them`, func(l *schema.Lookup) { l.Outputs[0].Column, l.Outputs[0].Value = "alpha-2", "DE" }},
		{"output 1: invalid: no column and no value", func(l *schema.Lookup) { l.Outputs[0].Column = "" }},
		{`output 1: value of field "n": integer: not a whole number`, func(l *schema.Lookup) { l.Outputs[0] = schema.Output{Value: "x", Field: "n", Type: schema.TypeInteger} }},
		{`output 1: value of field "n": string: 256 bytes, 255 is the most`, func(l *schema.Lookup) { l.Outputs[0] = schema.Output{Value: strings.Repeat("x", 256), Field: "n"} }},
		{`output 1: invalid: value " Null" of field "n" would empty the field`, func(l *schema.Lookup) { l.Outputs[0] = schema.Output{Value: " Null", Field: "n"} }},
		{`output 1: invalid: value " " of field "n" would empty the field`, func(l *schema.Lookup) { l.Outputs[0] = schema.Output{Value: " ", Field: "n"} }},
		{`output 1: invalid: write "ifempty" of field "n": use one of always, ifEmpty or ifDifferent (did you mean "ifEmpty"?)`, func(l *schema.Lookup) { l.Outputs[0].Write = "ifempty" }},
		{"match 2: invalid: entry 1 is split already", func(l *schema.Lookup) {
			l.Match = append(l.Match, schema.Match{Column: "numeric", Field: "m", Split: ","})
			l.Match[0].Split = ";"
		}},
		{`match 1: invalid: split ";;;;;;;;;;;": give a sign of at most 10 bytes`, func(l *schema.Lookup) { l.Match[0].Split = strings.Repeat(";", 11) }},
		{"give a sign of at most 10 bytes", func(l *schema.Lookup) { l.Match[0].Split = "\xff" }},
		{`match 1: invalid: split "or": letters and digits stand in values`, func(l *schema.Lookup) { l.Match[0].Split = "or" }},
		{`match 1: invalid: split "0"`, func(l *schema.Lookup) { l.Match[0].Split = "0" }},
		{"output 1: invalid: type integer of field \"n\": match entry 1 is split, so the answers are joined, which only string and text take", func(l *schema.Lookup) {
			l.Match[0].Split, l.Outputs[0].Type = ";", schema.TypeInteger
		}},
	} {
		l := plain()
		l.Outputs = []schema.Output{{Column: "numeric", Field: "n"}}
		c.change(&l)
		err := l.Settle(countries())
		require.ErrorContains(t, err, c.says)
		require.ErrorIs(t, err, schema.ErrInvalid)
	}
}

// What is held is the same as what is written where the form is one; the pairs that differ are
// told as well.
func TestHeldAndWrittenValuesAreComparedByTheirType(t *testing.T) {
	dotted := schema.Notation{Numbers: "1.234,5", Dates: "dmy"}
	for _, c := range []struct {
		typ        schema.Type
		notation   schema.Notation
		held, cell string
		same       bool
	}{
		{schema.TypeString, schema.Notation{}, "DE", "DE", true},
		{schema.TypeString, schema.Notation{}, "de", "DE", false},
		{schema.TypeString, schema.Notation{}, "DE ", "DE", false},
		{"", schema.Notation{}, "5.0", "5", false},
		{schema.TypeText, schema.Notation{}, "true", "true", true},
		{schema.TypeEmail, schema.Notation{}, "a@b.co", " a@b.co ", true},
		{schema.TypeURL, schema.Notation{}, "https://b.co/A", "https://b.co/a", false},
		{schema.TypeInteger, schema.Notation{}, "1000", "1,000", true},
		{schema.TypeInteger, dotted, "1000.0", "1.000", true},
		{schema.TypeInteger, schema.Notation{}, "x", "1", false},
		{schema.TypeInteger, schema.Notation{}, "x", "x", false},
		{schema.TypeFloat, dotted, "2.50", "2,5", true},
		{schema.TypeFloat, schema.Notation{}, "1e3", "1000", true},
		{schema.TypeFloat, schema.Notation{}, "-0", "0.0", true},
		{schema.TypeFloat, schema.Notation{}, "9007199254740993", "9007199254740992", false},
		{schema.TypeScore, schema.Notation{}, "5", "5", true},
		{schema.TypeScore, schema.Notation{}, "5", "+5", false},
		{schema.TypeScore, schema.Notation{}, "-5", "-5", false},
		{schema.TypeBoolean, schema.Notation{}, "true", "Yes", true},
		{schema.TypeBoolean, schema.Notation{}, "0", "no", true},
		{schema.TypeBoolean, schema.Notation{}, "perhaps", "no", false},
		{schema.TypeDate, schema.Notation{}, "2024-03-31T23:00:00Z", "2024-03-31", true},
		{schema.TypeDate, dotted, "2024-03-04", "04.03.2024", true},
		{schema.TypeDate, schema.Notation{}, "2024-03-30", "2024-03-31", false},
		{schema.TypeDatetime, schema.Notation{}, "2024-03-31T12:00:00+02:00", "2024-03-31 10:00:00", true},
		{schema.TypeDatetime, schema.Notation{}, "2024-03-31T10:00:00.9Z", "2024-03-31T10:00:00.1Z", true},
		{schema.TypeDatetime, schema.Notation{}, "2024-03-31T10:00:01Z", "2024-03-31T10:00:00Z", false},
	} {
		held, readable := schema.HeldForm(c.typ, c.held)
		written, can := c.notation.WrittenForm(c.typ, c.cell)
		require.Equal(t, c.same, readable && can && held == written, "%s: %q and %q: %q %q", c.typ, c.held, c.cell, held, written)
	}
}
