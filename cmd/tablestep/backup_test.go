package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	queuefile "tablestep/engine/queue/file"
)

// backedUp takes a backup of a service and returns its file.
func backedUp(p *process) string {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "service.tar")
	out := p.client("backup", path)
	require.Contains(p.t, out, "queue.db")
	require.Contains(p.t, out, "tables.db")
	return path
}

func TestARestoredServiceHasWhatTheOldOneHad(t *testing.T) {
	t.Parallel()
	var refuses atomic.Bool
	refuses.Store(true)
	m := newMarketo(t, refuses.Load)
	p := serve(t, t.TempDir())
	sample(p)
	require.NoError(t, os.WriteFile(filepath.Join(p.data, "admin.key"), []byte(strings.Repeat("k", 40)+"\n"), 0o600))
	for n := range 5 {
		require.True(t, submit(p.url, m.URL, fmt.Sprint("waits-", n), 3))
	}
	tables, rows := p.client("table", "list", "--json"), p.client("table", "export", "country-codes")
	path := backedUp(p)
	require.True(t, submit(p.url, m.URL, "later", 3))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	left, err := os.ReadDir(filepath.Join(p.data, "uploads"))
	require.NoError(t, err)
	require.Empty(t, left, "the copies are gone")
	p.kill()

	to := filepath.Join(t.TempDir(), "new", "data")
	code, out, errs := command(t, "restore", path, "--data", to, "--yes")
	require.Zero(t, code, errs)
	require.Contains(t, out, "start the service with --data "+to)
	require.Contains(t, out, "5 of them unfinished")
	key, err := os.ReadFile(filepath.Join(to, "admin.key"))
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("k", 40)+"\n", string(key))

	refuses.Store(false)
	restored := serve(t, to)
	require.Equal(t, tables, restored.client("table", "list", "--json"))
	require.Equal(t, rows, restored.client("table", "export", "country-codes"))
	require.Eventually(t, func() bool {
		return strings.Count(restored.client("invocations", "list"), "delivered") == 5
	}, 20*time.Second, 50*time.Millisecond, "what waited is answered by the restored service")
	require.NotContains(t, restored.client("invocations", "list", "--state", "available"), "available")
	require.True(t, submit(restored.url, m.URL, "later", 3), "what came after the backup is not known")
	require.Eventually(t, func() bool {
		return strings.Count(restored.client("invocations", "list"), "delivered") == 6
	}, 20*time.Second, 50*time.Millisecond, "and is accepted as new where it is sent again")
	restored.stop()
}

// chapter is a chapter of the document on operating.
func chapter(t *testing.T, heading string) string {
	t.Helper()
	raw, err := os.ReadFile("OPERATING.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(raw), "\n## "+heading+"\n")
	require.True(t, found, "OPERATING.md has no chapter %q", heading)
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// What the chapter on backups tells an operator to type is typed here.
func TestTheCommandsOfTheChapterOnBackupsWork(t *testing.T) {
	t.Parallel()
	text := chapter(t, "Backup")
	p := serve(t, t.TempDir())
	sample(p)
	const archive, folder = "/backup/tablestep-2026-11-30.tar", "/var/lib/tablestep"
	kept, to := filepath.Join(t.TempDir(), "b.tar"), filepath.Join(t.TempDir(), "data")
	typed := 0
	for _, line := range regexp.MustCompile(`(?m)^tablestep .*$`).FindAllString(text, -1) {
		args := strings.Fields(strings.NewReplacer(archive, kept, folder, to).Replace(line))[1:]
		if args[0] == "backup" {
			args = append(args, "--server", p.url, "--admin-key", testAdminKey)
		}
		code, out, errs := command(t, args...)
		require.Zero(t, code, "%s: %s%s", line, out, errs)
		typed++
		if args[0] == "restore" { // a second one is refused, as the chapter says
			code, _, errs := command(t, args...)
			require.Equal(t, 1, code)
			require.Contains(t, errs, "is not empty")
		}
	}
	require.Equal(t, 3, typed, "backup, restore, compact")
	code, out, errs := command(t, "check", to)
	require.Zero(t, code, "%s%s", out, errs)
	for _, promise := range []string{"Only one of the two may run", "It sends again", "It does not send again", "It cannot know"} {
		require.Contains(t, text, promise)
	}
	restored := serve(t, to)
	require.Equal(t, p.client("table", "list", "--json"), restored.client("table", "list", "--json"))
	restored.stop()
}

func TestNothingIsRestoredFromAFileThatIsNotWhole(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	sample(p)
	path := backedUp(p)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	parent := t.TempDir()
	for name, raw := range map[string][]byte{
		"cut.tar":     whole[:len(whole)/2],
		"changed.tar": changedAt(whole, len(whole)/2),
		"other.tar":   []byte("a,b\n1,2\n"),
		"empty.tar":   {},
	} {
		bad := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(bad, raw, 0o600))
		code, out, errs := command(t, "restore", bad, "--data", filepath.Join(parent, "data"), "--yes")
		require.Equal(t, 1, code, name)
		require.Empty(t, out)
		require.Contains(t, errs, "nothing was restored: the backup is damaged", name)
		left, err := os.ReadDir(parent)
		require.NoError(t, err)
		require.Empty(t, left, "%s leaves nothing behind", name)
	}
	code, _, errs := command(t, "restore", path, "--data", p.data, "--yes")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "is not empty")
	require.Contains(t, errs, "name a new folder with --data")

	full := filepath.Join(parent, "data")
	require.NoError(t, os.Mkdir(full, 0o700))
	code, _, errs = command(t, "restore", path, "--data", full, "--yes")
	require.Zero(t, code, "an empty folder may be there: %s", errs)
}

