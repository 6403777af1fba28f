package boltfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables/boltfile"
)

// stored writes a file.
func stored(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func TestAFileThatIsNotThereIsMadeWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "new.db")
	// What a stop while it was made has left is no hindrance.
	require.NoError(t, os.WriteFile(path+".new", nil, 0o600))
	db, notice, err := boltfile.Open(path, boltfile.Options{Map: 1 << 20})
	require.NoError(t, err)
	require.Empty(t, notice)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "nobody else reads it")
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		if err != nil {
			return err
		}
		return b.Put([]byte("k"), []byte("v"))
	}))
	require.NoError(t, db.Close())

	// One that is there is not made again.
	db, _, err = boltfile.Open(path, boltfile.Options{})
	require.NoError(t, err)
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		require.Equal(t, "v", string(tx.Bucket([]byte("b")).Get([]byte("k"))))
		return nil
	}))
	require.NoError(t, db.Close())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	// Where no file can be made the error names it.
	nowhere := filepath.Join(dir, "no", "such.db")
	_, _, err = boltfile.Open(nowhere, boltfile.Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "make "+nowhere)
}

func TestAFileHasOneOwner(t *testing.T) {
	t.Parallel()
	path := stored(t, sample(t, false))
	db, _, err := boltfile.Open(path, boltfile.Options{})
	require.NoError(t, err)
	for name, touch := range map[string]func() error{
		"open":    func() error { _, _, err := boltfile.Open(path, boltfile.Options{}); return err },
		"read":    func() error { _, err := boltfile.OpenReadOnly(path); return err },
		"inspect": func() error { _, err := boltfile.Inspect(path); return err },
		"compact": func() error { _, _, err := boltfile.Compact(path); return err },
		"examine": func() error { _, _, err := boltfile.Examine(path, nil); return err },
	} {
		err := touch()
		require.ErrorIs(t, err, boltfile.ErrInUse, name)
		require.ErrorContains(t, err, path, name)
	}
	// Who has patience gets it once it is free.
	done := make(chan error, 1)
	go func() {
		second, _, err := boltfile.Open(path, boltfile.Options{Wait: time.Minute})
		if err == nil {
			err = second.Close()
		}
		done <- err
	}()
	require.NoError(t, db.Close())
	require.NoError(t, <-done)
}

func TestADamagedFileIsNotOpened(t *testing.T) {
	t.Parallel()
	whole := sample(t, false)
	for name, content := range map[string][]byte{"cut short": whole[:len(whole)/2], "empty": nil, "no such file at all": []byte("hello, world")} {
		path := stored(t, content)
		_, _, err := boltfile.Open(path, boltfile.Options{})
		require.ErrorIs(t, err, boltfile.ErrDamaged, name)
		require.ErrorContains(t, err, "open "+path)
		_, _, err = boltfile.Compact(path)
		require.ErrorIs(t, err, boltfile.ErrDamaged, name)
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, left), "%s: it is left as it is", name)
		require.NoFileExists(t, path+".new")
		_, findings, err := boltfile.Examine(path, func(*bolt.Tx) error { return errors.New("looked") })
		require.NoError(t, err)
		require.NotEmpty(t, findings)
		require.NotContains(t, fmt.Sprint(findings), "looked", "nothing below can be relied on")
	}
	_, err := boltfile.Inspect(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, _, err = boltfile.Examine(filepath.Join(t.TempDir(), "none"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, _, err = boltfile.Compact(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestOneOfTwoFirstPagesIsEnoughAndIsTold(t *testing.T) {
	t.Parallel()
	for page := range 2 {
		content := sample(t, false)
		clear(content[page*pageSize : (page+1)*pageSize])
		db, notice, err := boltfile.Open(stored(t, content), boltfile.Options{})
		require.NoError(t, err)
		require.Contains(t, notice, "the very last change before the stop may be missing")
		require.NoError(t, db.Close())
	}
}

func TestAFileIsNotLargerThanItMayBe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "small.db")
	db, _, err := boltfile.Open(path, boltfile.Options{MaxSize: 1 << 20})
	require.NoError(t, err)
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		if err != nil {
			return err
		}
		return b.Put([]byte("k"), make([]byte, 2<<20))
	})
	require.Error(t, err)
	require.NoError(t, db.Close())
}

