package index_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// null names the empty value, as "US" names a text: an item that names the value hits
// whatever stands beside it, in the order of DMN's lists (true or null is true). A part that
// compares never hits an empty value itself, and not() of it does not, either.
func TestNullNamesTheEmptyValue(t *testing.T) {
	t.Parallel()
	for cell, hits := range map[string][4]bool{ // an empty value, the text null, 2, 5
		`null`:               {true, false, false, false},
		`null, "null"`:       {true, true, false, false},
		`= null`:             {true, false, false, false},
		`!= null`:            {false, true, true, true},
		`not(null)`:          {false, true, true, true},
		`""`:                 {true, false, false, false},
		`< 3`:                {false, false, true, false},
		`< 3, null`:          {true, false, true, false},
		`null, < 3`:          {true, false, true, false},
		`< 3, = null`:        {true, false, true, false},
		`[1..3], ""`:         {true, false, true, false},
		`contains("2")`:      {false, false, true, false},
		`contains("2"),null`: {true, false, true, false},
		`not(< 3)`:           {false, false, false, true},
		`not(< 3, null)`:     {false, false, false, true},
		`not([1..3])`:        {false, false, false, true},
		`not(5)`:             {true, true, true, false},
		`not(5, null)`:       {false, true, true, false},
		`not("null")`:        {true, false, true, true},
		`5, null`:            {true, false, false, true},
		`!= 5`:               {true, true, true, false},
	} {
		for i, value := range []string{"", "null", "2", "5"} {
			require.Equal(t, hits[i], len(rowsHit(t, schema.ModeCondition, schema.Notation{}, value, cell)) == 1, "%s: %q", cell, value)
		}
	}
	for _, cell := range []string{"> null", "<= null", "[null..3]", "[1..null)"} {
		require.Error(t, index.CheckCell(schema.ModeCondition, cell, schema.Notation{}), cell)
	}
}

// With null among its items a list hits what it hits without, and the empty value besides;
// a not() of it what it hits without, but for the empty value.
func TestNullChangesNothingButTheEmptyValue(t *testing.T) {
	t.Parallel()
	item := rapid.SampledFrom([]string{"5", `"US"`, "< 3", ">= 2024-01-01", "[1..4)", `contains("s")`, `startsWith("2")`, "= 7", "a"})
	value := rapid.SampledFrom([]string{"", " ", "2", "5", "us", "null", "2024-02-01", "a", "x"})
	rapid.Check(t, func(r *rapid.T) {
		list := ""
		for _, x := range rapid.SliceOfN(item, 1, 3).Draw(r, "items") {
			list += x + ", "
		}
		v := value.Draw(r, "value")
		hit := func(cell string) bool { return len(rowsHit(t, schema.ModeCondition, schema.Notation{}, v, cell)) == 1 }
		empty := v == "" || v == " "
		without := list[:len(list)-2]
		require.Equal(r, empty || hit(without), hit(list+"null"), "%s: %q", list, v)
		require.Equal(r, !empty && hit("not("+without+")"), hit("not("+list+"null)"), "not(%s): %q", list, v)
	})
}
