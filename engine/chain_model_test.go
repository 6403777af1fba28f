package engine_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// chainModel answers one lead after the other by a chain, as MATCHING.md says it.
type chainModel struct {
	tables map[string]*chainTable
}

type chainTable struct {
	header []string
	rows   [][]string
	lookup schema.Lookup
}

type chainAnswer struct {
	Fields  map[string]string
	Code    string
	Matched bool
	Lookup  string // that the activity names
	Row     int
	Return  string
	Search  int // lookups that were searched
}

// row is that of a table which a lead hits, -1 for none, and whether several do under unique.
func (c *chainTable) row(lead map[string]string) (row int, several, empty bool) {
	row = -1
	for i := range c.lookup.Match {
		m := &c.lookup.Match[i]
		empty = empty || strings.TrimSpace(lead[m.Field]) == "" && !m.MatchEmpty
	}
	if empty {
		return -1, false, true
	}
	for n, cells := range c.rows {
		holds := true
		for i := range c.lookup.Match {
			m := &c.lookup.Match[i]
			cell, value := strings.TrimSpace(cells[slices.Index(c.header, m.Column)]), strings.TrimSpace(lead[m.Field])
			holds = holds && strings.EqualFold(cell, value)
		}
		switch {
		case !holds:
		case row < 0:
			row = n
		case c.lookup.HitPolicy == schema.PolicyUnique:
			return row, true, false
		}
	}
	return row, false, false
}

func (m *chainModel) answer(first string, lead map[string]string) chainAnswer {
	a := chainAnswer{Fields: map[string]string{}}
	seen := map[string]string{}
	for name, value := range lead {
		seen[name] = value
	}
	for name := first; name != ""; {
		c := m.tables[name]
		if c == nil {
			a.Code, a.Fields, a.Return = "TABLE_NOT_FOUND", map[string]string{}, ""
			return a
		}
		a.Search++
		row, several, empty := c.row(seen)
		if row >= 0 || !a.Matched {
			a.Lookup = name
		}
		switch {
		case several:
			return chainAnswer{Code: "LOOKUP_AMBIGUOUS", Fields: map[string]string{}, Matched: true, Lookup: name, Search: a.Search}
		case row >= 0:
			a.Matched, a.Row = true, row+1
			for i, o := range c.lookup.Outputs {
				cell := c.rows[row][slices.Index(c.header, o.Column)]
				if i == 0 {
					a.Return = cell
				}
				if cell != "" && cell != "null" {
					a.Fields[o.Field], seen[o.Field] = cell, cell
				}
			}
			name = c.lookup.Then
		case c.lookup.Else != "":
			name = c.lookup.Else
		default:
			a.miss(c, empty)
			return a
		}
	}
	return a
}

// miss is what the last lookup makes of a lead that it has no row for.
func (a *chainAnswer) miss(c *chainTable, empty bool) {
	fails := c.lookup.OnNoMatch == schema.NoMatchKeep
	switch c.lookup.OnNoMatch {
	case schema.NoMatchDefault:
		for i, o := range c.lookup.Outputs {
			if o.Default != "" {
				a.Fields[o.Field] = o.Default
				if i == 0 {
					a.Return = o.Default
				}
			}
		}
		fails = len(a.Fields) == 0 && !a.Matched
	case schema.NoMatchClear:
		for _, o := range c.lookup.Outputs {
			a.Fields[o.Field] = "null"
		}
	}
	if fails {
		a.Code, a.Fields, a.Return = "LOOKUP_VALUE_NOT_FOUND", map[string]string{}, ""
		if empty {
			a.Code = "LOOKUP_KEY_EMPTY"
		}
	}
}

var chainFields = []string{"f0", "f1", "f2", "f3"}

func anyOf[E any](r *rand.Rand, of ...E) E { return of[r.IntN(len(of))] }

// randomTable is a table of a few rows over a few words, and a lookup that goes on to tables with
// larger numbers.
func randomTable(r *rand.Rand, n, all int) *chainTable {
	c := &chainTable{header: []string{"k0", "k1", "o0", "o1"}}
	for range 1 + r.IntN(6) {
		c.rows = append(c.rows, []string{
			anyOf(r, "a", "B", "c", "d", ""), anyOf(r, "a", "b", ""), anyOf(r, "a", "b", "C", "d", "", "null"), anyOf(r, "a", "c", "", "x"),
		})
	}
	c.rows = append(c.rows, []string{"never", "hit", "by", "anything"}) // no column is empty
	l := &c.lookup
	l.Match = []schema.Match{{Column: "k0", Field: anyOf(r, chainFields...), MatchEmpty: r.IntN(6) == 0}}
	if r.IntN(3) == 0 {
		l.Match = append(l.Match, schema.Match{Column: "k1", Field: anyOf(r, chainFields...), MatchEmpty: r.IntN(3) == 0})
	}
	l.HitPolicy = anyOf(r, schema.PolicyFirst, schema.PolicyFirst, schema.PolicyUnique)
	fields := slices.Clone(chainFields)
	r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	for i := range r.IntN(3) {
		l.Outputs = append(l.Outputs, schema.Output{Column: fmt.Sprint("o", i), Field: fields[i], Default: anyOf(r, "", "a", "dflt")})
	}
	l.OnNoMatch = anyOf(r, schema.NoMatchKeep, schema.NoMatchDefault, schema.NoMatchClear)
	next := func() string {
		if n+1 >= all || r.IntN(4) == 0 {
			return ""
		}
		return fmt.Sprint("t", n+1+r.IntN(all-n)) // the last of them is not there
	}
	l.Then, l.Else = next(), next()
	return c
}

