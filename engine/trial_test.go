package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// wanting is a test of a lookup.
func wanting(lead, want string) schema.Test {
	return schema.Test{Lead: json.RawMessage(lead), Want: json.RawMessage(want)}
}

// missing wants that no row is hit.
func missing(lead string) schema.Test { return wanting(lead, "null") }

func TestATestOfALookupSaysWhatCameInPlaceOfWhatWasWanted(t *testing.T) {
	h := newHouse(t)
	l := schema.Lookup{
		Match: []schema.Match{{Column: "country", Field: "country"}},
		Outputs: []schema.Output{
			{Column: "code", Field: "countryCode", Default: "ZZ"},
			{Column: "numeric", Field: "countryNumber", Type: schema.TypeInteger},
			{Column: "note", Field: "countryNote"},
		},
		RuleSet: "routing", // which would write more, and does not run
	}
	try := func(change func(*schema.Lookup), test schema.Test) string {
		tried := l
		tried.Tests = []schema.Test{test}
		if change != nil {
			change(&tried)
		}
		_, _, err := h.store.PutLookup(t.Context(), "countries", tried, tables.LookupOptions{Publish: true})
		if err == nil {
			return ""
		}
		var refused *schema.Refusal
		require.ErrorAs(t, err, &refused)
		require.Equal(t, map[string]int{schema.CodeTestFailed: 1}, refused.Blocks.Counts)
		return refused.Blocks.List[0].Message
	}
	byDefault := func(l *schema.Lookup) { l.OnNoMatch = schema.NoMatchDefault }
	cleared := func(l *schema.Lookup) { l.OnNoMatch = schema.NoMatchClear }
	severalHit := func(l *schema.Lookup) {
		l.HitPolicy, l.Match = schema.PolicyAny, []schema.Match{{Column: "country", Field: "country", Mode: schema.ModeContains}}
	}
	germany := `{"country":"germany"}`
	of := `lookup "countries", test 1: of the lead ` + germany + ` `
	for _, c := range []struct {
		change func(*schema.Lookup)
		test   schema.Test
		fails  string
	}{
		{nil, wanting(germany, `{"countryCode":"DE"}`), ""},
		{nil, wanting(`{"Country":"germany"}`, `{"COUNTRYCODE":"DE","countryNumber":276.0}`), ""},
		{nil, wanting(germany, `{"countryNote":null}`), ""},
		{nil, schema.Test{Lead: json.RawMessage(germany), Matched: new(true)}, ""},
		{nil, wanting(germany, `{"countryCode":"FR"}`), of + `wanted is countryCode "FR", and written is "DE"`},
		{nil, wanting(germany, `{"countryCode":null}`), of + `wanted is countryCode not written, and written is "DE"`},
		{nil, wanting(germany, `{"countryNote":"x"}`), of + `wanted is countryNote "x", and nothing is written`},
		{nil, wanting(germany, `{"countryNumber":"276"}`), of + `wanted is countryNumber "276", and written is 276`},
		{nil, wanting(germany, `{"countryCode":"clear()"}`), of + `wanted is countryCode "clear()", and written is "DE"`},
		{nil, wanting(germany, `{"countryNumber":277,"countryCode":"FR"}`), of + `wanted is countryCode "FR", and written is "DE", and wanted is countryNumber 277, and written is 276`},
		{nil, missing(germany), of + `wanted is that no row is hit, and row `},

		{nil, missing(`{"country":"Cascadia"}`), ""},
		{nil, missing(`{"country":""}`), ""},
		{nil, missing(`{}`), ""},
		{byDefault, missing(`{"country":"Cascadia"}`), ""},
		{byDefault, wanting(`{"country":"Cascadia"}`, `{"countryCode":"ZZ","countryNumber":null}`), ""},
		{byDefault, schema.Test{Lead: json.RawMessage(`{"country":"Cascadia"}`), Want: json.RawMessage(`{"countryCode":"ZZ"}`), Matched: new(false)}, ""},
		{byDefault, schema.Test{Lead: json.RawMessage(`{"country":"Cascadia"}`), Matched: new(true)}, `wanted is that a row is hit, and none is`},
		{cleared, wanting(`{"country":"Cascadia"}`, `{"countryCode":"clear()","countryNumber":"clear()"}`), ""},
		{nil, wanting(`{"country":"Cascadia"}`, `{"countryCode":"DE"}`), `wanted is {"countryCode":"DE"}, and it fails with LOOKUP_VALUE_NOT_FOUND: no row of countries (version 1) has country = "Cascadia"`},
		{nil, schema.Test{Lead: json.RawMessage(`{"country":"Cascadia"}`), Matched: new(true)}, `wanted is that a row is hit, and it fails with LOOKUP_VALUE_NOT_FOUND`},
		{severalHit, missing(`{"country":"Germany and Narnia"}`), `wanted is that no row is hit, and it fails with LOOKUP_AMBIGUOUS`},
	} {
		got := try(c.change, c.test)
		if c.fails == "" {
			require.Empty(t, got, "%s %s", c.test.Lead, c.test.Want)
			continue
		}
		require.Contains(t, got, c.fails)
	}
}

