//go:build fault

package main_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// A reading takes one answer apart: what is wrong with it by itself, and what it
// claims of the states of things.
type reading struct {
	w      *world
	lead   worldLead
	r      *worldRecord
	claims []claim
	want   map[string]any // what has to be in leadData
}

func (d *reading) claim(x *thing, says string, holds func(state) bool) {
	d.claims = append(d.claims, claim{x, says, fmt.Sprintf("lead %d (%s, key %s)", d.lead.id, d.lead.choice.flow, d.lead.key), holds})
}

func (d *reading) read() string {
	c, a := d.lead.choice, &d.r.Activity
	switch a.ErrorCode {
	case "", "LOOKUP_VALUE_NOT_FOUND":
	case "TABLE_NOT_FOUND":
		return d.noTable()
	case "RULESET_NOT_FOUND":
		if c.rules != d.w.fleeting {
			return "WRONG CODE RULESET_NOT_FOUND: the rule set is never deleted"
		}
		d.claim(&c.rules.thing, a.ErrorCode, func(s state) bool { return s.gone })
		return d.failed()
	default:
		_, _ = d.version() // what it claims is to be held against the others
		return "WRONG CODE " + a.ErrorCode + ": it can never be"
	}
	ruled := c.rules != nil
	var row *worldRow
	if c.table != nil {
		var problem string
		if row, ruled, problem = d.table(ruled); problem != "" {
			return problem
		}
	}
	if ruled {
		if problem := d.rules(row); problem != "" {
			return problem
		}
	}
	if c.table != nil && row == nil && !ruled {
		if a.ErrorCode == "" {
			return "WRONG ANSWER: no row has the key, and the lead did not fail"
		}
		return d.failed()
	}
	if !a.Success || a.ErrorCode != "" {
		return "WRONG CODE " + a.ErrorCode + ": the lead had to succeed"
	}
	return d.written()
}

// noTable reads TABLE_NOT_FOUND.
func (d *reading) noTable() string {
	c := d.lead.choice
	switch {
	case c.lookup != nil && c.lookup.mayGo:
		d.claim(&c.lookup.thing, "TABLE_NOT_FOUND", func(s state) bool { return s.gone })
	case c.table != d.w.brief:
		return "WRONG CODE TABLE_NOT_FOUND: the table is never deleted"
	case c.field != "":
		d.claim(&c.table.thing, "TABLE_NOT_FOUND", func(s state) bool { return s.gone })
	default:
		d.claim(&c.table.thing, "TABLE_NOT_FOUND", func(s state) bool { return s.gone || s.serial == 0 })
	}
	return d.failed()
}

// failed holds what every failed lead has in common.
func (d *reading) failed() string {
	if d.r.Activity.Success {
		return "WRONG ANSWER: a lead with an error code has succeeded"
	}
	return d.written()
}

// written holds the lead's fields against those that have to be there.
func (d *reading) written() string {
	if !maps.Equal(d.r.LeadData, d.want) {
		return fmt.Sprintf("WRONG VALUES: leadData is %v and had to be %v", d.r.LeadData, d.want)
	}
	if d.r.Activity.Outputs == "" {
		return ""
	}
	outputs := map[string]any{"id": d.want["id"]}
	if err := decodeExactly([]byte(d.r.Activity.Outputs), &outputs); err != nil || !maps.Equal(outputs, d.want) {
		return fmt.Sprintf("WRONG OUTPUTS: %s, and %v had to be written", d.r.Activity.Outputs, d.want)
	}
	return ""
}

var searched = regexp.MustCompile(`version=(\d+)`)

// table reads what the lookup of the flow step made of the lead: the row that was
// hit, and whether rules have run.
func (d *reading) table(ruled bool) (*worldRow, bool, string) {
	c, a := d.lead.choice, &d.r.Activity
	v, problem := d.version()
	if problem != "" {
		return nil, false, problem
	}
	used, field, problem := d.lookup()
	if problem != "" {
		return nil, false, problem
	}
	key := d.lead.key
	switch {
	case c.table == d.w.wide:
		key = d.lead.wide
	case c.literal != "":
		key = c.literal
	}
	at, row, ok := v.find(used.column, key)
	if c.lookup == d.w.second && !c.noRules {
		// The lookup's own rule set.
		ruled = used.ruleSet != ""
		if !ok {
			ruled = d.r.LeadData["judged"] != nil
			d.claim(&c.lookup.thing, fmt.Sprintf("rules ran: %t", ruled), func(s state) bool { return !s.gone && (s.ruleSet != "") == ruled })
		}
	}
	if a.Matched == nil || *a.Matched != ok {
		return nil, false, fmt.Sprintf("WRONG ANSWER: matched is not %t, which it is in %s", ok, v)
	}
	if !ok {
		return nil, ruled, ""
	}
	if a.MatchedRow != at+1 || a.ReturnVal != row.origin {
		return nil, false, fmt.Sprintf("WRONG ANSWER: row %d and %q, which is row %d and %q in %s", a.MatchedRow, a.ReturnVal, at+1, row.origin, v)
	}
	d.want[field] = row.origin
	return &row, ruled, ""
}

