package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// Limits of Marketo's types, in bytes. Longer values are cut there without a word.
const (
	stringLimit = 255
	textLimit   = 2000
)

// noMunchkinID stands in for the account id, which the interface requires in a
// callback and which live requests do not always carry.
const noMunchkinID = "000-AAA-000"

// record writes the body of the record of tuple t, which all leads share that have
// it.
func (ws *Workspace) record(p *plan, t int) answer {
	keys := ws.tuples.keys
	ws.search(t)
	f := &ws.found.Found[t]
	empty := -1
	if f.Row < 0 && f.Problem == "" {
		empty = ws.emptyKey(p, t)
	}
	switch {
	case empty >= 0:
		ws.reason = p.appendEmptyKey(ws.reason[:0], empty)
		return ws.noMatch(p, CodeKeyEmpty)
	case f.Unreached:
		ws.reason = appendTooSlow(ws.reason[:0], p.table, p.lookup.Name, p.version())
		return ws.fail(activity{version: p.version()}, CodeTooSlow)
	case f.Problem != "":
		ws.reason = fmt.Appendf(ws.reason[:0], "%s (version %d): %s", p.table, p.version(), f.Problem)
		return ws.fail(ws.lookedUp(p, t), CodeValueInvalid)
	case f.Ambiguous:
		ws.reason = fmt.Appendf(ws.reason[:0], "rows %d and %d of %s (version %d) both have ", f.Row+1, f.Other+1, p.table, p.version())
		ws.reason = p.appendCondition(ws.reason, keys, t)
		return ws.fail(ws.lookedUp(p, t), CodeAmbiguous)
	case f.Row < 0:
		ws.reason = append(append(ws.reason[:0], "no row of "...), p.table...)
		ws.reason = strconv.AppendInt(append(ws.reason, " (version "...), int64(p.version()), 10)
		ws.reason = p.appendCondition(append(ws.reason, ") has "...), keys, t)
		return ws.noMatch(p, CodeValueNotFound)
	}
	start := len(ws.text)
	ws.outputs.reset()
	a := ws.lookedUp(p, t)
	for o := range p.lookup.Outputs {
		out := &p.lookup.Outputs[o]
		cell := ws.found.Cells[o][t]
		if isEmpty(cell) || ws.rules.writes(out.Field) {
			continue // neither an empty cell nor the text null may empty a field by accident
		}
		if err := ws.write(&ws.pieces.fields[o], out.Type, cell); err != nil {
			ws.text = ws.text[:start]
			ws.reason = fmt.Appendf(ws.reason[:0], "row %d of %s (version %d), column %q: %v", f.Row+1, p.table, p.version(), out.Column, err)
			return ws.fail(a, CodeValueInvalid)
		}
	}
	a.success = true
	if len(p.lookup.Outputs) > 0 {
		a.returnVal = ws.found.Cells[0][t]
	}
	return ws.finish(p, start, &a)
}

// lookedUp is what the lookup of tuple t came to. A row is named where it is the one
// that hit.
func (ws *Workspace) lookedUp(p *plan, t int) activity {
	f := &ws.found.Found[t]
	switch {
	case f.Row < 0:
		return activity{matched: no, version: p.version()}
	case f.Ambiguous:
		return activity{matched: yes, version: p.version()}
	}
	return activity{matched: yes, row: int(f.Row) + 1, score: f.Score, version: p.version()}
}

// noMatch writes the body of a record that no row matches, as the lookup says.
// The reason is in the workspace.
func (ws *Workspace) noMatch(p *plan, code Code) answer {
	start := len(ws.text)
	ws.outputs.reset()
	a := activity{success: true, matched: no, version: p.version()}
	policy := p.lookup.OnNoMatch
	if policy != schema.NoMatchDefault && policy != schema.NoMatchClear && ws.rules.acted() {
		return ws.finish(p, start, &a) // the rules have said what happens then
	}
	switch policy {
	case schema.NoMatchDefault:
		for o := range p.lookup.Outputs {
			out := &p.lookup.Outputs[o]
			if out.Default == "" || ws.rules.writes(out.Field) {
				continue
			}
			err := errWouldEmpty
			if !isEmpty(out.Default) {
				err = ws.write(&ws.pieces.fields[o], out.Type, out.Default)
			}
			if err != nil {
				ws.text = ws.text[:start]
				ws.reason = fmt.Appendf(ws.reason[:0], "default %q of field %q: %v", cut(out.Default, shown), out.Field, err)
				return ws.fail(a, CodeValueInvalid)
			}
			if o == 0 {
				a.returnVal = out.Default
			}
		}
		if ws.outputs.length > 0 || ws.rules.acted() {
			return ws.finish(p, start, &a)
		}
		ws.reason = append(ws.reason, "; the lookup has no default value to write"...)
	case schema.NoMatchClear:
		for o := range p.lookup.Outputs {
			if out := &p.lookup.Outputs[o]; !ws.rules.writes(out.Field) {
				ws.clear(&ws.pieces.fields[o], out.Type)
			}
		}
		return ws.finish(p, start, &a)
	}
	return ws.fail(a, code)
}

