package main_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// publishLive asks for live versions until ctx ends, by turns with each of the bodies, and
// returns how often it has.
func (p *process) publishLive(ctx context.Context, table string, bodies ...string) (times int, err error) {
	for ctx.Err() == nil {
		r, err := http.NewRequest(http.MethodPost, p.url+"/api/v1/tables/"+table+"/live", strings.NewReader(bodies[times%len(bodies)]))
		if err != nil {
			return times, err
		}
		r.Header.Set("Authorization", "Bearer "+testAdminKey)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return times, err
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			return times, fmt.Errorf("publish %d: %s %s, %w", times, answer.Status, body, err)
		}
		times++
	}
	return times, nil
}

// A column is renamed, forth and back, while batches are answered: each lead is answered by
// the old rows with the old lookups, or by the new ones with the new ones, and none fails.
func TestAColumnIsRenamedAndNoLeadFails(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	lookup := func(column, output string) string {
		return file(column+output+".json", `{"match":[{"column":"`+column+`","field":"country"}],"outputs":[{"column":"`+output+`","field":"out"}]}`)
	}
	p.client("table", "import", file("old.csv", "country,code,number\nGermany,DE,276\n"), "--name", "codes")
	require.Contains(t, p.client("table", "lookup", "codes", "--file", lookup("country", "code")), "version 1 (live)")
	p.client("table", "lookup", "codes", "numbers", "--file", lookup("country", "number"))

	renamed := file("new.csv", "land,code,number\nGermany,DE,276\n")
	code, _, errs := command(t, "table", "import", renamed, "--name", "codes", "--no-publish", "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 1, code)
	require.Contains(t, errs, `lookup "codes" of table "codes" uses column "country"`, "a column in use is not lost by mistake")
	p.client("table", "import", renamed, "--name", "codes", "--no-publish", "--force")
	require.Contains(t, p.client("table", "lookup", "codes", "--file", lookup("land", "code"), "--no-publish"), "version 2 (not published)")
	p.client("table", "lookup", "codes", "numbers", "--file", lookup("land", "number"), "--no-publish")

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var changing sync.WaitGroup
	var times int
	changing.Go(func() {
		var err error
		if times, err = p.publishLive(ctx, "codes", `{"version":2,"lookups":{"codes":2,"numbers":2}}`, `{"version":1,"lookups":{"codes":1,"numbers":1}}`); err != nil {
			t.Error(err)
		}
	})
	var leads []string
	for i := range 20 {
		leads = append(leads, fmt.Sprintf(`{"objectType":"lead","objectContext":{"id":%d,"country":"germany"},"flowStepContext":{"table":%q}}`, i+1, []string{"codes", "codes/numbers"}[i%2]))
	}
	batches := map[float64]int{} // by the version of the rows
	for begun := time.Now(); (batches[1] < 30 || batches[2] < 30) && time.Since(begun) < time.Minute; {
		got := answers(t, p, leads...)
		for i, r := range got {
			require.Equal(t, true, r.ActivityData["success"], "%v", r.ActivityData)
			require.Equal(t, []string{"DE", "276"}[i%2], r.LeadData["out"])
			require.Equal(t, got[0].ActivityData["tableVersion"], r.ActivityData["tableVersion"], "a batch is answered from one moment")
		}
		version, ok := got[0].ActivityData["tableVersion"].(float64)
		require.True(t, ok)
		batches[version]++
	}
	stop()
	changing.Wait()
	require.GreaterOrEqual(t, min(batches[1], batches[2]), 30, "%v", batches)
	require.Greater(t, times, 20)
	t.Logf("batches by version: %v, while others went live %d times", batches, times)

	require.Equal(t, "codes version 2 is live\nlookup codes of codes: version 2 is live\nlookup numbers of codes: version 2 is live\n",
		p.client("table", "publish", "codes", "2", "--lookup", "codes=2", "--lookup", "numbers=2"))
	p.stop()
}

// The page of matching says how a column is renamed.
func TestTheCommandsOfMatchingRenameAColumn(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	files := map[string]string{
		"codes.csv":    "country,code\nGermany,DE\n",
		"codes.json":   `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"out"}]}`,
		"renamed.csv":  "land,code\nGermany,DE\n",
		"renamed.json": `{"match":[{"column":"land","field":"country"}],"outputs":[{"column":"code","field":"out"}]}`,
	}
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	p.client("table", "import", filepath.Join(dir, "codes.csv"))
	p.client("table", "lookup", "codes", "--file", filepath.Join(dir, "codes.json"))
	commands := commandsOf(t, "tables/index/MATCHING.md", "### Versions of a lookup")
	require.Len(t, commands, 3)
	for _, args := range commands {
		for i, arg := range args {
			if files[arg] != "" {
				args[i] = filepath.Join(dir, arg)
			}
		}
		p.client(args...)
	}
	got := answers(t, p, `{"objectType":"lead","objectContext":{"id":1,"country":"germany"},"flowStepContext":{"table":"codes"}}`)
	require.Equal(t, "DE", got[0].LeadData["out"])
	require.EqualValues(t, 2, got[0].ActivityData["tableVersion"])
	p.stop()
}
