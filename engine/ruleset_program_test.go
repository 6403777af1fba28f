package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// manyRules is a rule set that takes a while to compile.
func manyRules(name string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: %s\nrules:\n", name)
	for i := range n {
		fmt.Fprintf(&b, "  - name: r%d\n    when: lower(lead.country) == \"c%d\" && number(lead.employees) > %d || lead.title contains \"t%d\" && lead.email endsWith \".de\"\n    set: {tier: '\"%d\"'}\n", i, i, i, i, i)
	}
	return b.String()
}

// tierRule is a rule set that writes a tier to each lead.
func tierRule(name, tier string) string {
	return "name: " + name + "\nrules:\n  - {name: any, when: 'true', set: {tier: '\"" + tier + "\"'}}\n"
}

// put stores a rule set without a check, as an older release may have done, so that
// only a batch compiles it.
func (h *house) put(t *testing.T, source string) {
	t.Helper()
	_, err := h.store.PutRuleSet(nameOf(t, source), source, true, "test")
	require.NoError(t, err)
}

// tier evaluates one lead with a rule set.
func (h *house) tier(ctx context.Context, ruleSet string) (tier, code string, err error) {
	callback, _, err := h.Evaluate(ctx, []byte(`{"callbackUrl":"u","objectData":[`+lead(`"id":1`, `"table":"none","ruleSet":"`+ruleSet+`"`)+`]}`))
	if err != nil {
		return "", "", err
	}
	_, rest, _ := strings.Cut(string(callback), `"tier":"`)
	tier, _, _ = strings.Cut(rest, `"`)
	_, rest, _ = strings.Cut(string(callback), `"errorCode":"`)
	code, _, _ = strings.Cut(rest, `"`)
	return tier, code, nil
}

func TestBatchesGoOnWhileAnotherRuleSetIsCompiled(t *testing.T) {
	h := newHouse(t)
	started, release := make(chan struct{}), make(chan struct{})
	h.OnCompile(func(source string) {
		if strings.HasPrefix(source, "name: large") {
			close(started)
			<-release
		}
	})
	h.put(t, tierRule("small", "Gold"))
	h.put(t, tierRule("large", "Silver"))
	var large sync.WaitGroup
	large.Go(func() {
		tier, _, err := h.tier(context.Background(), "large")
		if err != nil || tier != "Silver" {
			t.Errorf("large: %q, %v", tier, err)
		}
	})
	<-started
	done := make(chan error, 1)
	go func() {
		for range 20 {
			if tier, _, err := h.tier(context.Background(), "small"); err != nil || tier != "Gold" {
				done <- fmt.Errorf("small: %q, %w", tier, err)
				return
			}
		}
		done <- nil
	}()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(soon):
		t.Error("batches with another rule set wait for the compilation")
	}
	close(release)
	large.Wait()
}

// The same with a thousand rules and no hand on the compiler.
func TestAThousandRulesHoldUpNoOtherRules(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, tierRule("small", "Gold"))
	h.put(t, manyRules("large", 1000))
	started := make(chan struct{})
	h.OnCompile(func(string) { close(started) })
	var ended atomic.Bool
	var large sync.WaitGroup
	large.Go(func() {
		defer ended.Store(true)
		if _, code, err := h.tier(context.Background(), "large"); err != nil || code != "RULE_NO_MATCH" {
			t.Errorf("large: %q, %v", code, err)
		}
	})
	<-started
	meanwhile := 0
	for !ended.Load() {
		tier, _, err := h.tier(t.Context(), "small")
		require.NoError(t, err)
		require.Equal(t, "Gold", tier)
		if !ended.Load() {
			meanwhile++
		}
	}
	large.Wait()
	require.Greater(t, meanwhile, 20)
}

