package engine

import (
	"strconv"

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

// An answer is the place of a lead's record in the workspace's text, from behind its
// id on. Leads with the same record share one.
type answer struct {
	start, end uint32
	flat       uint32 // which of the workspace's flat records it is, where they are wanted
	code       Code   // empty if it succeeded
}

// put writes a record for the callback, and flat where that is wanted.
func (ws *Workspace) put(w *world, p *plan, r *record) answer {
	a := answer{start: uint32(len(ws.text)), flat: uint32(len(ws.flat)), code: r.code}
	ws.text = ws.appendRecord(ws.text, p, r)
	a.end = uint32(len(ws.text))
	if w.flat {
		ws.flat = append(ws.flat, ws.flatten(p, r))
	}
	return a
}

// appendRecord writes a record as it stands in the callback: the lead fields behind the
// id, and the activity. Absent is what has no value.
func (ws *Workspace) appendRecord(b []byte, p *plan, r *record) []byte {
	for i := r.told; i < len(r.fields); i++ {
		b = append(append(b, r.fields[i].field.key...), r.value(&r.fields[i])...)
	}
	b = append(b, `},"activityData":{"success":`...)
	b = strconv.AppendBool(b, r.code == "")
	if r.hasReason() {
		b = append(b, `,"reason":`...)
		b = schema.AppendJSONString(b, cut(r.reason, stringLimit))
	}
	if r.code != "" {
		b = append(b, `,"errorCode":`...)
		b = schema.AppendJSONString(b, r.code)
	}
	if r.returnVal != "" {
		b = append(b, `,"returnVal":`...)
		b = schema.AppendJSONString(b, cut(r.returnVal, textLimit))
	}
	switch {
	case r.way != nil:
		b = append(ws.appendSearches(append(b, `,"searchParams":"`...), r), '"')
	case r.tuple >= 0:
		b = append(ws.appendSearch(append(b, `,"searchParams":"`...), p, r.tuple), '"')
	}
	for i := range r.attrs {
		b = append(append(b, r.attrs[i].field.key...), r.value(&r.attrs[i])...)
	}
	if len(r.fired) > 0 {
		b = append(b, `,"rulesFired":`...)
		b = schema.AppendJSONString(b, ws.rulesFired(r))
	}
	if p.program != nil {
		b = append(b, ws.pieces.ran...)
	}
	if r.matched != unknown {
		b = append(b, `,"matched":`...)
		b = strconv.AppendBool(b, r.matched == yes)
	}
	if r.row > 0 {
		b = append(b, `,"matchedRow":`...)
		b = strconv.AppendInt(b, int64(r.row), 10)
		b = append(b, `,"matchScore":`...)
		b = appendScore(b, r.score)
	}
	switch {
	case r.version == 0:
	case r.matched == yes && r.alias != 0:
		b = append(append(b, r.of.pieces.aliased...), r.of.pieces.missed...)
	case r.matched == yes:
		b = append(b, r.of.pieces.hit...)
	default:
		b = append(b, r.of.pieces.missed...)
	}
	if n := r.outputBytes(); n > 0 && n <= textLimit {
		b = append(b, `,"outputs":"{`...)
		for i := range r.fields {
			key := r.fields[i].field.again.json
			if i == 0 {
				key = key[len(","):]
			}
			b = schema.AppendJSONText(append(b, key...), r.value(&r.fields[i]))
		}
		b = append(b, `}"`...)
	}
	return append(b, `}}`...)
}

// outputBytes is how long the lead fields, those that are only told among them, are as
// the text of a JSON object; 0 if there are none.
func (r *record) outputBytes() int {
	if len(r.fields) == 0 {
		return 0
	}
	n := len("{}") - len(",")
	for i := range r.fields {
		n += r.fields[i].field.again.length + int(r.fields[i].end-r.fields[i].start)
	}
	return n
}

// appendScore writes a score, which is 1 for most modes, in as few digits as tell it.
func appendScore(b []byte, score float32) []byte {
	if score == 1 {
		return append(b, '1')
	}
	return strconv.AppendFloat(b, float64(score), 'f', -1, 32)
}

// appendSearch says what was looked up, table, version and each key, as it stands
// within a JSON string.
func (ws *Workspace) appendSearch(b []byte, p *plan, t int) []byte {
	n := ws.pieces.table.length
	for m, key := range ws.tuples.keys {
		n += ws.pieces.keys[m].length + len(key[t])
	}
	if n > textLimit {
		return schema.AppendJSONText(b, cut(ws.search(p, t), textLimit))
	}
	b = append(b, ws.pieces.table.json...)
	for m, key := range ws.tuples.keys {
		b = schema.AppendJSONText(append(b, ws.pieces.keys[m].json...), key[t])
	}
	return b
}

// search is the text that appendSearch writes, uncut. What is not UTF-8 becomes what
// JSON makes of it, so that it is cut at the same place.
func (ws *Workspace) search(p *plan, t int) string {
	b := p.appendTable(nil)
	for m, key := range ws.tuples.keys {
		b = append(p.appendKey(b, m), key[t]...)
	}
	return string([]rune(string(b)))
}

// rulesFired is the names of the rules that acted, in memory of the workspace.
func (ws *Workspace) rulesFired(r *record) []byte {
	ws.names = ws.names[:0]
	for n, f := range r.fired {
		if n > 0 {
			ws.names = append(ws.names, ", "...)
		}
		ws.names = append(ws.names, ws.rules.results.Fired[f].Rule...)
	}
	return cut(ws.names, stringLimit)
}

// Parts of a callback.
const (
	leadHead = `{"leadData":{"id":`
	noID     = "0" // the interface requires an integer; no lead has this one
)

// id is the id of a lead as its answer repeats it.
func (ws *Workspace) id(lead int) []byte {
	if id := ws.batch.ID(lead); len(id) > 0 {
		return id
	}
	return []byte(noID)
}

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
	dst = append(appendHead(dst, ws.batch.MunchkinID), `,"objectData":[`...)
	for i, a := range ws.answers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, leadHead...), ws.id(i)...)
		dst = append(dst, ws.text[a.start:a.end]...)
	}
	return append(dst, `]}`...)
}

// appendFailed appends the answer that fails a whole request.
func appendFailed(dst []byte, munchkin string, code Code, message string) []byte {
	dst = append(appendHead(dst, munchkin), `,"errorCode":`...)
	dst = schema.AppendJSONString(dst, string(code))
	dst = append(dst, `,"errorMessage":`...)
	dst = schema.AppendJSONString(dst, message)
	return append(dst, '}')
}

// appendHead begins a callback.
func appendHead(dst []byte, munchkin string) []byte {
	if munchkin == "" {
		munchkin = noMunchkinID
	}
	return schema.AppendJSONString(append(dst, `{"munchkinId":`...), munchkin)
}
