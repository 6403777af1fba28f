package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tablestep/engine/rules"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// A record is the answer to one lead, or to all leads of a group that share a tuple
// where no rules tell them apart. It is made once, of what the lookup found and what
// the rules wrote, and then written: as its part of the callback (record_callback.go)
// and, where somebody goes on with it, flat (record_flat.go). Both say the same.
//
// There is one a workspace; the next record takes its memory.
type record struct {
	code      Code   // empty if it succeeded
	reason    []byte // why it failed, uncut; of no meaning if it succeeded, unless unconfirmed or unsent
	matched   tristate
	row       int // that was hit, from 1; 0 for none that could be named
	score     float32
	alias     int       // that said so, where no row was hit by itself; 0: none
	version   int       // of the table, 0 for none
	of        *hop      // the lookup that the activity names: that of the row, else the one that was tried last
	returnVal string    // of the lookup, uncut; that of the rules is in attributes
	tuple     int       // that was looked up, -1 for none
	fields    []written // lead fields
	told      int       // how many of fields, from the first, are only told and not written
	attrs     []written // callback attributes that the rules write
	fired     []int32   // rules that acted, as numbers of results.Fired
	values    []byte    // of fields and attrs, as JSON, one after the other
	// unconfirmed: it succeeded, and the lookup has written nothing because nobody has
	// confirmed it. The reason says so.
	unconfirmed bool
	held        outputSet // outputs of the lookup at hand that are not written because of what the lead has
	kept        []kept    // outputs, of all lookups, that were not written for that reason
	unsent      bool      // it succeeded, and the reason says what nobody knows of the lead
	way         []step    // of a chain: the lookups that the lead has come to; nil where none follows the first
}

// written is a value under its name.
type written struct {
	field      *fieldPiece
	start, end uint32 // in values
	told       bool   // of a chain: by a lookup that nobody has confirmed
}

// A tristate is a boolean that may be unknown.
type tristate uint8

const (
	unknown tristate = iota
	no
	yes
)

// reset begins the record of a tuple, -1 for none.
func (r *record) reset(tuple int) {
	*r = record{tuple: tuple, reason: r.reason[:0], fields: r.fields[:0], attrs: r.attrs[:0], values: r.values[:0], kept: r.kept[:0]}
}

// fail ends a record for the reason that stands in it: nothing is written to the lead,
// and no rule has acted. What the lookup came to is kept.
func (r *record) fail(code Code) {
	r.code, r.returnVal, r.fired, r.told = code, "", nil, 0
	r.fields, r.attrs, r.values = r.fields[:0], r.attrs[:0], r.values[:0]
}

// value is the JSON of what is written.
func (r *record) value(w *written) []byte { return r.values[w.start:w.end] }

// write adds a lead field. The cell's numbers and dates are written as n says.
func (r *record) write(field *fieldPiece, t schema.Type, cell string, n *schema.Notation) (err error) {
	start := len(r.values)
	if r.values, err = n.AppendJSON(r.values, t, cell); err == nil {
		r.fields = append(r.fields, written{field: field, start: uint32(start), end: uint32(len(r.values))})
	}
	return err
}

// writeLiteral is write with a JSON literal.
func (r *record) writeLiteral(field *fieldPiece, literal string) {
	start := len(r.values)
	r.values = append(r.values, literal...)
	r.fields = append(r.fields, written{field: field, start: uint32(start), end: uint32(len(r.values))})
}

// clear adds the value that empties a lead field. JSON null does not empty a text
// field, the text null does; the other types take JSON null.
func (r *record) clear(field *fieldPiece, t schema.Type) {
	switch t {
	case schema.TypeString, schema.TypeText, schema.TypeEmail, schema.TypeURL, "":
		r.writeLiteral(field, `"null"`)
	default:
		r.writeLiteral(field, `null`)
	}
}

// setAttr adds a callback attribute.
func (r *record) setAttr(field *fieldPiece, t schema.Type, text string) (err error) {
	start := len(r.values)
	if r.values, err = schema.AppendJSON(r.values, t, text); err == nil {
		r.attrs = append(r.attrs, written{field: field, start: uint32(start), end: uint32(len(r.values))})
	}
	return err
}

