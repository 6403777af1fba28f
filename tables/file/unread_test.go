package file_test

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// before is a file that the program wrote before columns had a notation: conditions and
// spans in cells, some of which are not understood any more.
func before(t testing.TB) (path string) {
	t.Helper()
	return unpacked(t, "before-notation.db.gz")
}

// unread waits until it is known which cells cannot be read.
func unread(t testing.TB, s *tables.Store, some bool) (list []tables.Unread) {
	t.Helper()
	require.Eventually(t, func() bool {
		list = s.Unread()
		return (len(list) > 0) == some
	}, 10*time.Second, time.Millisecond)
	return list
}

// logged is what a store says, from any goroutine.
type logged struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestCellsThatAreNoLongerUnderstoodAreNamedAndTheOthersAnswer(t *testing.T) {
	t.Parallel()
	log := new(logged)
	s, err := file.OpenStore(before(t), tables.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	list := unread(t, s, true)
	require.Len(t, list, 1, "the spans are understood: %v", list)
	require.Equal(t, []any{"sizes", 1, "sizes", "c", 1, 3}, []any{list[0].Table, list[0].Version, list[0].Lookup, list[0].Column, list[0].Row, list[0].Cells})
	require.Contains(t, list[0].Reason, ">=10 and <=20")
	require.Contains(t, log.String(), "cells cannot be read")

	// The table goes on: the row with >= 10 answers, those that are not understood do not.
	table, ok := s.Catalog().Table("sizes")
	require.True(t, ok)
	sn, err := s.Snapshot(t.Context(), "sizes", 0)
	require.NoError(t, err)
	require.Equal(t, []int32{3}, keepertest.RowsOf(keepertest.Find(t, sn, table.Lookups[0], "15")))
	require.Equal(t, []int32{4}, keepertest.RowsOf(keepertest.Find(t, sn, table.Lookups[0], "5")))

	// They are findings of the version, which block it once it is not live any more.
	found, _, err := s.Findings(t.Context(), "sizes", 0)
	require.NoError(t, err)
	require.Equal(t, 3, found.Counts[schema.CodeBadPattern])

	// A version whose cells are understood ends it; the old one comes back only with another lookup.
	_, err = s.Import(t.Context(), "sizes", &keepertest.Sheet{Header: []string{"c", "v"}, Rows: [][]string{{"[10..20]", "both"}}}, tables.ImportOptions{Publish: true, Confirm: true})
	require.NoError(t, err)
	unread(t, s, false)
	require.ErrorIs(t, s.Publish("sizes", 1, ""), schema.ErrConflict)
	unread(t, s, false)
}