func TestOneCompilationServesAllWhoAskAtOnce(t *testing.T) {
	h := newHouse(t)
	var compilations atomic.Int32
	started, release := make(chan struct{}), make(chan struct{})
	h.OnCompile(func(string) {
		if compilations.Add(1) == 1 {
			close(started)
		}
		<-release
	})
	h.put(t, tierRule("tiers", "Gold"))
	var all sync.WaitGroup
	ask := func() {
		if tier, code, err := h.tier(context.Background(), "tiers"); err != nil || tier != "Gold" {
			t.Errorf("%q, %q, %v", tier, code, err)
		}
	}
	all.Go(ask)
	<-started
	// Whoever cannot wait ends with its context, and no lead fails for that.
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, _, err := h.tier(short, "tiers")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, `wait for rule set "tiers", version 1`)
	for range 8 {
		all.Go(ask)
	}
	time.Sleep(10 * time.Millisecond) // most of them wait by now
	close(release)
	all.Wait()
	require.EqualValues(t, 1, compilations.Load())
}

func TestWhatWasCheckedWhenSavedIsWhatAnswers(t *testing.T) {
	h := newHouse(t)
	h.OnCompile(func(source string) { t.Errorf("compiled again: %s", source) })
	save := func(tier string, publish bool) int {
		saved, err := h.SaveRuleSet(t.Context(), "tiers", tierRule("tiers", tier), engine.SaveOptions{Publish: publish})
		require.NoError(t, err)
		return saved.Version
	}
	answers := func(want string) {
		t.Helper()
		tier, code, err := h.tier(t.Context(), "tiers")
		require.NoError(t, err)
		require.Equal(t, want, tier, code)
	}
	require.Equal(t, 1, save("Silver", true))
	answers("Silver")
	require.Equal(t, 2, save("Gold", false))
	require.Equal(t, 3, save("Iron", false))
	answers("Silver")
	require.NoError(t, h.PublishRuleSet("tiers", 2, "test"))
	answers("Gold")
	require.Equal(t, 4, save("Silver", true), "the same text as version 1")
	answers("Silver")
	require.Equal(t, 4, save("Silver", true), "the same text as the newest version")
	answers("Silver")
	_, err := h.RollbackRuleSet("tiers", "test")
	require.NoError(t, err)
	answers("Gold")
	programs, size := h.Kept()
	require.Equal(t, 4, programs, "one a version")
	require.Equal(t, 2*len(tierRule("tiers", "Silver"))+2*len(tierRule("tiers", "Gold")), size)
}

// A restored rule set may have version numbers that another one of its name has had.
func TestARestoredRuleSetRunsItsOwnRules(t *testing.T) {
	h := newHouse(t)
	answers := func(name, want string) {
		t.Helper()
		tier, code, err := h.tier(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, want, tier, code)
	}
	h.ruleSet(t, tierRule("taken", "Gold"))
	answers("taken", "Gold")
	h.ruleSet(t, tierRule("other", "Silver"))
	answers("other", "Silver")
	for _, name := range []string{"taken", "other"} {
		require.NoError(t, h.DeleteRuleSet(name, "test"))
		_, code, err := h.tier(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, "RULESET_NOT_FOUND", code)
	}
	require.NoError(t, h.RestoreRuleSet("other", "taken", "test"))
	answers("taken", "Silver")
	require.NoError(t, h.DeleteRuleSet("taken", "test"))
	require.NoError(t, h.RestoreRuleSet("taken", "", "test"))
	answers("taken", "Silver")
	programs, size := h.Kept()
	require.Equal(t, 2, programs, "one a name and version")
	require.Equal(t, 2*len(tierRule("other", "Silver")), size)
}

// Whoever sees a new version before saving has said which it is finds it compiled.
func TestABatchThatComesBeforeSavingHasEndedCompilesNothing(t *testing.T) {
	h := newHouse(t)
	h.OnCompile(func(source string) { t.Errorf("compiled again: %s", source) })
	stop := make(chan struct{})
	var asking sync.WaitGroup
	asking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, _, err := h.tier(context.Background(), "tiers"); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range 50 {
		h.ruleSet(t, tierRule("tiers", fmt.Sprint(i)))
	}
	close(stop)
	asking.Wait()
}