// tried notes that a lookup was gone to. Of a chain, the last one that hit is what the
// activity names.
func (r *record) tried(h *hop) {
	if r.matched != yes {
		r.of, r.version = h, h.plan.version()
	}
}

// missed notes that no row of a lookup was hit.
func (r *record) missed() {
	if r.matched != yes {
		r.matched = no
	}
}

// lookedUp notes what a lookup came to. A row is named where it is the one that
// hit.
func (r *record) lookedUp(h *hop, f *answers.Found) {
	r.tried(h)
	if f.Row < 0 {
		if r.missed(); r.of == h {
			r.alias = f.Alias
		}
		return
	}
	r.matched, r.of, r.version, r.row, r.score, r.alias = yes, h, h.plan.version(), 0, 0, f.Alias
	if !f.Ambiguous {
		r.row, r.score = int(f.Row)+1, f.Score
	}
}

// record makes the record of tuple t, -1 where nothing is looked up, and of lead k of
// the group, -1 where no rules are run; held are the outputs that are held back. It stays in
// the workspace until the next one.
func (ws *Workspace) record(p *plan, t, k int, held outputSet) *record {
	r := &ws.making
	r.reset(t)
	r.held = held
	if f := ws.ruleFailure(t, k); f != nil {
		if t >= 0 {
			r.lookedUp(ws.hop, &ws.found.Found[t])
		}
		r.failByRule(p.program, f)
		return r
	}
	switch {
	case t >= 0:
		if ws.recordTuple(r, p, t, k) {
			ws.finish(r, p, k)
		}
	case !ws.rules.acted(k):
		r.reason = fmt.Appendf(r.reason, "no rule of %s (version %d) holds", p.program.name, p.program.version)
		r.fail(CodeRuleNoMatch)
	default:
		ws.finish(r, p, k)
	}
	return r
}

// same makes the record that is the same for all leads of a plan: it fails before
// anything is looked up, or there is nothing to look up.
func (ws *Workspace) same(p *plan) *record {
	r := &ws.making
	r.reset(-1)
	if p.snapshot != nil {
		r.tried(ws.hop)
	}
	if p.fail != nil {
		r.reason = append(r.reason, p.fail.reason...)
		r.fail(p.fail.code)
	}
	return r
}

// recordTuple puts into a record what a lookup makes of a tuple; false if the record fails of it.
func (ws *Workspace) recordTuple(r *record, p *plan, t, k int) bool {
	f := &ws.found.Found[t]
	r.tried(ws.hop)
	if f.Row < 0 && f.Problem == "" && f.Busy == 0 {
		if m := ws.emptyKey(p, t); m >= 0 {
			if p.absent&(1<<m) != 0 {
				absent := p.noField(m)
				r.reason = append(r.reason, absent.reason...)
				r.fail(absent.code)
				return false
			}
			r.reason = p.appendEmptyKey(r.reason, m)
			return ws.noMatch(r, p, k, CodeKeyEmpty)
		}
	}
	if f.Unreached {
		r.reason = appendTooSlow(r.reason, p.table, p.lookup.Name, p.version())
		r.fail(CodeTooSlow)
		return false
	}
	r.lookedUp(ws.hop, f)
	switch {
	case f.Problem != "":
		r.reason = fmt.Appendf(r.reason, "%s (version %d): %s", p.table, p.version(), f.Problem)
		r.fail(CodeValueInvalid)
	case f.Ambiguous:
		r.reason = fmt.Appendf(r.reason, "rows %d and %d of %s (version %d) both have ", f.Row+1, f.Other+1, p.table, p.version())
		keys, at := ws.sought(t)
		r.reason = p.appendCondition(r.reason, keys, at)
		r.fail(CodeAmbiguous)
	case f.Busy > 0:
		r.reason = fmt.Appendf(r.reason, "lookup %s (version %d): all %d rows are full or away", p.name, p.version(), f.Busy)
		return ws.noMatch(r, p, k, CodeValueNotFound)
	case f.Row < 0:
		r.reason = append(append(r.reason, "no row of "...), p.table...)
		r.reason = strconv.AppendInt(append(r.reason, " (version "...), int64(p.version()), 10)
		if r.reason = append(r.reason, ')'); len(p.lookup.Match) > 0 {
			r.reason = p.appendCondition(append(r.reason, " has "...), ws.tuples.keys, t)
		}
		r.reason = ws.appendUntimely(r.reason, t)
		if f.Alias != 0 {
			r.reason = fmt.Appendf(r.reason, "; alias %d says to ignore it", f.Alias)
		}
		return ws.noMatch(r, p, k, CodeValueNotFound)
	default:
		return ws.recordRow(r, p, t, k)
	}
	return false
}

