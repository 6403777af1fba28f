package engine

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tablestep/tables"
)

// Limits of Marketo's types, in bytes. Longer values are cut there without a word.
const (
	stringLimit = 255
	textLimit   = 2000
)

// noMunchkinID stands in for the account id, which the interface requires in a
// callback and which live requests do not always carry.
const noMunchkinID = "000-AAA-000"

// record writes the body of the record of tuple t.
func (ws *Workspace) record(p *plan, keys [][]string, t int) answer {
	params := searchParams(p, keys, t)
	f := &ws.found[t]
	switch m := emptyKey(p, keys, t); {
	case m >= 0:
		return ws.noMatch(p, params, &failure{CodeKeyEmpty, p.emptyReason(m)})
	case f.Ambiguous:
		return ws.fail(p, &failure{CodeAmbiguous, fmt.Sprintf("rows %d and %d of %s (version %d) both have %s",
			f.Row+1, f.Other+1, p.table, p.version(), p.condition(keys, t))}, params)
	case f.Row < 0:
		return ws.noMatch(p, params, &failure{CodeValueNotFound, fmt.Sprintf("no row of %s (version %d) has %s",
			p.table, p.version(), p.condition(keys, t))})
	}
	start := len(ws.text)
	ws.outputs = ws.outputs[:0]
	for o := range p.lookup.Outputs {
		out := &p.lookup.Outputs[o]
		cell := ws.cells[o][t]
		if isEmpty(cell) {
			continue // neither an empty cell nor the text null may empty a field by accident
		}
		if fail := ws.write(out, cell, fmt.Sprintf("row %d of %s (version %d), column %q", f.Row+1, p.table, p.version(), out.Column)); fail != nil {
			ws.text = ws.text[:start]
			return ws.fail(p, fail, params)
		}
	}
	a := activity{success: true, params: params, matched: yes, row: int(f.Row) + 1, score: f.Score, version: p.version()}
	if len(p.lookup.Outputs) > 0 {
		a.returnVal = ws.cells[0][t]
	}
	return ws.close(start, &a)
}

// noMatch writes the body of a record that no row matches, as the lookup says.
func (ws *Workspace) noMatch(p *plan, params string, why *failure) answer {
	start := len(ws.text)
	ws.outputs = ws.outputs[:0]
	a := activity{success: true, params: params, matched: no, version: p.version()}
	switch p.lookup.OnNoMatch {
	case tables.NoMatchDefault:
		for o := range p.lookup.Outputs {
			out := &p.lookup.Outputs[o]
			if out.Default == "" {
				continue
			}
			fail := &failure{CodeValueInvalid, fmt.Sprintf("the default %q of field %q would empty it; choose clear for that", out.Default, out.Field)}
			if !isEmpty(out.Default) {
				fail = ws.write(out, out.Default, fmt.Sprintf("default of field %q", out.Field))
			}
			if fail != nil {
				ws.text = ws.text[:start]
				return ws.fail(p, fail, params)
			}
			if o == 0 {
				a.returnVal = out.Default
			}
		}
		if len(ws.outputs) > 0 {
			return ws.close(start, &a)
		}
		why.reason += "; the lookup has no default value to write"
	case tables.NoMatchClear:
		for o := range p.lookup.Outputs {
			ws.clear(&p.lookup.Outputs[o])
		}
		return ws.close(start, &a)
	}
	return ws.fail(p, why, params)
}

// isEmpty reports whether a cell must not be written: it is empty, or it is the
// text null, which Marketo takes as the order to empty the field.
func isEmpty(cell string) bool {
	cell = strings.TrimSpace(cell)
	return cell == "" || len(cell) == 4 && strings.EqualFold(cell, "null")
}

// write appends one field to the record and to the outputs of its activity.
func (ws *Workspace) write(out *tables.Output, cell, place string) *failure {
	before := len(ws.text)
	ws.text = append(ws.text, ',')
	ws.text = tables.AppendJSONString(ws.text, out.Field)
	ws.text = append(ws.text, ':')
	var err error
	if ws.text, err = tables.AppendJSON(ws.text, out.Type, cell); err != nil {
		return &failure{CodeValueInvalid, fmt.Sprintf("%s: %v", place, err)}
	}
	ws.outputs = append(ws.outputs, ws.text[before:]...)
	return nil
}

// clear appends the value that empties a field. JSON null does not empty a text
// field, the text null does; the other types take JSON null.
func (ws *Workspace) clear(out *tables.Output) {
	before := len(ws.text)
	ws.text = append(ws.text, ',')
	ws.text = tables.AppendJSONString(ws.text, out.Field)
	switch out.Type {
	case tables.TypeString, tables.TypeText, tables.TypeEmail, tables.TypeURL, "":
		ws.text = append(ws.text, `:"null"`...)
	default:
		ws.text = append(ws.text, `:null`...)
	}
	ws.outputs = append(ws.outputs, ws.text[before:]...)
}

// A tristate is a boolean that may be unknown.
type tristate uint8

const (
	unknown tristate = iota
	no
	yes
)