func TestCompactingGivesBackWhatIsFreeAndKeepsAllElse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file.db")
	db, _, err := boltfile.Open(path, boltfile.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		kept, err := tx.CreateBucket([]byte("kept"))
		require.NoError(t, err)
		require.NoError(t, kept.SetSequence(7))
		require.NoError(t, kept.Put([]byte("k"), []byte("v")))
		gone, err := tx.CreateBucket([]byte("gone"))
		require.NoError(t, err)
		return gone.Put([]byte("large"), make([]byte, 4<<20))
	}))
	require.NoError(t, db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("gone")) }))
	require.NoError(t, db.Close())
	require.NoError(t, os.WriteFile(path+".new", []byte("of a stop in the midst"), 0o600))

	was, err := os.Stat(path)
	require.NoError(t, err)
	before, after, err := boltfile.Compact(path)
	require.NoError(t, err)
	is, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, was.Size(), before)
	require.Equal(t, is.Size(), after)
	require.Greater(t, before, 4<<20+after)
	require.NoFileExists(t, path+".new")
	reader, err := boltfile.OpenReadOnly(path)
	require.NoError(t, err)
	require.NoError(t, reader.View(func(tx *bolt.Tx) error {
		require.Nil(t, tx.Bucket([]byte("gone")))
		kept := tx.Bucket([]byte("kept"))
		require.EqualValues(t, 7, kept.Sequence())
		require.Equal(t, "v", string(kept.Get([]byte("k"))))
		return nil
	}))
	require.NoError(t, reader.Close())
}

func TestWhoeverLooksIntoASoundFileIsHeard(t *testing.T) {
	t.Parallel()
	path := stored(t, sample(t, false))
	size, findings, err := boltfile.Examine(path, func(tx *bolt.Tx) error {
		require.NotNil(t, tx.Bucket([]byte("small")))
		return nil
	})
	require.NoError(t, err)
	require.Empty(t, findings)
	require.EqualValues(t, len(sample(t, false)), size)
	for problem, look := range map[string]func(*bolt.Tx) error{
		"a record is wrong": func(*bolt.Tx) error { return errors.New("a record is wrong") },
		"page 7 is odd":     func(*bolt.Tx) error { panic("page 7 is odd") }, // as bbolt does
	} {
		_, findings, err := boltfile.Examine(path, look)
		require.NoError(t, err)
		require.Len(t, findings, 1)
		require.Equal(t, "the file", findings[0].Place)
		require.Contains(t, findings[0].Problem, problem)
	}
}

func TestAPanicThatIsNotOfBboltGoesOn(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, boltfile.Guard(func() error { panic("page 7 is odd") }), boltfile.ErrDamaged)
	mistake := errors.New("ours")
	require.PanicsWithError(t, "ours", func() { _ = boltfile.Guard(func() error { panic(mistake) }) })
	require.ErrorIs(t, boltfile.Guard(func() error { return mistake }), mistake)
	require.NoError(t, boltfile.Guard(func() error { return nil }))
}

func TestSmallerMapsAreTriedAfterTheOneWished(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int64{0}, boltfile.MapSizes(0))
	require.Equal(t, []int64{0}, boltfile.MapSizes(32<<10), "every file has that in any case")
	require.Equal(t, []int64{1 << 20, 256 << 10, 64 << 10, 0}, boltfile.MapSizes(1<<20))
	require.Equal(t, "x: y", boltfile.Finding{Place: "x", Problem: "y"}.String())
	require.NoError(t, boltfile.SyncFolder(t.TempDir()))
	require.Error(t, boltfile.SyncFolder(filepath.Join(t.TempDir(), strings.Repeat("x", 8))))
}
