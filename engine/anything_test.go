package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// A lookedUp is a table with its lookup, and what it makes of leads: the value that is
// written to "out", or the code of the failure.
type lookedUp struct {
	csv, lookup string
	leads       [][2]string // lead, and what is written or the code
}

func (c *lookedUp) run(t *testing.T) {
	t.Helper()
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.table(t, "t", c.csv, "")
	h.withLookup(t, "t", []byte(c.lookup))
	for _, lead := range c.leads {
		writes, activity := h.answer(t, "t", json.RawMessage(lead[0]))
		if code, failed := activity["errorCode"].(string); failed {
			require.Equal(t, lead[1], code, lead[0])
			require.Empty(t, writes, lead[0])
			continue
		}
		require.Equal(t, map[string]any{"out": lead[1]}, writes, lead[0])
	}
}

func lookupOf(policy, match string) string {
	return fmt.Sprintf(`{"match": [%s], "hitPolicy": %q, "outputs": [{"column": "out", "field": "out"}]}`, match, policy)
}

func TestACellThatMeansAnythingHoldsAlsoForNothing(t *testing.T) {
	for name, c := range map[string]lookedUp{
		"a star alone takes empty values in wildcards": {
			"source,medium,out\ngoogle*,cpc,Paid Search\n*,email,Email\n*,*,Other\n",
			lookupOf("first", `{"column": "source", "field": "s", "mode": "wildcard", "matchEmpty": true}, {"column": "medium", "field": "m", "mode": "wildcard", "matchEmpty": true}`),
			[][2]string{
				{`{"s": "", "m": "email"}`, "Email"},
				{`{"s": "x", "m": ""}`, "Other"},
				{`{"s": "", "m": ""}`, "Other"},
				{`{"s": "google ads", "m": "cpc"}`, "Paid Search"},
				{`{}`, "Other"},
			},
		},
		"and it does so without matchEmpty": {
			"source,out\ngoogle*,Google\n*,Other\n",
			lookupOf("first", `{"column": "source", "field": "s", "mode": "wildcard"}`),
			[][2]string{{`{"s": ""}`, "Other"}, {`{"s": null}`, "Other"}, {`{"s": "google"}`, "Google"}},
		},
		"a column without such a cell has no row for an empty value": {
			"source,out\ngoogle*,Google\n?*,Other\n",
			lookupOf("first", `{"column": "source", "field": "s", "mode": "wildcard"}`),
			[][2]string{{`{"s": ""}`, "LOOKUP_KEY_EMPTY"}, {`{"s": "x"}`, "Other"}},
		},
		"a dash is named": {
			"country,zip,out\nUS,941,Ann\nUS,-,Bob\n-,–,Queue\n",
			lookupOf("first", `{"column": "country", "field": "country", "mode": "condition"}, {"column": "zip", "field": "zip", "mode": "prefix", "anything": ["-"]}`),
			[][2]string{
				{`{"country": "US", "zip": "94105"}`, "Ann"},
				{`{"country": "US", "zip": "10001"}`, "Bob"},
				{`{"country": "DE", "zip": "80331"}`, "Queue"},
				{`{"country": "US", "zip": ""}`, "Bob"},
				{`{"country": "DE"}`, "Queue"},
			},
		},
		"a key that is compared for equality has a last row": {
			"country,state,out\nUS,CA,West\nUS,*,Rest of US\n*,*,World\n",
			lookupOf("best", `{"column": "country", "field": "c", "anything": ["*"]}, {"column": "state", "field": "s", "mode": "exact", "anything": ["*"]}`),
			[][2]string{
				{`{"c": "us", "s": "CA"}`, "West"}, {`{"c": "us", "s": "ca"}`, "Rest of US"}, {`{"c": "DE", "s": "CA"}`, "World"}, {`{"c": "", "s": ""}`, "World"},
			},
		},
		"named cells that are not there leave the key empty": {
			"country,out\nUS,us\nDE,de\n",
			lookupOf("first", `{"column": "country", "field": "c", "anything": ["*"]}`),
			[][2]string{{`{"c": ""}`, "LOOKUP_KEY_EMPTY"}, {`{"c": "FR"}`, "LOOKUP_VALUE_NOT_FOUND"}, {`{"c": "DE"}`, "de"}},
		},
		"none in a condition": {
			"country,out\n-,dash\nnot(null),some\n",
			lookupOf("first", `{"column": "country", "field": "c", "mode": "condition", "anything": []}`),
			[][2]string{{`{"c": "-"}`, "dash"}, {`{"c": "–"}`, "dash"}, {`{"c": "US"}`, "some"}, {`{"c": ""}`, "LOOKUP_VALUE_NOT_FOUND"}},
		},
		"an empty cell, with two columns of ends": {
			"from,to,out\n1,9,low\n,,rest\n",
			lookupOf("first", `{"column": "from", "columnTo": "to", "field": "n", "mode": "range", "anything": [""]}`),
			[][2]string{{`{"n": 5}`, "low"}, {`{"n": 50}`, "rest"}, {`{"n": ""}`, "rest"}, {`{"n": "x"}`, "rest"}},
		},
		"a sign for an open end": {
			"from,to,out\n1,9,low\n10,*,high\n*,*,rest\n",
			lookupOf("first", `{"column": "from", "columnTo": "to", "field": "n", "mode": "range", "anything": ["*"]}`),
			[][2]string{{`{"n": 5}`, "low"}, {`{"n": 50}`, "high"}, {`{"n": 0}`, "rest"}},
		},
	} {
		t.Run(name, c.run)
	}
}

