package queue_test

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"tablestep/engine/queue"
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
	q, _, err := queue.Open(path, queue.Options{})
	require.NoError(t, err)
	id, _, err := q.Put(t.Context(), invocation(1))
	require.NoError(t, err)
	require.NoError(t, q.FailEvaluation(claim(t, q).Lease, "boom", time.Now()))
	require.NoError(t, q.Evaluated(claim(t, q).Lease, []byte("x"), queue.Summary{
		Succeeded: 1, Failed: 2, Codes: map[string]int{"A": 1, "B": 2}, TableVersions: map[string]int{"t": 3}, RuleSetVersions: map[string]int{"r": 4},
	}))
	for range 10 {
		require.NoError(t, q.Retry(claimDelivery(t, q).Lease, queue.Attempt{Started: time.Now(), Duration: 5, Status: 503, Err: "busy", Ambiguous: true}, time.Now()))
	}
	require.Len(t, get(t, q, id).Recent, 8, "the last attempts are kept")
	require.NoError(t, q.Dead(claimDelivery(t, q).Lease, queue.Attempt{}, "given up"))
	require.NoError(t, q.Close())
	return row(t, path, "info", id[:])
}

func TestEveryChangedByteOfAnInfoRowIsNoticed(t *testing.T) {
	good := stored(t)
	again, err := queue.DecodeRecord(good)
	require.NoError(t, err)
	require.Equal(t, good, again)
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1
		_, err := queue.DecodeRecord(bad)
		require.ErrorIs(t, err, queue.ErrDamaged, "byte %d", i)
	}
	for n := range good {
		_, err := queue.DecodeRecord(good[:n])
		require.ErrorIs(t, err, queue.ErrDamaged, "cut to %d", n)
	}
}

func TestOverlongTextsAreCutAndStillDecode(t *testing.T) {
	c := newClock()
	q := newQueue(t, queue.Options{Now: c.Now})
	d := evaluated(t, q, 1)
	long := strings.Repeat("ä", 1000)
	require.NoError(t, q.Dead(d.Lease, queue.Attempt{Err: long, Status: -1}, "x"+long))
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
	require.NoError(t, q.Evaluated(job.Lease, nil, queue.Summary{Codes: codes}))
	require.LessOrEqual(t, len(get(t, q, job.ID).Summary.Codes), 64)
}

func TestIDsKeepOrderAndText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b queue.ID
		copy(a[:], rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "a"))
		copy(b[:], rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "b"))
		require.Equal(t, strings.Compare(a.String(), b.String()), a.Compare(b))
		parsed, err := queue.ParseID(a.String())
		require.NoError(t, err)
		require.Equal(t, a, parsed)
	})
	for _, s := range []string{"", "00", strings.Repeat("0", 23), strings.Repeat("0", 25), strings.Repeat("g", 24)} {
		_, err := queue.ParseID(s)
		require.ErrorIs(t, err, queue.ErrInvalid, s)
	}
	for s := queue.Available; s <= queue.Dead; s++ {
		parsed, err := queue.ParseState(s.String())
		require.NoError(t, err)
		require.Equal(t, s, parsed)
	}
	_, err := queue.ParseState("asleep")
	require.ErrorIs(t, err, queue.ErrInvalid)
}

// FuzzDecodeRecord: whatever decodes encodes to something that decodes to the
// same, and nothing panics. The checksum is put right, so that the fields are reached.
func FuzzDecodeRecord(f *testing.F) {
	good := stored(f)
	f.Add(good[:len(good)-4])
	f.Add([]byte{1, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = binary.BigEndian.AppendUint32(b[:len(b):len(b)], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		once, err := queue.DecodeRecord(b)
		if err != nil {
			require.ErrorIs(t, err, queue.ErrDamaged)
			return
		}
		twice, err := queue.DecodeRecord(once)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}

// FuzzOpenBody: strangers' bytes never open, and the inside of a seal never panics.
func FuzzOpenBody(f *testing.F) {
	path := filepath.Join(f.TempDir(), "queue.db")
	q, _, err := queue.Open(path, queue.Options{})
	require.NoError(f, err)
	in := invocation(1)
	id, _, err := q.Put(f.Context(), in)
	require.NoError(f, err)
	require.NoError(f, q.Close())
	sealed := row(f, path, "payload", append(id[:len(id):len(id)], 0, 0))
	key, err := queue.DecodeKey(row(f, path, "key", id[:]))
	require.NoError(f, err)
	body, err := queue.OpenBody(key, append([]byte(nil), sealed...), len(in.Payload))
	require.NoError(f, err)
	require.Equal(f, in.Payload, body)
	good := sha256.Sum256(sealed)

	f.Add(sealed, len(in.Payload))
	f.Add([]byte{0, 0, 0, 0, 3, 8, 'a', 'b', 'c'}, 3)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		body, err := queue.ParseBody(b, size)
		if err == nil {
			require.Len(t, body, size)
		} else {
			require.ErrorIs(t, err, queue.ErrDamaged)
		}
		if _, err := queue.DecodeKey(b); err != nil {
			require.ErrorIs(t, err, queue.ErrDamaged)
		}
		if sha256.Sum256(b) != good {
			_, err = queue.OpenBody(key, append([]byte(nil), b...), size)
			require.ErrorIs(t, err, queue.ErrDamaged)
		}
	})
}
