package engine

import (
	"slices"
	"strings"

	"tablestep/engine/request"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// resolveFields gives the fields of a match entry the names under which the leads have them;
// false if no lead has any. Those that none has stay as they are, and are empty.
func resolveFields(m *schema.Match, batch *request.Batch) bool {
	fields, some := m.Fields(), false
	for i, field := range fields {
		if name, ok := batch.Resolve(field); ok {
			fields[i], some = name, true
		}
	}
	if some {
		m.NameFields(fields)
	}
	return some
}

// mapped says that Marketo sends a field of a match entry, as the mapping was last told.
func (m *Mapping) mapped(entry *schema.Match) bool {
	return slices.ContainsFunc(entry.Fields(), func(field string) bool { return slices.Contains(m.Invocation, field) })
}

// fieldVector fills the workspace's builder with the values of a match entry: of several
// fields with those of the first that is not empty, and where all are, of the first one. A
// field behind the first is read only if a lead wants it. from, where it is not nil, is told
// which field each value is of, -1 where all are empty.
func (ws *Workspace) fieldVector(m *schema.Match, leads []int32, from []int8) column.Vector {
	ws.batch.Vector(m.Field, leads, &ws.builder)
	first := ws.builder.Vector()
	if len(m.More) == 0 {
		return first
	}
	f := &ws.fields
	f.begin(first, from)
	for n, field := range m.More {
		if len(f.open) == 0 {
			break
		}
		f.fill(ws.batch, int8(n+1), field, leads, from)
	}
	if !f.filled {
		return first
	}
	ws.builder.Reset(len(leads))
	for _, v := range f.values {
		ws.builder.Append(v.Kind, v.Text)
	}
	return ws.builder.Vector()
}

// A fieldFiller takes the values of leads from one field after the other. Its memory serves
// the next match entry, too.
type fieldFiller struct {
	builder column.Builder
	values  []column.Value // of each lead
	open    []int32        // places of the leads that have no value yet
	wanting []int32        // the leads themselves
	filled  bool           // a value has come from a field behind the first
}

// begin takes the values of the first field.
func (f *fieldFiller) begin(first column.Vector, from []int8) {
	f.values, f.open, f.filled = f.values[:0], f.open[:0], false
	for k := range first.Codes {
		v := first.At(k)
		f.values = append(f.values, v)
		if blank(v) {
			f.open = append(f.open, int32(k))
		}
	}
	if from == nil {
		return
	}
	clear(from)
	for _, k := range f.open {
		from[k] = -1
	}
}

// fill takes what is still wanted from one more field.
func (f *fieldFiller) fill(batch *request.Batch, number int8, field string, leads []int32, from []int8) {
	f.wanting = f.wanting[:0]
	for _, k := range f.open {
		f.wanting = append(f.wanting, leads[k])
	}
	batch.Vector(field, f.wanting, &f.builder)
	next, left := f.builder.Vector(), f.open[:0]
	for i, k := range f.open {
		v := next.At(i)
		if blank(v) {
			left = append(left, k)
			continue
		}
		f.values[k], f.filled = v, true
		if from != nil {
			from[k] = number
		}
	}
	f.open = left
}

// blank says that a field is empty, as a key is: it is absent or null, or white space. The
// text null is a text: people are called so.
func blank(v column.Value) bool { return v.Kind == column.Null || strings.TrimSpace(v.Text) == "" }

// traceFields tells each lead which of several fields its value was taken from.
func (ws *Workspace) traceFields(p *plan, leads []int32, results []Result) {
	from := make([]int8, len(leads))
	for m := range p.lookup.Match {
		entry := &p.lookup.Match[m]
		if p.snapshot == nil || len(entry.More) == 0 || m == p.literal {
			continue
		}
		ws.fieldVector(entry, leads, from)
		fields := entry.Fields()
		for k, i := range leads {
			if from[k] < 0 {
				continue
			}
			match := &results[i].Trace.Match
			*match = slices.Clone(*match) // which all leads of the group share
			(*match)[m].From = fields[from[k]]
		}
	}
}

// quotedFields names the lead fields of a match entry for a message.
func quotedFields(m *schema.Match, last string) string { return quotedList(m.Fields(), last) }

// quotedList puts names in quotes, with a word before the last.
func quotedList(names []string, last string) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" " + last + " ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(`"` + name + `"`)
	}
	return b.String()
}
