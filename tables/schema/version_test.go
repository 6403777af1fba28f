package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

func TestAColumnIsFoundByItsNameInAnyCaseWhereThatIsClear(t *testing.T) {
	v := schema.NamedVersion([]string{"a", "Name", "NAME", "b"})
	for name, want := range map[string]int{"a": 0, "A": 0, "Name": 1, "NAME": 2, "B": 3} {
		got, ok := v.Column(name)
		require.True(t, ok, name)
		require.Equal(t, want, got, name)
	}
	for _, name := range []string{"name", "c", ""} {
		_, ok := v.Column(name)
		require.False(t, ok, name)
	}
	three := schema.NamedVersion([]string{"Name", "NAME", "nAME"})
	_, ok := three.Column("name")
	require.False(t, ok)
	require.Equal(t, []string{"a", "Name", "NAME", "b"}, v.ColumnNames())
	require.Equal(t, []int{0, 1, 2, 3}, v.AllColumns())
	require.Equal(t, "Name + b", v.NamesOf([]int{1, 3}))
}

func TestRowsAreFoundInTheirGroups(t *testing.T) {
	v := &schema.Version{Number: 3, Rows: 6, Groups: []int{2, 3, 1}}
	require.NoError(t, v.Locate())
	require.Equal(t, []int{0, 2, 5, 6}, v.Starts)
	for row, want := range []int{0, 0, 1, 1, 1, 2} {
		require.Equal(t, want, v.GroupOf(row), "row %d", row)
	}
	v.Rows = 7
	require.ErrorContains(t, v.Locate(), "version 3: row groups hold 6 rows, not 7")
	v.Groups[1] = 0
	require.ErrorContains(t, v.Locate(), "row group 1 has 0 rows")
}

func TestAKeyIsKept(t *testing.T) {
	live := func() *schema.Version {
		return &schema.Version{Rows: 4, Key: []string{"k"}, Columns: []schema.Column{{Name: "k", Distinct: 3, Empty: 1}, {Name: "x", Distinct: 4}}}
	}
	next := func() *schema.Version {
		return &schema.Version{Rows: 9, Key: []string{"x"}, Columns: []schema.Column{{Name: "x"}, {Name: "K"}}}
	}
	for _, c := range []struct {
		name   string
		change func(live, next *schema.Version)
		want   string
	}{
		{"of which all cells differ", func(_, _ *schema.Version) {}, "K"},
		{"or not all", func(live, _ *schema.Version) { live.Columns[0].Distinct = 2 }, "K"},
		{"and that a person gave", func(live, _ *schema.Version) { live.Columns[0].Distinct, live.KeyGiven = 2, true }, "K"},
		{"but not one that is gone", func(_, next *schema.Version) { next.Columns[1].Name = "y" }, "x"},
		{"but not one that was never there", func(live, _ *schema.Version) { live.Columns[0].Name = "y" }, "x"},
		{"but not none", func(live, _ *schema.Version) { live.Key = nil }, "x"},
	} {
		before, v := live(), next()
		c.change(before, v)
		v.KeepKey(before)
		require.Equal(t, []string{c.want}, v.Key, c.name)
		require.Equal(t, c.want == "K" && before.KeyGiven, v.KeyGiven, c.name)
	}
	v := next()
	v.KeepKey(nil)
	require.Equal(t, []string{"x"}, v.Key)
}

func TestColumnsAreChecked(t *testing.T) {
	many := make([]string, 16384)
	for i := range many {
		many[i] = fmt.Sprint("c", i)
	}
	long := strings.Repeat("x", 1000)
	require.NoError(t, schema.CheckColumns(many, []string{"c1"}))
	require.NoError(t, schema.CheckColumns([]string{long}, nil))
	for _, c := range []struct {
		columns []string
		code    string
		says    string
	}{
		{nil, "NO_HEADER", "no columns"},
		{append(many, "more"), "TOO_LARGE", "16385 columns, 16384 are the most"},
		{[]string{"a", ""}, "NO_HEADER", "column 2 has a name of 0 bytes"},
		{[]string{long + "x"}, "NO_HEADER", "column 1 has a name of 1001 bytes"},
		{[]string{"a", "b", "a"}, "DUPLICATE_COLUMN", `column "a": two columns`},
	} {
		err := schema.CheckColumns(c.columns, nil)
		var refused *schema.UploadError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, c.code, refused.Code)
		require.ErrorContains(t, err, c.says)
	}
	err := schema.CheckColumns([]string{"a"}, []string{"b"})
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	require.ErrorContains(t, err, `"b": the file has a`)
}

func TestManyColumnsAreListedByTheFirstTen(t *testing.T) {
	require.Equal(t, "a, b", schema.Listed([]string{"a", "b"}))
	ten := strings.Split("abcdefghij", "")
	require.Equal(t, strings.Join(ten, ", "), schema.Listed(ten))
	require.Equal(t, strings.Join(ten, ", ")+" and 2 more", schema.Listed(append(ten, "k", "l")))
	require.Equal(t, "a, b or c", schema.Joined([]string{"a", "b", "c"}))
	require.Equal(t, "a", schema.Joined([]string{"a"}))
}

func TestAnUploadErrorNamesThePlace(t *testing.T) {
	require.EqualError(t, &schema.UploadError{Message: "no"}, "no")
	require.EqualError(t, &schema.UploadError{File: "f.csv", Row: 1, Column: "c", Message: "no"}, `f.csv: row 1: column "c": no`)
}

func TestNamesAreChecked(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "0": true, "country-codes.csv": true, "a_b": true, strings.Repeat("z", 100): true, "nones": true,
		"": false, "none": false, "A": false, "-a": false, ".a": false, "_a": false, "a b": false, "é": false, strings.Repeat("z", 101): false, "a/b": false,
	} {
		err := schema.CheckName("table", name)
		require.Equal(t, ok, err == nil, "%q", name)
		if err != nil {
			require.ErrorIs(t, err, schema.ErrInvalid)
			require.ErrorContains(t, err, "table name")
		}
	}
}
