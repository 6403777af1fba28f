package file_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// recordBuckets are the buckets whose rows are records.
func recordBuckets() []string {
	return []string{"meta", "heads", "versions", "findings", "doomed", "history", "settings"}
}

func TestEveryChangedBitOfEveryRecordAndKeyIsNoticed(t *testing.T) {
	s, k := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1"}, {"a", "2"}}, Findings: []schema.Warning{{Code: "SHORT_ROW"}}})
	putRules(t, s, "r", routing)
	require.NoError(t, s.SetSetting("mapping", []byte(`{"a":1}`)))
	require.NoError(t, file.DB(k).Update(func(tx *bolt.Tx) error { // A storage that is nobody's.
		id := []byte{0, 0, 0, 0, 0, 0, 0, 99}
		return tx.Bucket([]byte("doomed")).Put(id, file.Wrap("doomed", id, []byte(`{"table":"t"}`)))
	}))
	bits := 0
	require.NoError(t, file.DB(k).View(func(tx *bolt.Tx) error {
		for _, bucket := range recordBuckets() {
			rows := 0
			require.NoError(t, tx.Bucket([]byte(bucket)).ForEach(func(place, v []byte) error {
				rows++
				_, err := file.Unwrap(bucket, place, v)
				require.NoError(t, err, "%s %q", bucket, place)
				key, record := bytes.Clone(place), bytes.Clone(v)
				for _, part := range [][]byte{key, record} {
					for at := range part {
						for bit := range 8 {
							part[at] ^= 1 << bit
							_, err := file.Unwrap(bucket, key, record)
							require.ErrorIs(t, err, tables.ErrDamaged, "%s %q, byte %d, bit %d", bucket, key, at, bit)
							part[at] ^= 1 << bit
							bits++
						}
					}
				}
				for _, other := range recordBuckets() {
					if _, err := file.Unwrap(other, place, v); other != bucket {
						require.ErrorIs(t, err, tables.ErrDamaged, "a record of %s in %s", bucket, other)
					}
				}
				for n := range v {
					_, err := file.Unwrap(bucket, place, v[:n])
					require.ErrorIs(t, err, tables.ErrDamaged)
				}
				return nil
			}))
			require.Positive(t, rows, bucket)
		}
		return nil
	}))
	require.Greater(t, bits, 9_000)
}

// FuzzUnwrap wants the content that was wrapped, or an error.
func FuzzUnwrap(f *testing.F) {
	f.Add("heads", []byte("t"), []byte(`{"next":2}`))
	f.Add("settings", []byte("k"), []byte{})
	f.Fuzz(func(t *testing.T, bucket string, key, data []byte) {
		if content, err := file.Unwrap(bucket, key, data); err == nil {
			require.True(t, bytes.Equal(data, file.Wrap(bucket, key, content)))
		}
		content, err := file.Unwrap(bucket, key, file.Wrap(bucket, key, data))
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, content))
	})
}
