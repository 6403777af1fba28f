//go:build fault && linux

package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	longRows, longText = 2000, 512
	slowAnswered       = 90 * time.Second // several of 2 s each in one lane, on a busy machine
)

// slowLookups asks, in three ways at once, for the nearest of many long texts:
// batches of the lookup, batches of a rule, and trials whose client goes away.
func slowLookups() attack {
	random := rand.New(rand.NewPCG(1, 2))
	original := changed(random, strings.Repeat("x", longText), longText)
	direct := slowLeads(random, original, `{"table":"long-texts"}`)
	byRule := slowLeads(random, original, `{"table":"none","ruleSet":"near"}`)
	var (
		withRule bool
		mu       sync.Mutex // guards the rest
		sent     = map[string]time.Time{}
		refused  []string
	)
	return attack{
		name: "slow lookups: 2000 texts of 512 characters, 1000 leads a batch",
		setUp: func(s *target) {
			var csv strings.Builder
			csv.WriteString("text,code\n")
			for n := range longRows {
				fmt.Fprintf(&csv, "%s,%d\n", changed(random, original, longText*4/10), n)
			}
			s.importTable("long-texts", csv.String(), `{"match":[{"column":"text","field":"longText","mode":"fuzzy","threshold":0.5}],
				"outputs":[{"column":"code","field":"code"}]}`)
			withRule = s.putSlowRule()
		},
		start: func(s *target) {
			batches := func(name, leads string) {
				s.wage(func(ctx context.Context) {
					client := clientFrom(s.t, "127.0.0.2")
					for n := 0; ctx.Err() == nil && !s.hasEnded(); n++ {
						token := fmt.Sprintf("%s-%d", name, n)
						status, err := s.submit(client, token, leads)
						mu.Lock()
						if err != nil || status != http.StatusCreated {
							refused = append(refused, fmt.Sprintf("%s: %d %v", token, status, err))
						}
						sent[token] = time.Now()
						mu.Unlock()
						s.receiver.wait([]string{token}, slowAnswered, func() bool { return ctx.Err() != nil || s.hasEnded() })
					}
				})
			}
			batches("slow-one", direct)
			batches("slow-two", direct)
			if withRule {
				batches("slow-rule", byRule)
			}
			s.wage(func(ctx context.Context) { s.abandonTrials(ctx, original) })
		},
		after: func(s *target) {
			require.Empty(s.t, refused)
			s.examineSlow(sent)
			s.isIdle(20 * time.Second)
		},
	}
}

// slowLeads are 1,000 leads that nearly match every row of the table.
func slowLeads(random *rand.Rand, original, flow string) string {
	leads := make([]string, 1000)
	for i := range leads {
		leads[i] = fmt.Sprintf(`{"objectContext":{"id":%d,"longText":%q},"flowStepContext":%s}`, i+1, changed(random, original, longText*4/10), flow)
	}
	return strings.Join(leads, ",")
}

// changed is a text with n of its letters replaced, spread over all of it.
func changed(random *rand.Rand, text string, n int) string {
	b := []byte(text)
	for _, i := range random.Perm(len(b))[:n] {
		b[i] = byte('a' + random.IntN(26))
	}
	return string(b)
}

// putSlowRule publishes a rule that looks up in the slow table. False if that is
// refused in words, which is as good.
func (s *target) putSlowRule() bool {
	s.t.Helper()
	status, said := s.ask(http.MethodPut, "/api/v1/rulesets/near?force=true", "application/yaml", `name: near
rules:
  - name: near
    when: exists("long-texts", lead.longText)
    set: {code: '"near"'}
`)
	if status == http.StatusOK {
		return true
	}
	s.t.Logf("the rule set is refused with %d: %s", status, said)
	require.GreaterOrEqual(s.t, status, http.StatusBadRequest)
	require.Less(s.t, status, http.StatusInternalServerError)
	require.Contains(s.t, string(said), "long-texts")
	return false
}

// abandonTrials asks what would be answered, and goes away before it is.
func (s *target) abandonTrials(ctx context.Context, original string) {
	random := rand.New(rand.NewPCG(3, 4))
	leads := make([]string, 1000)
	for i := range leads {
		leads[i] = fmt.Sprintf(`{"id":%d,"longText":%q}`, i+1, changed(random, original, longText*4/10))
	}
	body := `{"flow":{"table":"long-texts"},"leads":[` + strings.Join(leads, ",") + `]}`
	client := clientFrom(s.t, "127.0.0.3")
	for !s.hasEnded() {
		short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		_, _ = s.do(short, client, http.MethodPost, "/api/v1/evaluate", "application/json", strings.NewReader(body)) // it is cut off
		cancel()
		if !pause(ctx, 500*time.Millisecond) {
			return
		}
	}
}

// examineSlow requires that each batch is answered in the end, and that leads that
// could not be reached in time say so.
func (s *target) examineSlow(sent map[string]time.Time) {
	s.t.Helper()
	var tokens []string
	for token := range sent {
		tokens = append(tokens, token)
	}
	missing := s.receiver.wait(tokens, slowAnswered, s.hasEnded)
	codes := map[string]int{}
	var slowest time.Duration
	for token, at := range sent {
		c, ok := s.receiver.callback(token)
		if !ok {
			continue
		}
		slowest = max(slowest, c.at.Sub(at))
		a := c.read(s.t)
		require.Empty(s.t, a.ErrorCode, "%s: %s", token, a.ErrorMessage)
		require.Len(s.t, a.ObjectData, 1000, token)
		for _, o := range a.ObjectData {
			code := o.ActivityData.ErrorCode
			codes[code]++
			allowed := []string{"", "LOOKUP_VALUE_NOT_FOUND", "LOOKUP_TOO_SLOW"}
			if strings.HasPrefix(token, "slow-rule") {
				allowed = append(allowed, "RULE_FAILED", "RULE_NO_MATCH")
			}
			require.Contains(s.t, allowed, code, "%s: %s", token, o.ActivityData.Reason)
		}
	}
	s.t.Logf("%d slow batches, slowest answer %s, codes %v", len(sent), slowest.Round(time.Millisecond), codes)
	require.Empty(s.t, missing, "slow batches were not answered within %s after the attack", slowAnswered)
	require.Positive(s.t, codes["LOOKUP_TOO_SLOW"], "2 s of work a batch are not enough for these")
}

// isIdle requires that nothing goes on working for clients that have gone.
func (s *target) isIdle(within time.Duration) {
	s.t.Helper()
	const window = time.Second
	for deadline := time.Now().Add(within); ; {
		before := s.worked()
		time.Sleep(window)
		used := s.worked() - before
		if used < window/5 {
			return
		}
		require.True(s.t, time.Now().Before(deadline), "the service still uses %s of each second, and nothing was asked of it", used)
	}
}
