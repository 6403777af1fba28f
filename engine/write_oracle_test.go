package engine_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	queuefile "tablestep/engine/queue/file"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// An outcome is what a plain model says of one lead.
type outcome struct {
	code   engine.Code
	row    int // from 1
	fields map[string]any
	first  string   // returnVal
	unsent bool     // the reason says that a field is not sent
	held   []string // fields that are not written because of what the lead has
}

// writeModel is a lookup over plain rows, lead by lead: written to be obvious.
type writeModel struct {
	columns []string
	rows    [][]string
	lookup  schema.Lookup
	sent    func(field string) bool
}

// spelt is one value of a lead, with the other spelling of a JSON number.
type spelt struct{ text, shorter string }

// textOf is a JSON value as a lookup sees it.
func textOf(v any) (text string, isText bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), false
	case bool:
		return strconv.FormatBool(v), false
	}
	return "", false
}

// values are what a match entry looks up for a lead; more says that there are too many.
func (m *writeModel) values(entry *schema.Match, lead map[string]any) (list []spelt, more bool) {
	var value any
	for n, field := range entry.Fields() {
		text, _ := textOf(lead[field])
		if n == 0 || strings.TrimSpace(text) != "" {
			value = lead[field]
		}
		if strings.TrimSpace(text) != "" {
			break
		}
		value = lead[entry.Field]
	}
	text, isText := textOf(value)
	if entry.Split == "" || !isText {
		one := spelt{text: text}
		if number, ok := value.(json.Number); ok && strings.Contains(number.String(), ".") {
			one.shorter = strings.TrimSuffix(strings.TrimSuffix(number.String(), "0"), ".")
		}
		return []spelt{one}, false
	}
	for part := range strings.SplitSeq(text, entry.Split) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, spelt{text: part})
		}
	}
	if len(list) == 0 {
		return []spelt{{}}, false
	}
	return list, len(list) > 100
}

// hits are the rows that a combination of values hits, from 0.
func (m *writeModel) hits(values []string) (hits []int) {
	for r, row := range m.rows {
		held := 0
		for e, entry := range m.lookup.Match {
			cell, value := row[slices.Index(m.columns, entry.Column)], values[e]
			switch {
			case cell == "" || strings.TrimSpace(value) == "":
				// In mode exact a value of white space is no empty one, though it is blank.
				if entry.MatchEmpty && cell == "" && strings.TrimSpace(value) == "" && (entry.Mode != schema.ModeExact || value == "") {
					held++
				}
			case entry.Mode == schema.ModeExact && cell == value:
				held++
			case entry.Mode == schema.ModeNormalized && strings.EqualFold(cell, strings.TrimSpace(value)):
				held++
			}
		}
		if need := m.lookup.Require; held == len(values) || need > 0 && held >= need {
			hits = append(hits, r)
		}
	}
	return hits
}

// spelledHits are the hits by the spelling that came, else by shorter ones, those with fewest
// changes first.
func (m *writeModel) spelledHits(values []spelt) []int {
	for changes := range len(values) + 1 {
		for mask := range 1 << len(values) {
			texts, n := make([]string, len(values)), 0
			possible := true
			for e, v := range values {
				texts[e] = v.text
				if mask&(1<<e) != 0 {
					n++
					texts[e] = v.shorter
					possible = possible && v.shorter != ""
				}
			}
			if n != changes || !possible {
				continue
			}
			if hits := m.hits(texts); len(hits) > 0 {
				return hits
			}
		}
	}
	return nil
}

func writes(cell string) bool {
	return strings.TrimSpace(cell) != "" && !strings.EqualFold(strings.TrimSpace(cell), "null")
}

// cell is what an output gives for a row.
func (m *writeModel) cell(o *schema.Output, row int) string {
	if o.Value != "" {
		return o.Value
	}
	return m.rows[row][slices.Index(m.columns, o.Column)]
}

