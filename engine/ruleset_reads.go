package engine

import (
	"context"
	"maps"
	"strings"
	"sync"

	"tablestep/engine/rules"
	"tablestep/tables"
)

// ruleReads remembers what live rule sets read beside the lead, one version of each, so that
// asking for it again compiles nothing: the programs that are kept are those of batches.
type ruleReads struct {
	mu sync.Mutex // guards of
	of map[string]ruleRead
}

// A ruleRead is what one version of a rule set reads.
type ruleRead struct {
	source string
	tokens []string // my tokens
	tables []string // that it looks up in
}

// readsOf are what the live version of a rule set reads. One that does not compile reads
// nothing: its leads fail, and its version says so.
func (e *Evaluator) readsOf(ctx context.Context, set *tables.RuleSet) (ruleRead, error) {
	source := set.Live.Source
	// business: businessDays and businessHours have tables of holidays.
	if !strings.Contains(source, string(rules.ScopeMy)) && !strings.Contains(source, "lookup") && !strings.Contains(source, "exists") && !strings.Contains(source, "business") {
		return ruleRead{}, nil
	}
	if read, ok := e.ruleReads.get(set); ok {
		return read, nil
	}
	p, err := e.programOf(ctx, set)
	if err != nil {
		return ruleRead{}, err
	}
	read := ruleRead{source: source}
	if p != nil {
		read.tables = p.Tables()
		for _, ref := range p.Fields() {
			if ref.Scope == rules.ScopeMy && ref.Name != "" {
				read.tokens = append(read.tokens, ref.Name)
			}
		}
	}
	e.ruleReads.set(set.Name, read)
	return read, nil
}

// get is for the source that is live: a version's number may have been that of another one.
func (r *ruleReads) get(set *tables.RuleSet) (ruleRead, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	read, ok := r.of[set.Name]
	return read, ok && read.source == set.Live.Source
}

func (r *ruleReads) set(name string, read ruleRead) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]ruleRead{}
	}
	r.of[name] = read
}

// keep forgets rule sets that are there no longer.
func (r *ruleReads) keep(catalog *tables.Catalog) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.of, func(name string, _ ruleRead) bool {
		_, ok := catalog.RuleSet(name)
		return !ok
	})
}