// The chain through the real evaluator, with tables in memory and on the disk, is what a plain
// model makes of it lead by lead.
func TestRandomChainsAnswerAsAPlainModelDoes(t *testing.T) {
	t.Parallel()
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	r := rand.New(rand.NewPCG(15, 7))
	codes := map[string]int{}
	for round := range rounds {
		o := tables.Options{}
		if round%3 == 2 {
			o.MemoryBudget = 1 // every table is read from the disk
		}
		dir := t.TempDir()
		store, err := file.OpenStore(filepath.Join(dir, "tables.db"), o)
		require.NoError(t, err)
		h := &house{store: store}
		model := &chainModel{tables: map[string]*chainTable{}}
		all := 1 + r.IntN(6)
		for n := range all {
			name, c := fmt.Sprint("t", n), randomTable(r, n, all)
			text := strings.Join(c.header, ",") + "\n"
			for _, cells := range c.rows {
				text += strings.Join(cells, ",") + "\n"
			}
			lookup, err := json.Marshal(c.lookup)
			require.NoError(t, err)
			h.table(t, name, text, string(lookup))
			model.tables[name] = c
		}
		e, err := engine.NewEvaluator(store)
		require.NoError(t, err)
		for range 2 {
			leads := randomLeads(r)
			checkChain(t, e, model, leads, codes)
		}
		require.NoError(t, store.Close())
	}
	for _, code := range []string{"", "LOOKUP_VALUE_NOT_FOUND", "LOOKUP_KEY_EMPTY", "LOOKUP_AMBIGUOUS", "TABLE_NOT_FOUND"} {
		require.Greater(t, codes[code], 10, "code %q", code)
	}
}

// randomLeads are leads of which the first one has all fields, so that none of them is one that
// Marketo does not send.
func randomLeads(r *rand.Rand) (leads []map[string]any) {
	leads = append(leads, map[string]any{"f0": "a", "f1": "b", "f2": "c", "f3": "d"})
	for range 1 + r.IntN(40) {
		lead := map[string]any{}
		for _, f := range chainFields {
			switch r.IntN(6) {
			case 0:
				lead[f] = nil
			case 1:
			case 2:
				lead[f] = anyOf(r, "", " ")
			default:
				lead[f] = anyOf(r, "a", "b", "C", "d", "x")
			}
		}
		leads = append(leads, lead)
	}
	return leads
}

func checkChain(t *testing.T, e *engine.Evaluator, model *chainModel, leads []map[string]any, codes map[string]int) {
	t.Helper()
	var items []string
	for i, fields := range leads {
		given := map[string]any{"id": i + 1}
		for name, value := range fields {
			given[name] = value
		}
		raw, err := json.Marshal(given)
		require.NoError(t, err)
		items = append(items, `{"objectType":"lead","objectContext":`+string(raw)+`,"flowStepContext":{"table":"t0"}}`)
	}
	body := `{"token":"t","callbackUrl":"u","objectData":[` + strings.Join(items, ",") + `]}`
	callback, sum, err := e.Evaluate(t.Context(), new(engine.Workspace), []byte(body), nil)
	require.NoError(t, err)
	require.Equal(t, len(leads), sum.Leads)
	var out struct {
		ObjectData []struct {
			LeadData     map[string]any
			ActivityData struct {
				Success                              bool
				Reason, ErrorCode, ReturnVal, Lookup string
				SearchParams                         string
				Matched                              *bool
				MatchedRow                           int
				Outputs                              string
			}
		}
	}
	decodeJSON(t, string(callback), &out)
	require.Len(t, out.ObjectData, len(leads))
	for i, fields := range leads {
		given := map[string]string{}
		for name, value := range fields {
			if text, ok := value.(string); ok {
				given[name] = text
			}
		}
		want, got := model.answer("t0", given), &out.ObjectData[i]
		codes[want.Code]++
		a := &got.ActivityData
		where := fmt.Sprintf("lead %v by %s: %s", given, model, a.Reason)
		require.Equal(t, want.Code, a.ErrorCode, where)
		require.Equal(t, want.Code == "", a.Success, where)
		delete(got.LeadData, "id")
		written := map[string]any{}
		for name, value := range want.Fields {
			written[name] = value
		}
		require.Equal(t, written, got.LeadData, where)
		require.Equal(t, want.Lookup, a.Lookup, where)
		require.NotNil(t, a.Matched, where)
		require.Equal(t, want.Matched, *a.Matched, where)
		require.Equal(t, want.Row, a.MatchedRow, where)
		require.Equal(t, want.Return, a.ReturnVal, where)
		require.Equal(t, want.Search, strings.Count(a.SearchParams, "table="), where)
		if len(written) > 0 {
			var told map[string]any
			decodeJSON(t, a.Outputs, &told)
			require.Equal(t, written, told, where)
		}
	}
}

// String shows the tables of a case that failed.
func (m *chainModel) String() string {
	text := ""
	for n := range len(m.tables) {
		c := m.tables[fmt.Sprint("t", n)]
		lookup, err := json.Marshal(c.lookup)
		if err != nil {
			panic(err)
		}
		text += fmt.Sprintf("\nt%d %v %s", n, c.rows, lookup)
	}
	return text
}
