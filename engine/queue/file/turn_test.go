package file_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

func rotation(table string) queue.Rotation {
	return queue.Rotation{Instance: "default", Table: table, Lookup: "main"}
}

// turnOf gives a row one lead of a day.
func turnOf(table, row string) queue.Turn {
	return queue.Turn{Rotation: rotation(table), Row: row, Leads: 1, Advance: 10, Period: "2024-05-01"}
}

func stuckTo(table, lead, row string, until time.Time) queue.Stuck {
	return queue.Stuck{Rotation: rotation(table), Lead: lead, Row: row, Until: until}
}

// answer stores an answer with turns.
func answer(t testing.TB, q *file.Queue, n int, turns []queue.Turn, stuck ...queue.Stuck) {
	t.Helper()
	put(t, q, n)
	require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.Evaluated([]byte("x"), queue.Summary{}).WithTurns(turns, stuck)))
}

func counters(t testing.TB, q *file.Queue, table string) []queue.Counter {
	t.Helper()
	rows, err := q.Counters(t.Context(), rotation(table))
	require.NoError(t, err)
	return rows
}

// kept gives the row that a lead keeps, or nothing.
func kept(t testing.TB, q *file.Queue, table, lead string) string {
	t.Helper()
	stuck, err := q.StuckTo(t.Context(), rotation(table), []string{lead})
	require.NoError(t, err)
	if len(stuck) == 0 {
		return ""
	}
	return stuck[0].Row
}

func TestTurnsOutliveTheProcessHoweverItEnds(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{Now: c.Now})
	require.NoError(t, err)
	answer(t, q, 1, []queue.Turn{turnOf("owners", "ann"), turnOf("owners", "bob"), turnOf("owners", "ann")}, stuckTo("owners", "7", "ann", time.Time{}))
	want := []queue.Counter{
		{Row: "ann", Leads: 2, Pass: 20, Period: "2024-05-01", InPeriod: 2, Last: c.Now()},
		{Row: "bob", Leads: 1, Pass: 10, Period: "2024-05-01", InPeriod: 1, Last: c.Now()},
	}
	require.Equal(t, want, counters(t, q, "owners"))
	killed := crash(t, q)
	require.NoError(t, q.Close())
	for _, path := range []string{path, killed} {
		require.Empty(t, check(t, path).Findings)
		require.Equal(t, 2, check(t, path).Counters)
		require.Equal(t, 1, check(t, path).Stuck)
		q, _ := open(t, path, file.Options{Now: c.Now})
		require.Equal(t, want, counters(t, q, "owners"))
		require.Equal(t, "ann", kept(t, q, "owners", "7"))
		answer(t, q, 2, []queue.Turn{turnOf("owners", "ann")})
		require.Equal(t, int64(3), counters(t, q, "owners")[0].Leads)
	}
}

func TestCountersOfOneCommitAreWrittenOnceAndNoneIsReadAgain(t *testing.T) {
	q := newQueue(t, file.Options{})
	answer(t, q, 0, []queue.Turn{turnOf("owners", "ann")})
	const n = 20
	for i := range n {
		put(t, q, i+1)
	}
	jobs, err := q.Claim(t.Context(), n, time.Minute)
	require.NoError(t, err)
	release, waiting := file.Stall(q)
	var work sync.WaitGroup
	refused := make(chan error, n)
	for _, j := range jobs {
		work.Go(func() {
			turn := turnOf("owners", "ann")
			turn.Cap = n - 2
			if err := q.Finish(t.Context(), j.Lease, queue.Evaluated(nil, queue.Summary{}).WithTurns([]queue.Turn{turn}, nil)); err != nil {
				refused <- err
			}
		})
	}
	require.Eventually(t, func() bool { return waiting() == n }, 10*time.Second, time.Millisecond)
	before, writes := counters(t, q, "owners"), file.DiskOf(q).Commits
	release()
	work.Wait()
	close(refused)
	var all []error
	for err := range refused {
		require.ErrorIs(t, err, queue.ErrTurns)
		all = append(all, err)
	}
	require.Len(t, all, 3, "one lead stood there before: the cap is held within a commit too")
	require.Equal(t, writes+1, file.DiskOf(q).Commits)
	require.Equal(t, int64(n-2), counters(t, q, "owners")[0].Leads)
	require.Equal(t, int64(1), before[0].Leads, "what was given out does not change")
	require.Equal(t, 1, rows(t, crash(t, q))["counter"])

	// What was read once stays in memory, so that a question waits for no commit.
	release, _ = file.Stall(q)
	require.Equal(t, int64(n-2), counters(t, q, "owners")[0].Leads)
	release()
}

