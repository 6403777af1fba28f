package tables_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// A diary makes versions of one table, at times and by hands of its own.
type diary struct {
	t   *testing.T
	s   *tables.Store
	now time.Time
}

func newDiary(t *testing.T, o tables.Options) *diary {
	t.Helper()
	d := &diary{t: t, now: time.Date(2024, 3, 31, 10, 0, 0, 0, time.UTC)}
	o.Now = func() time.Time { return d.now }
	d.s = open(t, o)
	return d
}

func (d *diary) upload() int {
	d.t.Helper()
	return keepertest.Publish(d.t, d.s, "t", keepertest.Countries()).Version
}

func (d *diary) patch(by string) int {
	d.t.Helper()
	live, _ := d.s.Catalog().Table("t")
	im, err := d.s.Patch(context.Background(), "t", view.Patch{Upsert: []map[string]string{{"country": "Germany", "alpha-2": fmt.Sprint("v", live.Live.Number+1)}}}, tables.PatchOptions{Publish: true, By: by})
	require.NoError(d.t, err)
	return im.Version
}

func (d *diary) kept() []int {
	d.t.Helper()
	versions, err := d.s.Versions("t")
	require.NoError(d.t, err)
	var numbers []int
	for _, v := range versions {
		numbers = append(numbers, v.Number)
	}
	slices.Reverse(numbers)
	return numbers
}

// With default settings, somebody corrects row by row for an hour: every upload is
// still there, and so is what others changed before, and rolling back gets there.
func TestChangesOfRowsPushNoUploadOut(t *testing.T) {
	d := newDiary(t, tables.Options{})
	var want []int
	for range 25 {
		want = append(want, d.upload())
	}
	want = want[5:]
	for range 15 {
		d.now = d.now.Add(time.Hour)
		want = append(want, d.patch("ann"))
	}
	d.now = d.now.Add(time.Hour)
	for range 60 {
		d.now = d.now.Add(time.Second)
		want = append(want, d.patch("script"))
	}
	want = slices.Concat(want[:35], want[len(want)-5:])
	require.Equal(t, want, d.kept(), "20 uploads, 20 changes of rows")
	live, _ := d.s.Catalog().Table("t")
	require.Equal(t, 100, live.Live.Number, "each change was a version")

	for i := len(want) - 2; i >= 0; i-- {
		back, err := d.s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
		require.NoError(t, err)
		require.Equal(t, want[i], back)
	}
	_, err := d.s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
	require.ErrorIs(t, err, schema.ErrVersionNotFound)

	versions, err := d.s.Versions("t")
	require.NoError(t, err)
	for _, v := range versions {
		require.Equal(t, v.Number > 25, v.Patch, "version %d", v.Number)
	}
	require.Eventually(t, func() bool { return len(storages(t, d.s)) == 40 && doomed(t, d.s) == 0 }, 10*time.Second, 10*time.Millisecond)
}

func TestTwoHandsDoNotPushOutEachOther(t *testing.T) {
	d := newDiary(t, tables.Options{KeepVersions: 4})
	first := d.upload()
	ann := d.patch("ann")
	var bob []int
	for range 6 {
		d.now = d.now.Add(time.Second)
		bob = append(bob, d.patch("bob"))
	}
	require.Equal(t, []int{first, ann, bob[3], bob[4], bob[5]}, d.kept(), "ann's stays, though it is the oldest and within the same minute")
}

func TestTheLiveVersionIsNeverDropped(t *testing.T) {
	d := newDiary(t, tables.Options{KeepVersions: 2})
	first := d.upload()
	one := d.patch("ann")
	for range 3 {
		d.patch("ann")
	}
	require.Equal(t, []int{first, one + 2, one + 3}, d.kept())
	require.NoError(t, d.s.Publish("t", first, "ann"))
	for range 4 {
		_, err := d.s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{})
		require.NoError(t, err)
	}
	require.Equal(t, []int{first, one + 2, one + 3, one + 6, one + 7}, d.kept())
}

func TestAHundredChangesOfRowsDoNotBarTheWayBackToAnUpload(t *testing.T) {
	d := newDiary(t, tables.Options{KeepVersions: 200})
	first := d.upload()
	for range 110 {
		d.patch("ann")
	}
	for steps := 0; ; steps++ {
		require.Less(t, steps, 101)
		back, err := d.s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
		require.NoError(t, err)
		if back == first {
			return
		}
	}
}

// surplusModel says the same in other words: take the versions away one by one.
func surplusModel(versions []tables.Making, keep int) []int {
	var gone []int
	for {
		uploads, patches := []tables.Making{}, []tables.Making{}
		for _, v := range versions {
			if slices.Contains(gone, v.Number) {
				continue
			}
			if v.Patch {
				patches = append(patches, v)
			} else {
				uploads = append(uploads, v)
			}
		}
		switch {
		case len(uploads) > keep:
			gone = append(gone, uploads[0].Number)
			continue
		case len(patches) <= keep:
			slices.Sort(gone)
			return gone
		}
		first := patches[0].Number
	look:
		for i, p := range patches {
			for _, later := range patches[i+1:] {
				apart := later.Created.Sub(p.Created)
				if later.By == p.By && apart <= time.Minute && apart >= -time.Minute {
					first = p.Number
					break look
				}
			}
		}
		gone = append(gone, first)
	}
}

func TestWhatIsDroppedIsWhatTheModelDrops(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var versions []tables.Making
		at := time.Date(2024, 3, 31, 10, 0, 0, 0, time.UTC)
		for n := range rapid.IntRange(0, 40).Draw(rt, "n") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 20, 59, 60, 61, 3600, -5, -90}).Draw(rt, "seconds")) * time.Second)
			versions = append(versions, tables.Making{
				Number: n + 1, Created: at, Patch: rapid.Bool().Draw(rt, "patch"), By: rapid.SampledFrom([]string{"ann", "bob"}).Draw(rt, "by"),
			})
		}
		keep := rapid.IntRange(1, 8).Draw(rt, "keep")
		want := surplusModel(versions, keep)
		require.Equal(rt, want, tables.Surplus(versions, keep))
	})
}
