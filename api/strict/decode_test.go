package strict_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/api/strict"
)

type part struct {
	Column string  `json:"column"`
	Mode   string  `json:"mode,omitempty"`
	Weight float64 `json:"weight"`
}

type base struct {
	Label string `json:"label"`
}

// A form has each kind of key that requests have.
type form struct {
	base
	Extra  *base           `json:"extra"`
	Match  []part          `json:"match"`
	Limit  int             `json:"limit"`
	Force  bool            `json:"force"`
	Counts map[string]int  `json:"counts"`
	From   time.Time       `json:"from"`
	Raw    json.RawMessage `json:"raw"`
	Any    any             `json:"any"`
	hidden string
}

func TestWhatFitsIsRead(t *testing.T) {
	t.Parallel()
	var f form
	require.NoError(t, strict.Decode([]byte("\ufeff"+` {"label":"x","extra":{"label":"y"},"match":[{"column":"a","weight":1.5}],"limit":3,"force":true,
		"counts":{"whatever":1},"from":"2026-01-02T03:04:05Z","raw":{"free":[1]},"any":[{"free":1}],"Limit":4} `), &f))
	require.Equal(t, "x", f.Label)
	require.Equal(t, "y", f.Extra.Label)
	require.Equal(t, 4, f.Limit, "case does not count, as in encoding/json")
	require.Equal(t, []part{{Column: "a", Weight: 1.5}}, f.Match)
	require.Empty(t, f.hidden)
	require.NoError(t, strict.Decode([]byte(`{"match":null,"extra":null,"limit":null}`), &f))
}

func TestAMistakeHasItsPlaceAndTheWayOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\n  \"match\": [{\"colum\": \"a\"}]\n}": "line 2, column 14: there is no key \"colum\" here; did you mean \"column\"?\n|   \"match\": [{\"colum\": \"a\"}]\n|              ^",
		`{"nonsense":1}`:                "line 1, column 2: there is no key \"nonsense\" here; there are label, extra, match, limit, force, counts, from, raw, any\n| {\"nonsense\":1}\n|  ^",
		`{"extra":{"lable":1}}`:         "line 1, column 11: there is no key \"lable\" here; did you mean \"label\"?\n| {\"extra\":{\"lable\":1}}\n|           ^",
		`{"match":{}}`:                  "line 1, column 10: a list in [ ] must stand here, and not an object\n| {\"match\":{}}\n|          ^",
		`{"match":["a"]}`:               "line 1, column 11: an object in { } must stand here, and not a text\n| {\"match\":[\"a\"]}\n|           ^",
		`{"limit":"3"}`:                 "line 1, column 10: a whole number must stand here, and not a text\n| {\"limit\":\"3\"}\n|          ^",
		`{"limit":3.5}`:                 "line 1, column 10: number 3.5 cannot stand for a whole number\n| {\"limit\":3.5}\n|          ^",
		`{"label":3}`:                   "line 1, column 10: a text in quotes must stand here, and not a number\n| {\"label\":3}\n|          ^",
		`{"force":"yes"}`:               "line 1, column 10: true or false must stand here, and not a text\n| {\"force\":\"yes\"}\n|          ^",
		`{"match":[{"weight":true}]}`:   "line 1, column 21: a number must stand here, and not true or false\n| {\"match\":[{\"weight\":true}]}\n|                     ^",
		`{"counts":{"a":"b"}}`:          "line 1, column 16: a whole number must stand here, and not a text\n| {\"counts\":{\"a\":\"b\"}}\n|                ^",
		`[]`:                            "line 1, column 1: an object in { } must stand here, and not a list\n| []\n| ^",
		`{"limit":1,}`:                  "line 1, column 11: a comma stands before }: take it away\n| {\"limit\":1,}\n|           ^",
		"{\"match\":[\n{},\n]}":         "line 2, column 3: a comma stands before ]: take it away\n| {},\n|   ^",
		`{"limit":1,,"force":true}`:     "line 1, column 12: there is a comma too many: take it away\n| {\"limit\":1,,\"force\":true}\n|            ^",
		`{'limit':1}`:                   "line 1, column 2: ' is no quote of JSON: write \"\n| {'limit':1}\n|  ^",
		`{“limit”:1}`:                   "line 1, column 2: “ is no quote of JSON: write \"\n| {“limit”:1}\n|  ^",
		"{\n// all\n\"limit\":1}":       "line 2, column 1: JSON has no comments: take it away\n| // all\n| ^",
		`{limit:1}`:                     "line 1, column 2: a key must stand here, in quotes (\")\n| {limit:1}\n|  ^",
		`{"limit" 1}`:                   "line 1, column 10: a colon is missing before this\n| {\"limit\" 1}\n|          ^",
		"{\"limit\":1\n\"force\":true}": "line 2, column 1: a comma is missing before this\n| \"force\":true}\n| ^",
		`{"match":[{} {}]}`:             "line 1, column 14: a comma is missing before this\n| {\"match\":[{} {}]}\n|              ^",
		`{"label":hello}`:               "line 1, column 10: a value must stand here; a text stands in quotes (\")\n| {\"label\":hello}\n|          ^",
		"{\"label\":\"a\nb\"}":          "line 1, column 12: a text in quotes ends before the line does: a \" is missing, or a line break must be written as \\n\n| {\"label\":\"a\n|            ^",
		`{"label":"C:\data"}`:           "line 1, column 14: a text has a \\ that begins nothing: write it twice (\\\\)\n| {\"label\":\"C:\\data\"}\n|              ^",
		"{\"limit\":1\n":                "line 1, column 11: the text ends too early: a }, a ] or a \" is missing\n| {\"limit\":1\n|           ^",
		`{} {}`:                         "line 1, column 4: there is more than one JSON value: the text goes on behind the first one\n| {} {}\n|    ^",
		"country,code\nGermany,DE\n":    "line 1, column 1: this is no JSON: it must begin with {\n| country,code\n| ^",
		" \n":                           "line 2, column 1: there is no JSON: the text is empty\n| \n| ^",
		"\xff\xfe{\x00}\x00":            "line 1, column 1: this is UTF-16 or no text at all: save it as UTF-8\n| \ufffd\ufffd{ }\n| ^",
		`{"Länge":"東京","x":1}`:          "line 1, column 2: there is no key \"Länge\" here; there are label, extra, match, limit, force, counts, from, raw, any\n| {\"Länge\":\"東京\",\"x\":1}\n|  ^",
		`{"from":"soon"}`:               "line 1, column 9: a time such as \"2026-11-20T08:00:00Z\" must stand here\n| {\"from\":\"soon\"}\n|         ^",
		`{"extra":{},"from":[1]}`:       "line 1, column 20: a time such as \"2026-11-20T08:00:00Z\" must stand here\n| {\"extra\":{},\"from\":[1]}\n|                    ^",

		`{,"limit":1}`:                         "line 1, column 2: there is a comma too many: take it away\n| {,\"limit\":1}\n|  ^",
		`{"match":[,{}]}`:                      "line 1, column 11: there is a comma too many: take it away\n| {\"match\":[,{}]}\n|           ^",
		`{"limit":,"force":true}`:              "line 1, column 10: a value must stand here; a text stands in quotes (\")\n| {\"limit\":,\"force\":true}\n|          ^",
		`{"match":[{"weight":1.5}],"force":1}`: "line 1, column 35: true or false must stand here, and not a number\n| {\"match\":[{\"weight\":1.5}],\"force\":1}\n|                                   ^",
	} {
		var f form
		err := strict.Decode([]byte(text), &f)
		mistake := new(strict.Mistake)
		require.ErrorAs(t, err, &mistake, text)
		require.Truef(t, strings.HasPrefix(err.Error(), strings.TrimRight(want, " ")), "%s\nwant %s\ngot  %s", text, want, err)
	}
}

