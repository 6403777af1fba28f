package tables_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestAConfirmedGuessIsTheFirstVersionOfTheLookup(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"country", "code"}, Rows: [][]string{{"Germany", "DE"}}})
	table, _ := s.Catalog().Table("t")
	guess, _ := table.Lookup("")
	require.True(t, guess.Guessed)

	set, warned, err := s.ConfirmLookup(context.Background(), "t", "", "ada")
	require.NoError(t, err)
	require.Zero(t, warned.Total())
	require.Equal(t, 1, set.Version)
	require.False(t, set.Guessed)
	require.Equal(t, guess.Match, set.Match)
	require.Equal(t, guess.Outputs, set.Outputs)
	table, _ = s.Catalog().Table("t")
	live, _ := table.Lookup("t")
	require.Equal(t, set, live)
	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, tables.ActionLookup, events[0].Action)
	require.Equal(t, "confirmed as it was suggested", events[0].Note)
	require.Equal(t, "ada", events[0].By)

	again, _, err := s.ConfirmLookup(context.Background(), "t", "t", "bob")
	require.NoError(t, err)
	require.Equal(t, live, again, "what a person has agreed to stays as it is")
	after, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, events, after)

	// The lookup no longer follows the columns of later uploads.
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"country", "code", "more"}, Rows: [][]string{{"Germany", "DE", "x"}}})
	table, _ = s.Catalog().Table("t")
	live, _ = table.Lookup("")
	require.Len(t, live.Outputs, 1)
}

func TestALookupIsConfirmedByGoingLiveAndNotByBeingKept(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"country", "code"}, Rows: [][]string{{"Germany", "DE"}}})
	guessed := func() bool {
		table, _ := s.Catalog().Table("t")
		l, ok := table.Lookup("")
		require.True(t, ok)
		return l.Guessed
	}
	l := schema.Lookup{Match: []schema.Match{{Column: "country", Field: "c"}}, Outputs: []schema.Output{{Column: "code", Field: "f"}}}
	_, _, err := s.PutLookup(context.Background(), "t", l, tables.LookupOptions{})
	require.NoError(t, err)
	require.True(t, guessed(), "one that is not live is nobody's last word")
	require.NoError(t, s.PublishLookup(context.Background(), "t", "", 1, "ada"))
	require.False(t, guessed())
	require.NoError(t, s.DeleteLookup("t", "", "ada"))
	require.True(t, guessed(), "it is a suggestion again")
	_, _, err = s.ConfirmLookup(context.Background(), "t", "", "ada")
	require.NoError(t, err)
	require.False(t, guessed())
	require.NoError(t, s.Delete("t", "ada"))
	require.NoError(t, s.Restore(t.Context(), "t", "", tables.Lift{}, "ada"))
	require.False(t, guessed(), "as it was")
}

func TestOnlyWhatIsThereIsConfirmed(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	_, _, err := s.ConfirmLookup(context.Background(), "t", "", "ada")
	require.ErrorIs(t, err, schema.ErrTableNotFound)
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"country", "code"}, Rows: [][]string{{"Germany", "DE"}}})
	_, _, err = s.ConfirmLookup(context.Background(), "t", "other", "ada")
	require.ErrorIs(t, err, schema.ErrLookupNotFound)
	require.ErrorContains(t, err, `"other"`)
	require.NoError(t, s.SetLookup("t", schema.Lookup{Name: "other", Match: []schema.Match{{Column: "code", Field: "c"}}}, "ada"))
	set, _, err := s.ConfirmLookup(context.Background(), "t", "other", "ada")
	require.NoError(t, err, "one of its own name is never a guess")
	require.Equal(t, 1, set.Version)
}

// Whoever sets a lookup while another confirms the suggestion has the last word.
func TestConfirmingNeverReplacesWhatAPersonHasSet(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	for i := range 30 {
		name := fmt.Sprint("t", i)
		keepertest.Publish(t, s, name, &keepertest.Sheet{Header: []string{"country", "code"}, Rows: [][]string{{"Germany", "DE"}}})
		var both errgroup.Group
		both.Go(func() error {
			_, _, err := s.ConfirmLookup(context.Background(), name, "", "ada")
			return err
		})
		both.Go(func() error {
			return s.SetLookup(name, schema.Lookup{Match: []schema.Match{{Column: "code", Field: "mine"}}}, "bob")
		})
		require.NoError(t, both.Wait())
		table, _ := s.Catalog().Table(name)
		l, _ := table.Lookup("")
		require.Equal(t, "mine", l.Match[0].Field, name)
	}
}

// What is confirmed is what is suggested for the columns that are live then.
func TestTheSuggestionOfTheMomentIsConfirmed(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	for i := range 15 {
		name := fmt.Sprint("t", i)
		keepertest.Publish(t, s, name, &keepertest.Sheet{Header: []string{"country", "code"}, Rows: [][]string{{"Germany", "DE"}}})
		var both errgroup.Group
		both.Go(func() error {
			_, _, err := s.ConfirmLookup(context.Background(), name, "", "ada")
			return err
		})
		both.Go(func() error {
			_, err := s.Import(context.Background(), name, &keepertest.Sheet{Header: []string{"country", "region"}, Rows: [][]string{{"Germany", "DACH"}}}, tables.ImportOptions{Publish: true, Force: true})
			return err
		})
		require.NoError(t, both.Wait())
		table, _ := s.Catalog().Table(name)
		l, _ := table.Lookup("")
		events, err := s.History(name)
		require.NoError(t, err)
		want := "code" // of the version that was live when it was confirmed
		if events[0].Action == tables.ActionLookup {
			want = "region" // it was confirmed last
		}
		require.Equal(t, want, l.Outputs[0].Column, "%s: %+v", name, events)
	}
}
