package ssfs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/answers"
)

// A status lands in Marketo's service log: info, warnings and errors as sentences.
type status struct {
	Info     []string `json:"info"`
	Warnings []string `json:"warnings"`
	Errors   []string `json:"errors"`
}

func (s *status) info(format string, args ...any) {
	s.Info = append(s.Info, fmt.Sprintf(format, args...))
}

func (s *status) warn(format string, args ...any) {
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...))
}

// statusOf tells how many tables there are, which picklists are empty or cut and
// why, which outputs Marketo will drop, and how deliveries went.
func statusOf(catalog *tables.Catalog, mapping engine.Mapping, stats engine.Stats, slow []engine.SlowLookup) *status {
	s := &status{Info: []string{}, Warnings: []string{}, Errors: []string{}}
	published := 0
	for _, t := range catalog.Tables() {
		if t.Live != nil {
			published++
		}
	}
	s.info("%d tables are published; a new one appears in the flow step after a picklist refresh.", published)
	if sets := len(ruleSetChoices(catalog)) - 1; sets > 0 {
		s.info("%d rule sets are published.", sets)
	} else {
		s.info("No rule set is published, so the rule set picklist offers (none) only.")
	}
	if published == 0 {
		s.warn("No table is published: the table picklist offers (none) only, and the column picklists are empty. Upload a table and publish it.")
	}
	if len(mapping.Invocation) == 0 {
		s.warn("Marketo has told no outgoing field mapping yet, so the key field picklist is empty. Map the service's outgoing fields and refresh the picklists.")
	}
	if len(mapping.Callback) == 0 {
		s.warn("Marketo has told no incoming field mapping yet, so the return field picklist is empty. Map the service's incoming fields and refresh the picklists.")
	}
	attributes := flowAttributes()
	for i := range attributes {
		name := attributes[i].name
		if _, total, ok := picklistOf(name, catalog, mapping); ok && total > maxChoices {
			s.warn("Picklist %q has %d choices; Marketo takes %d, so the last %d are not offered.", name, total, maxChoices, total-maxChoices)
		}
	}
	s.unconfirmed(catalog)
	s.unmapped(catalog, mapping)
	s.unsent(catalog, mapping)
	s.dead(catalog)
	s.unlinked(catalog)
	s.scheduled(catalog)
	s.slow(slow)
	if stats.Retrying > 0 {
		s.warn("%d answers could not be delivered yet and are tried again.", stats.Retrying)
	}
	if stats.FailedBatches > 0 {
		s.Errors = append(s.Errors, fmt.Sprintf("%d batches were answered with an error as a whole since the service started. The last one: %s", stats.FailedBatches, stats.FailedBatch))
	}
	if stats.FailedEvaluations > 0 {
		s.warn("%d evaluations failed since the service started and were tried again. The last one: %s", stats.FailedEvaluations, stats.FailedEvaluation)
	}
	if stats.Dead > 0 {
		s.Errors = append(s.Errors, fmt.Sprintf("%d answers could not be delivered and were given up; the leads of their batches wait in their flows.", stats.Dead))
	}
	if stats.Damaged > 0 {
		s.Errors = append(s.Errors, fmt.Sprintf("%d accepted requests cannot be read; their leads wait in their flows. Restore the data folder from a backup, or let an admin look with \"tablestep check\".", stats.Damaged))
	}
	if stats.DamagedTurns > 0 {
		s.Errors = append(s.Errors, fmt.Sprintf("Since the service started, what is stored of rows that take turns could not be read %d times. Such a row counts as new, and a lead that kept it gets one anew; everything else goes on. Set its counters, or let an admin look with \"tablestep check\".", stats.DamagedTurns))
	}
	return s
}