func changedAt(raw []byte, at int) []byte {
	changed := bytes.Clone(raw)
	changed[at] ^= 1
	return changed
}

func TestABackupGoesThroughPipes(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	sample(p)
	to := filepath.Join(t.TempDir(), "data")
	backup := exec.Command(binary, "backup", "-", "--server", p.url, "--admin-key", testAdminKey)
	restore := exec.Command(binary, "restore", "-", "--data", to, "--yes")
	pipe, err := backup.StdoutPipe()
	require.NoError(t, err)
	restore.Stdin = pipe
	require.NoError(t, backup.Start())
	out, err := restore.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, backup.Wait())
	code, out2, errs := command(t, "check", to)
	require.Zero(t, code, "%s%s", out2, errs)
}

func TestWhatCannotBeUndoneWantsYesWhereNobodyCanBeAsked(t *testing.T) {
	t.Parallel()
	data := filled(t)
	before, err := os.ReadFile(filepath.Join(data, "tables.db"))
	require.NoError(t, err)
	for _, args := range [][]string{{"compact", "--data", data}, {"restore", os.DevNull, "--data", filepath.Join(t.TempDir(), "d")}, {"restore", "-", "--data", filepath.Join(t.TempDir(), "d")}} {
		code, out, errs := command(t, args...)
		require.Equal(t, 2, code, "%v", args)
		require.Contains(t, errs, "--yes", "%v", args)
		require.Empty(t, out)
	}
	after, err := os.ReadFile(filepath.Join(data, "tables.db"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after))
}

func TestCompactGivesRoomBackAndKeepsEverything(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "--keep-versions", "1")
	sample(p)
	var csv strings.Builder
	csv.WriteString("key,text\n")
	for i := range 20_000 {
		fmt.Fprintf(&csv, "%d,%s\n", i, strings.Repeat(fmt.Sprint(i), 10))
	}
	file := filepath.Join(t.TempDir(), "large.csv")
	require.NoError(t, os.WriteFile(file, []byte(csv.String()), 0o600))
	p.client("table", "import", file)
	p.client("table", "delete", "large", "--purge", "--yes")
	tables, rows := p.client("table", "list", "--json"), p.client("table", "export", "country-codes")
	code, _, errs := command(t, "compact", "--data", p.data, "--yes")
	require.Equal(t, 1, code, "it runs")
	require.Contains(t, errs, "in use by another process")
	p.stop()

	before, err := os.Stat(filepath.Join(p.data, "tables.db"))
	require.NoError(t, err)
	code, out, errs := command(t, "compact", "--data", p.data, "--yes")
	require.Zero(t, code, errs)
	require.Contains(t, out, "tables.db")
	after, err := os.Stat(filepath.Join(p.data, "tables.db"))
	require.NoError(t, err)
	require.Less(t, after.Size(), before.Size())
	code, out, errs = command(t, "check", p.data)
	require.Zero(t, code, "%s%s", out, errs)

	p = serve(t, p.data, "--keep-versions", "1")
	require.Equal(t, tables, p.client("table", "list", "--json"))
	require.Equal(t, rows, p.client("table", "export", "country-codes"))
	p.stop()
}

