package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

func TestPhoneReadsNumbersByTheirCountry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, country               string
		e164, kind, of, extended any
	}{
		{"+1 (415) 555-2671", "", "+14155552671", "fixedLineOrMobile", "US", nil},
		{"(415) 555-2671", "US", "+14155552671", "fixedLineOrMobile", "US", nil},
		{"415.555.2671 x12", "us", "+14155552671", "fixedLineOrMobile", "US", "12"},
		{"1-800-FLOWERS", "US", "+18003569377", "tollFree", "US", nil},
		{"416-555-0123", "US", "+14165550123", "fixedLineOrMobile", "CA", nil},
		{"0151 23456789", "DE", "+4915123456789", "mobile", "DE", nil},
		{"030 901820", "DE", "+4930901820", "fixedLine", "DE", nil},
		{"030 901820 Durchwahl 12", "DE", "+4930901820", "fixedLine", "DE", "12"},
		{"0049 30 901820", "DE", "+4930901820", "fixedLine", "DE", nil},
		{"+49 (0)30 901820", "US", "+4930901820", "fixedLine", "DE", nil},
		{"+44 (0)20 7946 0018 ext. 5", "", "+442079460018", "fixedLine", "GB", "5"},
		{"06 3600 1234", "IT", "+390636001234", "fixedLine", "IT", nil}, // the zero stays
		{"０３－１２３４－５６７８（内線１２）", "JP", "+81312345678", "fixedLine", "JP", "12"},
		{"tel:+1-415-555-2671", "", "+14155552671", "fixedLineOrMobile", "US", nil},
		{"\"+33 6 12 34 56 78\",", "", "+33612345678", "mobile", "FR", nil},
		{"+800 1234 5678", "", "+80012345678", "tollFree", nil, nil},
		// A number of another country comes out valid and wrong: so the country is never guessed.
		{"415 555 2671", "DE", "+494155552671", "fixedLine", "DE", nil},
	} {
		of := map[string]any{"e164": c.e164, "type": c.kind, "country": c.of, "extension": c.extended, "valid": true}
		got, _, err := call("phone", c.x, c.country)
		require.NoError(t, err)
		require.Equal(t, of, got, "%s in %s", c.x, c.country)
		country, _, err := call("phoneCountry", c.x, c.country)
		require.NoError(t, err)
		require.Equal(t, c.of, country, c.x)
		// What came out is read again as itself, whatever the country.
		again, _, err := call("phone", c.e164, "FR")
		require.NoError(t, err)
		require.Equal(t, c.e164, again.(map[string]any)["e164"])
	}
	// A number that is none of its country's is told from what is no number at all.
	for _, x := range []string{"+1 415", "555-1234"} {
		got, _, err := call("phone", x, "US")
		require.NoError(t, err)
		require.Equal(t, map[string]any{"e164": nil, "type": nil, "country": nil, "extension": nil, "valid": false}, got, x)
	}
	for _, c := range [][]any{
		{"(415) 555-2671"},
		{"0049 30 901820"},
		{"(415) 555-2671", "Germany"},
		{"(415) 555-2671", nil},
		{"(415) 555-2671", "ZZ"},
		{"(415) 555-2671", "001"},
		{nil, "US"},
		{"", "US"},
		{"n/a", "US"},
		{"12", "US"},
		{strings.Repeat("1", 251), "US"},
		{"call me", "DE"},
		{"+", "DE"},
		{true, "US"},
	} {
		got, _, err := call("phone", c...)
		require.NoError(t, err)
		require.Nil(t, got, "%v", c)
	}
}

// Words are not dialled where the digits beside them are a number.
func TestPhoneLeavesWordsOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, country string
		e164       any
	}{
		{"tel 030 901820 abends", "DE", "+4930901820"},
		{"030 901820 (Büro)", "DE", "+4930901820"},
		{"mobil: 0151 23456789 ab 18 Uhr", "DE", "+4915123456789"},
		{"415 555 2671 or 415 555 2672", "US", "+14155552671"},
		{"030 901820 oder 030 901821", "DE", "+4930901820"},
		{"home +33 6 12 34 56 78 evenings", "", "+33612345678"},
		{"Telefon 030 901820 abends Durchwahl 12", "DE", "+4930901820"},
		{"電話 03-1234-5678", "JP", "+81312345678"},
		{"1-800-FLOWERS", "US", "+18003569377"},
		{"+1 800 Flowers", "", "+18003569377"},
		{"1300 FLOWER", "AU", "+611300356937"},
		{"0800 REVERSE", "GB", "+448007383773"},
		{"call me at 5 or 6", "US", nil},
	} {
		got, _, err := call("phone", c.x, c.country)
		require.NoError(t, err)
		var e164 any
		if got != nil {
			e164 = got.(map[string]any)["e164"]
		}
		require.Equal(t, c.e164, e164, c.x)
	}
}

