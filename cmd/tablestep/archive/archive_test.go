package archive_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/cmd/tablestep/archive"
)

func known(name string) bool {
	return slices.Contains([]string{"queue.db", "tables.db", "api.key"}, name)
}

func text(name, content string) archive.Source {
	return archive.Source{Name: name, Copy: func(w io.Writer) (int64, error) {
		n, err := io.WriteString(w, content)
		return int64(n), err
	}}
}

func taken(t testing.TB, sources ...archive.Source) *archive.Archive {
	t.Helper()
	a, err := archive.Take(t.Context(), t.TempDir(), "tablestep-", "1.2.3", sources)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a
}

func written(t testing.TB, a *archive.Archive) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := a.WriteTo(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), n)
	require.EqualValues(t, b.Len(), a.Size(), "a client is told the length before")
	return b.Bytes()
}

func sample(t testing.TB) []byte {
	t.Helper()
	return written(t, taken(t, text("queue.db", strings.Repeat("q", 1000)), text("tables.db", strings.Repeat("t", 512)), text("api.key", "")))
}

func TestWhatIsTakenIsWhatIsExtracted(t *testing.T) {
	t.Parallel()
	raw := sample(t)
	folder := t.TempDir()
	m, err := archive.Extract(bytes.NewReader(raw), folder, known)
	require.NoError(t, err)
	require.Equal(t, 1, m.Format)
	require.Equal(t, "1.2.3", m.Program)
	for name, want := range map[string]string{"queue.db": strings.Repeat("q", 1000), "tables.db": strings.Repeat("t", 512), "api.key": ""} {
		got, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		require.Equal(t, want, string(got), name)
		info, err := os.Stat(filepath.Join(folder, name))
		require.NoError(t, err)
		require.EqualValues(t, 0o600, info.Mode().Perm(), "keys and lead data are in it")
	}
	verified, err := archive.Verify(bytes.NewReader(raw), known)
	require.NoError(t, err)
	require.Equal(t, m, verified)
}

func TestAllTransactionsAreOpenBeforeAnythingIsCopied(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // guards happened
	var happened []string
	note := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		happened = append(happened, what)
	}
	source := func(name string) archive.Source {
		return archive.Source{Name: name, Copy: func(w io.Writer) (int64, error) {
			note("open " + name)
			n, err := w.Write([]byte(name))
			note("copied " + name)
			return int64(n), err
		}}
	}
	taken(t, source("queue.db"), source("tables.db"), source("api.key"))
	require.Equal(t, []string{"open queue.db", "open tables.db", "open api.key"}, happened[:3])
}

func TestASourceThatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	broken := errors.New("disk on fire")
	for _, sources := range [][]archive.Source{
		{text("queue.db", "q"), {Name: "tables.db", Copy: func(io.Writer) (int64, error) { return 0, broken }}},
		{{Name: "queue.db", Copy: func(io.Writer) (int64, error) { return 0, broken }}, text("tables.db", "t")},
	} {
		_, err := archive.Take(t.Context(), folder, "tablestep-", "1.2.3", sources)
		require.ErrorIs(t, err, broken)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := archive.Take(gone, folder, "tablestep-", "1.2.3", []archive.Source{text("queue.db", "q"), text("tables.db", "t")})
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestACutOrChangedArchiveIsNeverTaken(t *testing.T) {
	t.Parallel()
	raw := sample(t)
	for n := range len(raw) - 1024 { // two empty blocks end a tar file, and say nothing
		_, err := archive.Verify(bytes.NewReader(raw[:n]), known)
		require.Error(t, err, "cut to %d of %d bytes", n, len(raw))
	}
	want, err := archive.Verify(bytes.NewReader(raw), known)
	require.NoError(t, err)
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		var content bytes.Buffer
		m, err := archive.Read(bytes.NewReader(changed), known, func(archive.File) (io.WriteCloser, error) { return buffer{&content}, nil })
		if err != nil {
			continue
		}
		// What is no content may differ: the filling of a block.
		require.Equal(t, strings.Repeat("q", 1000)+strings.Repeat("t", 512), content.String(), "byte %d", i)
		require.Equal(t, want.Files, m.Files, "byte %d", i)
	}
}

