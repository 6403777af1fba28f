package engine

import (
	"slices"
	"strconv"

	"tablestep/tables/schema"
)

// A piece is a part of a text that is the same in many records: as it stands within
// a JSON string, and how long it is as text. Pieces are escaped once a group and not
// once a record, which took about a quarter of a record's time.
type piece struct {
	json   []byte
	length int
}

// A field piece names a field of a lead or of the activity: as a key in the record,
// and once more in the text of its outputs. A comma goes before it.
type fieldPiece struct {
	name  string
	key   []byte
	again piece
	slot  int32 // of a chain: see fieldSlots
}

// pieces are those of one group. They share one buffer.
type pieces struct {
	buffer []byte
	text   []byte       // of the piece in the making
	table  piece        // what every search begins with
	hit    []byte       // the attributes that tell match mode, lookup and version of the table
	missed []byte       // the same without the mode
	rules  []fieldPiece // of each output of the rules
	// aliased is the match mode of a row that an alias names; what missed tells goes behind it.
	aliased []byte
	ran     []byte       // the attribute that tells the version of the rule set; empty where none runs
	keys    []piece      // of each match entry
	fields  []fieldPiece // of each output of the lookup
	// notations are how the texts of each output of the lookup are written.
	notations []schema.Notation
}

// reset makes those of a plan.
func (ps *pieces) reset(p *plan) {
	ps.buffer, ps.keys, ps.fields, ps.rules = ps.buffer[:0], ps.keys[:0], ps.fields[:0], ps.rules[:0]
	ps.notations = ps.notations[:0]
	ps.hit, ps.missed, ps.ran, ps.aliased = nil, nil, nil, nil
	ps.answered(p)
	if p.snapshot == nil {
		return
	}
	ps.text = p.appendTable(ps.text[:0])
	ps.table = ps.piece(ps.text)
	for m := range p.lookup.Match {
		ps.text = p.appendKey(ps.text[:0], m)
		ps.keys = append(ps.keys, ps.piece(ps.text))
	}
	for o := range p.lookup.Outputs {
		ps.fields = append(ps.fields, ps.field(p.lookup.Outputs[o].Field))
		ps.notations = append(ps.notations, p.notation(o))
	}
}

// notation is how the text of output o is written: a cell as its column, a sum or a count
// plainly.
func (p *plan) notation(o int) schema.Notation {
	if p.lookup.Policy() == schema.PolicyCollect && (p.lookup.Aggregate == schema.AggregateSum || p.lookup.Aggregate == schema.AggregateCount) {
		return plainly
	}
	c, ok := p.snapshot.Column(p.lookup.Outputs[o].Column)
	if !ok {
		return plainly // The lookup has failed before.
	}
	return p.snapshot.Version().Columns[c].Notation
}

// appendTable begins what is told of a search.
func (p *plan) appendTable(b []byte) []byte {
	b = append(append(b, "table="...), p.name...)
	return strconv.AppendInt(append(b, " version="...), int64(p.version()), 10)
}

// appendKey goes on with the column of match entry m; its value follows.
func (p *plan) appendKey(b []byte, m int) []byte {
	name := p.lookup.Match[m].Column
	if p.lookup.Match[m].AtNow() {
		name = p.lookup.Match[m].Valid()
	}
	return append(append(append(b, ' '), name...), '=')
}

// ruleSetVersion is the version of the rule set that runs, 0 where none does.
func (p *plan) ruleSetVersion() int {
	if p.program == nil || p.fail != nil {
		return 0
	}
	return p.program.version
}

// answered writes what all records of a group tell of where they come from. Modes and
// names of tables and lookups are of letters that JSON leaves as they are.
func (ps *pieces) answered(p *plan) {
	if n := p.ruleSetVersion(); n > 0 {
		from := len(ps.buffer)
		ps.buffer = strconv.AppendInt(append(ps.buffer, `,"ruleSetVersion":`...), int64(n), 10)
		ps.ran = ps.buffer[from:]
	}
	if p.snapshot == nil {
		return
	}
	from := len(ps.buffer)
	if len(p.lookup.Match) > 0 { // else every row hits
		ps.buffer = appendModes(append(ps.buffer, `,"matchMode":"`...), p.lookup.Match)
		ps.buffer = append(ps.buffer, '"')
	}
	behind := len(ps.buffer)
	ps.buffer = append(append(ps.buffer, `,"lookup":"`...), p.table...)
	if p.lookup.Name != p.table {
		ps.buffer = append(append(ps.buffer, '/'), p.lookup.Name...)
	}
	ps.buffer = strconv.AppendInt(append(ps.buffer, `","tableVersion":`...), int64(p.version()), 10)
	ps.hit, ps.missed = ps.buffer[from:], ps.buffer[behind:]
	if p.lookup.Aliases != nil {
		from = len(ps.buffer)
		ps.buffer = append(ps.buffer, `,"matchMode":"`+aliasMode+`"`...)
		ps.aliased = ps.buffer[from:]
	}
}

// appendModes tells how rows are matched: the mode, so that Marketo can filter by it, or
// each of several once, in the order of the match entries.
func appendModes(b []byte, match []schema.Match) []byte {
	for m := range match {
		mode := match[m].Mode
		if slices.ContainsFunc(match[:m], func(earlier schema.Match) bool { return earlier.Mode == mode }) {
			continue
		}
		if m > 0 {
			b = append(b, ", "...)
		}
		b = append(b, mode...)
	}
	return b
}

// piece escapes a text.
func (ps *pieces) piece(text []byte) piece {
	from := len(ps.buffer)
	ps.buffer = schema.AppendJSONText(ps.buffer, text)
	return piece{ps.buffer[from:], len(text)}
}

func (ps *pieces) field(name string) fieldPiece {
	from := len(ps.buffer)
	ps.buffer = append(ps.buffer, ',')
	ps.buffer = append(schema.AppendJSONString(ps.buffer, name), ':')
	key := ps.buffer[from:]
	from = len(ps.buffer)
	ps.buffer = schema.AppendJSONText(ps.buffer, key)
	return fieldPiece{name: name, key: key, again: piece{ps.buffer[from:], len(key)}}
}
