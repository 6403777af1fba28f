package file_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// busy makes a closed file with invocations in every state that is stored, tokens moved
// and not, and one that was purged.
func busy(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	file.SetTokenGeneration(q, 3)
	require.NoError(t, q.Finish(t.Context(), evaluated(t, q, 1).Lease, queue.Arrived(queue.Attempt{Status: 200})))
	require.NoError(t, q.Finish(t.Context(), evaluated(t, q, 2).Lease, queue.GivenUp(queue.Attempt{Status: 400}, "refused")))
	require.NoError(t, q.Finish(t.Context(), evaluated(t, q, 3).Lease, queue.ProbablyArrived(queue.Attempt{Status: 400})))
	require.NoError(t, q.Finish(t.Context(), evaluated(t, q, 4).Lease, queue.TryAgain(queue.Attempt{Status: 503}, time.Now().Add(time.Hour))))
	large := invocation(5)
	large.Payload = noise(100_000)
	_, _, err = q.Put(t.Context(), large)
	require.NoError(t, err)
	for n := 6; n < 10; n++ {
		put(t, q, n)
	}
	require.NoError(t, q.Close())
	return path
}

func check(t testing.TB, path string) *file.CheckReport {
	t.Helper()
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	report, err := file.Check(path)
	require.NoError(t, err)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after), "a check changes nothing")
	return report
}

func TestASoundQueueHasNoFindings(t *testing.T) {
	report := check(t, busy(t))
	require.Empty(t, report.Findings)
	require.Equal(t, 9, report.Invocations)
	require.Equal(t, 6, report.Unfinished)
	require.Equal(t, 8, report.Bodies)
	require.Positive(t, report.Tokens)

	q := newQueue(t, file.Options{})
	put(t, q, 1)
	_, err := q.Claim(t.Context(), 1, time.Minute)
	require.NoError(t, err)
	require.Empty(t, check(t, crash(t, q)).Findings, "a killed one has none either")
	require.NoError(t, q.Stopping(t.Context()))
	require.Empty(t, check(t, crash(t, q)).Findings, "nor has one that was killed while it was stopping")
}

func TestALiveQueueIsNotChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	open(t, path, file.Options{})
	_, err := file.Check(path)
	require.ErrorIs(t, err, file.ErrLocked)
	_, err = file.Check(path + "-missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestEveryKindOfDamageOfAQueueIsFound(t *testing.T) {
	first := func(tx *bolt.Tx, bucket string) (*bolt.Bucket, []byte, []byte) {
		b := tx.Bucket([]byte(bucket))
		k, v := b.Cursor().First()
		return b, bytes.Clone(k), bytes.Clone(v)
	}
	flip := func(bucket string) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			b, k, v := first(tx, bucket)
			v[len(v)/2] ^= 1
			return b.Put(k, v)
		}
	}
	remove := func(bucket string) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			b, k, _ := first(tx, bucket)
			return b.Delete(k)
		}
	}
	move := func(bucket string) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			b, k, v := first(tx, bucket)
			if err := b.Delete(k); err != nil {
				return err
			}
			k[11] ^= 0x40
			return b.Put(k, v)
		}
	}
	for name, c := range map[string]struct {
		damage func(tx *bolt.Tx) error
		says   string
	}{
		"an info row":        {flip("info"), "checksum differs"},
		"a missing info row": {remove("info"), "does not have it"},
		"a payload":          {flip("payload"), "its payload cannot be read"},
		"a missing payload":  {remove("payload"), "its payload cannot be read"},
		"a callback":         {flip("callback"), "its answer cannot be read"},
		"a key":              {flip("key"), "cannot be read"},
		"a missing key":      {remove("key"), "cannot be read"},
		"a moved key":        {move("key"), "no invocation"},
		"a missing open row": {remove("open"), "not among those to be worked on"},
		"a moved open row":   {move("open"), "no invocation"},
		"an unanswered row":  {flip("unanswered"), "does not fit"},
		"a missing one":      {remove("unanswered"), "not among the unanswered ones"},
		"a token":            {flip("token"), "does not have it"},
		"a missing token":    {remove("token"), "its token is missing"},
		"a count": {func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("count:dead"), []byte{0, 0, 0, 0, 0, 0, 0, 9})
		}, "9 are counted"},
		"a sequence":          {func(tx *bolt.Tx) error { return tx.Bucket([]byte("info")).SetSequence(2) }, "above that of the file"},
		"the format":          {func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{7}) }, "format [7]"},
		"a missing bucket":    {func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("token")) }, "is missing"},
		"a bucket more":       {func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("more")); return err }, "nobody knows what it is"},
		"a row of no meaning": {func(tx *bolt.Tx) error { return tx.Bucket([]byte("open")).Put([]byte("x"), nil) }, "a row has the key"},
	} {
		t.Run(name, func(t *testing.T) {
			path := busy(t)
			damage(t, path, c.damage)
			var found strings.Builder
			for _, f := range check(t, path).Findings {
				found.WriteString(f.String() + "\n")
			}
			require.Contains(t, found.String(), c.says)
			for _, secret := range []string{"callback-", "token-", "canary"} {
				require.NotContains(t, found.String(), secret)
			}
		})
	}
	for _, cut := range []int64{0, 100, 4096, 20_000} {
		path := busy(t)
		require.NoError(t, os.Truncate(path, cut))
		require.NotEmpty(t, check(t, path).Findings)
		_, _, err := file.Open(path, file.Options{})
		require.ErrorIs(t, err, queue.ErrDamaged)
		require.ErrorContains(t, err, path)
	}
}
