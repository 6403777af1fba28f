package tables_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func TestRowsAreFoundByTheFindingsOfTheirVersion(t *testing.T) {
	s := open(t, tables.Options{})
	twice := &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1"}, {"b", "null"}, {"a", "2"}}}
	_, err := s.Import(context.Background(), "t", twice, tables.ImportOptions{Publish: true, Key: []string{"k"}})
	require.NoError(t, err)
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1"}, {"b", "2"}, {"c", "3"}}})
	for version, want := range map[int][]view.Row{1: {{Row: 3, Cells: []string{"a", "2"}}}, 2: {}} {
		page, err := s.Rows(context.Background(), "t", view.Query{Version: version, Finding: "DUPLICATE_KEY"})
		require.NoError(t, err)
		require.Equal(t, want, page.Rows)
		require.Equal(t, len(want), page.Total)
	}
}

func TestTheValuesOfAColumnAreThoseOfTheVersionThatIsAskedFor(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", numberedSheet(50_000))
	keepertest.Publish(t, s, "t", keepertest.Countries())
	v, err := s.Values(context.Background(), "t", "STATE", 1, 2)
	require.NoError(t, err)
	require.Equal(t, &view.Values{Version: 1, Column: "state", Rows: 50_000, Empty: 10_000, Rest: 20_000, Values: []view.Value{{Text: "CA", Count: 10_000}, {Text: "NY", Count: 10_000}}}, v)
	_, err = s.Values(context.Background(), "t", "state", 0, 2)
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	require.ErrorContains(t, err, `version 2 has country, alpha-2, numeric`)
	_, err = s.Values(context.Background(), "none", "state", 0, 2)
	require.ErrorIs(t, err, schema.ErrTableNotFound)
}

func TestATextIsFoundInTheLiveVersionsOfAllTables(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "second", keepertest.Countries())
	keepertest.Publish(t, s, "first", &keepertest.Sheet{Header: []string{"k"}, Rows: [][]string{{"Germany"}}})
	keepertest.Publish(t, s, "first", &keepertest.Sheet{Header: []string{"k"}, Rows: [][]string{{"x"}, {"East GERMANY"}, {"germany"}}})
	keepertest.Publish(t, s, "third", numberedSheet(10))
	_, err := s.Import(context.Background(), "hidden", &keepertest.Sheet{Header: []string{"k"}, Rows: [][]string{{"Germany"}}}, tables.ImportOptions{})
	require.NoError(t, err)
	found, err := s.Find(context.Background(), "germany", 1)
	require.NoError(t, err)
	require.Equal(t, &tables.Found{Searched: 3, Tables: []view.Found{
		{Table: "first", Version: 2, Total: 2, Rows: []view.FoundRow{{Row: 2, Cells: []view.FoundCell{{Column: "k", Text: "East GERMANY"}}}}},
		{Table: "second", Version: 1, Total: 1, Rows: []view.FoundRow{{Row: 2, Cells: []view.FoundCell{{Column: "country", Text: "Germany"}}}}},
	}}, found)
	_, err = s.Find(context.Background(), " ", 1)
	require.ErrorIs(t, err, schema.ErrInvalid)

	over, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	found, err = s.Find(over, "germany", 1)
	require.NoError(t, err)
	require.Empty(t, found.Tables)
	require.Zero(t, found.Searched)
	require.Len(t, found.Unsearched, 3)
	require.Equal(t, "first", found.Unsearched[0].Table)
	require.Contains(t, found.Unsearched[0].Reason, "the time for one search is over")

	gone, end := context.WithCancel(context.Background())
	end()
	_, err = s.Find(gone, "germany", 1)
	require.ErrorIs(t, err, context.Canceled)
}