// activity is what is written into the lead's activity log.
type activity struct {
	success   bool
	fail      *failure
	returnVal string
	params    string
	matched   tristate
	row       int // from 1, 0 for none
	score     float32
	version   int // 0 for none
}

// fail writes the body of a record that fails, or of one that just succeeds where
// why is nil. The plan may be nil.
func (ws *Workspace) fail(p *plan, why *failure, params string) answer {
	ws.outputs = ws.outputs[:0]
	a := activity{success: why == nil, fail: why, params: params}
	if p != nil && p.snapshot != nil {
		a.matched, a.version = no, p.version()
		if why != nil && why.code == CodeValueInvalid {
			a.matched = unknown
		}
	}
	return ws.close(len(ws.text), &a)
}

// close ends the record that begins at start: its lead fields are written, the
// activity follows.
func (ws *Workspace) close(start int, a *activity) answer {
	b := append(ws.text, `},"activityData":{"success":`...)
	b = strconv.AppendBool(b, a.success)
	code := Code("")
	if a.fail != nil {
		code = a.fail.code
		b = append(b, `,"reason":`...)
		b = tables.AppendJSONString(b, cut(a.fail.reason, stringLimit))
		b = append(b, `,"errorCode":`...)
		b = tables.AppendJSONString(b, string(code))
	}
	if a.returnVal != "" {
		b = append(b, `,"returnVal":`...)
		b = tables.AppendJSONString(b, cut(a.returnVal, textLimit))
	}
	if a.params != "" {
		b = append(b, `,"searchParams":`...)
		b = tables.AppendJSONString(b, cut(a.params, textLimit))
	}
	if a.matched != unknown {
		b = append(b, `,"matched":`...)
		b = strconv.AppendBool(b, a.matched == yes)
	}
	if a.row > 0 {
		b = append(b, `,"matchedRow":`...)
		b = strconv.AppendInt(b, int64(a.row), 10)
		b = append(b, `,"matchScore":`...)
		b = strconv.AppendFloat(b, float64(a.score), 'f', -1, 32)
	}
	if a.version > 0 {
		b = append(b, `,"tableVersion":`...)
		b = strconv.AppendInt(b, int64(a.version), 10)
	}
	if n := len(ws.outputs); n > 0 && n+1 <= textLimit {
		ws.outputs[0] = '{' // in place of the first comma
		ws.outputs = append(ws.outputs, '}')
		b = append(b, `,"outputs":`...)
		b = tables.AppendJSONString(b, string(ws.outputs))
	}
	ws.text = append(b, `}}`...)
	return answer{uint32(start), uint32(len(ws.text)), code}
}

// appendCallback appends the answer to the whole request: one record a lead, in
// request order.
func (ws *Workspace) appendCallback(dst []byte) []byte {
	munchkin := ws.batch.MunchkinID
	if munchkin == "" {
		munchkin = noMunchkinID
	}
	dst = append(dst, `{"munchkinId":`...)
	dst = tables.AppendJSONString(dst, munchkin)
	dst = append(dst, `,"objectData":[`...)
	for i, a := range ws.answers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"leadData":{"id":`...)
		if id := ws.batch.ID(i); len(id) > 0 {
			dst = append(dst, id...)
		} else {
			dst = append(dst, '0') // the interface requires an integer; no lead has this one
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
	dst = tables.AppendJSONString(dst, munchkin)
	dst = append(dst, `,"errorCode":`...)
	dst = tables.AppendJSONString(dst, string(code))
	dst = append(dst, `,"errorMessage":`...)
	dst = tables.AppendJSONString(dst, message)
	return append(dst, '}')
}

// searchParams says what was looked up: table, version, and each key.
func searchParams(p *plan, keys [][]string, t int) string {
	var b strings.Builder
	b.WriteString("table=")
	b.WriteString(p.name)
	b.WriteString(" version=")
	b.WriteString(strconv.Itoa(p.version()))
	for m := range keys {
		b.WriteByte(' ')
		b.WriteString(p.lookup.Match[m].Column)
		b.WriteByte('=')
		b.WriteString(keys[m][t])
	}
	return b.String()
}

// condition says in words what a row had to have.
func (p *plan) condition(keys [][]string, t int) string {
	var b strings.Builder
	for m := range keys {
		if m > 0 {
			b.WriteString(" and ")
		}
		b.WriteString(p.lookup.Match[m].Column)
		b.WriteString(" = ")
		b.WriteString(strconv.Quote(cut(keys[m][t], 60)))
	}
	return b.String()
}

func (p *plan) emptyReason(m int) string {
	match := &p.lookup.Match[m]
	if m == p.literal {
		return fmt.Sprintf("the key value of the flow step, for column %q of %s, is blank", match.Column, p.table)
	}
	return fmt.Sprintf("the lead's field %q, which is matched with column %q of %s, is empty", match.Field, match.Column, p.table)
}

// cut shortens a text to at most limit bytes, at the border of a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	const mark = "…"
	n := limit - len(mark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}
