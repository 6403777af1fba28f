package marketo

import (
	"strconv"
	"strings"
)

// Words says what became of the lead, for a person.
func (r *Result) Words() string {
	switch r.State {
	case Succeeded:
		if !r.matched() {
			return "no match, went on"
		}
		if r.Reason != "" {
			return "matched: " + printable(r.Reason)
		}
		return "matched"
	case Failed:
		return codeWords(orElse(r.ErrorCode, NoErrorCode))
	case Unanswered:
		return "no answer"
	default:
		return "not accepted"
	}
}

// codeWords puts an error code into words. Codes that are not known by heart
// are spelled in small letters, which is how most of them read.
func codeWords(code string) string {
	switch code {
	case "LOOKUP_VALUE_NOT_FOUND":
		return "value not in the table"
	case "LOOKUP_KEY_EMPTY":
		return "lookup field is empty"
	case "LOOKUP_AMBIGUOUS":
		return "several rows match"
	case "LOOKUP_TOO_SLOW":
		return "not reached in time"
	case "TABLE_NOT_FOUND":
		return "no such table"
	case "COLUMN_NOT_FOUND":
		return "no such column"
	case "FIELD_NOT_FOUND":
		return "no such lead field"
	case "RULESET_NOT_FOUND":
		return "no such rule set"
	case "RULE_NO_MATCH":
		return "no rule applies"
	case "RULE_FAILED":
		return "a rule failed"
	case "VALUE_INVALID":
		return "value does not fit its field"
	case "LEAD_ID_MISSING":
		return "lead without an id"
	case NoErrorCode:
		return "failed, not said why"
	default:
		return strings.ToLower(strings.ReplaceAll(printable(code), "_", " "))
	}
}

// grouped writes a count with commas between its thousands.
func grouped(n int) string {
	text := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(text) - 3; i > start; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// counted writes a count with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

func leadsOf(n int) string { return counted(n, "lead", "leads") }
