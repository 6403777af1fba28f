package file_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// rows counts the rows of every bucket but meta, without the empty ones, and
// checks the file.
func rows(t testing.TB, path string) map[string]int {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	n := map[string]int{}
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			require.NoError(t, err)
		}
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			if rows := b.Stats().KeyN; rows > 0 && string(name) != "meta" {
				n[string(name)] = rows
			}
			return nil
		})
	}))
	return n
}

// crash gives a copy of the file as a killed process would leave it.
func crash(t testing.TB, q *file.Queue) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "queue.db")
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = q.WriteTo(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return path
}

func TestReopenReturnsAllLeases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, found, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	require.True(t, found.New)
	first := evaluated(t, q, 1)
	put(t, q, 2)
	second := claim(t, q)
	third := put(t, q, 3)
	require.NoError(t, q.Close())

	q, found = open(t, path, file.Options{})
	require.True(t, found.Clean)
	require.False(t, found.New)
	require.Equal(t, 2, found.Available)
	require.Equal(t, 1, found.Retryable)
	require.Zero(t, found.Interrupted)
	jobs, err := q.Claim(t.Context(), 5, time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, 2)
	require.Equal(t, second.ID, jobs[0].ID)
	require.Equal(t, third, jobs[1].ID)
	require.Greater(t, jobs[0].Fence, second.Fence)
	require.ErrorIs(t, q.Finish(t.Context(), second.Lease, queue.Evaluated(nil, queue.Summary{})), queue.ErrStale, "a lease of the earlier opening")
	d := claimDelivery(t, q)
	require.Equal(t, first.ID, d.ID)
	require.True(t, d.Ambiguous, "it was leased when the file was closed")
	require.ErrorIs(t, q.Finish(t.Context(), first.Lease, queue.Arrived(queue.Attempt{})), queue.ErrStale)
	require.Negative(t, third.Compare(put(t, q, 4)))
}

func TestCleanCloseLeavesWaitingDeliveriesUnambiguous(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	require.NoError(t, q.Finish(t.Context(), evaluated(t, q, 1).Lease, queue.Released()))
	require.NoError(t, q.Close())
	q, _ = open(t, path, file.Options{})
	require.False(t, claimDelivery(t, q).Ambiguous)
}

func TestCrashMarksDueDeliveriesAmbiguousAndOthersNot(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	due := evaluated(t, q, 1)
	later := evaluated(t, q, 2)
	require.NoError(t, q.Finish(t.Context(), later.Lease, queue.TryAgain(queue.Attempt{Status: 503}, c.Now().Add(time.Hour))))
	again, found := open(t, crash(t, q), file.Options{Now: c.Now})
	require.False(t, found.Clean)
	require.Equal(t, 1, found.Interrupted)
	d := claimDelivery(t, again)
	require.Equal(t, due.ID, d.ID)
	require.True(t, d.Ambiguous)
	require.True(t, get(t, again, due.ID).Ambiguous)
	require.False(t, get(t, again, later.ID).Ambiguous)
}

func TestClockSetBackDelaysNobodyLongerThanMeant(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "queue.db")
	c.Add(1000 * time.Hour) // The clock is wrong.
	q, _, err := file.Open(path, file.Options{Now: c.Now})
	require.NoError(t, err)
	d := evaluated(t, q, 1)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{Status: 503}, c.Now().Add(time.Minute))))
	wrong := put(t, q, 2)
	require.NoError(t, q.Close())
	c.Add(-1000 * time.Hour)
	q, _ = open(t, path, file.Options{Now: c.Now})
	require.Negative(t, wrong.Compare(put(t, q, 3)), "ids keep the order of acceptance")
	require.Equal(t, wrong, claim(t, q).ID)
	c.Add(time.Minute)
	require.Equal(t, d.ID, claimDelivery(t, q).ID)
}

func TestSecondProcessIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	open(t, path, file.Options{})
	_, _, err := file.Open(path, file.Options{LockTimeout: 10 * time.Millisecond})
	require.ErrorIs(t, err, file.ErrLocked)
}

func TestForeignAndNewerFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.db")
	db, err := bolt.Open(foreign, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("tables"))
		return err
	}))
	require.NoError(t, db.Close())
	_, _, err = file.Open(foreign, file.Options{})
	require.ErrorIs(t, err, file.ErrFormat)

	newer := filepath.Join(dir, "newer.db")
	q, _, err := file.Open(newer, file.Options{})
	require.NoError(t, err)
	require.NoError(t, q.Close())
	db, err = bolt.Open(newer, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{2})
	}))
	require.NoError(t, db.Close())
	_, _, err = file.Open(newer, file.Options{})
	require.ErrorIs(t, err, file.ErrFormat)

	garbage := filepath.Join(dir, "garbage.db")
	require.NoError(t, os.WriteFile(garbage, bytes.Repeat([]byte("garbage "), 10_000), 0o600))
	_, _, err = file.Open(garbage, file.Options{})
	require.Error(t, err)
}