// A string that can be read in two ways is read as the match entry says. A JSON number
// can be read in one way only.
func TestAJSONNumberHasNoGroups(t *testing.T) {
	for mode, cells := range map[string][3]string{"range": {"0-99", "100-9999", "10000+"}, "condition": {"< 100", "[100..9999]", "> 9999"}, "atLeast": {"0", "100", "10000"}} {
		c := lookedUp{
			fmt.Sprintf("n,out\n%s,few\n%s,many\n%s,more\n", cells[0], cells[1], cells[2]),
			lookupOf("first", `{"column": "n", "field": "n", "mode": "`+mode+`", "numbers": "1.234,5"}`),
			[][2]string{
				{`{"n": 1.234}`, "few"},
				{`{"n": "1.234"}`, "many"},
				{`{"n": 12.345}`, "few"},
				{`{"n": "12.345"}`, "more"},
				{`{"n": 1.23}`, "few"},
				{`{"n": 1.23400}`, "few"},
				{`{"n": 1.234e3}`, "many"},
				{`{"n": 1234}`, "many"},
				{`{"n": "1.234,5"}`, "many"},
				{`{"n": 0.0001234e3}`, "few"},
				{`{"n": 1234.567}`, "many"},
			},
		}
		t.Run(mode, c.run)
	}
}

// A field that no lead has, and that is not mapped, is told as such where no cell takes it.
func TestAFieldThatIsNotThereMayBeAnything(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	match := func(mode, anything string) string {
		return lookupOf("first", `{"column": "k", "field": "there", "mode": "`+mode+`"`+anything+`}`)
	}
	h.table(t, "with", "k,out\nx,X\n*,rest\n", match("wildcard", ""))
	h.table(t, "without", "k,out\nx,X\ny*,Y\n", match("wildcard", ""))
	h.table(t, "named", "k,out\nx,X\n-,rest\n", match("exact", `, "anything": ["-"]`))
	h.table(t, "plain", "k,out\nx,X\n-,rest\n", match("exact", ""))
	for table, want := range map[string]string{"with": "rest", "named": "rest", "without": "FIELD_NOT_FOUND", "plain": "FIELD_NOT_FOUND"} {
		writes, activity := h.answer(t, table, json.RawMessage(`{}`))
		if code, failed := activity["errorCode"]; failed {
			require.Equal(t, want, code, table)
			require.Contains(t, activity["reason"], `the lead has no field "there"`)
			continue
		}
		require.Equal(t, map[string]any{"out": want}, writes, table)
	}
}

func TestOnlyTheClosestLimitIsHit(t *testing.T) {
	steps := "amount,out\n0,0%\n5000,1%\n\"15,000\",3%\n"
	for name, c := range map[string]lookedUp{
		"at least": {
			steps, lookupOf("unique", `{"column": "amount", "field": "n", "mode": "atLeast"}`),
			[][2]string{
				{`{"n": 6000}`, "1%"},
				{`{"n": 41639}`, "3%"},
				{`{"n": "5000.0"}`, "1%"},
				{`{"n": 4999.99}`, "0%"},
				{`{"n": "$15,000"}`, "3%"},
				{`{"n": -1}`, "LOOKUP_VALUE_NOT_FOUND"},
				{`{"n": "many"}`, "LOOKUP_VALUE_NOT_FOUND"},
				{`{"n": ""}`, "LOOKUP_KEY_EMPTY"},
			},
		},
		"at most": {
			steps, lookupOf("unique", `{"column": "amount", "field": "n", "mode": "atMost"}`),
			[][2]string{{`{"n": 6000}`, "3%"}, {`{"n": 0}`, "0%"}, {`{"n": 1}`, "1%"}, {`{"n": 15000.01}`, "LOOKUP_VALUE_NOT_FOUND"}},
		},
		"dates": {
			"since,out\n2024-01-01,first\n2024-04-01,second\n", lookupOf("first", `{"column": "since", "field": "d", "mode": "atLeast"}`),
			[][2]string{{`{"d": "2024-03-31T23:59:59Z"}`, "first"}, {`{"d": "2024-04-01"}`, "second"}, {`{"d": "2023-12-31"}`, "LOOKUP_VALUE_NOT_FOUND"}},
		},
		"the last day of a time": {
			"until,out\n2024-03-31,first\n2024-06-30,second\n", lookupOf("first", `{"column": "until", "field": "d", "mode": "atMost"}`),
			[][2]string{{`{"d": "2024-03-31T23:59:59Z"}`, "first"}, {`{"d": "2024-04-01"}`, "second"}, {`{"d": "2024-07-01"}`, "LOOKUP_VALUE_NOT_FOUND"}},
		},
		"letters": {
			"upTo,out\nF,Ann\nM,Bob\nZ,Cid\n", lookupOf("first", `{"column": "upTo", "field": "name", "mode": "atMost"}`),
			[][2]string{{`{"name": "Fisher"}`, "Ann"}, {`{"name": "miller"}`, "Bob"}, {`{"name": "Zhang"}`, "Cid"}, {`{"name": "5"}`, "LOOKUP_VALUE_NOT_FOUND"}},
		},
		"among the rows that hold otherwise, with a row for the rest": {
			"country,amount,out\nUS,0,us\nUS,5000,US\nDE,0,de\nDE,*,DE\n*,9000,big\n",
			lookupOf("first", `{"column": "country", "field": "c", "anything": ["*"]}, {"column": "amount", "field": "n", "mode": "atLeast", "anything": ["*"]}`),
			[][2]string{
				{`{"c": "US", "n": 6000}`, "US"},
				{`{"c": "US", "n": 9000}`, "big"},
				{`{"c": "DE", "n": 6000}`, "de"},
				{`{"c": "DE", "n": -1}`, "DE"},
				{`{"c": "DE"}`, "DE"},
				{`{"c": "FR", "n": 8999}`, "LOOKUP_VALUE_NOT_FOUND"},
				{`{"c": "FR", "n": 9001}`, "big"},
			},
		},
		"all rows with it": {
			"amount,out\n0,a\n5,b\n5.0,c\n9,d\n", `{"match": [{"column": "amount", "field": "n", "mode": "atLeast"}], "hitPolicy": "collect", "aggregate": "list", "separator": "+", "outputs": [{"column": "out", "field": "out"}]}`,
			[][2]string{{`{"n": 7}`, "b+c"}, {`{"n": 4}`, "a"}},
		},
	} {
		t.Run(name, c.run)
	}
}

