package file_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// recordBuckets are the buckets whose rows are records.
func recordBuckets() []string {
	return []string{"meta", "tables", "versions", "warnings", "doomed", "history", "settings", "rulesets", "rulesetVersions", "rulesetHistory"}
}

func TestEveryChangedBitOfEveryRecordAndKeyIsNoticed(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", &sheet{columns: []string{"k", "v"}, rows: [][]string{{"a", "1"}, {"a", "2"}}, warnings: []schema.Warning{{Code: "LONG_ROW"}}})
	putRules(t, s, "r", routing)
	require.NoError(t, s.SetSetting("mapping", []byte(`{"a":1}`)))
	require.NoError(t, tables.DB(s).Update(func(tx *bolt.Tx) error { // A storage that is nobody's.
		id := []byte{0, 0, 0, 0, 0, 0, 0, 99}
		return tx.Bucket([]byte("doomed")).Put(id, tables.Wrap("doomed", id, []byte(`{"table":"t"}`)))
	}))
	bits := 0
	require.NoError(t, tables.DB(s).View(func(tx *bolt.Tx) error {
		for _, bucket := range recordBuckets() {
			rows := 0
			require.NoError(t, tx.Bucket([]byte(bucket)).ForEach(func(k, v []byte) error {
				rows++
				_, err := tables.Unwrap(bucket, k, v)
				require.NoError(t, err, "%s %q", bucket, k)
				key, record := bytes.Clone(k), bytes.Clone(v)
				for _, part := range [][]byte{key, record} {
					for at := range part {
						for bit := range 8 {
							part[at] ^= 1 << bit
							_, err := tables.Unwrap(bucket, key, record)
							require.ErrorIs(t, err, tables.ErrDamaged, "%s %q, byte %d, bit %d", bucket, k, at, bit)
							part[at] ^= 1 << bit
							bits++
						}
					}
				}
				for _, other := range recordBuckets() {
					if _, err := tables.Unwrap(other, k, v); other != bucket {
						require.ErrorIs(t, err, tables.ErrDamaged, "a record of %s in %s", bucket, other)
					}
				}
				for n := range v {
					_, err := tables.Unwrap(bucket, k, v[:n])
					require.ErrorIs(t, err, tables.ErrDamaged)
				}
				return nil
			}))
			require.Positive(t, rows, bucket)
		}
		return nil
	}))
	require.Greater(t, bits, 10_000)
}

// FuzzUnwrap wants the content that was wrapped, or an error.
func FuzzUnwrap(f *testing.F) {
	f.Add("tables", []byte("t"), []byte(`{"next":2}`))
	f.Add("settings", []byte("k"), []byte{})
	f.Fuzz(func(t *testing.T, bucket string, key, data []byte) {
		if content, err := tables.Unwrap(bucket, key, data); err == nil {
			require.True(t, bytes.Equal(data, tables.Wrap(bucket, key, content)))
		}
		content, err := tables.Unwrap(bucket, key, tables.Wrap(bucket, key, data))
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, content))
	})
}
