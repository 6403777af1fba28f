package engine

import (
	"encoding/json"
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

// A field piece names a field of a lead: as a key in the record, and once more in
// the text of its outputs. A comma goes before it.
type fieldPiece struct {
	key   []byte
	again piece
}

// pieces are those of one group. They share one buffer.
type pieces struct {
	buffer []byte
	table  piece        // what every search begins with
	keys   []piece      // of each match entry
	fields []fieldPiece // of each output of the lookup
	rules  []fieldPiece // of each output of the rules; those of activities are not used
}

// reset makes those of a plan.
func (ps *pieces) reset(p *plan) {
	ps.buffer, ps.keys, ps.fields, ps.rules = ps.buffer[:0], ps.keys[:0], ps.fields[:0], ps.rules[:0]
	if p.snapshot == nil {
		return
	}
	ps.table = ps.piece("table=" + p.name + " version=" + strconv.Itoa(p.version()))
	for m := range p.lookup.Match {
		ps.keys = append(ps.keys, ps.piece(" "+p.lookup.Match[m].Column+"="))
	}
	for o := range p.lookup.Outputs {
		ps.fields = append(ps.fields, ps.field(p.lookup.Outputs[o].Field))
	}
}

func (ps *pieces) piece(text string) piece {
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
	return fieldPiece{key, piece{ps.buffer[from:], len(key)}}
}

// A quoted is a text that grows as it will stand within a JSON string.
type quoted piece

func (q *quoted) reset() { q.json, q.length = q.json[:0], 0 }

func (q *quoted) add(p *piece) {
	q.json = append(q.json, p.json...)
	q.length += p.length
}

// quote adds a text to q.
func quote[T string | []byte](q *quoted, text T) {
	q.json = schema.AppendJSONText(q.json, text)
	q.length += len(text)
}

// appendCut adds it to dst as a JSON string, cut where the text would be longer than
// the limit.
func (q *quoted) appendCut(dst []byte, limit int) []byte {
	from := len(dst)
	dst = append(append(append(dst, '"'), q.json...), '"')
	if q.length <= limit {
		return dst
	}
	var text string
	if err := json.Unmarshal(dst[from:], &text); err != nil {
		panic("a text that was escaped here is no JSON string: " + err.Error())
	}
	return schema.AppendJSONString(dst[:from], cut(text, limit))
}