func TestADomainMayBeWrittenAsAURL(t *testing.T) {
	c := lookedUp{
		"site,out\nhttps://www.acme.com/path?a=b,Acme\nwww.globex.org,Globex\nwww.gov.uk,UK\njane@gmail.com,Jane\n",
		lookupOf("first", `{"column": "site", "field": "email", "mode": "domain"}`),
		[][2]string{
			{`{"email": "jo@acme.com"}`, "Acme"},
			{`{"email": "https://shop.acme.com"}`, "Acme"},
			{`{"email": "jo@globex.org"}`, "Globex"},
			{`{"email": "jo@www.gov.uk"}`, "UK"},
			{`{"email": "jo@cabinet.gov.uk"}`, "LOOKUP_VALUE_NOT_FOUND"},
			{`{"email": "bob@gmail.com"}`, "Jane"},
		},
	}
	c.run(t)
}

func TestAJSONNumberIsLookedUpAsItIsSpeltAndThenInItsShortestForm(t *testing.T) {
	for name, c := range map[string]lookedUp{
		"a key": {
			"k,out\n5,five\n100,hundred\n7.0,seven\n7,SEVEN\n007,agent\n9007199254740993,long\n0.5,half\n0,none\n",
			lookupOf("first", `{"column": "k", "field": "n"}`),
			[][2]string{
				{`{"n": 5}`, "five"},
				{`{"n": 5.0}`, "five"},
				{`{"n": 1e2}`, "hundred"},
				{`{"n": 1.00E+2}`, "hundred"},
				{`{"n": 7.0}`, "seven"},
				{`{"n": 7.00}`, "SEVEN"},
				{`{"n": 9007199254740993}`, "long"},
				{`{"n": 9007199254740993.0}`, "long"},
				{`{"n": 9007199254740992.0}`, "LOOKUP_VALUE_NOT_FOUND"},
				{`{"n": 50e-2}`, "half"},
				{`{"n": -0}`, "none"},
				{`{"n": "5.0"}`, "LOOKUP_VALUE_NOT_FOUND"},
				{`{"n": "1e2"}`, "LOOKUP_VALUE_NOT_FOUND"},
			},
		},
		"each of several": {
			"a,b,out\n5.0,7,x\n5,7.0,y\n1,1,z\n",
			lookupOf("first", `{"column": "a", "field": "a"}, {"column": "b", "field": "b", "mode": "exact"}`),
			[][2]string{
				{`{"a": 5.0, "b": 7.0}`, "y"},
				{`{"a": 5.0, "b": 7.00}`, "x"},
				{`{"a": 5, "b": 7.0}`, "y"},
				{`{"a": 1.0, "b": 1.0}`, "z"},
				{`{"a": 1.0, "b": "1.0"}`, "LOOKUP_VALUE_NOT_FOUND"},
			},
		},
		"before a cell that means anything": {
			"k,out\n5,five\n*,rest\n",
			lookupOf("first", `{"column": "k", "field": "n", "anything": ["*"]}`),
			[][2]string{{`{"n": 5.0}`, "five"}, {`{"n": 6.0}`, "rest"}, {`{"n": "5.0"}`, "rest"}},
		},
	} {
		t.Run(name, c.run)
	}
}
