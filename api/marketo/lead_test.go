package marketo_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

func TestLeadsKeepTheirTextAndTheirOrder(t *testing.T) {
	for name, text := range map[string]string{
		"comma":      "email,Id,zip,note\r\na@example.com,9223372036854775807,01234,\" two\nlines\"\r\n,-5,+5,null\r\n",
		"semicolon":  "email;ID;zip;note\na@example.com;9223372036854775807;01234;\" two\nlines\"\n;-5;+5;null\n",
		"tab":        "email\tid\tzip\tnote\na@example.com\t9223372036854775807\t01234\t\" two\nlines\"\n\t-5\t+5\tnull\n",
		"byte mark":  "\xef\xbb\xbf\"email\",id,zip,note\na@example.com,9223372036854775807,01234,\" two\nlines\"\n,-5,+5,null\n",
		"blank ends": "email,id,zip,note,\na@example.com,9223372036854775807,01234,\" two\nlines\",\n\n,-5,+5,null,\n,,,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			leads, err := marketo.ReadLeads(strings.NewReader(text))
			require.NoError(t, err)
			require.Equal(t, []marketo.Lead{
				{ID: 9223372036854775807, Fields: marketo.Fields{{Name: "email", Value: "a@example.com"}, {Name: "zip", Value: "01234"}, {Name: "note", Value: " two\nlines"}}},
				{ID: -5, Fields: marketo.Fields{{Name: "email"}, {Name: "zip", Value: "+5"}, {Name: "note", Value: "null"}}},
			}, leads)
		})
	}
}

func TestLeadsWithoutIDsAreNumbered(t *testing.T) {
	leads, err := marketo.ReadLeads(strings.NewReader("country\nGermany\n\nFrance\n"))
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2}, []int64{leads[0].ID, leads[1].ID})
}

func TestFilesThatAreNoLeadsAreRefusedWithThePlace(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "no leads",
		"id,country\n":                    "no leads",
		"id\n007\n":                       "line 2: id \"007\"",
		"id\n1\n1.0\n":                    "line 3: id \"1.0\"",
		"id\n9223372036854775808\n":       "line 2: id",
		"id,a\n,x\n":                      "line 2: id",
		"a,b,a\n1,2,3\n":                  "columns 1 and 3 are both named \"a\"",
		"id,ID\n1,2\n":                    "columns 1 and 2",
		"a,b\n1\n":                        "line 2",
		"a,\n1,2\n":                       "column 2 has a value but no name",
		"a\n\"x\" y\n":                    "line 2",
		"a\rb\r":                          "CR alone",
		"a\nM\xfcnchen\n":                 "line 2: column 1 is not UTF-8",
		"M\xfcnchen\na\n":                 "column 1 is not UTF-8",
		strings.Repeat("a,", 1001) + "\n": "columns are more than",
	} {
		_, err := marketo.ReadLeads(strings.NewReader(text))
		require.ErrorContains(t, err, want)
	}
}

func TestLeadIsEncodedExactly(t *testing.T) {
	lead := marketo.Lead{ID: 9007199254740993, Fields: marketo.Fields{
		{Name: "a\"b", Value: "q\"\\ \n\x01 \u2028 <é>"}, {Name: "empty"}, {Name: "yes", Value: true}, {Name: "n", Value: json.Number("12345678901234567890")}, {Name: "bad", Value: "x\xffy"},
	}}
	text, err := json.Marshal(lead)
	require.NoError(t, err)
	require.Contains(t, string(text), `{"id":9007199254740993,`)
	require.Contains(t, string(text), `"n":12345678901234567890`)
	var back map[string]any
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, "q\"\\ \n\x01 \u2028 <é>", back["a\"b"])
	require.Equal(t, "x\ufffdy", back["bad"])
	require.Contains(t, back, "empty")
	text, err = json.Marshal(marketo.Lead{ID: 1})
	require.NoError(t, err)
	require.JSONEq(t, `{"id":1}`, string(text))
	_, err = json.Marshal(marketo.Lead{ID: 1, Fields: marketo.Fields{{Name: "f", Value: func() {}}}})
	require.ErrorContains(t, err, `field "f"`)
}

// FuzzLeadsSurviveTheirEncoding starts from the files of its name below testdata/fuzz.
func FuzzLeadsSurviveTheirEncoding(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		leads, err := marketo.ReadLeads(strings.NewReader(text))
		if err != nil {
			require.Empty(t, leads)
			return
		}
		for _, lead := range leads {
			encoded, err := json.Marshal(lead)
			require.NoError(t, err)
			decoder := json.NewDecoder(strings.NewReader(string(encoded)))
			decoder.UseNumber()
			var back map[string]any
			require.NoError(t, decoder.Decode(&back))
			require.Len(t, back, len(lead.Fields)+1)
			for _, field := range lead.Fields {
				require.Equal(t, field.Value, back[field.Name])
			}
		}
	})
}