// unconfirmed names the tables whose lookup is a guess that waits for a person.
func (s *status) unconfirmed(catalog *tables.Catalog) {
	const named = 10 // that are told one by one
	n := 0
	for _, t := range catalog.Tables() {
		if !t.Waits() {
			continue
		}
		if n++; n <= named {
			s.warn("Lookup %q is not confirmed: leads are matched, and nothing is written. Look at what it suggests, and confirm it on the page of the table or with: tablestep table lookup %s --confirm", t.Name, t.Name)
		}
	}
	if more := n - named; more > 0 {
		s.warn("%d more lookups are not confirmed.", more)
	}
}

// dead names the columns that lookups use and live versions lack.
func (s *status) dead(catalog *tables.Catalog) {
	const named = 10 // that are told one by one
	told, more := 0, 0
	for _, t := range catalog.Tables() {
		for _, d := range t.DeadColumns() {
			if told == named {
				more++
				continue
			}
			told++
			s.warn("Table %q (version %d) has no column %q, which lookup %q uses: leads that need it fail with COLUMN_NOT_FOUND. Upload the table with it, or change the lookup.", t.Name, t.Live.Number, d.Column, d.Lookup)
		}
	}
	if more > 0 {
		s.warn("%d more columns that lookups use are missing.", more)
	}
}

// unlinked names the lookups that go on to ones that are not there.
func (s *status) unlinked(catalog *tables.Catalog) {
	const named = 10 // that are told one by one
	links := catalog.Unlinked()
	for _, l := range links[:min(len(links), named)] {
		s.warn("Lookup %q goes on to %q, which is not there or has no published version: leads that come there fail with TABLE_NOT_FOUND. Make and publish it, or change the lookup.", l[0], l[1])
	}
	if more := len(links) - named; more > 0 {
		s.warn("%d more lookups go on to ones that are not there.", more)
	}
}

// scheduled names what was to go live and was refused, and what would be.
func (s *status) scheduled(catalog *tables.Catalog) {
	const named = 10 // that are told one by one
	told, more := 0, 0
	for _, t := range catalog.Tables() {
		p := t.Scheduled
		if p == nil || len(p.Refusals) == 0 {
			continue
		}
		if told == named {
			more++
			continue
		}
		told++
		at := p.At.Format(time.RFC3339)
		if p.Refused.IsZero() {
			s.warn("Table %q: what is scheduled for %s would be refused as things are: %s", t.Name, at, p.Refusals[0].Message)
		} else {
			s.Errors = append(s.Errors, fmt.Sprintf("Table %q: what was scheduled for %s was refused and is not live: %s. Publish it, schedule it anew, or cancel it.", t.Name, at, p.Refusals[0].Message))
		}
	}
	if more > 0 {
		s.warn("%d more tables have something scheduled that is refused.", more)
	}
}

// slow warns of lookups that did not get through a batch.
func (s *status) slow(slow []engine.SlowLookup) {
	const named = 10 // that are told one by one
	for _, l := range slow[:min(len(slow), named)] {
		s.warn("Table %q, lookup %q (version %d) is too slow: it looked up %s, so leads of larger batches fail with LOOKUP_TOO_SLOW; %s.", l.Table, l.Lookup, l.Version, l.Pace, answers.WaysOut)
	}
	if more := len(slow) - named; more > 0 {
		s.warn("%d more lookups are too slow.", more)
	}
}

// unread names cells that lookups cannot read.
func (s *status) unread(list []tables.Unread) {
	const named = 10 // that are told one by one
	for _, u := range list[:min(len(list), named)] {
		s.warn("Table %q (version %d), lookup %q: %d cells of column %q cannot be read and hit nothing. The first one: row %d, %s. Correct them and upload the table again.", u.Table, u.Version, u.Lookup, u.Cells, u.Column, u.Row, u.Reason)
	}
	if more := len(list) - named; more > 0 {
		s.warn("In %d more columns lookups cannot read some cells.", more)
	}
}