// recordRow is recordTuple for a tuple that a row was found for.
func (ws *Workspace) recordRow(r *record, p *plan, t, k int) bool {
	for o := range p.lookup.Outputs {
		out := &p.lookup.Outputs[o]
		cell := ws.found.Cells[o][t]
		if isEmpty(cell) || ws.rules.writes(k, out.Field) || r.holdsBack(p, o) {
			continue // neither an empty cell nor the text null may empty a field by accident
		}
		if err := r.write(&ws.pieces.fields[o], out.Type, cell, &ws.pieces.notations[o]); err != nil {
			r.reason = fmt.Appendf(r.reason, "row %d of %s (version %d), %s, field %q, value %q: %v", ws.found.Found[t].Row+1, p.table, p.version(), out.Source(), out.Field, cut(cell, shown), err)
			r.fail(CodeValueInvalid)
			return false
		}
	}
	if len(p.lookup.Outputs) > 0 {
		r.returnVal = ws.found.Cells[0][t]
	}
	return true
}

// noMatch is recordTuple for one that no row matches, as the lookup says. The reason is in
// the record, for where it fails.
func (ws *Workspace) noMatch(r *record, p *plan, k int, code Code) bool {
	r.missed()
	switch acted := ws.rules.acted(k); {
	case p.lookup.OnNoMatch == schema.NoMatchDefault:
		if !ws.writeDefaults(r, p, k) {
			return false
		}
		if len(r.fields) == 0 && len(r.kept) == 0 && !acted && r.matched != yes {
			r.reason = append(r.reason, "; the lookup has no default value to write"...)
			r.fail(code)
			return false
		}
	case p.lookup.OnNoMatch == schema.NoMatchClear:
		for o := range p.lookup.Outputs {
			if out := &p.lookup.Outputs[o]; !ws.rules.writes(k, out.Field) && !r.holdsBack(p, o) {
				r.clear(&ws.pieces.fields[o], out.Type)
			}
		}
	case !acted: // else the rules have said what happens then
		r.fail(code)
		return false
	}
	return true
}

// writeDefaults writes the defaults of the outputs; false if the record fails of one.
func (ws *Workspace) writeDefaults(r *record, p *plan, k int) bool {
	for o := range p.lookup.Outputs {
		out := &p.lookup.Outputs[o]
		if out.Default == "" || ws.rules.writes(k, out.Field) {
			continue
		}
		err := errWouldEmpty
		switch {
		case isEmpty(out.Default):
		case r.holdsBack(p, o):
			err = nil
		default:
			err = r.write(&ws.pieces.fields[o], out.Type, out.Default, &plainly)
		}
		if err != nil {
			r.reason = fmt.Appendf(r.reason[:0], "lookup %s (version %d), default %q of field %q, %s: %v", p.name, p.version(), cut(out.Default, shown), out.Field, out.Source(), err)
			r.fail(CodeValueInvalid)
			return false
		}
		if o == 0 {
			r.returnVal = out.Default
		}
	}
	return true
}

// plainly is how a person or a rule writes a value of a lookup or rule set: 1,234.5, or an ISO date.
var plainly schema.Notation //nolint:gochecknoglobals // a constant

var errWouldEmpty = errors.New("it would empty the field; choose clear for that")

// isEmpty reports whether a cell must not be written: it is empty, or it is the
// text null, which Marketo takes as the order to empty the field.
func isEmpty(cell string) bool {
	return strings.TrimSpace(cell) == "" || schema.IsNullText(cell)
}

