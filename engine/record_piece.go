package engine

import (
	"slices"
	"strconv"
	"strings"

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
}

// pieces are those of one group. They share one buffer.
type pieces struct {
	buffer []byte
	text   []byte       // of the piece in the making
	table  piece        // what every search begins with
	mode   []byte       // the attribute that tells the match mode
	lookup []byte       // those that tell lookup and version
	rules  []fieldPiece // of each output of the rules
	ran    []byte       // the attribute that tells the version of the rule set; empty where none runs
	keys   []piece      // of each match entry
	fields []fieldPiece // of each output of the lookup
}

// reset makes those of a plan.
func (ps *pieces) reset(p *plan) {
	ps.buffer, ps.keys, ps.fields, ps.rules = ps.buffer[:0], ps.keys[:0], ps.fields[:0], ps.rules[:0]
	ps.mode, ps.lookup, ps.ran = nil, nil, nil
	if n := p.ruleSetVersion(); n > 0 {
		ps.ran = ps.attribute("ruleSetVersion", strconv.AppendInt(nil, int64(n), 10))
	}
	if p.snapshot == nil {
		return
	}
	ps.mode = ps.attribute("matchMode", schema.AppendJSONString(nil, matchMode(p.modes())))
	ps.lookup = ps.attribute("lookup", schema.AppendJSONString(nil, lookupName(p.table, p.lookup.Name)))
	ps.lookup = ps.attribute("tableVersion", strconv.AppendInt(nil, int64(p.version()), 10), ps.lookup...)
	ps.text = p.appendTable(ps.text[:0])
	ps.table = ps.piece(ps.text)
	for m := range p.lookup.Match {
		ps.text = p.appendKey(ps.text[:0], m)
		ps.keys = append(ps.keys, ps.piece(ps.text))
	}
	for o := range p.lookup.Outputs {
		ps.fields = append(ps.fields, ps.field(p.lookup.Outputs[o].Field))
	}
}

// appendTable begins what is told of a search.
func (p *plan) appendTable(b []byte) []byte {
	b = append(append(b, "table="...), p.name...)
	return strconv.AppendInt(append(b, " version="...), int64(p.version()), 10)
}

// appendKey goes on with the column of match entry m; its value follows.
func (p *plan) appendKey(b []byte, m int) []byte {
	return append(append(append(b, ' '), p.lookup.Match[m].Column...), '=')
}

// lookupName is a lookup as the picklist of tables has it: the table's name, and that of
// the lookup behind it where it is not the default one.
func lookupName(table, lookup string) string {
	if lookup == table || lookup == "" {
		return table
	}
	return table + "/" + lookup
}

// modes are those of the match entries, in their order.
func (p *plan) modes() []string {
	var modes []string
	for m := range p.lookup.Match {
		modes = append(modes, string(p.lookup.Match[m].Mode))
	}
	return modes
}

// matchMode tells how rows are matched: the mode, so that Marketo can filter by it, or
// each of several once, in the order of the match entries.
func matchMode(modes []string) string {
	var each []string
	for _, mode := range modes {
		if !slices.Contains(each, mode) {
			each = append(each, mode)
		}
	}
	return strings.Join(each, ", ")
}

// ruleSetVersion is the version of the rule set that runs, 0 where none does.
func (p *plan) ruleSetVersion() int {
	if p.program == nil || p.fail != nil {
		return 0
	}
	return p.program.version
}

// attribute is a callback attribute that all records of the group have, as it stands
// there, behind those that are given.
func (ps *pieces) attribute(name string, value []byte, before ...byte) []byte {
	from := len(ps.buffer)
	ps.buffer = append(append(ps.buffer, before...), ',')
	ps.buffer = append(schema.AppendJSONString(ps.buffer, name), ':')
	ps.buffer = append(ps.buffer, value...)
	return ps.buffer[from:]
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
	return fieldPiece{name, key, piece{ps.buffer[from:], len(key)}}
}
