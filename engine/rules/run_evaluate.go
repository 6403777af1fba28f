package rules

import (
	"errors"
	"math"

	"tablestep/tables/column"
)

// evaluate evaluates a unit for the field values of a row. It may panic.
func (r *runner) evaluate(u *unit, row int32) (value, *Failure) {
	// What the evaluation before this one has spent is charged here, so that one that
	// ended in a panic is as well.
	r.charge(u.work + r.m.limits.Effort - r.m.effort)
	r.m.effort = r.m.limits.Effort
	if r.late != nil {
		return value{}, r.late
	}
	r.m.args = r.m.args[:0]
	// The kernel reads fields by their codes, which are those of this row now.
	for _, id := range u.support {
		f := &r.m.fields[id]
		f.code = f.codes[row]
	}
	v, err := u.kernel(&r.m)
	if err == errAsked { //nolint:errorlint // it comes as it is
		r.aside += int64(u.work + r.m.limits.Effort - r.m.effort)
		return value{}, &r.postponed
	}
	if err != nil {
		return value{}, r.fault(err)
	}
	return v, nil
}

// safely evaluates a unit and makes a Failure of a panic.
func (r *runner) safely(u *unit, row int32) (v value, f *Failure) {
	defer func() {
		if p := recover(); p != nil {
			v, f = value{}, r.failure(0, goPanic(p))
		}
	}()
	return r.evaluate(u, row)
}

// fault makes a Failure of an error of a kernel.
func (r *runner) fault(err error) *Failure {
	if e, ok := errors.AsType[*evalError](err); ok {
		return r.failure(e.at, e.err)
	}
	return r.failure(0, err)
}

// failure is a Failure at an offset of the expression at hand, with its place in the file
// if that is known.
func (r *runner) failure(at int, err error) *Failure {
	o := r.origin
	f := &Failure{Rule: o.rule, Expression: o.label, Source: o.text, Message: err.Error(), Cause: err}
	if o.source != nil {
		place := o.source.locate(o.place, o.text, at)
		f.Line, f.Column = place.line, place.column
	}
	return f
}

// codes gives the rows' codes for a unit that reads several fields, and how many
// there are; nil if each row is to be evaluated by itself.
func (r *runner) codes(u *unit, rows []int32) ([]uint32, int) {
	switch len(u.support) {
	case 0:
		return nil, 0
	case 1:
		f := &r.m.fields[u.support[0]]
		return f.codes, len(f.raw)
	}
	if !u.calls || 4*len(rows) < r.rows {
		return nil, 0 // looking for repetitions would cost more than it saves
	}
	c := r.combine(u.support)
	return c.codes, c.distinct
}

// test decides a condition for the rows, by the way that costs least: once where it reads no
// field, by code where a field is compared with a text, once a distinct value with a memo,
// else row by row.
func (t *testUnit) test(r *runner, rows []int32, results []verdict) {
	u := t.unit
	if len(rows) == 0 {
		return
	}
	r.charge(len(rows))
	if len(u.support) == 0 {
		v, f := r.decide(u, rows[0])
		for _, row := range rows {
			results[row] = v
			if f != nil {
				r.results.fail(row, f)
			}
		}
		return
	}
	if u.same != nil && r.testSame(u, rows, results) {
		return
	}
	codes, n := r.codes(u, rows)
	if u.direct != nil && 2*n > len(rows) {
		codes = nil // few values come twice; a memo would cost more than it saves
	}
	if codes == nil {
		r.inRounds(u, rows, func(rows []int32) {
			for next := 0; next < len(rows); {
				next = r.testRows(u, rows, next, results)
			}
		})
		return
	}
	memo := &r.memos[u.id]
	if memo.verdicts == nil {
		memo.verdicts = r.bytes.take(n)
	}
	r.inRounds(u, rows, func(rows []int32) {
		for next := 0; next < len(rows); {
			next = r.testCodes(u, memo, codes, rows, next, results)
		}
		for _, row := range r.waiting {
			memo.verdicts[codes[row]] = pending
		}
	})
	if memo.failures != nil {
		for _, row := range rows {
			if results[row] == failed {
				r.results.fail(row, memo.failures[codes[row]])
			}
		}
	}
}