// A call in a rule set reads what a lead has, also a number, and its parts are written.
func TestPhoneIsWrittenByItsParts(t *testing.T) {
	t.Parallel()
	l := lead{"lead.phone": 4155552671, "lead.country": "US"}
	require.Equal(t, "rules only; set.out = text +14155552671", written(t, "phone(lead.phone, lead.country).e164", l))
	require.Equal(t, "rules only", written(t, "phone(lead.phone).e164", l), "without a country there is no number, and nothing is written")
	require.Contains(t, written(t, "phone(lead.phone, lead.country)", l), "error: rule \"only\", set.out: a mapping cannot be written; name a part of it")
	require.Contains(t, writtenBefore(t, `phone(["1"], "US")`, l), "phone: argument 1 must be a text, not [\"1\"]")
	require.Contains(t, writtenBefore(t, `phoneCountry("1", ["US"])`, l), "phoneCountry: argument 2 must be a text, not [\"US\"]")
}

// A number is read once a batch, and what is kept is bounded; a number that a machine has not
// kept costs as much as it takes.
func TestNumbersAreReadOnceABatch(t *testing.T) {
	t.Parallel()
	cost := func(expression string) int64 {
		set, err := rules.Parse([]byte("name: x\nrules:\n  - {name: r, when: 'true', set: {a: '" + expression + "'}}\n"))
		require.NoError(t, err)
		p, err := rules.Compile(set, rules.Options{})
		require.NoError(t, err)
		cost, err := p.Probe(t.Context(), batchOf(lead{"lead.x": "+14155552671"}))
		require.NoError(t, err)
		return cost.Expressions[1].PerLead
	}
	once, twice := cost("phone(lead.x).e164"), cost("phone(lead.x).e164 + phoneCountry(lead.x)")
	require.Greater(t, once, int64(5000))
	require.Less(t, twice-once, int64(100))
	many := cost(`string(count(map(1..12, phone("+1415555" + (2000 + #))), # != nil))`)
	require.Greater(t, many, int64(60_000))
	require.Contains(t, written(t, `string(count(map(1..900, phone("+1415555" + (2000 + #))), # != nil))`, lead{}), "the expression takes too long for one lead")
}

// FuzzPhone: about 1,500 executions a second on two busy cores.
//
//	go test ./engine/rules -run '^$' -fuzz FuzzPhone -fuzztime 30s -fuzzminimizetime 1x
func FuzzPhone(f *testing.F) {
	for _, s := range []string{
		"", "+1 (415) 555-2671", "1-800-FLOWERS", "0049 (0)30 901820 Durchwahl 12", "０３－１２３４（内線１２）", "tel:030;phone-context=+49", "+39 06 698", "+++", "١٢٣٤٥٦٧٨٩٠",
		"+1415555267112345678", "\xff\xfe+1", "0" + strings.Repeat("1", 20), "+1 415 555 2671 ext 123456789012345", ";ext=;isub=", "*31#", "911",
	} {
		f.Add(s, "US")
		f.Add(s, "")
	}
	f.Add("030", "De ")
	f.Fuzz(func(t *testing.T, s, country string) {
		if len(s) > 2000 || len(country) > 100 {
			return
		}
		got, _, err := call("phone", s, country)
		require.NoError(t, err)
		of, _, err := call("phoneCountry", s, country)
		require.NoError(t, err)
		if got == nil {
			require.Nil(t, of)
			return
		}
		parts, ok := got.(map[string]any)
		require.True(t, ok)
		require.Equal(t, of, parts["country"])
		if parts["e164"] == nil {
			require.Equal(t, false, parts["valid"])
			require.Nil(t, parts["type"])
			return
		}
		require.Regexp(t, `^\+[1-9][0-9]{2,16}$`, parts["e164"])
		require.NotNil(t, parts["type"])
		if extension := parts["extension"]; extension != nil {
			require.Regexp(t, `^[0-9]{1,11}$`, extension)
		}
	})
}

// go test ./engine/rules -run '^$' -bench Phone -count=10: a batch of 1,000 leads with so many
// different numbers, as people write them.
func BenchmarkPhone(b *testing.B) {
	for _, distinct := range []int{100, 1000} {
		b.Run(fmt.Sprintf("distinct=%d", distinct), func(b *testing.B) {
			leads := make([]lead, benchLeads)
			for i := range leads {
				n := i % distinct
				number := []string{"(415) 555-%04d", "0151 2345%04d", "+44 20 7946 %04d", "+33 6 12 34 %04d"}[n%4]
				leads[i] = lead{"lead.phone": fmt.Sprintf(number, n), "lead.country": []string{"US", "DE", "GB", "FR"}[n%4]}
			}
			p, err := rules.Compile(one("phone(lead.phone, lead.country).e164"), rules.Options{})
			require.NoError(b, err)
			batch := batchOf(leads...)
			var (
				out  rules.Results
				took []time.Duration
			)
			b.ReportAllocs()
			for b.Loop() {
				start := cpuTime()
				if err := p.Run(b.Context(), batch, &out); err != nil {
					b.Fatal(err)
				}
				took = append(took, cpuTime()-start)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "cpu-ms/batch")
		})
	}
}
