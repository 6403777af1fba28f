package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// marketo receives callbacks and counts the accepted ones by token.
type marketo struct {
	*httptest.Server
	refuse func() bool

	mu  sync.Mutex // guards got
	got map[string]int
}

func newMarketo(t *testing.T, refuse func() bool) *marketo {
	t.Helper()
	m := &marketo{refuse: refuse, got: make(map[string]int)}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if m.refuse != nil && m.refuse() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		m.mu.Lock()
		m.got[r.Header.Get("x-callback-token")]++
		m.mu.Unlock()
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *marketo) answered(token string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.got[token]
}

// submit sends a request of n leads and reports whether it got 201.
func submit(url, callback, token string, n int) bool {
	leads := make([]string, n)
	for i := range leads {
		leads[i] = fmt.Sprintf(`{"objectType":"lead","objectContext":{"id":%d,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}`, i+1)
	}
	body := fmt.Sprintf(`{"token":%q,"apiCallBackKey":"k","campaignId":1,"callbackUrl":%q,"objectData":[%s]}`, token, callback, strings.Join(leads, ","))
	r, err := http.NewRequest(http.MethodPost, url+"/submitAsyncAction", strings.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("x-api-key", testAPIKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err == nil && answer.StatusCode == http.StatusCreated
}

// sample uploads the country codes to a service.
func sample(p *process) {
	p.t.Helper()
	p.client("table", "import", "../../testdata/tables/country-codes.csv")
	p.client("table", "lookup", "country-codes", "--file", "../../testdata/tables/country-codes.lookup.json")
}

func TestAKilledProcessAnswersAfterRestartWhatItHadAccepted(t *testing.T) {
	data := t.TempDir()
	var refusing sync.Mutex // held while callbacks are refused
	refuse := true
	m := newMarketo(t, func() bool {
		refusing.Lock()
		defer refusing.Unlock()
		return refuse
	})
	var accepted []string
	for round := range 4 {
		p := serve(t, data)
		if round == 0 {
			sample(p)
		}
		var senders sync.WaitGroup
		var mu sync.Mutex // guards accepted
		for s := range 8 {
			senders.Go(func() {
				for n := range 50 {
					token := fmt.Sprintf("round-%d-%d-%d", round, s, n)
					if !submit(p.url, m.URL, token, 20) {
						return // killed
					}
					mu.Lock()
					accepted = append(accepted, token)
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(50+rand.IntN(250)) * time.Millisecond)
		p.kill()
		senders.Wait()
	}
	require.Greater(t, len(accepted), 20, "nothing was accepted before the kills")
	refusing.Lock()
	refuse = false
	refusing.Unlock()
	p := serve(t, data)
	require.Eventually(t, func() bool {
		for _, token := range accepted {
			if m.answered(token) == 0 {
				return false
			}
		}
		return true
	}, 90*time.Second, 50*time.Millisecond, "an accepted request was not answered")
	p.stop()
	t.Logf("%d requests survived 4 kills", len(accepted))
}

func TestTheServiceStopsInGoodOrderUnderLoad(t *testing.T) {
	data := t.TempDir()
	m := newMarketo(t, nil)
	p := serve(t, data)
	sample(p)
	var mu sync.Mutex // guards accepted
	var accepted []string
	var senders sync.WaitGroup
	for s := range 4 {
		senders.Go(func() {
			for n := 0; ; n++ {
				token := fmt.Sprintf("load-%d-%d", s, n)
				if !submit(p.url, m.URL, token, 200) {
					return
				}
				mu.Lock()
				accepted = append(accepted, token)
				mu.Unlock()
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	p.stop()
	senders.Wait()
	require.NotEmpty(t, accepted)
	p = serve(t, data)
	require.Eventually(t, func() bool {
		for _, token := range accepted {
			if m.answered(token) == 0 {
				return false
			}
		}
		return true
	}, 60*time.Second, 50*time.Millisecond)
	for _, token := range accepted {
		require.Equal(t, 1, m.answered(token), "token %s", token)
	}
	p.stop()
}

func TestSecretsAndLeadDataStayOutOfTheLog(t *testing.T) {
	m := newMarketo(t, func() bool { return true })
	p := serve(t, t.TempDir(), "--log-level", "debug")
	sample(p)
	require.True(t, submit(p.url, m.URL+"/?q=CANARY-URL", "CANARY-TOKEN", 1))
	body := `{"token":"CANARY-TWO","apiCallBackKey":"CANARY-KEY","callbackUrl":"` + m.URL + `","objectData":[{"objectContext":{"id":1,"country":"CANARY-COUNTRY","email":"canary@example.com"},"flowStepContext":{"table":"country-codes"}}]}`
	r, err := http.NewRequest(http.MethodPost, p.url+"/submitAsyncAction", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("x-api-key", testAPIKey)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusCreated, answer.StatusCode)
	require.Eventually(t, func() bool {
		return strings.Contains(p.client("invocations", "list", "--state", "retryable"), "retryable")
	}, 20*time.Second, 50*time.Millisecond)
	p.stop()
	require.Contains(t, p.log.String(), "tried again")
	for _, canary := range []string{"CANARY", "canary@", testAPIKey, testAdminKey} {
		require.NotContains(t, p.log.String(), canary)
	}
}

func TestTheWholeTableLifeOnTheCommandLine(t *testing.T) {
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	file := filepath.Join(dir, "My Codes (2026).csv")
	require.NoError(t, os.WriteFile(file, []byte("country;code\nGermany;049\ngermany;049\n"), 0o600))
	out := p.client("table", "import", file, "--name", "codes")
	require.Contains(t, out, "codes version 1: 2 rows, columns country, code (live)")
	require.Contains(t, out, "change: ")
	require.NoError(t, os.WriteFile(file, []byte("country;code\nGermany;049\nFrance;033\n"), 0o600))
	require.Contains(t, p.client("table", "import", file, "--name", "codes", "--no-publish"), "not published")
	require.Contains(t, p.client("table", "publish", "codes", "2"), "version 2 is live")
	require.Contains(t, p.client("table", "diff", "codes"), "version 1 to 2:")
	require.Equal(t, "country,code\nGermany,049\nFrance,033\n", p.client("table", "export", "codes"))
	workbook := filepath.Join(dir, "codes.xlsx")
	p.client("table", "export", "codes", "-o", workbook)
	require.Contains(t, p.client("table", "import", workbook, "--name", "codes", "--no-publish"), "version 3: 2 rows")
	require.Contains(t, p.client("table", "diff", "codes", "--from", "2", "--to", "3"), "0 added, 0 removed, 0 changed, 2 unchanged")
	require.Contains(t, p.client("table", "rollback", "codes"), "version 1 is live")
	require.Contains(t, p.client("table", "show", "codes"), "(not confirmed)")
	lookup := filepath.Join(dir, "lookup.json")
	require.NoError(t, os.WriteFile(lookup, []byte(`{"match":[{"column":"country","field":"Country"}],"outputs":[{"column":"code","field":"dialCode"}]}`), 0o600))
	require.Contains(t, p.client("table", "lookup", "codes", "--file", lookup), "is set")
	require.Contains(t, p.client("table", "lookup", "codes"), "dialCode")
	require.Contains(t, p.client("table", "list", "--json"), `"name": "codes"`)
	require.Contains(t, p.client("table", "lookup", "codes", "--delete", "--yes"), "is deleted")
	require.Contains(t, p.client("table", "delete", "codes", "--yes"), "is deleted")
	code, _, errs := command(t, "table", "show", "codes", "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "TABLE_NOT_FOUND")
	p.stop()
}

func TestHealthAsksTheService(t *testing.T) {
	p := serve(t, t.TempDir())
	addr := strings.TrimPrefix(p.url, "http://")
	code, out, _ := command(t, "health", "--addr", addr)
	require.Zero(t, code)
	require.Equal(t, "ready\n", out)
	p.stop()
	code, _, errs := command(t, "health", "--addr", addr)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "not ready: nothing listens on "+addr)
}

func TestTheWholeRuleSetLifeOnTheCommandLine(t *testing.T) {
	p := serve(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "tiers.yaml")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	good := "name: tiers\nrules:\n  - {name: big, when: number(lead.employees) >= 1000, set: {tier: '\"Enterprise\"'}}\n" +
		"tests:\n  - {name: a big one, lead: {employees: 2000}, want: {rules: [big]}}\n"
	write(good)
	require.Contains(t, p.client("rules", "test", file, "--lead", `{"employees":"5000"}`), `"tier":"Enterprise"`)
	require.Contains(t, p.client("rules", "apply", file), "tiers version 1: 1 rules, 1 tests passed (live)")
	write(strings.Replace(good, "1000", "500", 1))
	require.Contains(t, p.client("rules", "apply", file), "tiers version 2")
	require.Contains(t, p.client("rules", "rollback", "tiers"), "tiers version 1 is live")
	require.Equal(t, good, p.client("rules", "show", "tiers"))
	newer := strings.Replace(good, "1000", "500", 1)
	require.Equal(t, newer, p.client("rules", "show", "tiers", "--version", "2"))
	var shown struct{ Source string }
	require.NoError(t, json.Unmarshal([]byte(p.client("rules", "show", "tiers", "--version", "2", "--json")), &shown))
	require.Equal(t, newer, shown.Source)
	require.NoError(t, json.Unmarshal([]byte(p.client("rules", "show", "tiers", "--json")), &shown))
	require.Equal(t, good, shown.Source)
	require.Contains(t, p.client("rules", "list"), "tiers")
	write(strings.Replace(good, ">= 1000", ">= ", 1))
	code, _, errs := command(t, "rules", "apply", file, "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "line 3")
	require.Contains(t, errs, "^")
	require.Contains(t, p.client("rules", "delete", "tiers", "--yes"), "is deleted")
	p.stop()
}
