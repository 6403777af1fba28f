package boltfile_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables/boltfile"
)

// pageSize is small, so that a file of few bytes has pages of every kind.
const pageSize = 1024

// sample is a sound file: small and large values, branches, nested and inline buckets.
// With freelist the free pages stand in it.
func sample(t testing.TB, freelist bool) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: pageSize, NoFreelistSync: !freelist, NoSync: true})
	require.NoError(t, err)
	for round := range 3 {
		require.NoError(t, db.Update(func(tx *bolt.Tx) error {
			small, err := tx.CreateBucketIfNotExists([]byte("small"))
			require.NoError(t, err)
			for i := range 60 {
				require.NoError(t, small.Put(fmt.Appendf(nil, "key-%03d", i*3+round), bytes.Repeat([]byte{byte(i)}, 30)))
			}
			large, err := tx.CreateBucketIfNotExists([]byte("large"))
			require.NoError(t, err)
			for i := range 2 {
				b, err := large.CreateBucketIfNotExists(binary.BigEndian.AppendUint64(nil, uint64(i)))
				require.NoError(t, err)
				require.NoError(t, b.Put([]byte("value"), bytes.Repeat([]byte{7}, 3000)))
				require.NoError(t, b.Put([]byte("walue"), []byte("x")))
			}
			inline, err := tx.CreateBucketIfNotExists([]byte("meta"))
			require.NoError(t, err)
			return inline.Put([]byte("format"), []byte{1})
		}))
	}
	var b bytes.Buffer
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(&b)
		return err
	}))
	require.NoError(t, db.Close())
	return b.Bytes()
}

func verify(file []byte) []boltfile.Finding {
	return boltfile.Verify(bytes.NewReader(file), int64(len(file)))
}

func TestSoundFilesHaveNoFindings(t *testing.T) {
	for _, freelist := range []bool{false, true} {
		require.Empty(t, verify(sample(t, freelist)))
	}
	path := filepath.Join(t.TempDir(), "new.db")
	db, notice, err := boltfile.Open(path, boltfile.Options{})
	require.NoError(t, err)
	require.Empty(t, notice)
	require.NoError(t, db.Close())
	findings, err := boltfile.Inspect(path)
	require.NoError(t, err)
	require.Empty(t, findings)
	require.NoFileExists(t, path+".new")
}

func TestEveryCutIsFoundOrHarmless(t *testing.T) {
	file := sample(t, false)
	for n := range len(file) {
		require.NotEmpty(t, verify(file[:n]), "cut to %d of %d bytes", n, len(file))
	}
	require.Empty(t, verify(append(bytes.Clone(file), make([]byte, 5000)...)), "bytes behind the end are nobody's")
}

// walkable opens a file as bbolt and reads all that is in it, which must neither panic
// nor fail.
func walkable(t testing.TB, file []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.db")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoFreelistSync: true, FreelistType: bolt.FreelistMapType, NoSync: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var walk func(b *bolt.Bucket) int
	walk = func(b *bolt.Bucket) (n int) {
		require.NoError(t, b.ForEach(func(k, v []byte) error {
			if v == nil && b.Bucket(k) != nil {
				n += walk(b.Bucket(k))
			}
			for _, x := range v {
				n += int(x)
			}
			return nil
		}))
		return n
	}
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		require.NoError(t, tx.ForEach(func(_ []byte, b *bolt.Bucket) error {
			if b != nil {
				walk(b)
			}
			return nil
		}))
		b, err := tx.CreateBucketIfNotExists([]byte("written"))
		if err != nil {
			return nil //nolint:nilerr // a value of that name is no damage
		}
		return b.Put([]byte("k"), []byte("v"))
	}))
}

func TestEveryChangedBitIsFoundOrHarmless(t *testing.T) {
	for _, freelist := range []bool{false, true} {
		file := sample(t, freelist)
		found, harmless := 0, 0
		for at := 2 * pageSize; at < len(file); at++ {
			if at%pageSize >= 96 && at%41 != 0 { // mostly values
				continue
			}
			for bit := range 8 {
				file[at] ^= 1 << bit
				if len(verify(file)) > 0 {
					found++
				} else if harmless++; harmless%997 == 0 { // opening each would take minutes
					walkable(t, file)
				}
				file[at] ^= 1 << bit
			}
		}
		require.Greater(t, found, 1000)
		t.Logf("%d found, %d harmless", found, harmless)
	}
}

func TestEveryZeroedPageIsFoundOrHarmless(t *testing.T) {
	file := sample(t, false)
	found := 0
	for page := 2; page < len(file)/pageSize; page++ {
		bad := bytes.Clone(file)
		clear(bad[page*pageSize : (page+1)*pageSize])
		if len(verify(bad)) > 0 {
			found++
			continue
		}
		walkable(t, bad)
	}
	require.Greater(t, found, 10)
	for meta := range 2 {
		bad := bytes.Clone(file)
		clear(bad[meta*pageSize : (meta+1)*pageSize])
		require.Empty(t, verify(bad), "the other one holds")
	}
	bad := bytes.Clone(file)
	clear(bad[:2*pageSize])
	require.NotEmpty(t, verify(bad))
	require.NotEmpty(t, verify(make([]byte, len(file))))
	require.NotEmpty(t, verify(bytes.Repeat([]byte("garbage "), 10_000)))
}

func TestAFindingNamesThePlace(t *testing.T) {
	file := sample(t, false)
	at := bytes.LastIndex(file, []byte("key-001"))
	require.Positive(t, at)
	copy(file[at:], "zzz-001")
	findings := verify(file)
	require.NotEmpty(t, findings)
	require.Contains(t, findings[0].String(), `bucket "small"`)
	require.Contains(t, findings[0].String(), "out of order")
}

// seal sets the checksums of the meta pages right, else hardly an input would come
// beyond them.
func seal(file []byte) {
	for _, at := range []int{16, pageSize + 16} {
		if len(file) >= at+64 {
			sum := fnv.New64a()
			_, _ = sum.Write(file[at : at+56])
			binary.NativeEndian.PutUint64(file[at+56:], sum.Sum64())
		}
	}
}

// FuzzVerify wants every file either found damaged or good to be opened and walked.
// The input is what is changed of a sound file: a place and bytes.
func FuzzVerify(f *testing.F) {
	file := sample(f, false)
	f.Add(uint32(0), []byte{})
	f.Add(uint32(16+16), []byte{9})                // the root
	f.Add(uint32(16+40), []byte{255, 255})         // pages in use
	f.Add(uint32(5*pageSize+8), []byte{1})         // the kind of a page
	f.Add(uint32(5*pageSize+10), []byte{255, 255}) // its entries
	f.Add(uint32(6*pageSize+12), []byte{1})        // its length
	f.Add(uint32(7*pageSize+16), []byte{1, 0, 0, 0, 255})
	f.Fuzz(func(t *testing.T, at uint32, change []byte) {
		bad := bytes.Clone(file)
		if int(at) < len(bad) {
			copy(bad[at:], change)
		}
		seal(bad)
		if len(verify(bad)) == 0 {
			walkable(t, bad)
		}
	})
}
