package file_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
)

// What is scheduled stands in the head of its table: with that it is lost, and the history says so.
func TestAScheduleThatIsLostWithADamagedHeadIsTold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	made, err := s.Schedule(context.Background(), "t", tables.PublishRequest{Version: 1}, tables.ScheduleOptions{At: time.Now().Add(time.Hour), By: "ann"})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s, _ = at(t, path, tables.Options{})
	kept, _ := s.Catalog().Table("t")
	require.True(t, made.At.Equal(kept.Scheduled.At), "it is durable")
	require.NoError(t, s.Close())
	change(t, path, flip("heads", file.HeadKey(table("t"))))
	report, err := file.Check(path)
	require.NoError(t, err)
	require.NotEmpty(t, report.Findings)
	s, _ = at(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	requireDamage(t, s, tables.DamagedTable, "t", 0)
	keepertest.Publish(t, s, "t", keepertest.Countries())
	events, err := s.History("t")
	require.NoError(t, err)
	found := false
	for _, e := range events {
		found = found || e.Action == tables.ActionUnschedule && e.Version == 1
	}
	require.True(t, found)
}

func TestCheckMissesAVersionThatIsScheduled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	keepertest.Publish(t, s, "t", keepertest.Countries())
	_, err := s.Schedule(context.Background(), "t", tables.PublishRequest{Version: 1}, tables.ScheduleOptions{At: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	report, err := file.Check(path)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	change(t, path, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("versions")).Delete(append(file.HeadKey(table("t")), 0, 0, 0, 0, 0, 0, 0, 1))
	})
	report, err = file.Check(path)
	require.NoError(t, err)
	var text string
	for _, f := range report.Findings {
		text += f.Problem + "\n"
	}
	require.Contains(t, text, "version 1 goes live at")
}