// answer is what one lead gets.
func (m *writeModel) answer(lead map[string]any) outcome {
	l := &m.lookup
	combinations := [][]spelt{nil}
	empty := 0
	for e := range l.Match {
		values, more := m.values(&l.Match[e], lead)
		if more {
			return outcome{code: engine.CodeValueInvalid}
		}
		if len(values) == 1 && strings.TrimSpace(values[0].text) == "" && !l.Match[e].MatchEmpty {
			empty++
		}
		var next [][]spelt
		for _, c := range combinations {
			for _, v := range values {
				next = append(next, append(slices.Clone(c), v))
			}
		}
		combinations = next
	}
	var hit [][]int
	ambiguous := 0
	for _, c := range combinations {
		hits := m.spelledHits(c)
		if len(hits) == 0 {
			continue
		}
		several := l.HitPolicy == schema.PolicyUnique && len(hits) > 1
		for _, other := range hits[1:] {
			for o := range l.Outputs {
				several = several || l.HitPolicy == schema.PolicyAny && m.cell(&l.Outputs[o], other) != m.cell(&l.Outputs[o], hits[0])
			}
		}
		if several {
			ambiguous++
		}
		hit = append(hit, hits)
	}
	if ambiguous > 0 {
		return outcome{code: engine.CodeAmbiguous}
	}
	out := outcome{fields: map[string]any{}}
	texts := make([]string, len(l.Outputs))
	clearing := false
	switch {
	case len(hit) > 0:
		out.row = hit[0][0] + 1
		split := l.SplitEntry()
		for o := range l.Outputs {
			var answers []string
			for _, hits := range hit {
				cell := m.cell(&l.Outputs[o], hits[0])
				if split < 0 || writes(cell) && !slices.Contains(answers, cell) {
					answers = append(answers, cell)
				}
			}
			sign := ""
			if split >= 0 {
				sign = l.Match[split].Split
			}
			texts[o] = strings.Join(answers, sign)
		}
	case l.OnNoMatch == schema.NoMatchDefault:
		some := false
		for o := range l.Outputs {
			texts[o] = l.Outputs[o].Default
			some = some || texts[o] != ""
		}
		if some {
			break
		}
		fallthrough
	case l.OnNoMatch != schema.NoMatchClear:
		out.code = engine.CodeValueNotFound
		if need := len(l.Match) - empty; need < len(l.Match) && (l.Require == 0 || need < l.Require) {
			out.code = engine.CodeKeyEmpty
		}
		return out
	default:
		clearing = true
	}
	out.first = texts[0]
	for o := range l.Outputs {
		m.write(&out, &l.Outputs[o], texts[o], clearing, lead)
	}
	return out
}

// write writes one output, or says why not.
func (m *writeModel) write(out *outcome, o *schema.Output, text string, clearing bool, lead map[string]any) {
	if !clearing && !writes(text) {
		return
	}
	has, _ := textOf(lead[o.Field])
	isEmpty := strings.TrimSpace(has) == ""
	hold := false
	switch {
	case o.Write != schema.WriteIfEmpty && o.Write != schema.WriteIfDifferent:
	case !m.sent(o.Field):
		hold, out.unsent = true, true
	case o.Write == schema.WriteIfEmpty:
		hold = clearing || !isEmpty
	case clearing:
		hold = isEmpty
	default:
		hold = !isEmpty && sameHeld(o.Type, has, text)
	}
	if hold {
		out.held = append(out.held, o.Field)
		return
	}
	if clearing {
		out.fields[o.Field] = any(nil)
		if o.Type == schema.TypeString || o.Type == schema.TypeText {
			out.fields[o.Field] = "null"
		}
		return
	}
	switch o.Type {
	case schema.TypeBoolean:
		out.fields[o.Field] = plainTrue(text) == 1
	case schema.TypeFloat:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err) // The cells of such a column are numbers.
		}
		out.fields[o.Field] = n
	default:
		out.fields[o.Field] = text
	}
}

// plainTrue is 1 of what says yes, 0 of what says no, and else -1.
func plainTrue(text string) int {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "yes", "1":
		return 1
	case "false", "no", "0":
		return 0
	}
	return -1
}

func sameHeld(t schema.Type, has, text string) bool {
	switch t {
	case schema.TypeBoolean:
		return plainTrue(has) == plainTrue(text)
	case schema.TypeFloat:
		a, readable := new(big.Rat).SetString(strings.TrimSpace(has))
		b, ok := new(big.Rat).SetString(text)
		return readable && ok && a.Cmp(b) == 0
	}
	return has == text
}