// finish ends a record that succeeds, unless what the rules write for lead k cannot be
// written.
func (ws *Workspace) finish(r *record, p *plan, k int) {
	if p.unconfirmed && r.way == nil {
		r.told = len(r.fields)
	}
	if k >= 0 {
		if err := ws.writeRules(r, p, k); err != nil {
			r.reason = append(r.reason[:0], err.Error()...)
			r.fail(CodeValueInvalid)
			return
		}
		r.fired = ws.rules.fired[k]
	}
	switch {
	case r.way != nil:
		ws.withholdWay(r, p)
	case p.unconfirmed && (r.matched == yes || r.told > 0):
		r.withhold(p)
	}
	if !r.unconfirmed && len(r.kept) > 0 {
		r.explainUnsent()
	}
}

// withhold says why the lookup has written nothing. The record succeeds: the lead is as it
// was, and goes on.
func (r *record) withhold(p *plan) {
	r.unconfirmed = true
	r.reason = fmt.Appendf(r.reason[:0], "lookup %s is not confirmed: nothing was written", p.lookup.Name)
	if len(r.fields) > r.told {
		r.reason = fmt.Appendf(r.reason, " but what rule set %s writes", p.program.name)
	}
}

// hasReason says that the reason is of a meaning.
func (r *record) hasReason() bool { return r.code != "" || r.unconfirmed || r.unsent }

// failByRule fails a record because a rule failed.
func (r *record) failByRule(program *program, f *rules.Failure) {
	if slow, ok := errors.AsType[*tooSlow](f.Cause); ok {
		r.reason = append(append(r.reason, slow.Error()...), "; "...)
		r.reason = fmt.Appendf(r.reason, "rule set %s (version %d), rule %q", program.name, program.version, f.Rule)
		r.fail(CodeTooSlow)
		return
	}
	r.reason = fmt.Appendf(r.reason, "rule set %s (version %d), %s", program.name, program.version, f.Error())
	r.fail(CodeRuleFailed)
}

// shown is how many bytes of a value a reason repeats.
const shown = 60

// appendCondition says in words what a row had to have.
func (p *plan) appendCondition(b []byte, keys [][]string, t int) []byte {
	and := " and "
	if p.lookup.Some() {
		and = ", "
		b = append(strconv.AppendInt(b, int64(p.lookup.Require), 10), " of "...)
	}
	for m := range keys {
		if m > 0 {
			b = append(b, and...)
		}
		if p.lookup.Match[m].AtNow() {
			b = p.appendNow(b, m)
			continue
		}
		b = append(append(b, p.lookup.Match[m].Column...), " = "...)
		b = strconv.AppendQuote(b, cut(keys[m][t], shown))
		if !p.lookup.Match[m].MatchMode().Measures() {
			continue // It compares texts.
		}
		if taken, doubtful := p.values(m).Doubt(keys[m][t]); doubtful {
			b = append(append(b, ", taken for "...), taken...)
		}
	}
	return b
}

// values is how the values of match entry m are read that can be read in two ways.
func (p *plan) values(m int) schema.Notation {
	entry := &p.lookup.Match[m]
	c, ok := p.snapshot.Column(entry.Column)
	if !ok {
		return plainly // The lookup has failed before.
	}
	return entry.Values(p.snapshot.Version().Columns[c].Notation)
}

// appendEmptyKey says in words which key is empty.
func (p *plan) appendEmptyKey(b []byte, m int) []byte {
	match := &p.lookup.Match[m]
	if m == p.literal {
		return fmt.Appendf(b, "the key value of the flow step, for column %q of %s, is blank", match.Column, p.table)
	}
	if len(match.More) > 0 {
		return fmt.Appendf(b, "the lead's fields %s, which are matched with column %q of %s, are empty", quotedFields(match, "and"), match.Column, p.table)
	}
	return fmt.Appendf(b, "the lead's field %q, which is matched with column %q of %s, is empty", match.Field, match.Column, p.table)
}

// cut shortens a text to at most limit bytes, at the border of a character.
func cut[T string | []byte](s T, limit int) T {
	if len(s) <= limit {
		return s
	}
	const mark = "…"
	n := limit - len(mark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return T(string(s[:n]) + mark)
}
