package file_test

import (
	"encoding/binary"
	"hash/crc32"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// row reads a row of a closed file.
func row(t testing.TB, path, bucket string, key []byte) []byte {
	t.Helper()
	var out []byte
	damage(t, path, func(tx *bolt.Tx) error {
		out = append(out, tx.Bucket([]byte(bucket)).Get(key)...)
		return nil
	})
	return out
}

// stored gives the info row of an invocation that has been through everything.
func stored(t testing.TB) []byte {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	id, _, err := q.Put(t.Context(), invocation(1))
	require.NoError(t, err)
	require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.EvaluationFailed("boom", time.Now())))
	require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.Evaluated([]byte("x"), queue.Summary{
		Succeeded: 1, Failed: 2, Codes: map[string]int{"A": 1, "B": 2}, TableVersions: map[string]int{"t": 3}, RuleSetVersions: map[string]int{"r": 4},
	})))
	for range 10 {
		require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.TryAgain(queue.Attempt{Started: time.Now(), Duration: 5, Status: 503, Err: "busy", Ambiguous: true}, time.Now())))
	}
	require.Len(t, get(t, q, id).Recent, 8, "the last attempts are kept")
	require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.GivenUp(queue.Attempt{}, "given up")))
	require.NoError(t, q.Close())
	return row(t, path, "info", id[:])
}

func TestEveryChangedByteOfAnInfoRowIsNoticed(t *testing.T) {
	good := stored(t)
	again, err := file.DecodeRecord(good)
	require.NoError(t, err)
	require.Equal(t, good, again)
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1
		_, err := file.DecodeRecord(bad)
		require.ErrorIs(t, err, queue.ErrDamaged, "byte %d", i)
	}
	for n := range good {
		_, err := file.DecodeRecord(good[:n])
		require.ErrorIs(t, err, queue.ErrDamaged, "cut to %d", n)
	}
}

func TestOverlongTextsAreCutAndStillDecode(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	d := evaluated(t, q, 1)
	long := strings.Repeat("ä", 1000)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.GivenUp(queue.Attempt{Err: long, Status: -1}, "x"+long)))
	info := get(t, q, d.ID)
	require.Equal(t, long[:512], info.Recent[0].Err)
	require.Equal(t, "x"+long[:510], info.Reason, "no character is split")
	require.Zero(t, info.Recent[0].Status)

	codes := map[string]int{}
	for i := range 200 {
		codes[strings.Repeat("c", 300)+string(rune('a'+i))] = i
		codes["code"+string(rune('0'+i))] = -i
	}
	put(t, q, 2)
	job := claim(t, q)
	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(nil, queue.Summary{Codes: codes})))
	require.LessOrEqual(t, len(get(t, q, job.ID).Summary.Codes), 64)
}

// FuzzDecodeRecord: whatever decodes encodes to something that decodes to the
// same, and nothing panics. The checksum is put right, so that the fields are reached.
func FuzzDecodeRecord(f *testing.F) {
	good := stored(f)
	f.Add(good[:len(good)-4])
	f.Add([]byte{1, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = binary.BigEndian.AppendUint32(slices.Clip(b), crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		once, err := file.DecodeRecord(b)
		if err != nil {
			require.ErrorIs(t, err, queue.ErrDamaged)
			return
		}
		twice, err := file.DecodeRecord(once)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}

// FuzzDecodeKey: a row of any other form is told from a key.
func FuzzDecodeKey(f *testing.F) {
	f.Add(append([]byte{1}, make([]byte, 32)...))
	f.Add([]byte{1})
	f.Add(append([]byte{2}, make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, row []byte) {
		key, err := file.DecodeKey(row)
		if len(row) == 33 && row[0] == 1 {
			require.NoError(t, err)
			require.Equal(t, row[1:], key[:])
			return
		}
		require.ErrorIs(t, err, queue.ErrDamaged)
	})
}

// FuzzDecodeTurns: whatever decodes as a row or a key of turns encodes to something that decodes
// to the same, and nothing panics. The checksum is put right, so that the fields are reached.
func FuzzDecodeTurns(f *testing.F) {
	path := filepath.Join(f.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(f, err)
	later := turnOf("owners", "ann")
	later.Period = "2024-05-02"
	answer(f, q, 1, []queue.Turn{turnOf("owners", "ann"), later}, stuckTo("owners", "7", "ann", time.Now()))
	require.NoError(f, q.Close())
	damage(f, path, func(tx *bolt.Tx) error { // it only looks
		for _, name := range []string{"rotation", "counter", "stuck"} {
			k, v := tx.Bucket([]byte(name)).Cursor().First()
			f.Add(slices.Clone(v[:len(v)-4]))
			f.Add(slices.Clone(k))
		}
		return nil
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		sealed := binary.BigEndian.AppendUint32(slices.Clip(b), crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		for _, row := range [][]byte{b, sealed} {
			once, errs := file.DecodeTurns([]byte("ann"), row)
			for _, err := range errs {
				if err != nil {
					require.ErrorIs(t, err, queue.ErrDamaged)
				}
			}
			for _, encoded := range once {
				twice, _ := file.DecodeTurns([]byte("ann"), encoded)
				require.Contains(t, twice, encoded)
			}
		}
	})
}