var errWouldEmpty = errors.New("it would empty the field; choose clear for that")

// isEmpty reports whether a cell must not be written: it is empty, or it is the
// text null, which Marketo takes as the order to empty the field.
func isEmpty(cell string) bool {
	return strings.TrimSpace(cell) == "" || schema.IsNullText(cell)
}

// write appends one field to the record and to the outputs of its activity.
func (ws *Workspace) write(field *fieldPiece, t schema.Type, cell string) error {
	ws.text = append(ws.text, field.key...)
	from := len(ws.text)
	var err error
	if ws.text, err = schema.AppendJSON(ws.text, t, cell); err != nil {
		return err
	}
	ws.outputs.add(&field.again)
	quote(&ws.outputs, ws.text[from:])
	return nil
}

// writeLiteral is write with a JSON literal.
func (ws *Workspace) writeLiteral(field *fieldPiece, literal string) {
	ws.text = append(append(ws.text, field.key...), literal...)
	ws.outputs.add(&field.again)
	quote(&ws.outputs, literal)
}

// clear appends the value that empties a field. JSON null does not empty a text
// field, the text null does; the other types take JSON null.
func (ws *Workspace) clear(field *fieldPiece, t schema.Type) {
	switch t {
	case schema.TypeString, schema.TypeText, schema.TypeEmail, schema.TypeURL, "":
		ws.writeLiteral(field, `"null"`)
	default:
		ws.writeLiteral(field, `null`)
	}
}

// A tristate is a boolean that may be unknown.
type tristate uint8

const (
	unknown tristate = iota
	no
	yes
)

// activity is what is written into the lead's activity log, beside the search
// parameters and the reason in the workspace.
type activity struct {
	success   bool
	code      Code // empty if it succeeded
	returnVal string
	matched   tristate
	row       int // from 1, 0 for none
	score     float32
	version   int // 0 for none
}

// finish ends a record that succeeds, after the writes of the rules.
func (ws *Workspace) finish(p *plan, start int, a *activity) answer {
	if ws.rules.row < 0 {
		return ws.close(start, a)
	}
	if err := ws.writeRules(p, a); err != nil {
		ws.text = ws.text[:start]
		ws.reason = append(ws.reason[:0], err.Error()...)
		return ws.fail(*a, CodeValueInvalid)
	}
	return ws.close(start, a)
}

// fail writes the body of a record that fails for the reason in the workspace:
// nothing is written to the lead. Of a it keeps what the lookup came to.
func (ws *Workspace) fail(a activity, code Code) answer {
	ws.rules.row = -1
	ws.outputs.reset()
	a.success, a.code, a.returnVal = false, code, ""
	return ws.close(len(ws.text), &a)
}

// same writes the body of a record that is the same for all leads of a plan: it
// fails before anything is looked up, or there is nothing to look up.
func (ws *Workspace) same(p *plan) answer {
	ws.params.reset()
	ws.outputs.reset()
	if p.fail == nil {
		return ws.close(len(ws.text), &activity{success: true})
	}
	ws.reason = append(ws.reason[:0], p.fail.reason...)
	var a activity
	if p.snapshot != nil {
		a.version = p.version()
	}
	return ws.fail(a, p.fail.code)
}