func TestAVersionThatDoesNotCompileIsCompiledOnce(t *testing.T) {
	h := newHouse(t)
	var compiled []string
	h.OnCompile(func(source string) { compiled = append(compiled, source) })
	const bad = "name: tiers\nrules:\n  - {name: any, when: lead.x ==, set: {tier: '1'}}\n"
	h.put(t, bad)
	for range 3 {
		got := activityOf(t, h, lead(`"id":1`, `"table":"none","ruleSet":"tiers"`))[0]
		require.Equal(t, "RULE_FAILED", got["errorCode"])
		require.Contains(t, got["reason"], `compile rule set "tiers", version 1: `)
		require.Contains(t, got["reason"], "line 3")
	}
	require.Equal(t, []string{bad}, compiled)
	h.put(t, tierRule("tiers", "Gold"))
	tier, _, err := h.tier(t.Context(), "tiers")
	require.NoError(t, err)
	require.Equal(t, "Gold", tier, "another version is another matter")
	require.NoError(t, h.PublishRuleSet("tiers", 1, "test"))
	_, code, err := h.tier(t.Context(), "tiers")
	require.NoError(t, err)
	require.Equal(t, "RULE_FAILED", code)
	require.Len(t, compiled, 2)
}

func TestAPanicOfTheCompilerHoldsUpNobody(t *testing.T) {
	h := newHouse(t)
	h.OnCompile(func(string) { panic("out of order") })
	require.PanicsWithValue(t, "out of order", func() { _ = h.Compiled(t.Context(), "x", 1, tierRule("x", "Gold")) })
	var failed *engine.CompileError
	require.ErrorAs(t, h.Compiled(t.Context(), "x", 1, tierRule("x", "Gold")), &failed)
	require.ErrorContains(t, failed, `compile rule set "x", version 1: compiling it panicked`)
}

func TestSoManyProgramsAreKept(t *testing.T) {
	const most = 256
	h := newHouse(t)
	compiled := 0
	h.OnCompile(func(string) { compiled++ })
	ask := func(i int) {
		t.Helper()
		require.NoError(t, h.Compiled(t.Context(), fmt.Sprint("set", i), 1, tierRule("x", "Gold")))
	}
	for i := range most {
		ask(i)
	}
	programs, size := h.Kept()
	require.Equal(t, most, programs)
	require.Equal(t, most*len(tierRule("x", "Gold")), size)
	ask(0) // it is not the one that has not been asked for longest any more
	ask(most)
	programs, _ = h.Kept()
	require.Equal(t, most, programs)
	require.Equal(t, most+1, compiled)
	ask(0)
	require.Equal(t, most+1, compiled)
	ask(1)
	require.Equal(t, most+2, compiled, "that one was dropped")
}

func TestSoManyBytesOfProgramsAreKept(t *testing.T) {
	const most = 16 << 20
	h := newHouse(t)
	compiled := 0
	h.OnCompile(func(string) { compiled++ })
	large := func(n int) string {
		return tierRule("x", "Gold") + "#" + strings.Repeat("x", n-len(tierRule("x", "Gold"))-1)
	}
	ask := func(i, n int) {
		t.Helper()
		require.NoError(t, h.Compiled(t.Context(), fmt.Sprint("set", i), 1, large(n)))
	}
	for i := range 16 {
		ask(i, 1<<20)
	}
	programs, size := h.Kept()
	require.Equal(t, 16, programs)
	require.Equal(t, most, size)
	require.Equal(t, 16, compiled)
	ask(16, 100)
	programs, size = h.Kept()
	require.Equal(t, 16, programs, "one had to go")
	require.Equal(t, most-1<<20+100, size)
	ask(1, 1<<20)
	require.Equal(t, 17, compiled, "not this one")
	ask(0, 1<<20)
	require.Equal(t, 18, compiled)
	require.Error(t, h.Compiled(t.Context(), "huge", 1, large(most+1)), "more than a source may have")
	programs, _ = h.Kept()
	require.Equal(t, 1, programs, "what was asked for last is kept, however large it is")
}