// testSame is a field compared with a literal text: the text has one code in this
// batch, or none, and the rows are compared by code. 1,000 rows take 0.7 µs so, and
// 2 µs through a memo. It is not worth it for a dictionary longer than the rows.
func (r *runner) testSame(u *unit, rows []int32, results []verdict) bool {
	f := &r.m.fields[u.support[0]]
	if len(f.raw) > len(rows) {
		return false
	}
	code := uint32(math.MaxUint32)
	for i := range f.raw {
		// An object or a list is its JSON text to expressions.
		if v := &f.raw[i]; v.Kind == column.Text && v.Text == u.same.text || v.Kind == column.Other && v.Text == u.same.text {
			if code != math.MaxUint32 {
				return false // a text, and an object that looks like it
			}
			code = uint32(i)
		}
	}
	// A text that no row of the batch has leaves a code that none is equal to.
	equal, other := yes, no
	if u.same.negated {
		equal, other = no, yes
	}
	codes := f.codes
	for _, row := range rows {
		v := other
		if codes[row] == code {
			v = equal
		}
		results[row] = v
	}
	return true
}

// testRows decides row by row, from one row on, and returns the row to go on with:
// a panic costs the row at which it happened and no more.
func (r *runner) testRows(u *unit, rows []int32, from int, results []verdict) (next int) {
	i := from
	defer func() {
		next = i
		if p := recover(); p != nil {
			results[rows[i]] = failed
			r.results.fail(rows[i], r.failure(0, goPanic(p)))
			next = i + 1
		}
	}()
	var field *fieldColumn
	if u.direct != nil {
		field = &r.m.fields[u.support[0]]
	}
	for ; i < len(rows); i++ {
		if field != nil {
			if v := u.direct(&r.m, &field.raw[field.codes[rows[i]]]); v != pending {
				results[rows[i]] = v
				continue
			}
		}
		v, f := r.decideNow(u, rows[i])
		results[rows[i]] = v
		switch {
		case v == waits:
			r.waiting = append(r.waiting, rows[i])
		case f != nil:
			r.results.fail(rows[i], f)
		}
	}
	return i
}

// testCodes is testRows with a decision for each code, kept in the memo.
func (r *runner) testCodes(u *unit, memo *memo, codes []uint32, rows []int32, from int, results []verdict) (next int) {
	i := from
	known := memo.verdicts
	defer func() {
		next = i
		if p := recover(); p != nil {
			code := codes[rows[i]]
			known[code] = failed
			memo.fail(code, r.failure(0, goPanic(p))) // the row is looked at again
		}
	}()
	for ; i < len(rows); i++ {
		row := rows[i]
		code := codes[row]
		v := known[code]
		if v == pending {
			if u.direct != nil {
				v = u.direct(&r.m, &r.m.fields[u.support[0]].raw[code])
			}
			if v == pending {
				var f *Failure
				if v, f = r.decideNow(u, row); v == failed {
					memo.fail(code, f)
				}
			}
			known[code] = v
		}
		if v == waits {
			r.waiting = append(r.waiting, row)
		}
		results[row] = v
	}
	return i
}

// fail remembers why a code failed: each of its rows is told.
func (m *memo) fail(code uint32, f *Failure) {
	if m.failures == nil {
		m.failures = make(map[uint32]*Failure)
	}
	m.failures[code] = f
}

// decide evaluates a condition for one row.
func (r *runner) decide(u *unit, row int32) (verdict, *Failure) {
	return r.decided(r.safely(u, row))
}

// decideNow is decide where a panic is caught elsewhere.
func (r *runner) decideNow(u *unit, row int32) (verdict, *Failure) {
	return r.decided(r.evaluate(u, row))
}

// decided is a value as a verdict. The kernels of conditions yield nothing but bools.
func (r *runner) decided(v value, f *Failure) (verdict, *Failure) {
	switch {
	case f == &r.postponed:
		return waits, nil
	case f != nil:
		return failed, f
	case v.isTrue():
		return yes, nil
	}
	return no, nil
}

// test decides the right side for the rows that the left one has left open; failed rows are
// not among them.
func (t *testBoth) test(r *runner, rows []int32, results []verdict) {
	t.left.test(r, rows, results)
	open := r.rowLists.take(len(rows))[:0]
	// The verdict that does not end it: yes for and, no for or.
	other := yes + no - t.stop
	for _, row := range rows {
		if results[row] == other {
			open = append(open, row)
		}
	}
	if len(open) > 0 {
		t.right.test(r, open, results)
	}
}

// test turns the verdicts round; what has failed stays failed.
func (t *testNot) test(r *runner, rows []int32, results []verdict) {
	t.plan.test(r, rows, results)
	for _, row := range rows {
		if v := results[row]; v != failed {
			results[row] = yes + no - v
		}
	}
}