// close ends the record that begins at start: its lead fields are written, the
// activity follows.
func (ws *Workspace) close(start int, a *activity) answer {
	b := append(ws.text, `},"activityData":{"success":`...)
	b = strconv.AppendBool(b, a.success)
	if a.code != "" {
		b = append(b, `,"reason":`...)
		b = schema.AppendJSONString(b, cut(ws.reason, stringLimit))
		b = append(b, `,"errorCode":`...)
		b = schema.AppendJSONString(b, a.code)
	}
	if a.returnVal != "" {
		b = append(b, `,"returnVal":`...)
		b = schema.AppendJSONString(b, cut(a.returnVal, textLimit))
	}
	if ws.params.length > 0 {
		b = append(b, `,"searchParams":`...)
		b = ws.params.appendCut(b, textLimit)
	}
	if ws.rules.row >= 0 {
		b = ws.rules.appendActivity(b)
	}
	if a.matched != unknown {
		b = append(b, `,"matched":`...)
		b = strconv.AppendBool(b, a.matched == yes)
	}
	if a.row > 0 {
		b = append(b, `,"matchedRow":`...)
		b = strconv.AppendInt(b, int64(a.row), 10)
		b = append(b, `,"matchScore":`...)
		if a.score == 1 { // the score of most modes
			b = append(b, '1')
		} else {
			b = strconv.AppendFloat(b, float64(a.score), 'f', -1, 32)
		}
	}
	if a.version > 0 {
		b = append(b, `,"tableVersion":`...)
		b = strconv.AppendInt(b, int64(a.version), 10)
	}
	if n := ws.outputs.length; n > 0 && n+1 <= textLimit {
		b = append(b, `,"outputs":"{`...) // in place of the first comma
		b = append(b, ws.outputs.json[1:]...)
		b = append(b, `}"`...)
	}
	ws.text = append(b, `}}`...)
	return answer{uint32(start), uint32(len(ws.text)), a.code}
}

// Parts of a callback.
const (
	leadHead = `{"leadData":{"id":`
	noID     = "0" // the interface requires an integer; no lead has this one
)

// callbackBytes is how long the callback is that appendCallback writes, at most.
func (ws *Workspace) callbackBytes() int {
	const around = 128
	n := around + 6*len(ws.batch.MunchkinID)
	for i, a := range ws.answers {
		n += len(",") + len(leadHead) + max(len(ws.batch.ID(i)), len(noID)) + int(a.end-a.start)
	}
	return n
}

// appendCallback appends the answer to the whole request: one record a lead, in
// request order.
func (ws *Workspace) appendCallback(dst []byte) []byte {
	munchkin := ws.batch.MunchkinID
	if munchkin == "" {
		munchkin = noMunchkinID
	}
	dst = append(dst, `{"munchkinId":`...)
	dst = schema.AppendJSONString(dst, munchkin)
	dst = append(dst, `,"objectData":[`...)
	for i, a := range ws.answers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, leadHead...)
		if id := ws.batch.ID(i); len(id) > 0 {
			dst = append(dst, id...)
		} else {
			dst = append(dst, noID...)
		}
		dst = append(dst, ws.text[a.start:a.end]...)
	}
	return append(dst, `]}`...)
}

// appendFailed appends the answer that fails a whole request.
func appendFailed(dst []byte, munchkin string, code Code, message string) []byte {
	if munchkin == "" {
		munchkin = noMunchkinID
	}
	dst = append(dst, `{"munchkinId":`...)
	dst = schema.AppendJSONString(dst, munchkin)
	dst = append(dst, `,"errorCode":`...)
	dst = schema.AppendJSONString(dst, string(code))
	dst = append(dst, `,"errorMessage":`...)
	dst = schema.AppendJSONString(dst, message)
	return append(dst, '}')
}

// search says what was looked up: table, version, and each key.
func (ws *Workspace) search(t int) {
	ws.params.reset()
	ws.params.add(&ws.pieces.table)
	for m, key := range ws.tuples.keys {
		ws.params.add(&ws.pieces.keys[m])
		quote(&ws.params, key[t])
	}
}

// shown is how many bytes of a value a reason repeats.
const shown = 60

// appendCondition says in words what a row had to have.
func (p *plan) appendCondition(b []byte, keys [][]string, t int) []byte {
	for m := range keys {
		if m > 0 {
			b = append(b, " and "...)
		}
		b = append(append(b, p.lookup.Match[m].Column...), " = "...)
		b = strconv.AppendQuote(b, cut(keys[m][t], shown))
	}
	return b
}

// appendEmptyKey says in words which key is empty.
func (p *plan) appendEmptyKey(b []byte, m int) []byte {
	match := &p.lookup.Match[m]
	if m == p.literal {
		return fmt.Appendf(b, "the key value of the flow step, for column %q of %s, is blank", match.Column, p.table)
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
