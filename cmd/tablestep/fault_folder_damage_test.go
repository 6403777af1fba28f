//go:build fault

package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// damageRounds is how many pages, and how many bits, of each file are damaged, one at
// a time. The long form is
//
//	TABLESTEP_DAMAGE_ROUNDS=500 go test -tags fault -run Folder -timeout 4h ./cmd/tablestep
const damageRounds = "TABLESTEP_DAMAGE_ROUNDS"

func damages(t *testing.T) int {
	t.Helper()
	raw := os.Getenv(damageRounds)
	if raw == "" {
		return 8
	}
	n, err := strconv.Atoi(raw)
	require.NoError(t, err, damageRounds)
	return n
}

// A folder holds two tables, a rule set, and a batch that waits for its next attempt.
// What it answers is known.
type folder struct {
	template string
	marketo  *marketo
	taking   atomic.Bool // callbacks are accepted
	want     map[string]string
}

const waiting = "waiting" // token of the batch

// questions are flow step contexts, by the name that must be told if the answer is
// not what it was.
func questions() map[string]string {
	return map[string]string{
		"country-codes": `{"table":"country-codes"}`,
		"second":        `{"table":"second"}`,
		"greeting":      `{"table":"none","ruleSet":"greeting"}`,
	}
}

func newFolder(t *testing.T) *folder {
	t.Helper()
	f := &folder{}
	f.marketo = newMarketo(t, func() bool { return !f.taking.Load() })
	f.template = sampled(t)
	v := launch(t, f.template, nil)
	require.True(t, v.ready(), "%s", v.tail())
	second := filepath.Join(t.TempDir(), "second.csv")
	require.NoError(t, os.WriteFile(second, []byte("country,note\n"+strings.Repeat("Elsewhere,x\n", 500)+"Germany,found\n"), 0o600))
	v.client("table", "import", second)
	lookup := filepath.Join(t.TempDir(), "second.json")
	require.NoError(t, os.WriteFile(lookup, []byte(`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"note","field":"note"}]}`), 0o600))
	v.client("table", "lookup", "second", "--file", lookup)
	rules := filepath.Join(t.TempDir(), "greeting.yaml")
	require.NoError(t, os.WriteFile(rules, []byte("name: greeting\nrules:\n  - name: all\n    when: lead.country != nil\n    set: {greeting: '\"hello\"'}\n"), 0o600))
	v.client("rules", "apply", rules)
	require.True(t, submit(v.url, f.marketo.URL, waiting, 3))
	require.Eventually(t, func() bool {
		return strings.Contains(v.client("invocations", "list", "--state", "retryable"), "retryable")
	}, 20*time.Second, 50*time.Millisecond)
	f.want = f.ask(t, v)
	for name, answer := range f.want {
		require.Contains(t, answer, `"success":true`, name)
	}
	v.stop()
	f.taking.Store(true)
	return f
}

// ask gives what a lead is answered to each question.
func (f *folder) ask(t *testing.T, v *victim) map[string]string {
	t.Helper()
	answers := map[string]string{}
	for name, flow := range questions() {
		r, err := http.NewRequest(http.MethodPost, v.url+"/api/v1/evaluate", strings.NewReader(`{"leads":[{"id":1,"country":"Germany"}],"flow":`+flow+`}`))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+testAdminKey)
		a, err := http.DefaultClient.Do(r)
		require.NoError(t, err, "%s: %s", name, v.tail())
		raw, err := io.ReadAll(a.Body)
		_ = a.Body.Close()
		require.NoError(t, err)
		var told struct {
			Results []struct {
				LeadData, ActivityData json.RawMessage
			}
		}
		answers[name] = fmt.Sprintf("%d %s", a.StatusCode, raw)
		if a.StatusCode == http.StatusOK && json.Unmarshal(raw, &told) == nil && len(told.Results) == 1 {
			answers[name] = fmt.Sprintf("%s %s", told.Results[0].LeadData, told.Results[0].ActivityData)
		}
	}
	return answers
}

// examine starts the service on a damaged folder: it says in words which file is
// damaged and ends, or it answers as before, or it tells what it has set aside.
// What is gone as if it had never been is allowed only where may says so.
func (f *folder) examine(t *testing.T, data, file string, may ...string) (fate string) {
	t.Helper()
	before := f.marketo.answered(waiting)
	v := launch(t, data, nil)
	if !v.answers() {
		noTrace(t, v.log.String())
		require.Equal(t, 1, v.cmd.ProcessState.ExitCode(), "%s", v.tail())
		require.Contains(t, v.log.String(), file)
		return "refused"
	}
	fate = "as before"
	for name, answer := range f.ask(t, v) {
		if answer == f.want[name] {
			continue
		}
		fate = "set aside"
		require.NotContains(t, answer, `"success":true`, "%s: another answer than before the damage", name)
		if strings.Contains(answer, "_NOT_FOUND") && slices.Contains(may, "gone") {
			fate = "gone in silence"
			if regexp.MustCompile(`(?i)damag|` + name).MatchString(statusOf(t, v)) {
				fate = "gone, and told"
			}
			continue
		}
		status := statusOf(t, v)
		require.Contains(t, status, name, "%s is not answered any more, and /status does not say so: %s", name, answer)
	}
	for deadline := time.Now().Add(8 * time.Second); f.marketo.answered(waiting) == before && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	told := statusOf(t, v)
	v.stop()
	told += strings.NewReplacer(`"Damaged":null`, "", data, "").Replace(v.log.String()) // these say nothing, the folder is named after the test
	if f.marketo.answered(waiting) == before {
		require.Regexp(t, `(?i)damag|corrupt|queue\.db|cannot be read`, told, "a batch that waited was lost without a word")
		return "batch lost, and told"
	}
	return fate
}