func TestCountersInMemoryAreBoundedAndTheOthersAreRead(t *testing.T) {
	q := newQueue(t, file.Options{})
	const n = file.MaxLedgers + 20
	var turns []queue.Turn
	for i := range n {
		turns = append(turns, turnOf(fmt.Sprint("t", i), "ann"))
	}
	answer(t, q, 1, turns)
	require.Equal(t, file.MaxLedgers, file.Ledgers(q))
	answer(t, q, 2, turns)
	for i := range n {
		require.Equal(t, int64(2), counters(t, q, fmt.Sprint("t", i))[0].Leads)
	}
	require.Equal(t, file.MaxLedgers, file.Ledgers(q))
	for i := range n { // Nor do questions for what is not there grow it.
		require.Empty(t, counters(t, q, fmt.Sprint("nothing", i)))
	}
	require.Equal(t, file.MaxLedgers, file.Ledgers(q))
	list, err := q.Rotations(t.Context())
	require.NoError(t, err)
	require.Len(t, list, n)
}

func TestNoLeadThatKeepsARowCanBeReadOffTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	answer(t, q, 1, nil, stuckTo("owners", "lead-4711-canary", "ann", time.Time{}), stuckTo("others", "lead-4711-canary", "bob", time.Time{}))
	require.NoError(t, q.Close())
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Contains(b, []byte("owners")))
	require.False(t, bytes.Contains(b, []byte("4711-canary")))
	var keys [][]byte
	damage(t, path, func(tx *bolt.Tx) error { // it only looks
		return tx.Bucket([]byte("stuck")).ForEach(func(k, _ []byte) error {
			keys = append(keys, bytes.Clone(k[len(k)-20:]))
			return nil
		})
	})
	require.Len(t, keys, 2)
	require.NotEqual(t, keys[0], keys[1], "in each rotation it has another hash")
	q, _ = open(t, path, file.Options{})
	n, err := q.Unstick(t.Context(), queue.Rotation{Instance: "default"}, "lead-4711-canary")
	require.NoError(t, err)
	require.Equal(t, 2, n, "and is erased all the same")
	require.Zero(t, rows(t, crash(t, q))["stuck"])
}