// TestLookupsWithFieldsConstantsWritesAndPartsAnswerAsAPlainModelDoes makes lookups at random
// and holds each lead of their batches, in memory and from the disk, against the model.
func TestLookupsWithFieldsConstantsWritesAndPartsAnswerAsAPlainModelDoes(t *testing.T) {
	var seen struct{ hit, missed, ambiguous, held, unsent, joined, several, many int }
	for _, memory := range []int64{0, 1} {
		dir := t.TempDir()
		store, err := file.OpenStore(filepath.Join(dir, "tables.db"), tables.Options{MemoryBudget: memory})
		require.NoError(t, err)
		e, err := engine.New(store, openQueue(t, dir, queuefile.Options{}), engine.Options{CallbackPrivate: true})
		require.NoError(t, err)
		h := &house{e, store, dir}
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 15))
			name := fmt.Sprint("t", seed)
			m, mapping := randomWrites(r, name)
			h.table(t, name, m.csv(), "")
			require.NoError(t, h.store.SetLookup(name, m.lookup, "test"), "%+v", m.lookup)
			require.NoError(t, h.SetMapping(mapping))
			leads := randomWrittenLeads(r, m.lookup.Some())
			if len(mapping.Invocation) == 0 {
				m.sent = func(field string) bool {
					return slices.ContainsFunc(leads, func(lead map[string]any) bool { _, ok := lead[field]; return ok })
				}
			}
			var raw []json.RawMessage
			for i, lead := range leads {
				lead["id"] = json.Number(strconv.Itoa(i + 1))
				text, err := json.Marshal(lead)
				require.NoError(t, err)
				raw = append(raw, text)
			}
			results, err := h.Try(t.Context(), raw, []byte(`{"table":"`+name+`"}`))
			require.NoError(t, err)
			for i, lead := range leads {
				want, where := m.answer(lead), fmt.Sprintf("seed %d, memory %d: %s\n%+v\n%s%s", seed, memory, raw[i], m.lookup, m.csv(), results[i].ActivityData)
				var fields, activity map[string]any
				require.NoError(t, json.Unmarshal(results[i].LeadData, &fields))
				require.NoError(t, json.Unmarshal(results[i].ActivityData, &activity))
				delete(fields, "id")
				code, _ := activity["errorCode"].(string)
				require.Equal(t, string(want.code), code, where)
				if want.code != "" {
					require.Empty(t, fields, where)
					if want.code == engine.CodeAmbiguous {
						seen.ambiguous++
					}
					if want.code == engine.CodeValueInvalid {
						seen.many++
					}
					continue
				}
				require.Equal(t, want.fields, fields, where)
				row, _ := activity["matchedRow"].(float64)
				require.Equal(t, want.row, int(row), where)
				first, _ := activity["returnVal"].(string)
				require.Equal(t, want.first, first, where)
				reason, _ := activity["reason"].(string)
				require.Equal(t, want.unsent, strings.Contains(reason, "Marketo does not send"), where)
				var held []string
				for _, n := range results[i].Trace.NotWritten {
					held = append(held, n.Field)
				}
				require.Equal(t, want.held, held, where)
				seen.held += len(held)
				if want.unsent {
					seen.unsent++
				}
				if want.row > 0 {
					seen.hit++
				} else {
					seen.missed++
				}
				if strings.Contains(first, ";") {
					seen.joined++
				}
				for _, match := range results[i].Trace.Match {
					if match.From != "" && match.From != match.Fields[0] {
						seen.several++
					}
				}
			}
		}
		h.close(t)
	}
	t.Logf("%+v", seen)
	for _, n := range []int{seen.hit, seen.missed, seen.ambiguous, seen.held, seen.unsent, seen.joined, seen.several, seen.many} {
		require.Greater(t, n, 50, "the leads try everything: %+v", seen)
	}
}