// part sorts rows by their verdicts.
func (r *runner) part(rows []int32, results []verdict) (held, rest []int32) {
	lists := r.rowLists.take(2 * len(rows))
	held, rest = lists[:0:len(rows)], lists[len(rows):len(rows)]
	for _, row := range rows {
		switch results[row] {
		case yes:
			held = append(held, row)
		case no:
			rest = append(rest, row)
		}
	}
	return held, rest
}

// test is a conditional of conditions: rows of which the condition failed keep that.
func (t *testEither) test(r *runner, rows []int32, results []verdict) {
	t.cond.test(r, rows, results)
	held, rest := r.part(rows, results)
	t.yes.test(r, held, results)
	t.no.test(r, rest, results)
}

// What a memo knows of a value: nothing, that it is nil, that it failed, that it waits, or
// its number in the output, counted from firstWritten.
const (
	unwritten    = 0
	writtenNil   = 1
	writtenFail  = 2
	writtenWaits = 3 // for an answer of a table
	firstWritten = 4
)

// assign writes the values of the rows, one evaluation for each distinct value where that is
// known, and returns the rows whose value is nil.
func (a *assignUnit) assign(r *runner, rows []int32, out *Output) (nils []int32) {
	u := a.unit
	if len(rows) == 0 {
		return nil
	}
	r.charge(len(rows))
	codes, n := r.codes(u, rows)
	switch {
	case len(u.support) == 0:
		w, f := r.write(u, rows[0], out)
		for _, row := range rows {
			nils = r.put(row, w, f, out, nils)
		}
		return nils
	case codes == nil:
		r.inRounds(u, rows, func(rows []int32) {
			for _, row := range rows {
				w, f := r.write(u, row, out)
				nils = r.put(row, w, f, out, nils)
			}
		})
		return nils
	}
	memo := &r.memos[u.id]
	if memo.written == nil {
		memo.written = r.words.take(n)
	}
	known := memo.written
	r.inRounds(u, rows, func(rows []int32) {
		for _, row := range rows {
			code := codes[row]
			w := known[code]
			if w == unwritten {
				var f *Failure
				if w, f = r.write(u, row, out); f != nil {
					memo.fail(code, f)
				}
				known[code] = w
			}
			if w >= firstWritten {
				out.Codes[row] = w - firstWritten
				continue
			}
			nils = r.put(row, w, memo.failures[code], out, nils)
		}
		for _, row := range r.waiting {
			known[codes[row]] = unwritten
		}
	})
	return nils
}

// write evaluates a value for one row and adds it to the output.
func (r *runner) write(u *unit, row int32, out *Output) (uint32, *Failure) {
	v, f := r.safely(u, row)
	switch {
	case f == &r.postponed:
		return writtenWaits, nil
	case f != nil:
		return writtenFail, f
	}
	w, err := writable(v)
	switch {
	case err != nil:
		return writtenFail, r.failure(0, err)
	case w.Kind == Nothing:
		return writtenNil, nil
	case len(out.Values) >= math.MaxUint32-firstWritten:
		return writtenFail, r.failure(0, errEffort)
	}
	out.Values = append(out.Values, w)
	return uint32(len(out.Values)-1) + firstWritten, nil
}

// put notes what one row got: a failure, nil, or the number of a value.
func (r *runner) put(row int32, w uint32, f *Failure, out *Output, nils []int32) []int32 {
	switch {
	case f != nil:
		r.results.fail(row, f)
	case w == writtenNil:
		nils = append(nils, row)
	case w == writtenWaits:
		r.waiting = append(r.waiting, row)
	default:
		out.Codes[row] = w - firstWritten
	}
	return nils
}

// assign evaluates each branch for its own rows only, so what fails in the other one does not
// matter. Rows of which the condition failed are in none.
func (a *assignEither) assign(r *runner, rows []int32, out *Output) (nils []int32) {
	results := r.bytes.take(r.rows)
	a.cond.test(r, rows, results)
	held, rest := r.part(rows, results)
	nils = a.yes.assign(r, held, out)
	return append(nils, a.no.assign(r, rest, out)...)
}

// assign is ?? : the right side for the rows whose left side is nil.
func (a *assignFirst) assign(r *runner, rows []int32, out *Output) (nils []int32) {
	if nils = a.left.assign(r, rows, out); len(nils) == 0 {
		return nil
	}
	return a.right.assign(r, nils, out)
}
