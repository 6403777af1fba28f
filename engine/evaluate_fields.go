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

// fieldVector fills the workspace's builder with the values of match entry m: of several
// fields with those of the first that is not empty, and where all are, of the first one. A
// field behind the first is read only for the leads that want it.
func (ws *Workspace) fieldVector(m int, entry *schema.Match, leads []int32) column.Vector {
	ws.leadColumn(entry.Field, leads, &ws.builder)
	first := ws.builder.Vector()
	if len(entry.More) == 0 {
		return first
	}
	for len(ws.from) <= m {
		ws.from = append(ws.from, nil)
	}
	ws.from[m] = append(ws.from[m][:0], make([]int8, len(leads))...)
	from := ws.from[m]
	f := &ws.fields
	f.begin(first, from)
	for n, field := range entry.More {
		if len(f.open) == 0 {
			break
		}
		f.want(leads)
		ws.leadColumn(field, f.wanting, &f.builder)
		f.fill(int8(n+1), from)
	}
	if f.filled {
		ws.builder.Reset(len(leads))
		for _, v := range f.values {
			ws.builder.Append(v.Kind, v.Text)
		}
		first = ws.builder.Vector()
	}
	clear(f.values) // They may be cells, which keep the version that they are of.
	return first
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
	for _, k := range f.open {
		from[k] = -1
	}
}

// want is the leads that have no value yet.
func (f *fieldFiller) want(leads []int32) {
	f.wanting = f.wanting[:0]
	for _, k := range f.open {
		f.wanting = append(f.wanting, leads[k])
	}
}

// fill takes what is still wanted from the field in its builder.
func (f *fieldFiller) fill(number int8, from []int8) {
	next, left := f.builder.Vector(), f.open[:0]
	for i, k := range f.open {
		v := next.At(i)
		if blank(v) {
			left = append(left, k)
			continue
		}
		f.values[k], f.filled, from[k] = v, true, number
	}
	f.open = left
}

// blank says that a field is empty, as a key is: it is absent or null, or white space. The
// text null is a text: people are called so.
func blank(v column.Value) bool { return v.Kind == column.Null || strings.TrimSpace(v.Text) == "" }

// traceFrom tells which of several fields the values of the hop's lead j were taken from. The
// list is not shared with other leads afterwards.
func (h *hop) traceFrom(match []TraceMatch, j int) []TraceMatch {
	shared := true
	for m := range match {
		entry := &h.plan.lookup.Match[m]
		if len(entry.More) == 0 || m == h.plan.literal || h.from[m][j] < 0 {
			continue
		}
		if shared {
			match, shared = slices.Clone(match), false
		}
		match[m].From = entry.Fields()[h.from[m][j]]
	}
	return match
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