// version finds the version of the table that the lookup of the flow step saw.
func (d *reading) version() (*worldVersion, string) {
	x, a := d.lead.choice.table, &d.r.Activity
	if x == nil {
		return nil, ""
	}
	v := x.versions[a.TableVersion]
	if v == nil {
		return nil, fmt.Sprintf("WRONG VERSION: nobody made version %d of %s", a.TableVersion, x.name)
	}
	if m := searched.FindStringSubmatch(a.SearchParams); m != nil && m[1] != strconv.Itoa(v.number) {
		return nil, fmt.Sprintf("WRONG VERSION: tableVersion is %d, searchParams has %s", v.number, m[1])
	}
	d.claim(&x.thing, fmt.Sprintf("tableVersion %d", v.number), func(s state) bool { return s.version == v })
	return v, ""
}

// lookup finds which lookup was used, by the field that it wrote.
func (d *reading) lookup() (used state, field, problem string) {
	c := d.lead.choice
	if c.field != "" {
		return state{column: cmp.Or(c.column, "key")}, c.field, ""
	}
	prefix := "named_"
	if c.lookup != nil {
		prefix = c.lookup.prefix
	}
	for name := range d.r.LeadData {
		tail, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		serial, err := strconv.Atoi(tail)
		if err != nil {
			return used, "", fmt.Sprintf("WRONG VALUES: a field %q", name)
		}
		if c.lookup == nil {
			d.claim(&c.table.thing, "lookup named "+tail, func(s state) bool { return s.serial == serial })
			return state{column: "key"}, name, ""
		}
		if used, ok = c.lookup.bySerial[serial]; !ok {
			return used, "", fmt.Sprintf("WRONG VALUES: nobody made the lookup that writes %q", name)
		}
		d.claim(&c.lookup.thing, "lookup "+tail, func(s state) bool { return s.serial == serial })
		return used, name, ""
	}
	return state{column: "key"}, "", "" // a miss: alike by either column
}

// rules reads what the rule set saw.
func (d *reading) rules(row *worldRow) string {
	a := &d.r.Activity
	x := d.lead.choice.rules
	if x == nil {
		x = d.w.judge
	}
	judged, _ := d.r.LeadData["judged"].(string)
	serial, err := strconv.Atoi(strings.TrimPrefix(judged, x.short()+"/"))
	if err != nil {
		return fmt.Sprintf("WRONG VALUES: the rules of %s wrote %q", x.name, judged)
	}
	d.want["judged"] = judged
	d.claim(&x.thing, judged, func(s state) bool { return s.serial == serial })
	hit := ""
	if row != nil {
		hit = row.origin
	}
	if a.Value4 != hit {
		return fmt.Sprintf("WRONG ANSWER: rules saw the row %q, the lookup hit %q", a.Value4, hit)
	}
	alpha, beta, ok := strings.Cut(a.Value3, " ")
	if !ok {
		return fmt.Sprintf("WRONG ANSWER: the rules saw the stamps %q", a.Value3)
	}
	d.sees(d.w.alpha, "key", stampKey, alpha, true)
	d.sees(d.w.beta, "key", stampKey, beta, true)
	if a.Flag1 == nil || a.Flag2 == nil || *a.Flag1 != (a.Value1 != "") || *a.Flag2 != (a.Value2 != "") {
		return "WRONG ANSWER: lookup() and exists() disagree"
	}
	d.sees(d.w.alpha, "key", d.lead.key, a.Value1, *a.Flag1)
	if (a.Value2 != "") != (d.lead.key != nobodyKey) {
		return fmt.Sprintf("WRONG ANSWER: the rules saw %q in table beta, which has every key", a.Value2)
	}
	if a.Value2 != "" {
		column := "alias"
		if strings.HasSuffix(a.Value2, "/"+d.lead.key) {
			column = "key"
		}
		d.claim(&d.w.betaLookup.thing, "lookup() by "+column, func(s state) bool { return s.column == column })
		d.sees(d.w.beta, column, d.lead.key, a.Value2, true)
	}
	return ""
}

// sees claims that a table's live version has a key with an origin, or that it has
// none.
func (d *reading) sees(x *worldTable, column, key, origin string, there bool) {
	says := fmt.Sprintf("that rules see %s", origin)
	if !there {
		says = "that rules see no " + key
	}
	d.claim(&x.thing, says, func(s state) bool {
		if s.gone {
			return false
		}
		_, row, ok := s.version.find(column, key)
		return ok == there && row.origin == origin
	})
}
