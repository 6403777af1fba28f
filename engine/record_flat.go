package engine

import (
	"slices"
	"strconv"
	"strings"

	"tablestep/tables/schema"
)

// A Record is the answer to one lead in the flat form: what its part of a callback
// says, for whoever goes on with it. It is a copy and nobody changes it; leads with the
// same answer share what it points to.
type Record struct {
	LeadID string // digit by digit as received; "0" for a lead without an id
	Code   Code   // empty if it succeeded
	Reason string // of a failure, or why a lookup has not written what it would; at most 255 bytes

	LookedUp bool // whether anything was looked up to its end, which alone gives Matched a meaning
	Matched  bool // whether a row hit
	Row      int  // that hit, from 1; 0 for none that can be named
	Score    float32

	Table   string // empty where none was looked up in
	Version int    // of the table
	Lookup  string
	Modes   []string // of the columns that are matched, in their order; "alias" alone where an alias answered
	Alias   int      // the alias of the lookup that answered, because no row hit by itself; 0: none

	RuleSet        string   // empty where no rules were to be run
	RuleSetVersion int      // that ran; 0 where none did, or none that has a version
	Rules          []string // that acted, in order

	ReturnVal    string  // of the lookup, at most 2,000 bytes; that of a rule is one of Attributes
	SearchParams string  // at most 2,000 bytes
	Fields       []Value // that are written to the lead, in order
	Told         []Value // that the lookup would write if it were confirmed; they come before Fields
	Attributes   []Value // callback attributes that the rules write, in order
	Outputs      string  // Told and Fields as a JSON object; empty if it would have more than 2,000 bytes

	NotWritten []NotWritten // what the lookup holds back because of what the lead has
}

// A Value is a JSON value under the name of a lead field or callback attribute.
type Value struct {
	Name string
	JSON string
}

// flatten copies a record out of the workspace. The lead's id is for the caller to add.
func (ws *Workspace) flatten(p *plan, r *record) Record {
	f := Record{
		Code: r.code, ReturnVal: cut(r.returnVal, textLimit),
		LookedUp: r.matched != unknown, Matched: r.matched == yes, Row: r.row, Score: r.score,
		Version: r.version,
		Told:    r.copied(r.fields[:r.told]), Fields: r.copied(r.fields[r.told:]), Attributes: r.copied(r.attrs),
		NotWritten: r.notWritten(),
	}
	if r.hasReason() {
		f.Reason = string(cut(r.reason, stringLimit))
	}
	if r.of != nil {
		of := r.of.plan
		f.Table, f.Lookup = of.table, of.lookup.Name
		for m := range of.lookup.Match {
			f.Modes = append(f.Modes, string(of.lookup.Match[m].Mode))
		}
		if f.Alias = r.alias; f.Alias != 0 {
			f.Modes = []string{aliasMode}
		}
	}
	switch {
	case r.way != nil:
		f.SearchParams = cut(ws.searches(r), textLimit)
	case r.tuple >= 0:
		f.SearchParams = cut(ws.search(p, r.tuple), textLimit)
	}
	if p.program != nil {
		f.RuleSet, f.RuleSetVersion = p.program.name, p.ruleSetVersion()
	}
	for _, n := range r.fired {
		f.Rules = append(f.Rules, ws.rules.results.Fired[n].Rule)
	}
	if n := r.outputBytes(); n > 0 && n <= textLimit {
		f.Outputs = string(appendObject(nil, slices.Concat(f.Told, f.Fields)))
	}
	return f
}

// records are the flat records of all leads, in request order.
func (ws *Workspace) records() []Record {
	list := make([]Record, len(ws.answers))
	for i, a := range ws.answers {
		list[i] = ws.flat[a.flat]
		list[i].LeadID = string(ws.id(i))
	}
	return list
}

// copied is what is written as values of their own.
func (r *record) copied(list []written) []Value {
	var values []Value
	for i := range list {
		values = append(values, Value{list[i].field.name, string(r.value(&list[i]))})
	}
	return values
}

// LeadData is what the answer writes to the lead, with its id first.
func (f *Record) LeadData() []Value {
	return append([]Value{{"id", f.LeadID}}, f.Fields...)
}

// ActivityData is what the answer writes into the lead's activity log. What has no
// value is not there.
func (f *Record) ActivityData() []Value {
	list := []Value{{"success", strconv.FormatBool(f.Code == "")}}
	text := func(name, value string) {
		list = append(list, Value{name, string(schema.AppendJSONString(nil, value))})
	}
	if f.Reason != "" {
		text("reason", f.Reason)
	}
	if f.Code != "" {
		text("errorCode", string(f.Code))
	}
	if f.ReturnVal != "" {
		text("returnVal", f.ReturnVal)
	}
	if f.SearchParams != "" {
		text("searchParams", f.SearchParams)
	}
	list = append(list, f.Attributes...)
	if len(f.Rules) > 0 {
		text("rulesFired", cut(strings.Join(f.Rules, ", "), stringLimit))
	}
	if f.RuleSetVersion > 0 {
		list = append(list, Value{"ruleSetVersion", strconv.Itoa(f.RuleSetVersion)})
	}
	if f.LookedUp {
		list = append(list, Value{"matched", strconv.FormatBool(f.Matched)})
	}
	if f.Row > 0 {
		list = append(list, Value{"matchedRow", strconv.Itoa(f.Row)}, Value{"matchScore", string(appendScore(nil, f.Score))})
	}
	if f.LookedUp && f.Matched && len(f.Modes) > 0 {
		text("matchMode", strings.Join(distinct(f.Modes), ", "))
	}
	if f.Version > 0 {
		lookup := f.Table
		if f.Lookup != f.Table {
			lookup += "/" + f.Lookup
		}
		text("lookup", lookup)
		list = append(list, Value{"tableVersion", strconv.Itoa(f.Version)})
	}
	if f.Outputs != "" {
		text("outputs", f.Outputs)
	}
	return list
}

// distinct is a list with each of its texts once.
func distinct(list []string) []string {
	var each []string
	for _, text := range list {
		if !slices.Contains(each, text) {
			each = append(each, text)
		}
	}
	return each
}

// appendObject writes values as a JSON object.
func appendObject(dst []byte, values []Value) []byte {
	dst = append(dst, '{')
	for i := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(schema.AppendJSONString(dst, values[i].Name), ':')
		dst = append(dst, values[i].JSON...)
	}
	return append(dst, '}')
}