// statusOf is what Marketo's nightly status would show.
func statusOf(t *testing.T, v *victim) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, v.url+"/status", http.NoBody)
	require.NoError(t, err)
	r.Header.Set("x-api-key", testAPIKey)
	a, err := http.DefaultClient.Do(r)
	require.NoError(t, err, "%s", v.tail())
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	return string(raw)
}

// damaged copies the folder and changes one of its files.
func (f *folder) damaged(t *testing.T, file string, change func(raw []byte) []byte) (data string) {
	t.Helper()
	data = cloned(t, f.template)
	path := filepath.Join(data, file)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, change(raw), 0o600))
	return data
}

const pageSize = 4096

func TestInAFolderATruncatedFileIsToldInWords(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	for _, file := range []string{"tables.db", "queue.db"} {
		for name, length := range map[string]func(n int) int{
			"nothing is left":       func(int) int { return 0 },
			"a byte":                func(int) int { return 1 },
			"less than a page":      func(int) int { return 100 },
			"one page":              func(int) int { return pageSize },
			"two pages":             func(int) int { return 2 * pageSize },
			"four pages":            func(int) int { return 4 * pageSize },
			"half of it":            func(n int) int { return n / 2 },
			"all but a page":        func(n int) int { return n - pageSize },
			"all but the last byte": func(n int) int { return n - 1 },
		} {
			t.Run(file+", "+name, func(t *testing.T) {
				data := f.damaged(t, file, func(raw []byte) []byte { return raw[:length(len(raw))] })
				t.Log(f.examine(t, data, file))
			})
		}
	}
}

func TestInAFolderZeroedPagesAreToldInWords(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	for _, file := range []string{"tables.db", "queue.db"} {
		t.Run(file+", all of it", func(t *testing.T) {
			t.Log(f.examine(t, f.damaged(t, file, func(raw []byte) []byte { clear(raw); return raw }), file))
		})
		for n := range damages(t) {
			t.Run(fmt.Sprintf("%s, %d", file, n), func(t *testing.T) {
				random := rand.New(rand.NewPCG(uint64(n), 1))
				data := f.damaged(t, file, func(raw []byte) []byte {
					page := usedPage(random, raw)
					t.Logf("page %d", page)
					clear(raw[page*pageSize : (page+1)*pageSize])
					return raw
				})
				t.Log(f.examine(t, data, file))
			})
		}
	}
}

func TestInAFolderAFlippedBitIsNeverAnsweredFromInSilence(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	for n := range 3 * damages(t) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(n), 2))
			data := f.damaged(t, "tables.db", func(raw []byte) []byte {
				at := usedPage(random, raw) * pageSize
				for {
					// Much of a page is empty; a bit of what is written is wanted.
					if i := at + random.IntN(pageSize); raw[i] != 0 {
						raw[i] ^= 1 << random.IntN(8)
						t.Logf("byte %d", i)
						return raw
					}
				}
			})
			// A bit of a name, or of the way to a record, can make it disappear. Its leads are told so.
			t.Log(f.examine(t, data, "tables.db", "gone"))
		})
	}
}

// usedPage picks a page that something is written on.
func usedPage(random *rand.Rand, raw []byte) int {
	for {
		page := random.IntN(len(raw) / pageSize)
		for _, b := range raw[page*pageSize : (page+1)*pageSize] {
			if b != 0 {
				return page
			}
		}
	}
}

func TestCheckTellsASoundFolderFromADamagedOne(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	code, out, errs := command(t, "check", cloned(t, f.template))
	require.Zero(t, code, "%s%s", out, errs)
	for _, file := range []string{"tables.db", "queue.db"} {
		for name, change := range map[string]func(raw []byte) []byte{
			"truncated":  func(raw []byte) []byte { return raw[:2*pageSize] }, // half of it may be empty
			"zeroed":     func(raw []byte) []byte { clear(raw); return raw },
			"meta pages": func(raw []byte) []byte { clear(raw[:2*pageSize]); return raw },
		} {
			code, out, errs := command(t, "check", f.damaged(t, file, change))
			require.Equal(t, 1, code, "%s, %s: %s%s", file, name, out, errs)
			require.Contains(t, out+errs, file, name)
			noTrace(t, out+errs)
		}
	}
}
