//go:build fault

package main_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	queuefile "tablestep/engine/queue/file"
	"tablestep/tables"
	"tablestep/tables/file"
)

var backupRounds = flag.Int("backup.rounds", 3, "how many backups are taken under load, each restored")

// A backup taken under load has everything that was acknowledged before it was asked
// for, and a service that is started on it answers what waited in it.
func TestABackupUnderLoadHasAllThatWasAcknowledgedBefore(t *testing.T) {
	data := sampled(t)
	w := newWitness(t, nil)
	v := launch(t, data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	stop := w.load(v.url, "load", 4, true)
	for range *backupRounds {
		time.Sleep(500 * time.Millisecond)
		tokens, version := w.promised()
		require.NotEmpty(t, tokens)
		path := filepath.Join(t.TempDir(), "service.tar")
		v.client("backup", path)
		to := filepath.Join(t.TempDir(), "data")
		code, out, errs := command(t, "restore", path, "--data", to, "--yes")
		require.Zero(t, code, "%s%s", out, errs)
		open := restoredHas(t, cloned(t, to), tokens, version)
		t.Logf("%d requests acknowledged before, %d of them not yet delivered in the backup", len(tokens), open)
	}
	stop()
	// The last one is started once the old one has come to its end, with requests that wait.
	w.answered(t, 20*time.Second)
	v.stop()
	w.examine(t, data)
}

func TestARestoredBackupAnswersWhatWaitedInIt(t *testing.T) {
	data := sampled(t)
	const waiting = 50
	refusing := true
	w := newWitness(t, func(string) int {
		if refusing {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	v := launch(t, data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	for n := range waiting {
		require.Equal(t, http.StatusCreated, w.send(v.url, fmt.Sprint("waits-", n)))
	}
	path := filepath.Join(t.TempDir(), "service.tar")
	v.client("backup", path)
	v.kill()
	to := filepath.Join(t.TempDir(), "data")
	code, out, errs := command(t, "restore", path, "--data", to, "--yes")
	require.Zero(t, code, "%s%s", out, errs)
	refusing = false
	w.finish(t, to)
	_, repeated := w.count()
	require.Zero(t, repeated, "nothing that waited is sent twice")
}

// promised are the tokens that were acknowledged until now, and the table's version.
func (w *witness) promised() (ids map[string]string, version int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids = map[string]string{}
	for token, f := range w.fates {
		if f.id != "" {
			ids[token] = f.id
		}
	}
	return ids, w.version
}

// restoredHas looks into a copy of a restored folder.
func restoredHas(t *testing.T, data string, tokens map[string]string, version int) (open int) {
	t.Helper()
	store, err := file.OpenStore(filepath.Join(data, "tables.db"), tables.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.Empty(t, store.Damaged())
	table, ok := store.Catalog().Table("country-codes")
	require.True(t, ok)
	require.GreaterOrEqual(t, table.Live.Number, version)
	q, found, err := queuefile.Open(filepath.Join(data, "queue.db"), queuefile.Options{Bounds: queue.Bounds{Limit: 1 << 20}})
	require.NoError(t, err)
	defer func() { require.NoError(t, q.Close()) }()
	require.Empty(t, found.Damaged)
	for token, want := range tokens {
		id, known, err := q.Put(t.Context(), queue.Invocation{CallbackURL: "http://127.0.0.1:1", Token: token, TokenHash: sha256.Sum256([]byte(token)), HasToken: true})
		require.NoError(t, err)
		require.True(t, known, "%s was acknowledged before the backup and is not in it", token)
		require.Equal(t, want, id.String())
		info, err := q.Get(t.Context(), id)
		require.NoError(t, err)
		if info.State != queue.Delivered {
			open++
			continue
		}
		for name, used := range info.Summary.TableVersions {
			require.LessOrEqual(t, used, table.Live.Number, "%s was answered from a version of table %q that the backup does not have", token, name)
		}
	}
	return open
}
