package file_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// The files of testdata/format1 were written by the program before a second store was
// thought of, with a clock of May 2024. In closed.db invocation 1 is delivered, 2 was
// given up, replayed and given up again, 3 probably arrived, 4 waits for its second
// attempt, 5 was abandoned, 6 failed once, 7 has 20,000 bytes of noise, 8 has no token,
// 9 and 10 are like others; it was closed while two were running. killed.db is the same
// file as a kill at that moment would have left it.
func format1(t *testing.T, name string) string {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata", "format1", name+".gz"))
	require.NoError(t, err)
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = io.Copy(f, r)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return path
}

func TestAFileOfTheProgramBeforeIsSoundAndKeepsItsBytes(t *testing.T) {
	for _, name := range []string{"closed.db", "killed.db"} {
		path := format1(t, name)
		report := check(t, path)
		require.Empty(t, report.Findings)
		require.Equal(t, 10, report.Invocations)
		require.Equal(t, 6, report.Unfinished)
		require.Equal(t, 9, report.Bodies)
		n := 0
		damage(t, path, func(tx *bolt.Tx) error { // it only looks
			return tx.Bucket([]byte("info")).ForEach(func(_, row []byte) error {
				again, err := file.DecodeRecord(row)
				require.NoError(t, err)
				require.Equal(t, row, again, "a row is written as it was")
				n++
				return nil
			})
		})
		require.Equal(t, 10, n)
	}
}

func TestAFileOfTheProgramBeforeIsWorkedOff(t *testing.T) {
	c := newClock()
	start := c.Now()
	c.Add(time.Minute)
	q, found := open(t, format1(t, "closed.db"), file.Options{Now: c.Now, Bounds: queue.Bounds{Running: 2}})
	require.True(t, found.Clean)
	require.Equal(t, []int{5, 1, 1, 1, 2}, []int{found.Available, found.Retryable, found.Delivered, found.Probably, found.Dead})
	require.Zero(t, found.Suspects+found.Interrupted+len(found.Damaged))

	list, err := q.List(t.Context(), queue.Filter{})
	require.NoError(t, err)
	require.Len(t, list, 10)
	byNumber := map[int64]queue.Info{}
	for _, i := range list {
		byNumber[i.CampaignID] = i
		if i.CampaignID != 8 { // the one without a token
			id, duplicate, err := q.Put(t.Context(), invocation(int(i.CampaignID)))
			require.NoError(t, err)
			require.True(t, duplicate, "%d is known", i.CampaignID)
			require.Equal(t, i.ID, id)
		}
	}
	summary := queue.Summary{
		Succeeded: 3, Failed: 2, Codes: map[string]int{"LOOKUP_VALUE_NOT_FOUND": 2},
		TableVersions: map[string]int{"country-codes": 4}, RuleSetVersions: map[string]int{"routing": 1},
	}
	attempt := queue.Attempt{Started: start.Local(), Duration: 1500 * time.Millisecond, Status: 503, Err: "busy"}
	first := byNumber[1]
	require.Equal(t, queue.Delivered, first.State)
	require.Equal(t, start.Local(), first.Accepted)
	require.Equal(t, start.Add(time.Second).Local(), first.Evaluated)
	require.Equal(t, start.Add(2*time.Second).Local(), first.Finished)
	require.Equal(t, summary, first.Summary)
	require.Equal(t, "batch-1", first.BatchID)
	require.Equal(t, "host1.example.com", first.CallbackHost)
	require.Equal(t, 1, first.Attempts)
	second := byNumber[2]
	require.Equal(t, queue.Dead, second.State)
	require.Equal(t, "refused again", second.Reason)
	require.Equal(t, []queue.Attempt{attempt, attempt}, second.Recent)
	require.Equal(t, 1, second.Replays)
	require.Equal(t, queue.ProbablyDelivered, byNumber[3].State)
	require.True(t, byNumber[3].Ambiguous)
	require.Equal(t, "busy", byNumber[3].Reason)
	require.Equal(t, start.Add(11*time.Second+time.Hour).Local().UnixMilli(), byNumber[4].Due.UnixMilli())
	require.Equal(t, "no use", byNumber[5].Reason)
	require.True(t, byNumber[5].HasPayload)
	require.Equal(t, "boom", byNumber[6].Reason)
	require.Equal(t, 1, byNumber[6].Failures)
	require.Equal(t, 20_000, byNumber[7].PayloadBytes)

	for _, n := range []int64{2, 3, 5} {
		require.NoError(t, q.Replay(t.Context(), byNumber[n].ID))
	}
	c.Add(2 * time.Hour)
	answered := 0
	for {
		jobs, err := q.Claim(t.Context(), 2, time.Minute)
		require.NoError(t, err)
		for _, j := range jobs {
			want := invocation(int(j.CampaignID))
			if j.CampaignID == 7 {
				want.Payload = noise(20_000)
			}
			require.Equal(t, want.Payload, j.Payload)
			require.Equal(t, []string{want.CallbackURL, want.APIKey, want.Token, want.MunchkinID}, []string{j.CallbackURL, j.APIKey, j.Token, j.MunchkinID})
			require.NoError(t, q.Finish(t.Context(), j.Lease, queue.Evaluated([]byte(`{"callback":true}`), summary)))
		}
		ds, err := q.ClaimDelivery(t.Context(), 10, time.Minute)
		require.NoError(t, err)
		for _, d := range ds {
			require.Equal(t, `{"callback":true}`, string(d.Callback))
			require.Equal(t, invocation(int(d.CampaignID)).APIKey, d.APIKey)
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200})))
			answered++
		}
		if len(jobs)+len(ds) == 0 {
			break
		}
	}
	require.Equal(t, 9, answered)
	require.Equal(t, 10, stats(t, q).Delivered)
}

func TestWhatWasUnderWayInAKilledFileOfTheProgramBeforeIsSuspected(t *testing.T) {
	c := newClock()
	c.Add(time.Minute)
	q, found := open(t, format1(t, "killed.db"), file.Options{Now: c.Now})
	require.False(t, found.Clean)
	require.Equal(t, 2, found.Suspects)
	for _, n := range []int64{7, 8} {
		jobs := claimAll(t, q)
		require.Len(t, jobs, 1, "alone")
		require.Equal(t, n, jobs[0].CampaignID)
		require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated(nil, queue.Summary{})))
	}
	require.Len(t, claimAll(t, q), 2, "the one that failed waits for its time")
}
