package marketo

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Rule names one rule of the interface that a service can violate.
type Rule string

// The rules of the API definition, the credentials and the status.
const (
	APIUnreadable      Rule = "api_unreadable"
	APIIncomplete      Rule = "api_incomplete"
	APISecurity        Rule = "api_security"
	APIServer          Rule = "api_server"
	WrongKeyAccepted   Rule = "wrong_key_accepted"
	CredentialsRefused Rule = "credentials_refused"
	StatusInvalid      Rule = "status_invalid"
)

// The rules of the service definition and of the picklists.
const (
	DefinitionInvalid  Rule = "definition_invalid"
	NameMissing        Rule = "name_missing"
	NameReserved       Rule = "name_reserved"
	NameTwice          Rule = "name_twice"
	NameShared         Rule = "name_shared"
	PrimaryAttribute   Rule = "primary_attribute"
	DataTypeUnknown    Rule = "data_type_unknown"
	SpellingOfOneKind  Rule = "spelling_of_one_kind"
	PicklistInvalid    Rule = "picklist_invalid"
	PicklistEmpty      Rule = "picklist_empty"
	PicklistTooLong    Rule = "picklist_too_long"
	PicklistUnnamed    Rule = "picklist_unnamed"
	ChoiceEmpty        Rule = "choice_empty"
	ChoiceTwice        Rule = "choice_twice"
	ChoiceInvalid      Rule = "choice_invalid"
	ChoiceNotOffered   Rule = "choice_not_offered"
	FlowKeyUndeclared  Rule = "flow_key_undeclared"
	NotAskedFor        Rule = "not_asked_for"
	SubmissionStatus   Rule = "submission_status"
	SubmissionRefused  Rule = "submission_refused"
	RetryAfterMissing  Rule = "retry_after_missing"
	CallbackRequest    Rule = "callback_request"
	CallbackKey        Rule = "callback_key"
	TokenUnknown       Rule = "token_unknown"
	TokenReused        Rule = "token_reused"
	TokenMismatch      Rule = "token_mismatch"
	CallbackUnexpected Rule = "callback_unexpected"
)

// The rules of a callback's body.
const (
	BodyInvalid         Rule = "body_invalid"
	KeyTwice            Rule = "key_twice"
	MunchkinIDMissing   Rule = "munchkin_id_missing"
	MunchkinIDMismatch  Rule = "munchkin_id_mismatch"
	ChunkError          Rule = "chunk_error"
	LeadUnknown         Rule = "lead_unknown"
	LeadTwice           Rule = "lead_twice"
	LeadUnanswered      Rule = "lead_unanswered"
	LeadIDMissing       Rule = "lead_id_missing"
	LeadIDNotExact      Rule = "lead_id_not_exact"
	AttributeUndeclared Rule = "attribute_undeclared"
	FieldUndeclared     Rule = "field_undeclared"
	FieldUnmapped       Rule = "field_unmapped"
	ValueType           Rule = "value_type"
	ValueTooLong        Rule = "value_too_long"
	SuccessMissing      Rule = "success_missing"
	FailureUnexplained  Rule = "failure_unexplained"
	OutcomeContradicts  Rule = "outcome_contradicts"
)

// Warning reports whether breaking the rule harms in some set-ups only, or
// where the sources of the interface disagree.
func (r Rule) Warning() bool {
	switch r {
	case APIServer, SpellingOfOneKind, PicklistEmpty, PicklistUnnamed, RetryAfterMissing, FieldUnmapped, NotAskedFor:
		return true
	default:
		return false
	}
}

// Problem is one violated rule, with the place where it was seen.
type Problem struct {
	Rule Rule `json:"rule"`
	// Where is a path into the document, or the request that went wrong.
	Where string `json:"where,omitempty"`
	// Batch is the number of the batch, from 1; 0 where no batch is meant.
	Batch int `json:"batch,omitempty"`
	// Lead is the id of the lead as text, as it was received where it came
	// from the service.
	Lead    string `json:"lead,omitempty"`
	Message string `json:"message"`
}

// String gives the problem on one line.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(string(p.Rule))
	if p.Batch > 0 {
		fmt.Fprintf(&b, " batch %d", p.Batch)
	}
	if p.Lead != "" {
		fmt.Fprintf(&b, " lead %s", p.Lead)
	}
	if p.Where != "" {
		fmt.Fprintf(&b, " %s", p.Where)
	}
	b.WriteString(": ")
	b.WriteString(p.Message)
	return b.String()
}

// maxProblems bounds how many problems of one rule are kept word for word; all are counted.
const maxProblems = 200

// findings collects problems and warnings within bounds.
type findings struct {
	problems []Problem
	warnings []Problem
	counts   map[Rule]int
}

// add keeps the problems, up to the bound of each rule, and counts them.
func (f *findings) add(problems ...Problem) {
	if f.counts == nil {
		f.counts = make(map[Rule]int)
	}
	for _, p := range problems {
		f.counts[p.Rule]++
		if f.counts[p.Rule] > maxProblems {
			continue
		}
		if p.Rule.Warning() {
			f.warnings = append(f.warnings, p)
		} else {
			f.problems = append(f.problems, p)
		}
	}
}

// merge adds what others found, with what they counted but did not keep.
func (f *findings) merge(o findings) {
	for _, list := range [][]Problem{o.problems, o.warnings} {
		for _, p := range list {
			if p.Rule == FieldUnmapped || p.Rule == FlowKeyUndeclared {
				f.addOnce(p)
			} else {
				f.add(p)
			}
		}
	}
	for rule, n := range o.counts {
		f.counts[rule] += max(0, n-maxProblems)
	}
}

// addOnce is add for what is the same for every lead: one for each place is
// kept and counted.
func (f *findings) addOnce(p Problem) {
	list := f.problems
	if p.Rule.Warning() {
		list = f.warnings
	}
	for i := range list {
		if list[i].Rule == p.Rule && list[i].Where == p.Where {
			return
		}
	}
	f.add(p)
}

// into puts what was found into a report.
func (f *findings) into(r *Report) {
	r.Problems, r.Warnings, r.Counts = f.problems, f.warnings, f.counts
}

// shorten quotes text for a message, cut to at most 80 bytes.
func shorten(text string) string {
	const limit = 80
	if len(text) <= limit {
		return fmt.Sprintf("%q", text)
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%q… (%d bytes)", text[:cut], len(text))
}
