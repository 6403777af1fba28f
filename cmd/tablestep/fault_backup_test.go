//go:build fault

package main_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
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
// for. A service that is started on it sends again what was not noted as delivered at
// that moment, and nothing else; what came later it does not know.
func TestABackupUnderLoadHasAllThatWasAcknowledgedBefore(t *testing.T) {
	t.Parallel() // it mostly waits
	data := sampled(t)
	w := newWitness(t, func(string) int {
		time.Sleep(200 * time.Millisecond) // so that callbacks are under way in every backup
		return http.StatusOK
	})
	v := launch(t, data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	stop := w.load(v.url, "load", 4, true)
	var to string
	var version int
	for range *backupRounds {
		time.Sleep(500 * time.Millisecond)
		tokens, least := w.promised()
		require.NotEmpty(t, tokens)
		path := filepath.Join(t.TempDir(), "service.tar")
		v.client("backup", path)
		to = filepath.Join(t.TempDir(), "data")
		code, out, errs := command(t, "restore", path, "--data", to, "--yes")
		require.Zero(t, code, "%s%s", out, errs)
		var open int
		open, version = restoredHas(t, cloned(t, to), tokens, least)
		t.Logf("%d requests acknowledged before, %d of them not yet delivered in the backup", len(tokens), open)
	}
	time.Sleep(500 * time.Millisecond) // for requests that the last backup does not have
	stop()
	w.answered(t, 20*time.Second)
	v.stop()
	w.examine(t, data)

	// The last backup is started once the old service has answered everything.
	again, unknown := w.expectAgain(t, cloned(t, to))
	require.NotEmpty(t, again, "nothing waited in a backup under load")
	require.Positive(t, unknown, "nothing was accepted after the backup")
	w.mu.Lock()
	w.version = version
	w.mu.Unlock()
	restored := launch(t, to, nil)
	require.True(t, restored.ready(), "%s", restored.tail())
	require.Eventually(t, func() bool { return w.missingAgain(again) == 0 }, 20*time.Second, 20*time.Millisecond)
	restored.stop()
	w.examine(t, to)
	_, repeated := w.count()
	require.Equal(t, len(again), repeated, "what was noted as delivered in the backup is sent again")
	t.Logf("%d callbacks came again; the restored service does not know %d requests that came after the backup", len(again), unknown)
}

func TestARestoredBackupAnswersWhatWaitedInIt(t *testing.T) {
	t.Parallel() // it mostly waits
	data := sampled(t)
	const waiting = 50
	var refusing atomic.Bool
	refusing.Store(true)
	w := newWitness(t, func(string) int {
		if refusing.Load() {
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
	require.Contains(t, out, fmt.Sprint(waiting, " of them unfinished"))
	refusing.Store(false)
	w.finish(t, to)
	_, repeated := w.count()
	require.Zero(t, repeated, "nothing that waited is sent twice")
}

// expectAgain finds, in a copy of a restored folder, the tokens that a service started on
// it will send again though they were answered, and allows each one callback more, which
// may differ: it is evaluated against the tables of the backup. It counts the tokens that
// the folder does not know.
func (w *witness) expectAgain(t *testing.T, data string) (again []string, unknown int) {
	t.Helper()
	q, found, err := queuefile.Open(filepath.Join(data, "queue.db"), queuefile.Options{Bounds: queue.Bounds{Limit: 1 << 20}})
	require.NoError(t, err)
	defer func() { require.NoError(t, q.Close()) }()
	require.Empty(t, found.Damaged)
	w.mu.Lock()
	defer w.mu.Unlock()
	for token, f := range w.fates {
		id, known, err := q.Put(t.Context(), invocationOf(token, w.URL))
		require.NoError(t, err)
		if !known {
			unknown++
			continue
		}
		info, err := q.Get(t.Context(), id)
		require.NoError(t, err)
		if info.State != queue.Delivered {
			again = append(again, token)
			f.allowed, f.digest, f.done = f.allowed+1, [32]byte{}, false
		}
	}
	return again, unknown
}

// missingAgain counts the tokens of a list that have not come a second time.
func (w *witness) missingAgain(tokens []string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, token := range tokens {
		if w.fates[token].taken < 2 {
			n++
		}
	}
	return n
}

// invocationOf is what a queue is asked with for a token: a copy may be asked by putting
// the token in again.
func invocationOf(token, url string) queue.Invocation {
	return queue.Invocation{CallbackURL: url, Token: token, TokenHash: sha256.Sum256([]byte(token)), HasToken: true}
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

// restoredHas requires of a copy of a restored folder that it has all tokens, and the
// table's version or a later one, which it gives.
func restoredHas(t *testing.T, data string, tokens map[string]string, least int) (open, version int) {
	t.Helper()
	store, err := file.OpenStore(filepath.Join(data, "tables.db"), tables.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.Empty(t, store.Damaged())
	table, ok := store.Catalog().Table("country-codes")
	require.True(t, ok)
	require.GreaterOrEqual(t, table.Live.Number, least)
	q, found, err := queuefile.Open(filepath.Join(data, "queue.db"), queuefile.Options{Bounds: queue.Bounds{Limit: 1 << 20}})
	require.NoError(t, err)
	defer func() { require.NoError(t, q.Close()) }()
	require.Empty(t, found.Damaged)
	for token, want := range tokens {
		id, known, err := q.Put(t.Context(), invocationOf(token, "http://127.0.0.1:1"))
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
	return open, table.Live.Number
}