// csv is the rows as a file.
func (m *writeModel) csv() string {
	var b strings.Builder
	for _, row := range append([][]string{m.columns}, m.rows...) {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + cell + `"`)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func oneOf[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// randomWrites is a lookup over some rows, and a mapping: in half of the cases none was told.
func randomWrites(r *rand.Rand, name string) (*writeModel, engine.Mapping) {
	m := &writeModel{columns: []string{"k", "l", "s", "n", "b"}}
	for range 2 + r.IntN(12) {
		m.rows = append(m.rows, []string{
			oneOf(r, "a", "B", "1", "1.0", "true", "x", ""), oneOf(r, "a", "b", "1", "", "X"),
			oneOf(r, "DE", "de", "5", "", "null", " NULL ", "x"), oneOf(r, "5", "5.0", "7", ""), oneOf(r, "yes", "false", "1", ""),
		})
	}
	l := schema.Lookup{Name: name, HitPolicy: oneOf(r, schema.PolicyFirst, schema.PolicyFirst, schema.PolicyUnique, schema.PolicyAny), OnNoMatch: oneOf(r, schema.NoMatchKeep, schema.NoMatchDefault, schema.NoMatchClear)}
	entries := 1 + r.IntN(2)
	for e := range entries {
		entry := schema.Match{Column: m.columns[e], Mode: oneOf(r, schema.ModeExact, schema.ModeNormalized), MatchEmpty: r.IntN(4) == 0}
		fields := []string{"f0", "f1", "f2", "f3"}
		r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		entry.NameFields(fields[:1+r.IntN(3)])
		l.Match = append(l.Match, entry)
	}
	if entries == 2 && r.IntN(3) == 0 {
		l.Require = 1
	}
	split := r.IntN(2) == 0
	if split {
		l.Match[r.IntN(entries)].Split = ";"
	}
	for o := range 1 + r.IntN(5) {
		out := schema.Output{Column: m.columns[2+r.IntN(3)], Field: fmt.Sprint("w", o), Write: oneOf(r, "", schema.WriteAlways, schema.WriteIfEmpty, schema.WriteIfDifferent, schema.WriteIfDifferent)}
		out.Type = oneOf(r, schema.TypeString, schema.TypeText)
		if !split {
			out.Type = map[string]schema.Type{"s": schema.TypeString, "n": schema.TypeFloat, "b": schema.TypeBoolean}[out.Column]
		}
		if r.IntN(2) == 0 {
			out.Default = map[schema.Type]string{schema.TypeFloat: "9", schema.TypeBoolean: "true"}[out.Type]
			if out.Default == "" {
				out.Default = "none"
			}
		}
		if r.IntN(4) == 0 {
			out.Column, out.Value = "", map[schema.Type]string{schema.TypeFloat: "7", schema.TypeBoolean: "no"}[out.Type]
			if out.Value == "" {
				out.Value = "DE"
			}
		}
		l.Outputs = append(l.Outputs, out)
	}
	m.lookup = l
	mapping := engine.Mapping{Invocation: []string{"f0", "f1", "f2", "f3"}, Callback: []string{"w0"}}
	for o := range 5 {
		if r.IntN(3) > 0 {
			mapping.Invocation = append(mapping.Invocation, fmt.Sprint("W", o)) // Marketo knows it in any case
		}
	}
	m.sent = func(field string) bool { return slices.Contains(mapping.Invocation, strings.ToUpper(field)) }
	return m, mapping
}

// randomLeads are leads of which the first has all fields that are looked up.
// Where some entries are enough, no number has two spellings: which of them counts then depends on
// rows that the other entries hit, which is tested elsewhere.
func randomWrittenLeads(r *rand.Rand, some bool) (leads []map[string]any) {
	there := map[string]bool{}
	for o := range 5 {
		there[fmt.Sprint("w", o)] = r.IntN(3) > 0
	}
	number := json.Number("1.0")
	if some {
		number = "1"
	}
	many := strings.Repeat("q;", 100) + "x"
	for i := range 30 {
		lead := map[string]any{}
		for f := range 4 {
			if i == 0 || r.IntN(5) > 0 {
				lead[fmt.Sprint("f", f)] = oneOf[any](r, nil, "", " ", "a", "A ", "b;x", "x; a ;;b", "a;b;1;X", "B;a; true", "1;1", ";;", "null", json.Number("1"), number, true, "X", oneOf(r, "zz", many))
			}
		}
		for o := range 5 {
			if field := fmt.Sprint("w", o); there[field] && r.IntN(5) > 0 {
				lead[field] = oneOf[any](r, nil, "", " ", "DE", "de", "5", "null", "none", "DE;x", json.Number("5"), json.Number("7.0"), true, false, "yes")
			}
		}
		leads = append(leads, lead)
	}
	return leads
}