// damage changes rows of a closed file.
func damage(t testing.TB, path string, fn func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(fn))
	require.NoError(t, db.Close())
}

func TestDamagedRowsAreReportedAndHarmNobodyElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	var ids []queue.ID
	for n := range 5 {
		ids = append(ids, put(t, q, n))
	}
	require.NoError(t, q.Close())
	damage(t, path, func(tx *bolt.Tx) error {
		info := bytes.Clone(tx.Bucket([]byte("info")).Get(ids[0][:]))
		info[len(info)/2] ^= 1
		payload := bytes.Clone(tx.Bucket([]byte("payload")).Get(append(ids[1][:len(ids[1]):len(ids[1])], 0, 0)))
		payload[len(payload)/2] ^= 1
		for _, err := range []error{
			tx.Bucket([]byte("info")).Put(ids[0][:], info),
			tx.Bucket([]byte("payload")).Put(append(ids[1][:len(ids[1]):len(ids[1])], 0, 0), payload),
			tx.Bucket([]byte("key")).Delete(ids[2][:]),
			tx.Bucket([]byte("payload")).Put(append(ids[3][:len(ids[3]):len(ids[3])], 0, 0), []byte("short")),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	q, found := open(t, path, file.Options{})
	require.Equal(t, []queue.ID{ids[0]}, found.Damaged)
	require.Equal(t, 4, found.Available)
	jobs, err := q.Claim(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	require.Equal(t, ids[4], jobs[0].ID)
	for _, id := range ids[1:4] {
		info := get(t, q, id)
		require.Equal(t, queue.Dead, info.State)
		require.Contains(t, info.Reason, "damaged")
	}
	_, err = q.Get(t.Context(), ids[0])
	require.ErrorIs(t, err, queue.ErrDamaged)
	list, err := q.List(t.Context(), queue.Filter{})
	require.NoError(t, err)
	require.Len(t, list, 4)
	require.Equal(t, 4, stats(t, q).Damaged)
}

func TestNothingReadableIsInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	canary := []byte("canary-c0ffee@example.com")
	in := invocation(1)
	in.Token, in.APIKey = "canary-token-1f2e3d", "canary-key-4c5b6a"
	in.Payload = bytes.Repeat(append([]byte("x"), canary...), 10)
	_, _, err = q.Put(t.Context(), in)
	require.NoError(t, err)
	job := claim(t, q)
	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(canary, queue.Summary{})))
	require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.TryAgain(queue.Attempt{}, time.Now())))
	require.NoError(t, q.Close())
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, secret := range []string{"canary", "c0ffee", in.Token, in.APIKey, "/callback", in.MunchkinID} {
		require.NotContains(t, string(file), secret)
	}
	require.Contains(t, string(file), "batch-1", "what is in the clear by design is found, so the search works")
}

func TestDeliveredOneKeepsNoKeyAndNoBody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	require.NoError(t, q.Finish(t.Context(), evaluated(t, q, 1).Lease, queue.Arrived(queue.Attempt{Status: 200})))
	require.NoError(t, q.Close())
	require.Equal(t, map[string]int{"info": 1}, rows(t, path))
	q, found := open(t, path, file.Options{})
	require.Equal(t, 1, found.Delivered)
	require.Equal(t, 1, stats(t, q).Delivered)
}

func TestBodiesOfAllSizesComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	sizes := []int{0, 1, 100, 16<<10 - 1, 16 << 10, 16<<10 + 1, 100_000, 1 << 20}
	for n, size := range sizes {
		in := invocation(n)
		in.Payload = noise(size)
		_, _, err := q.Put(t.Context(), in)
		require.NoError(t, err)
	}
	require.NoError(t, q.Close())
	q, _ = open(t, path, file.Options{})
	jobs, err := q.Claim(t.Context(), len(sizes), time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, len(sizes))
	for i, job := range jobs {
		require.True(t, bytes.Equal(noise(sizes[i]), job.Payload), "size %d", sizes[i])
		require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(noise(sizes[i]), queue.Summary{})))
		require.True(t, bytes.Equal(noise(sizes[i]), claimDelivery(t, q).Callback), "size %d", sizes[i])
	}
}

// noise gives bytes that do not compress, the same ones for the same length.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint64(n)*2654435761 + 1
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

// An invocation whose row is destroyed under the open queue is forgotten until the next
// opening, and is claimed by nobody else.
func TestARowThatIsDestroyedWhileItRunsIsForgotten(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Keep: -1}})
	id := put(t, q, 1)
	job := claim(t, q)
	put(t, q, 2)
	file.Destroy(t, q, id)
	require.ErrorIs(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(nil, queue.Summary{})), queue.ErrNotFound)
	require.Equal(t, 1, stats(t, q).Unfinished, "nobody could finish it")
	require.ErrorIs(t, q.Finish(t.Context(), job.Lease, queue.Released()), queue.ErrStale)
	require.Equal(t, invocation(2).Token, claim(t, q).Token)
}
