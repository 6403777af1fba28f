package tables_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// named imports a table of one row, with a label.
func named(t *testing.T, s *tables.Store, name, label string) {
	t.Helper()
	source := &keepertest.Sheet{Header: []string{"a"}, Rows: [][]string{{"1"}}}
	_, err := s.Import(context.Background(), name, source, tables.ImportOptions{Publish: true, Label: label, By: "ada"})
	require.NoError(t, err)
}

func TestFilesInOtherScriptsBecomeTablesOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	for _, c := range []struct{ file, name, label string }{
		{"都道府県.csv", "du-dao-fu-xian", "都道府県"},
		{"مناطق.csv", "mntq", "مناطق"},
		{"Territories Q3 (final) v2.csv", "territories-q3-final-v2", "Territories Q3 (final) v2"},
		{"都道府县.csv", "du-dao-fu-xian-2", "都道府县"}, // the same letters, another text
		{"😀.csv", "table", "😀"},
		{"😁.xlsx", "table-2", "😁"},
		{"country-codes.csv", "country-codes", ""},
		{"ZIP map.xlsx", "zip-map", "ZIP map"},
	} {
		name, label := s.Catalog().Suggest(c.file)
		require.Equal(t, c.name, name, c.file)
		require.Equal(t, c.label, label, c.file)
		named(t, s, name, label)
		name, label = s.Catalog().Suggest("/home/ada/" + c.file)
		require.Equal(t, c.name, name, "%s again is the same table", c.file)
		require.Equal(t, c.label, label)
	}
	require.Len(t, s.Catalog().Tables(), 8)
	name, _ := s.Catalog().Suggest("zip MAP.csv")
	require.Equal(t, "zip-map", name, "the label but for its case")
	name, _ = s.Catalog().Suggest("ZIP map!.csv")
	require.Equal(t, "zip-map-2", name)
}

func TestATableWithoutALabelIsFoundByTheSpellingOfItsName(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	named(t, s, "sales-territories", "")
	named(t, s, "mntq", "")
	named(t, s, "old.csv", "")
	for file, want := range map[string]string{
		"Sales Territories.xlsx": "sales-territories",
		"sales_territories.csv":  "sales_territories", // a name of its own
		"مناطق.csv":              "mntq-2",
		"Old.CSV":                "old.csv",
		"MNTQ.csv":               "mntq",
	} {
		name, _ := s.Catalog().Suggest(file)
		require.Equal(t, want, name, file)
	}
	require.NoError(t, s.SetLabel("sales-territories", "Gebiete", "ada"))
	name, _ := s.Catalog().Suggest("Sales Territories.xlsx")
	require.Equal(t, "sales-territories-2", name, "people know it by another name now")
	name, label := s.Catalog().Suggest("gebiete.csv")
	require.Equal(t, "gebiete", name, "a name is taken as it stands")
	require.Empty(t, label)
	name, _ = s.Catalog().Suggest("GEBIETE.csv")
	require.Equal(t, "sales-territories", name)
}

func TestNumbersOfNamesFitIntoThem(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	long := strings.Repeat("x", 100)
	for i := range 11 {
		name, label := s.Catalog().Suggest(fmt.Sprint(strings.ToUpper(long), " ", i, ".csv"))
		require.NoError(t, schema.CheckName("table", name))
		require.NotEmpty(t, label)
		named(t, s, name, label)
	}
	require.Len(t, s.Catalog().Tables(), 11)
	_, there := s.Catalog().Table(long[:97] + "-11")
	require.True(t, there)
}

func TestALabelIsOfTheTableAndOutlivesItsUploads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{})
	named(t, s, "t", " Sales\n territories ")
	named(t, s, "t", "another one")
	label := func(name string) string {
		table, ok := s.Catalog().Table(name)
		require.True(t, ok)
		return table.Label
	}
	require.Equal(t, "Sales territories", label("t"), "an upload to a table that is there says nothing of it")
	require.NoError(t, s.SetLabel("t", "都道府県", "bob"))
	require.NoError(t, s.SetLabel("t", "都道府県", "bob"))
	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, tables.ActionLabel, events[0].Action)
	require.Equal(t, "都道府県", events[0].Note)
	require.Equal(t, "bob", events[0].By)
	require.NotEqual(t, tables.ActionLabel, events[1].Action, "the same again changes nothing")

	require.NoError(t, s.Delete("t", "ada"))
	require.ErrorIs(t, s.SetLabel("t", "x", "ada"), schema.ErrTableNotFound)
	require.NoError(t, s.Restore(t.Context(), "t", "u", tables.Lift{}, "ada"))
	require.Equal(t, "都道府県", label("u"))
	named(t, s, "t", "new")
	require.Equal(t, "new", label("t"), "a table of the name of one that was deleted is another one")
	require.NoError(t, s.Close())

	s = openAt(t, path, tables.Options{})
	require.Equal(t, "都道府県", label("u"))
	require.NoError(t, s.Close())
}

func TestALabelThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	named(t, s, "t", "")
	require.ErrorIs(t, s.SetLabel("t", strings.Repeat("x", 256), ""), schema.ErrInvalid)
	require.ErrorIs(t, s.SetLabel("other", "x", ""), schema.ErrTableNotFound)
	_, err := s.Import(context.Background(), "u", &keepertest.Sheet{Header: []string{"a"}, Rows: [][]string{{"1"}}}, tables.ImportOptions{Label: "\xff"})
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.NoError(t, s.SetLabel("t", "x", ""))
	require.NoError(t, s.SetLabel("t", "", ""))
	table, _ := s.Catalog().Table("t")
	require.Equal(t, "t", table.Title())
}
