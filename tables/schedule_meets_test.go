package tables_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
)

// What is scheduled meets the other things that can be done with a table meanwhile.

func TestAScheduleGoesOnUnderTheNewNameOfItsTableAndIsNotCopied(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		second := upload(t, s, harm{}.sheet())
		l := regexLookup()
		l.Label = "later"
		_, _, err := s.PutLookup(t.Context(), "t", l, tables.LookupOptions{})
		require.NoError(t, err)
		request := tables.PublishRequest{Version: second, Lookups: map[string]int{"t": 2}}
		_, err = s.Schedule(t.Context(), "t", request, tables.ScheduleOptions{At: time.Now().Add(time.Hour), By: "ann"})
		require.NoError(t, err)
		_, err = s.Copy(t.Context(), "t", "twin", tables.Lift{}, "ann")
		require.NoError(t, err)
		require.NoError(t, s.Rename("t", "new", tables.Lift{}, "ann"))

		twin, _ := s.Catalog().Table("twin")
		require.Nil(t, twin.Scheduled)
		renamed, _ := s.Catalog().Table("new")
		require.Equal(t, map[string]int{"new": 2}, renamed.Scheduled.Named("new"), "its default lookup is called as it is")
		wait(2 * time.Hour)
		require.NoError(t, s.Background())
		renamed, _ = s.Catalog().Table("new")
		require.Equal(t, second, renamed.Live.Number)
		require.Nil(t, renamed.Scheduled)
		now, _ := renamed.Lookup("new")
		require.Equal(t, "later", now.Label)
		twin, _ = s.Catalog().Table("twin")
		require.Equal(t, 1, twin.Live.Number)
	})
}

func TestAChainThatWouldGoRoundIsFoundAtNightAndWhenItIsDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := over(t, keepertest.NewMemory(), tables.Options{})
		defer func() { require.NoError(t, s.Close()) }()
		require.NoError(t, link(t, s, "t", "", "", true))
		require.NoError(t, link(t, s, "t", "b", "", false))
		_, err := s.Schedule(t.Context(), "t", tables.PublishRequest{Lookups: map[string]int{"t": 2}}, tables.ScheduleOptions{At: time.Now().Add(72 * time.Hour)})
		require.NoError(t, err)
		// The table itself is not touched by this.
		require.NoError(t, link(t, s, "b", "t", "", true))
		wait(25 * time.Hour)
		p := scheduled(t, s)
		require.Len(t, p.Refusals, 1)
		require.Contains(t, p.Refusals[0].Message, "it goes in a circle")
		require.True(t, p.Refused.IsZero(), "it may be mended")
		wait(72 * time.Hour)
		p = scheduled(t, s)
		require.False(t, p.Refused.IsZero())
		require.Equal(t, tables.ReasonInvalid, p.Refusals[0].Code)
		table, _ := s.Catalog().Table("t")
		require.Equal(t, 1, table.Lookups[0].Version)
		require.Equal(t, tables.ActionRefused, actions(t, s)[0])
	})
}

// A machine that stops at the commit has stored all of it or nothing, and the next one does what is left.
func TestWhateverBecomesOfTheCommitItGoesLiveOnce(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]bool{"it was stored": true, "it was not stored": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := keepertest.NewMemory()
				first, owner := over(t, m, tables.Options{})
				good(t, first)
				second := upload(t, first, harm{}.sheet())
				scheduleIn(t, first, second, time.Hour)
				var dead atomic.Bool
				owner.Inject(func(call string) *keepertest.Fault {
					if call == "Commit" || dead.Load() {
						first := !dead.Swap(true)
						return &keepertest.Fault{Err: errors.New("the machine stopped"), Done: stored && first}
					}
					return nil
				})
				wait(2 * time.Hour)
				require.Error(t, first.Background())
				owner.Inject(nil)
				require.NoError(t, first.Close())

				s, _ := over(t, m, tables.Options{})
				defer func() { require.NoError(t, s.Close()) }()
				if stored {
					require.Nil(t, scheduled(t, s), "it is gone in the commit that made it live")
				}
				wait(time.Minute)
				require.Equal(t, second, liveOf(s)[0])
				require.Nil(t, scheduled(t, s))
				published := 0
				for _, action := range actions(t, s) {
					if action == tables.ActionPublish {
						published++
					}
				}
				require.Equal(t, 2, published, "the first version, and this one once")
			})
		})
	}
}