func TestWhatIsOverIsPurgedInSmallStepsAndNothingElse(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	const n = 1500
	var over, stay []queue.Stuck
	for i := range n {
		over = append(over, stuckTo("owners", fmt.Sprint("over", i), "ann", c.Now().Add(time.Minute)))
		stay = append(stay, stuckTo("owners", fmt.Sprint("stay", i), "ann", c.Now().Add(time.Hour)), stuckTo("dropped", fmt.Sprint(i), "bob", time.Time{}))
	}
	answer(t, q, 1, []queue.Turn{turnOf("dropped", "bob")}, append(over, stay...)...)
	answer(t, q, 2, nil, stuckTo("brief", "1", "ann", c.Now().Add(time.Minute)))
	require.NoError(t, q.DropRotations(t.Context(), "dropped"))
	require.Empty(t, kept(t, q, "dropped", "1"), "nobody finds it from now on")
	require.Empty(t, counters(t, q, "dropped"))
	require.Equal(t, 3*n+1, rows(t, crash(t, q))["stuck"])
	require.Empty(t, check(t, crash(t, q)).Findings, "what waits for a purge is no damage")
	answer(t, q, 3, nil, stuckTo("dropped", "1", "carl", time.Time{}))

	c.Add(time.Minute)
	require.Empty(t, kept(t, q, "owners", "over1"))
	require.Equal(t, "ann", kept(t, q, "owners", "stay1"))
	before := file.DiskOf(q).Operations
	_, err := q.Purge(t.Context(), c.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.GreaterOrEqual(t, int(file.DiskOf(q).Operations-before), (2*n+1)/200, "in steps")
	require.Equal(t, n+1, rows(t, crash(t, q))["stuck"])
	for i := range n {
		require.Equal(t, "ann", kept(t, q, "owners", fmt.Sprint("stay", i)))
	}
	require.Equal(t, "carl", kept(t, q, "dropped", "1"))
	list, err := q.Rotations(t.Context())
	require.NoError(t, err)
	require.Equal(t, []queue.Rotation{rotation("dropped"), rotation("owners")}, list, "a rotation of which nothing is left is none")
}

func TestATableIsRenamedByOneRowARotation(t *testing.T) {
	q := newQueue(t, file.Options{})
	var stuck []queue.Stuck
	for i := range 2000 {
		stuck = append(stuck, stuckTo("owners", fmt.Sprint(i), "ann", time.Time{}))
	}
	answer(t, q, 1, []queue.Turn{turnOf("owners", "ann"), turnOf("sales", "zoe")}, stuck...)
	before := hashesOf(t, crash(t, q))
	require.NoError(t, q.MoveRotations(t.Context(), "owners", "sales"))
	require.Equal(t, before, hashesOf(t, crash(t, q)), "no row of a lead was touched")
	require.Equal(t, "ann", kept(t, q, "sales", "1999"))
	require.Empty(t, kept(t, q, "owners", "1999"))
	require.Empty(t, counters(t, q, "owners"))
	require.Equal(t, "ann", counters(t, q, "sales")[0].Row, "what was there before has gone")
	require.Len(t, counters(t, q, "sales"), 1)
	require.NoError(t, q.MoveRotations(t.Context(), "owners", "sales"), "again")
	require.Len(t, counters(t, q, "sales"), 1)
	answer(t, q, 2, []queue.Turn{turnOf("owners", "new"), turnOf("sales", "ann")})
	require.Equal(t, int64(2), counters(t, q, "sales")[0].Leads)
	require.Equal(t, int64(1), counters(t, q, "owners")[0].Leads)
}

// hashesOf gives the keys of the leads that keep rows.
func hashesOf(t *testing.T, path string) (keys []string) {
	damage(t, path, func(tx *bolt.Tx) error { // it only looks
		return tx.Bucket([]byte("stuck")).ForEach(func(k, _ []byte) error {
			keys = append(keys, string(k))
			return nil
		})
	})
	return keys
}

func TestTurnsOfAFailedCommitAreInNobodysMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	var under *os.File
	q, _, err := file.OpenWith(path, file.Options{}, func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		under = f
		return f, err
	})
	require.NoError(t, err)
	answer(t, q, 1, []queue.Turn{turnOf("owners", "ann")})
	put(t, q, 2)
	job := claim(t, q)
	require.NoError(t, under.Close()) // From now on every write fails.
	err = q.Finish(t.Context(), job.Lease, queue.Evaluated(nil, queue.Summary{}).WithTurns([]queue.Turn{turnOf("owners", "ann")}, []queue.Stuck{stuckTo("owners", "7", "ann", time.Time{})}))
	require.ErrorIs(t, err, queue.ErrBroken)
	for _, call := range []func() error{
		func() error { _, err := q.Counters(t.Context(), rotation("owners")); return err },
		func() error { _, err := q.StuckTo(t.Context(), rotation("owners"), []string{"7"}); return err },
		func() error { _, err := q.Rotations(t.Context()); return err },
		func() error { return q.SetCounters(t.Context(), rotation("owners"), nil) },
		func() error { return q.MoveRotations(t.Context(), "owners", "x") },
		func() error { return q.DropRotations(t.Context(), "owners") },
		func() error { _, err := q.Unstick(t.Context(), rotation("owners"), "7"); return err },
	} {
		require.ErrorIs(t, call(), queue.ErrBroken)
	}
	require.Error(t, q.Close(), "the file was closed under it")
	q, _ = open(t, path, file.Options{})
	require.Equal(t, int64(1), counters(t, q, "owners")[0].Leads)
	require.Empty(t, kept(t, q, "owners", "7"))
	require.Equal(t, 1, stats(t, q).Available, "the answer is not there either")
}

