package schema_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

func TestTheDefaultLookupIsGuessed(t *testing.T) {
	v := &schema.Version{Key: []string{"Country", "State"}, Columns: []schema.Column{
		{Name: "Country"}, {Name: "State"}, {Name: "Company Size"}, {Name: "notes", MaxBytes: 256}, {Name: "short", MaxBytes: 255},
	}}
	require.Equal(t, schema.Lookup{
		Name: "t", Guessed: true, HitPolicy: schema.PolicyFirst, OnNoMatch: schema.NoMatchKeep,
		Match: []schema.Match{
			{Column: "Country", Field: "country", Mode: schema.ModeNormalized},
			{Column: "State", Field: "state", Mode: schema.ModeNormalized},
		},
		Outputs: []schema.Output{
			{Column: "Company Size", Field: "companySize", Type: schema.TypeString},
			{Column: "notes", Field: "notes", Type: schema.TypeText},
			{Column: "short", Field: "short", Type: schema.TypeString},
		},
	}, schema.Guess("t", v))
}

func TestFieldsAreGuessedInMarketosWayOfWriting(t *testing.T) {
	for column, want := range map[string]string{
		"ID": "tId", "id": "tId", "companySize": "companySize", "CompanySize": "companySize", "URLPath": "urlPath", "alpha-2": "alpha2",
		"Company  SIZE": "companySize", "2nd name": "2ndName", "***": "value", "Élan vital": "élanVital", "A": "a", "USA": "usa", "iPhone": "iPhone",
		"lead ID": "leadId",
	} {
		l := schema.Guess("t", schema.NamedVersion([]string{column}))
		require.Equal(t, want, l.Outputs[0].Field, "%q", column)
	}
}

func TestGuessedFieldsAreNeverTheSame(t *testing.T) {
	l := schema.Guess("t", schema.NamedVersion([]string{"a b", "a-b", "A B", "a_b"}))
	fields := map[string]bool{}
	for _, o := range l.Outputs {
		fields[o.Field] = true
	}
	require.Equal(t, map[string]bool{"aB": true, "tAB": true, "tAB2": true, "tAB3": true}, fields)

	var many []string
	for i := range 201 {
		many = append(many, fmt.Sprint("c", i))
	}
	require.Len(t, schema.Guess("t", schema.NamedVersion(many)).Outputs, 10, "as many as a person looks through")
}

func TestColumnsBehindTheKeyAreSuggestedBeforeThoseInFront(t *testing.T) {
	v := schema.NamedVersion([]string{"#", "id", "country", "region", "owner"})
	v.Key = []string{"country"}
	l := schema.Guess("t", v)
	require.Equal(t, []schema.Match{{Column: "country", Field: "country", Mode: schema.ModeNormalized}}, l.Match)
	var columns []string
	for _, o := range l.Outputs {
		columns = append(columns, o.Column)
	}
	require.Equal(t, []string{"region", "owner", "#", "id"}, columns, "the first one is what returnVal tells")
}