type buffer struct{ *bytes.Buffer }

func (buffer) Close() error { return nil }

// forged writes an archive with any manifest and any entries.
func forged(t *testing.T, manifest any, entries ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	data, err := json.Marshal(manifest)
	require.NoError(t, err)
	for _, e := range append([][2]string{{"manifest.json", string(data)}}, entries...) {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: e[0], Size: int64(len(e[1])), Mode: 0o600}))
		_, err := io.WriteString(w, e[1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func file(name, content string) archive.File {
	sum := sha256.Sum256([]byte(content))
	return archive.File{Name: name, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}

func TestAForgedArchiveIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	of := func(files ...archive.File) archive.Manifest {
		return archive.Manifest{Format: 1, Program: "9.9", Files: files}
	}
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"a path out of the folder": {forged(t, of(file("../evil", "x")), [2]string{"../evil", "x"}), `names "../evil"`},
		"a name twice":             {forged(t, of(file("queue.db", "x"), file("queue.db", "x"))), "named twice"},
		"surplus":                  {forged(t, of(file("queue.db", "x")), [2]string{"queue.db", "x"}, [2]string{"api.key", "y"}), `"api.key" follows`},
		"another order":            {forged(t, of(file("queue.db", "x"), file("api.key", "y")), [2]string{"api.key", "y"}), "queue.db of 1 bytes should follow"},
		"another content":          {forged(t, of(file("queue.db", "x")), [2]string{"queue.db", "z"}), "its checksum is"},
		"a missing file":           {forged(t, of(file("queue.db", "x"))), "cut short before queue.db"},
		"no files":                 {forged(t, of()), "neither a format nor files"},
		"a newer format":           {forged(t, archive.Manifest{Format: 2, Program: "9.9", Files: []archive.File{file("queue.db", "x")}}), "restore it with the program that made it (9.9)"},
		"no manifest":              {forged(t, "text"), "manifest cannot be read"},
		"another file":             {[]byte("%PDF-1.7"), "does not begin as one"},
		"nothing":                  {nil, "does not begin as one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			_, err := archive.Extract(bytes.NewReader(c.raw), folder, known)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAFileIsNeverWrittenOverAnother(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "tables.db"), []byte("mine"), 0o600))
	_, err := archive.Extract(bytes.NewReader(sample(t)), folder, known)
	require.ErrorIs(t, err, os.ErrExist)
	got, err := os.ReadFile(filepath.Join(folder, "tables.db"))
	require.NoError(t, err)
	require.Equal(t, "mine", string(got))
}

func TestAPlaceThatFailsIsNotBlamedOnTheArchive(t *testing.T) {
	t.Parallel()
	full := errors.New("no room")
	_, err := archive.Read(bytes.NewReader(sample(t)), known, func(archive.File) (io.WriteCloser, error) { return failing{full}, nil })
	require.ErrorIs(t, err, full)
	require.NotErrorIs(t, err, archive.ErrDamaged)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
func (f failing) Close() error              { return nil }

// FuzzRead reads strangers' bytes: about 4,000 a second.
func FuzzRead(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		contents := map[string]*bytes.Buffer{}
		m, err := archive.Read(bytes.NewReader(raw), known, func(f archive.File) (io.WriteCloser, error) {
			b := buffer{new(bytes.Buffer)}
			contents[f.Name] = b.Buffer
			return b, nil
		})
		if err != nil {
			return
		}
		require.Len(t, contents, len(m.Files))
		for _, f := range m.Files {
			require.True(t, known(f.Name), "%q", f.Name)
			sum := sha256.Sum256(contents[f.Name].Bytes())
			require.Equal(t, f.SHA256, hex.EncodeToString(sum[:]), fmt.Sprint(f))
		}
	})
}