func TestOfALongLineThePartAroundThePlaceIsShown(t *testing.T) {
	t.Parallel()
	var f form
	err := strict.Decode([]byte(`{"label":"`+strings.Repeat("ü", 5000)+`","lmit":1,"match":[`+strings.Repeat(`{},`, 2000)+`{}]}`), &f)
	mistake := new(strict.Mistake)
	require.ErrorAs(t, err, &mistake)
	require.Equal(t, 5013, mistake.Column)
	lines := strings.Split(mistake.Snippet, "\n")
	require.Len(t, lines, 2)
	require.Equal(t, 102, utf8.RuneCountInString(lines[0]))
	caret := strings.Index(lines[1], "^")
	require.Equal(t, `"lmit"`, string([]rune(lines[0])[caret:caret+6]))
}

// FuzzDecode holds Decode against encoding/json, which decides what is read. About 8,000
// executions a second on two cores.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"label":"x","match":[{"column":"a"}]}`, `{"match":[{"colum":1}]}`, `{"limit":1,}`, "{\"label\":\"a\nb\"}", `[]`, `{} {}`, "\ufeff{}", "{'a':1}", `{"from":1}`, "", `{"limit":1e99}`, `{"limit":"`, "\xff", `{"any":[[[[`, `nul`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got, want form
		err := strict.Decode(text, &got)
		d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
		d.DisallowUnknownFields()
		wanted := d.Decode(&want)
		if wanted != nil {
			require.Error(t, err)
		}
		if err == nil {
			require.Equal(t, want, got)
			return
		}
		mistake := new(strict.Mistake)
		require.ErrorAs(t, err, &mistake)
		require.GreaterOrEqual(t, mistake.Line, 1)
		require.LessOrEqual(t, mistake.Line, strings.Count(string(text), "\n")+1)
		require.GreaterOrEqual(t, mistake.Column, 1)
		require.True(t, utf8.ValidString(mistake.Snippet), "%q", mistake.Snippet)
		require.Equal(t, 1, strings.Count(mistake.Snippet, "\n"))
		require.LessOrEqual(t, utf8.RuneCountInString(mistake.Snippet), 210)
	})
}