func TestATestIsHeldAgainstWhatIsNotLiveYet(t *testing.T) {
	h := newHouse(t)
	l := schema.Lookup{
		Match: []schema.Match{{Column: "k", Field: "k"}}, Outputs: []schema.Output{{Column: "v", Field: "v"}},
		Tests: []schema.Test{{Name: "one", Lead: json.RawMessage(`{"k":"a"}`), Want: json.RawMessage(`{"v":"1"}`)}},
	}
	up := func(text string, publish bool) (*tables.Imported, error) {
		return h.store.Import(t.Context(), "fresh", fromCSV(t, text), tables.ImportOptions{Publish: publish})
	}
	_, err := up("k,v\na,1\n", false)
	require.NoError(t, err)
	_, _, err = h.store.PutLookup(t.Context(), "fresh", l, tables.LookupOptions{Publish: true})
	require.NoError(t, err, "nothing of the table is live, and its newest rows answer")
	_, err = up("k,v\na,2\n", true)
	require.ErrorContains(t, err, `lookup "fresh", test 1 "one": of the lead {"k":"a"} wanted is v "1", and written is "2"`)
	_, err = up("k,v\nb,1\n", true)
	require.ErrorContains(t, err, `it fails with LOOKUP_VALUE_NOT_FOUND: no row of fresh has k = "a"`, "an upload has no number yet")
	im, err := up("k,v\na,1\nb,2\n", true)
	require.NoError(t, err)
	got := h.answers(t, lead(`"id":1,"k":"b"`, `"table":"fresh"`))[0]
	require.Equal(t, `"2"`, got.field("v"))
	require.Equal(t, im.Version, got.ActivityData.TableVersion, "what the tests have loaded answers leads, under its number")
}

func TestAHundredTestsOfALookupAreAnsweredWithinTheWorkOfABatch(t *testing.T) {
	h := newHouse(t)
	text := "k,v\n"
	for n := range 2000 {
		text += fmt.Sprintf("key number %d of the table,%d\n", n, n)
	}
	l := schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}}, Outputs: []schema.Output{{Column: "v", Field: "v"}}}
	for n := range schema.MaxTests {
		l.Tests = append(l.Tests, wanting(fmt.Sprintf(`{"k":"key number %d of the table"}`, n), fmt.Sprintf(`{"v":"%d"}`, n)))
	}
	_, err := h.store.Import(t.Context(), "large", fromCSV(t, text), tables.ImportOptions{Publish: true})
	require.NoError(t, err)
	_, _, err = h.store.PutLookup(t.Context(), "large", l, tables.LookupOptions{Publish: true})
	require.NoError(t, err)
	l.Tests = append(l.Tests, l.Tests[0])
	_, _, err = h.store.PutLookup(t.Context(), "large", l, tables.LookupOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, "101 tests, 100 are the most")
	require.Empty(t, h.SlowLookups())
}

func TestATestHasAMomentOfItsOwn(t *testing.T) {
	h := newHouse(t)
	l := schema.Lookup{
		Match:   []schema.Match{{Column: "from", ColumnTo: "to", Field: schema.Now, Mode: schema.ModeRange}},
		Outputs: []schema.Output{{Column: "v", Field: "v"}},
	}
	for day, v := range map[int]string{1: "old", 20: "new", 10: "new"} {
		test := wanting(`{}`, fmt.Sprintf(`{"v":%q}`, v))
		test.AsOf = time.Date(2026, time.March, day, 12, 0, 0, 0, time.UTC)
		l.Tests = append(l.Tests, test)
	}
	_, err := h.store.Import(t.Context(), "spans", fromCSV(t, "from,to,v\n,2026-03-09,old\n2026-03-10,,new\n"), tables.ImportOptions{Publish: true})
	require.NoError(t, err)
	l.Tests = append(l.Tests, wanting(`{}`, `{"v":"new"}`)) // of now
	_, _, err = h.store.PutLookup(t.Context(), "spans", l, tables.LookupOptions{Publish: true})
	require.NoError(t, err)
	l.Tests[len(l.Tests)-1].AsOf = time.Date(2026, time.March, 9, 12, 0, 0, 0, time.UTC)
	_, _, err = h.store.PutLookup(t.Context(), "spans", l, tables.LookupOptions{Publish: true})
	require.ErrorContains(t, err, `lookup "spans", test 4: of the lead {} wanted is v "new", and written is "old"`)
}
