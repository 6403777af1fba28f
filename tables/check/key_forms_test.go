package check_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

func TestKeysThatAreOneInAFormAreToldWithBothSpellings(t *testing.T) {
	t.Parallel()
	columns := []string{"k", "v", "p"}
	rows := [][]string{{"Zürich", "x", "1"}, {"Bern", "x", "2"}, {"zurich", "x", "3"}, {"ZUERICH", "y", "4"}, {"Genf", "y", "5"}, {"zürich ", "x", "6"}, {"", "z", "7"}}
	one := []schema.Match{{Column: "k", Mode: schema.ModeLoose}}
	outputs := []schema.Output{{Column: "v", Field: "v"}}
	empty := `EMPTY_KEY 7 k: no key in lookup "t": no lead can match this row`
	for _, c := range []struct {
		name   string
		lookup schema.Lookup
		want   []string
	}{
		{"under first, by their outputs", schema.Lookup{Match: one, Outputs: outputs}, []string{
			`KEY_VARIANT 3 k: the key ("zurich") is one with that of row 1 ("Zürich") in mode loose in lookup "t": a lead with either hits both, and their outputs are the same`,
			`DUPLICATE_KEY 4 k: the key ("ZUERICH") is one with that of row 1 ("Zürich") in mode loose in lookup "t": a lead with either hits both and gets the outputs of the first, which differ`,
			`DUPLICATE_KEY 6 k: the same key in lookup "t" as row 1 ("zürich "): a lead that wants one row gets the first`, empty,
		}},
		{"under unique", schema.Lookup{Match: one, Outputs: outputs, HitPolicy: schema.PolicyUnique}, []string{
			`OVERLAP 3 k: the key ("zurich") is one with that of row 1 ("Zürich") in mode loose in lookup "t": hit policy unique gives a lead with either neither of them`,
			`OVERLAP 4 k: the key ("ZUERICH") is one with that of row 1 ("Zürich") in mode loose in lookup "t": hit policy unique gives a lead with either neither of them`,
			`OVERLAP 6 k: the same key in lookup "t" as row 1 ("zürich "): hit policy unique gives a lead with it neither of them`, empty,
		}},
		{"under any", schema.Lookup{Match: one, Outputs: outputs, HitPolicy: schema.PolicyAny}, []string{
			`KEY_VARIANT 3 k: the key ("zurich") is one with that of row 1 ("Zürich") in mode loose in lookup "t": a lead with either hits both, and their outputs are the same`,
			`OVERLAP 4 k: the key ("ZUERICH") is one with that of row 1 ("Zürich") in mode loose in lookup "t": hit policy any gives a lead with either neither of them, because their outputs differ`, empty,
		}},
		{"under collect", schema.Lookup{Match: one, Outputs: outputs, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateList}, []string{
			`KEY_VARIANT 3 k: the key ("zurich") is one with that of row 1 ("Zürich") in mode loose in lookup "t": a lead with either hits both`,
			`KEY_VARIANT 4 k: the key ("ZUERICH") is one with that of row 1 ("Zürich") in mode loose in lookup "t": a lead with either hits both`, empty,
		}},
		{"normalized tells them apart", schema.Lookup{Match: []schema.Match{{Column: "k"}}, Outputs: outputs}, []string{
			`DUPLICATE_KEY 6 k: the same key in lookup "t" as row 1 ("zürich "): a lead that wants one row gets the first`, empty,
		}},
		{"with another part", schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeLoose}, {Column: "v"}}, Outputs: outputs}, []string{
			`KEY_VARIANT 3 k + v: the key ("zurich", "x") is one with that of row 1 ("Zürich", "x") in mode loose in lookup "t": a lead with either hits both, and their outputs are the same`,
			`DUPLICATE_KEY 6 k + v: the same key in lookup "t" as row 1 ("zürich ", "x"): a lead that wants one row gets the first`,
			`EMPTY_KEY 7 k + v: no key in lookup "t": no lead can match this row`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.ElementsMatch(t, c.want, told(warned(t, c.lookup, columns, rows)))
		})
	}
}

// Of several rows that a row is one with, one is named whose outputs differ.
func TestARowIsHeldAgainstTheFirstOfEachOfItsKeys(t *testing.T) {
	t.Parallel()
	l := schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeLoose}}, Outputs: []schema.Output{{Column: "v", Field: "v"}}}
	require.Equal(t, []string{
		`DUPLICATE_KEY 3 k: the key ("Zürich") is one with that of row 2 ("Zuerich") in mode loose in lookup "t": a lead with either hits both and gets the outputs of the first, which differ`,
	}, told(warned(t, l, []string{"k", "v"}, [][]string{{"Zurich", "a"}, {"Zuerich", "b"}, {"Zürich", "a"}})))
}

func TestOfManyKeysThatAreOneAHundredAreWritten(t *testing.T) {
	t.Parallel()
	l := schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeLoose}}, Outputs: []schema.Output{{Column: "v", Field: "v"}}}
	var rows [][]string
	for i := range 150 {
		rows = append(rows, []string{fmt.Sprintf("Köln %d", i), "x"}, []string{fmt.Sprintf("Koln %d", i), "x"})
	}
	list := warned(t, l, []string{"k", "v"}, rows)
	require.Len(t, list, 101)
	require.Equal(t, 50, list[100].More)
}

// Whether rows that are one in a form are told is held against all pairs of rows.
func TestEveryRowThatIsOneWithAnEarlierOneIsTold(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	for range 40 * rounds(t) {
		form, mode := spelling.Loose, schema.ModeLoose
		if r.IntN(2) == 0 {
			form, mode = spelling.Company, schema.ModeCompany
		}
		var rows [][]string
		for range 1 + r.IntN(30) {
			rows = append(rows, []string{pick("z", "Z", "a") + pick("ü", "u", "ue", "Ü") + pick("", "", " ö", "-o", " OE") + pick("", "", " Inc", ", Inc.", "!"), pick("CH", "ch", "DE"), pick("x", "y")})
		}
		keys := func(row []string) []string {
			first, second := form.Keys(row[0])
			if second == "" {
				second = first
			}
			return []string{first, second}
		}
		want, got := map[int]bool{}, map[int]bool{}
		for b := range rows {
			for a := range b {
				as, bs := keys(rows[a]), keys(rows[b])
				if (as[0] == bs[0] || as[0] == bs[1] || as[1] == bs[0] || as[1] == bs[1]) && (rows[a][1] == "DE") == (rows[b][1] == "DE") {
					want[b+1] = true
				}
			}
		}
		l := schema.Lookup{Match: []schema.Match{{Column: "k", Mode: mode}, {Column: "s"}}, Outputs: []schema.Output{{Column: "v", Field: "v"}}}
		for _, w := range warned(t, l, []string{"k", "s", "v"}, rows) {
			require.Contains(t, []string{schema.WarnDuplicateKey, schema.WarnKeyVariant}, w.Code)
			got[w.Row] = true
		}
		require.Equal(t, want, got, "%q", rows)
	}
}