// withTurns opens the queue of a folder that nobody has open.
func withTurns(t *testing.T, data string, do func(q *queuefile.Queue)) {
	t.Helper()
	q, _, err := queuefile.Open(filepath.Join(data, "queue.db"), queuefile.Options{})
	require.NoError(t, err)
	do(q)
	require.NoError(t, q.Close())
}

func TestTurnsOutliveABackupARestoreAndACompaction(t *testing.T) {
	t.Parallel()
	r := queue.Rotation{Instance: "default", Table: "country-codes", Lookup: "main"}
	want := []queue.Counter{{Row: "ann", Leads: 7, Pass: 70}, {Row: "bob", Leads: 3, Pass: 90, Out: true, Period: "2026-11", InPeriod: 3}}
	lead := queue.Stuck{Rotation: r, Lead: "4711", Row: "ann"}
	holds := func(data string) {
		t.Helper()
		withTurns(t, data, func(q *queuefile.Queue) {
			rows, err := q.Counters(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, want, rows)
			stuck, err := q.StuckTo(t.Context(), r, []string{"4711"})
			require.NoError(t, err)
			require.Equal(t, []queue.Stuck{lead}, stuck)
		})
	}
	p := serve(t, t.TempDir())
	sample(p)
	p.stop()
	withTurns(t, p.data, func(q *queuefile.Queue) {
		_, _, err := q.Put(t.Context(), queue.Invocation{CallbackURL: "https://example.com/callback", BatchID: "b", Leads: 1})
		require.NoError(t, err)
		jobs, err := q.Claim(t.Context(), 1, time.Minute)
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated(nil, queue.Summary{}).WithTurns(nil, []queue.Stuck{lead})))
		ds, err := q.ClaimDelivery(t.Context(), 1, time.Minute)
		require.NoError(t, err)
		require.Len(t, ds, 1)
		require.NoError(t, q.Finish(t.Context(), ds[0].Lease, queue.Arrived(queue.Attempt{Status: 200})))
		require.NoError(t, q.SetCounters(t.Context(), r, want))
	})
	p = serve(t, p.data)
	path := backedUp(p)
	p.stop()
	to := filepath.Join(t.TempDir(), "restored")
	code, out, errs := command(t, "restore", path, "--data", to, "--yes")
	require.Zero(t, code, "%s%s", out, errs)
	holds(to)
	code, _, errs = command(t, "compact", "--data", to, "--yes")
	require.Zero(t, code, errs)
	code, out, errs = command(t, "check", to)
	require.Zero(t, code, "%s%s", out, errs)
	holds(to)
	withTurns(t, to, func(q *queuefile.Queue) { // The numbers of rotations go on where they were.
		other := queue.Rotation{Instance: "default", Table: "others", Lookup: "main"}
		require.NoError(t, q.SetCounters(t.Context(), other, []queue.Counter{{Row: "zoe"}}))
	})
	holds(to)
}

func TestOneBackupIsSentAtATime(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	sample(p)
	get := func() *http.Response {
		r, err := http.NewRequest(http.MethodGet, p.url+"/api/v1/backup", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+testAdminKey)
		a, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		return a
	}
	// Much more than the buffers between the two hold, so that the first is under way.
	var csv strings.Builder
	csv.WriteString("key,text\n")
	for i := range 300_000 {
		fmt.Fprintf(&csv, "%d,%x\n", i, uint64(i)*0x9e3779b97f4a7c15)
	}
	file := filepath.Join(t.TempDir(), "large.csv")
	require.NoError(t, os.WriteFile(file, []byte(csv.String()), 0o600))
	p.client("table", "import", file)
	first := get()
	require.Equal(t, http.StatusOK, first.StatusCode)
	second := get()
	require.Equal(t, http.StatusTooManyRequests, second.StatusCode)
	require.NotEmpty(t, second.Header.Get("Retry-After"))
	require.NoError(t, second.Body.Close())
	require.NoError(t, first.Body.Close(), "its client has gone")
	require.Eventually(t, func() bool {
		third := get()
		defer third.Body.Close()
		if third.StatusCode != http.StatusOK {
			return false
		}
		n, err := io.Copy(io.Discard, third.Body)
		return err == nil && n == third.ContentLength
	}, 20*time.Second, 50*time.Millisecond, "the place of a client that has gone is given back")
	left, err := os.ReadDir(filepath.Join(p.data, "uploads"))
	require.NoError(t, err)
	require.Empty(t, left)
}