// endings names tables of which no row is valid any more soon, or now.
func (s *status) endings(list []tables.Ending) {
	const named = 10 // that are told one by one
	for _, e := range list[:min(len(list), named)] {
		if e.Over {
			s.warn("Table %q (version %d), lookup %q: no row is valid any more; the last one ended with %s (%s), so no lead finds one. Upload rows that are valid from then on.", e.Table, e.Version, e.Lookup, e.Last, e.Columns)
			continue
		}
		s.warn("Table %q (version %d), lookup %q: the last row ends with %s (%s), and no lead finds one afterwards. Upload rows that are valid from then on.", e.Table, e.Version, e.Lookup, e.Last, e.Columns)
	}
	if more := len(list) - named; more > 0 {
		s.warn("The last rows of %d more tables end soon or have ended.", more)
	}
}

// lost names lookups with aliases that hit nothing.
func (s *status) lost(list []tables.LostAliases) {
	const named = 10 // that are told one by one
	for _, l := range list[:min(len(list), named)] {
		s.warn("Table %q (version %d), lookup %q: %d aliases hit nothing, because their row is not there or there are several. The first one: %s. Remove it, or add it for another row.", l.Table, l.Version, l.Lookup, l.Count, l.First)
	}
	if more := len(list) - named; more > 0 {
		s.warn("%d more lookups have aliases that hit nothing.", more)
	}
}

// unasked names live rule sets that read tokens which Marketo does not send.
func (s *status) unasked(list []engine.UnaskedTokens) {
	const named = 10 // that are told one by one
	for _, u := range list[:min(len(list), named)] {
		tokens := make([]string, len(u.Tokens))
		for i, token := range u.Tokens {
			tokens[i] = "{{my." + token + "}}"
		}
		s.warn("Rule set %q (version %d) reads %s, which Marketo is not asked for, so it is empty for every lead. Start the service with --my-tokens %q and install the flow step again.", u.RuleSet, u.Version, strings.Join(tokens, ", "), strings.Join(u.Ask, ","))
	}
	if more := len(list) - named; more > 0 {
		s.warn("%d more rule sets read tokens that Marketo is not asked for.", more)
	}
}

// absent names live rule sets that look up in tables that are not there.
func (s *status) absent(list []engine.AbsentTable) {
	const named = 10 // that are told one by one
	for _, a := range list[:min(len(list), named)] {
		s.warn("Rule set %q (version %d) looks up in table %q, which is not there or has no published version: leads that get there fail with RULE_FAILED. Restore or upload the table, or change the rules.", a.RuleSet, a.Version, a.Table)
	}
	if more := len(list) - named; more > 0 {
		s.warn("%d more rule sets look up in tables that are not there.", more)
	}
}

// damaged names what is set aside, some of it one by one.
func (s *status) damaged(list []tables.Damage) {
	const named = 20
	for i, d := range list {
		if i == named {
			s.Errors = append(s.Errors, fmt.Sprintf("%d more are damaged.", len(list)-named))
			return
		}
		s.Errors = append(s.Errors, "Damaged: "+d.String()+".")
	}
}

// unmapped warns of fields that lookups write and Marketo drops without a word.
func (s *status) unmapped(catalog *tables.Catalog, mapping engine.Mapping) {
	if len(mapping.Callback) == 0 {
		return
	}
	const named = 10 // lookups that are told one by one
	told, more := 0, 0
	for _, t := range catalog.Tables() {
		for i := range t.Lookups {
			l := &t.Lookups[i]
			if l.Guessed || t.Live == nil {
				continue
			}
			var missing []string
			for _, o := range l.Outputs {
				if !slices.Contains(mapping.Callback, o.Field) {
					missing = append(missing, o.Field)
				}
			}
			switch {
			case len(missing) == 0:
			case told == named:
				more++
			default:
				told++
				s.warn("Lookup %q writes %s, not among the incoming fields mapped in Marketo, so Marketo drops the value.", l.Name, strings.Join(missing, ", "))
			}
		}
	}
	if more > 0 {
		s.warn("%d more lookups write fields that are not mapped in Marketo.", more)
	}
}
