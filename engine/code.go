package engine

// A Code says why a record or a whole batch failed. Marketo counts codes a day,
// by two lists of names that must not overlap: one for records, one for batches.
type Code string

// Codes of one record, in activityData.errorCode.
const (
	CodeValueNotFound   Code = "LOOKUP_VALUE_NOT_FOUND"
	CodeKeyEmpty        Code = "LOOKUP_KEY_EMPTY"
	CodeAmbiguous       Code = "LOOKUP_AMBIGUOUS"
	CodeTooSlow         Code = "LOOKUP_TOO_SLOW"
	CodeTableNotFound   Code = "TABLE_NOT_FOUND"
	CodeColumnNotFound  Code = "COLUMN_NOT_FOUND"
	CodeFieldNotFound   Code = "FIELD_NOT_FOUND"
	CodeRuleSetNotFound Code = "RULESET_NOT_FOUND"
	CodeRuleNoMatch     Code = "RULE_NO_MATCH"
	CodeRuleFailed      Code = "RULE_FAILED"
	CodeValueInvalid    Code = "VALUE_INVALID"
	CodeLeadIDMissing   Code = "LEAD_ID_MISSING"
)

// Codes of a whole batch, in the callback's errorCode.
const (
	CodeBatchInvalid Code = "BATCH_INVALID" // the request cannot be read, or has too many leads
	CodeBatchExpired Code = "BATCH_EXPIRED" // it waited longer than the give-up age
	CodeBatchFailed  Code = "BATCH_FAILED"  // the request is sound, but no answer to it could be made
)

// A failure is why a lead gets no values: a code and a sentence that names
// table, column and value.
type failure struct {
	code   Code
	reason string
}