func TestDamagedTurnsStopNothingAndAreTold(t *testing.T) {
	flip := func(bucket string, tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		k, v := b.Cursor().First()
		v = bytes.Clone(v)
		v[len(v)/2] ^= 1
		return b.Put(bytes.Clone(k), v)
	}
	for name, c := range map[string]struct {
		damage func(tx *bolt.Tx) error
		ann    int64  // her leads after one more
		bob    int64  // his
		row    string // that lead 7 keeps
	}{
		"a counter":         {func(tx *bolt.Tx) error { return flip("counter", tx) }, 1, 5, "ann"},
		"a rotation":        {func(tx *bolt.Tx) error { return flip("rotation", tx) }, 1, 0, ""},
		"a lead":            {func(tx *bolt.Tx) error { return flip("stuck", tx) }, 6, 5, ""},
		"the key of leads":  {func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("leads"), []byte("short")) }, 6, 5, ""},
		"that key, missing": {func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("leads")) }, 6, 5, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "queue.db")
			q, _, err := file.Open(path, file.Options{})
			require.NoError(t, err)
			var turns []queue.Turn
			for range 5 {
				turns = append(turns, turnOf("owners", "ann"), turnOf("owners", "bob"))
			}
			answer(t, q, 1, turns, stuckTo("owners", "7", "ann", time.Time{}))
			require.NoError(t, q.Close())
			damage(t, path, c.damage)
			require.NotEmpty(t, check(t, path).Findings)

			q, _ = open(t, path, file.Options{})
			require.Equal(t, c.row, kept(t, q, "owners", "7"))
			answer(t, q, 2, []queue.Turn{turnOf("owners", "ann")}, stuckTo("owners", "7", "bob", time.Time{}))
			got := map[string]int64{}
			for _, row := range counters(t, q, "owners") {
				got[row.Row] = row.Leads
			}
			require.Equal(t, c.ann, got["ann"])
			require.Equal(t, c.bob, got["bob"])
			require.Equal(t, "bob", kept(t, q, "owners", "7"))
			require.Positive(t, stats(t, q).DamagedTurns)
			require.Zero(t, stats(t, q).Damaged, "no invocation is")
			_, err = q.Purge(t.Context(), time.Now())
			require.NoError(t, err)
			require.NoError(t, q.SetCounters(t.Context(), rotation("owners"), []queue.Counter{{Row: "ann"}}))
			require.NoError(t, q.Close())
			require.Empty(t, check(t, path).Findings, "it has healed")
		})
	}
}

func TestEveryKindOfDamageOfTurnsIsFound(t *testing.T) {
	move := func(bucket string, at int) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(bucket))
			k, v := b.Cursor().First()
			k, v = bytes.Clone(k), bytes.Clone(v)
			if at < 0 {
				at = len(k) + at
			}
			moved := bytes.Clone(k)
			moved[at] ^= 0x40
			return errors.Join(b.Delete(k), b.Put(moved, v))
		}
	}
	put := func(bucket, key string, value []byte) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucket)).Put([]byte(key), value) }
	}
	for name, c := range map[string]struct {
		damage func(tx *bolt.Tx) error
		says   string
	}{
		"a counter of no rotation": {move("counter", len("_default")+3), "there is no rotation"},
		"a counter of no form":     {put("counter", "x", nil), "key 78 of a turn"},
		"a rotation of no form":    {put("rotation", "x", nil), "key of a rotation"},
		"a missing rotation": {func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("rotation")).Delete([]byte("\x07default\x06owners\x04main"))
		}, "there is no rotation 1"},
		"the sequence": {func(tx *bolt.Tx) error { return tx.Bucket([]byte("rotation")).SetSequence(0) }, "above that of the file"},
		"a lead with more key": {func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("stuck"))
			k, v := b.Cursor().First()
			return b.Put(append(bytes.Clone(k), 'x'), bytes.Clone(v))
		}, "its key ends with 21 bytes"},
		"two rotations of one number": {func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("rotation"))
			_, v := b.Cursor().First()
			return b.Put([]byte("\x07default\x06owners\x05other"), bytes.Clone(v))
		}, "that of lookup \"main\""},
		"the version":      {put("meta", "turns", []byte{2}), "format [2]"},
		"a missing bucket": {func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("stuck")) }, "is missing"},
	} {
		path := filepath.Join(t.TempDir(), "queue.db")
		q, _, err := file.Open(path, file.Options{})
		require.NoError(t, err)
		answer(t, q, 1, []queue.Turn{turnOf("owners", "ann")}, stuckTo("owners", "7", "ann", time.Time{}))
		require.NoError(t, q.Close())
		require.Empty(t, check(t, path).Findings, name)
		damage(t, path, c.damage)
		require.Contains(t, fmt.Sprint(check(t, path).Findings), c.says, name)
	}
}

func TestNewerTurnsAndLostBucketsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	require.NoError(t, q.Close())
	damage(t, path, func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("turns"), []byte{2}) })
	_, _, err = file.Open(path, file.Options{})
	require.ErrorIs(t, err, file.ErrFormat)
	damage(t, path, func(tx *bolt.Tx) error {
		return errors.Join(tx.Bucket([]byte("meta")).Put([]byte("turns"), []byte{1}), tx.DeleteBucket([]byte("counter")))
	})
	_, _, err = file.Open(path, file.Options{})
	require.ErrorIs(t, err, queue.ErrDamaged)
}

func TestAFileOfTheProgramBeforeGetsTurns(t *testing.T) {
	path := format1(t, "closed.db")
	require.Zero(t, rows(t, path)["rotation"])
	c := newClock()
	c.Add(time.Minute)
	q, _, err := file.Open(path, file.Options{Now: c.Now})
	require.NoError(t, err)
	jobs := claimAll(t, q)
	require.NotEmpty(t, jobs)
	out := queue.Evaluated(nil, queue.Summary{}).WithTurns([]queue.Turn{turnOf("owners", "ann")}, []queue.Stuck{stuckTo("owners", "7", "ann", time.Time{})})
	require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, out))
	require.NoError(t, q.Close())
	require.Empty(t, check(t, path).Findings)
	q, _ = open(t, path, file.Options{Now: c.Now})
	require.Equal(t, "ann", counters(t, q, "owners")[0].Row)
	require.Equal(t, "ann", kept(t, q, "owners", "7"))
}

func TestCallsOfOneCommitSeeEachOtherInTheirOrder(t *testing.T) {
	q := newQueue(t, file.Options{})
	answer(t, q, 0, []queue.Turn{turnOf("owners", "ann")}, stuckTo("owners", "7", "ann", time.Time{}))
	for n := range 5 {
		put(t, q, n+1)
	}
	jobs, err := q.Claim(t.Context(), 5, time.Minute)
	require.NoError(t, err)
	give := func(j queue.Job, table string, stuck ...queue.Stuck) func() error {
		return func() error {
			return q.Finish(t.Context(), j.Lease, queue.Evaluated(nil, queue.Summary{}).WithTurns([]queue.Turn{turnOf(table, "ann")}, stuck))
		}
	}
	release, waiting := file.Stall(q)
	before := file.DiskOf(q).Commits
	var work sync.WaitGroup
	for n, call := range []func() error{
		give(jobs[0], "owners"), // goes with what is set next
		func() error {
			return q.SetCounters(t.Context(), rotation("owners"), []queue.Counter{{Row: "ann", Leads: 100}})
		},
		give(jobs[1], "owners"),
		func() error { return q.MoveRotations(t.Context(), "owners", "sales") },
		give(jobs[2], "sales"),
		give(jobs[3], "owners", stuckTo("owners", "7", "bob", time.Time{})), // a new one
		func() error { return q.DropRotations(t.Context(), "owners") },
		give(jobs[4], "owners"),
		func() error { _, err := q.Unstick(t.Context(), rotation("sales"), "8"); return err },
	} {
		work.Go(func() {
			if err := call(); err != nil {
				t.Error(err)
			}
		})
		require.Eventually(t, func() bool { return waiting() == n+1 }, 10*time.Second, time.Millisecond)
	}
	release()
	work.Wait()
	require.Equal(t, before+1, file.DiskOf(q).Commits)
	for range 2 { // in memory, and as it is stored
		require.Equal(t, int64(102), counters(t, q, "sales")[0].Leads)
		require.Equal(t, int64(1), counters(t, q, "owners")[0].Leads)
		require.Equal(t, "ann", kept(t, q, "sales", "7"))
		require.Empty(t, kept(t, q, "owners", "7"))
		path := crash(t, q)
		require.Empty(t, check(t, path).Findings)
		q, _ = open(t, path, file.Options{})
	}
}
