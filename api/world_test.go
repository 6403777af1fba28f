package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// changeAll changes a table, its lookup and a rule set without a pause until it is
// told to stop. The cells say of which version they are.
func (s *service) changeAll() (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var wg sync.WaitGroup
	again := func(f func(n int) answer) {
		wg.Go(func() {
			for n := 2; ctx.Err() == nil; n++ {
				if got := f(n); got.status >= 300 {
					s.t.Errorf("change %d: %d %s", n, got.status, got.body)
					return
				}
			}
		})
	}
	again(func(n int) answer {
		if n%4 == 0 {
			return s.send("POST", "/api/v1/tables/moving/versions", strings.NewReader(fmt.Sprintf("k,v\na,v%d\nb,v%d\n", n, n)))
		}
		return s.send("PATCH", "/api/v1/tables/moving/rows", strings.NewReader(fmt.Sprintf(`{"upsert":[{"k":"a","v":"v%d"},{"k":"b","v":"v%d"}]}`, n, n)))
	})
	again(func(n int) answer {
		// The key stays, for the patches.
		lookup := `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"f%d"}]}`
		return s.send("PUT", "/api/v1/tables/moving/lookups/moving", strings.NewReader(fmt.Sprintf(lookup, n%7)))
	})
	again(func(n int) answer {
		lookup := `{"match":[{"column":"k","field":"k"}%s],"outputs":[{"column":"v","field":"v"}]}`
		return s.send("PUT", "/api/v1/tables/moving/lookups/two", strings.NewReader(fmt.Sprintf(lookup, []string{"", `,{"column":"v","field":"k"}`}[n%2])))
	})
	again(func(n int) answer {
		return s.send("PUT", "/api/v1/rulesets/moving", strings.NewReader(fmt.Sprintf("name: moving\nrules:\n  - {name: r%d, when: row != nil, set: {ruled: row.v}}\n", n)))
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

// Every version is dropped a moment after the next one comes (--keep-versions 1), and
// no request meets two of them.
func TestEveryRequestIsAnsweredFromOneMoment(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	s := start(t, settings{keepVersions: 1})
	s.table("moving", "k,v\na,v1\nb,v1\n", `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"v"}]}`)
	s.json("PATCH", "/api/v1/tables/moving/rows", `{"upsert":[{"k":"a","v":"v-first"},{"k":"b","v":"v-first"}]}`, http.StatusOK, nil)
	s.json("PUT", "/api/v1/tables/moving/lookups/two", `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"v"}]}`, http.StatusOK, nil)
	for n := 1; n < 3; n++ {
		s.json("PUT", "/api/v1/rulesets/moving", fmt.Sprintf("name: moving\nrules:\n  - {name: r%d, when: row != nil, set: {ruled: row.v}}\n", n), http.StatusOK, nil)
	}
	stop := s.changeAll()
	defer stop()
	for range rounds {
		if t.Failed() {
			break
		}
		for _, table := range []string{"moving", "moving/two"} {
			s.requireExplained("/api/v1/evaluate", table)
		}
		s.requireExplained("/api/v1/rulesets/moving/test", "moving/two")
		var page struct {
			Version int
			Rows    []struct{ Cells []string }
		}
		s.json("GET", "/api/v1/tables/moving/rows?q=v", "", http.StatusOK, &page)
		require.Len(t, page.Rows, 2)
		require.Equal(t, page.Rows[0].Cells[1], page.Rows[1].Cells[1])
		for _, path := range []string{"/api/v1/tables/moving", "/api/v1/tables/moving/versions"} {
			var whole struct {
				Live     int
				Versions []struct {
					Version int
					Live    bool
				}
			}
			s.json("GET", path, "", http.StatusOK, &whole)
			live := 0
			for _, v := range whole.Versions {
				if v.Live {
					require.Zero(t, live)
					live = v.Version
				}
			}
			require.Positive(t, live, "the live version is among those that are kept")
			require.True(t, whole.Live == 0 || whole.Live == live)
		}
		var d struct {
			From, To int
			Count    struct{ Added, Removed, Changed, Unchanged int }
		}
		s.json("GET", "/api/v1/tables/moving/diff", "", http.StatusOK, &d)
		require.Less(t, d.From, d.To)
		require.Equal(t, 2, d.Count.Changed)
		got := s.send("GET", "/api/v1/tables/moving/export", nil)
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		lines := strings.Split(strings.TrimSpace(string(got.body)), "\n")
		require.Len(t, lines, 3)
		require.Equal(t, strings.TrimPrefix(lines[1], "a"), strings.TrimPrefix(lines[2], "b"))
		s.json("GET", "/api/v1/rulesets/moving", "", http.StatusOK, nil)
		s.json("GET", "/api/v1/rulesets/moving/export", "", http.StatusOK, nil)
	}
}

// requireExplained tries two leads, one that is found and one that is not, and
// requires that answer and trace are of one version.
func (s *service) requireExplained(path, table string) {
	s.t.Helper()
	var tried struct {
		Results []struct {
			LeadData     map[string]any
			ActivityData struct {
				TableVersion int
				Matched      bool
				RulesFired   string
				ReturnVal    string
			}
			Trace struct {
				Version int
				Rules   string
				Nearest json.RawMessage
			}
		}
	}
	got := s.json("POST", path, fmt.Sprintf(`{"leads":[{"k":"a"},{"k":"bb"}],"flow":{"table":%q,"ruleSet":"moving"}}`, table), http.StatusOK, &tried)
	require.Len(s.t, tried.Results, 2)
	for _, r := range tried.Results {
		require.Positive(s.t, r.Trace.Version, "%s", got.body)
		require.Equal(s.t, r.ActivityData.TableVersion, r.Trace.Version, "%s", got.body)
		require.False(s.t, r.ActivityData.Matched && r.Trace.Nearest != nil, "%s", got.body)
		if r.ActivityData.Matched {
			require.Equal(s.t, r.ActivityData.ReturnVal, r.LeadData["ruled"], "%s", got.body)
			require.Contains(s.t, r.Trace.Rules, "+ "+r.ActivityData.RulesFired+": held", "%s", got.body)
		}
	}
}
