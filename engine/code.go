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
	CodeBatchInvalid Code = "BATCH_INVALID"
	CodeBatchExpired Code = "BATCH_EXPIRED"
	CodeBatchFailed  Code = "BATCH_FAILED"
)

// A CodeInfo explains a code to people, in full sentences.
type CodeInfo struct {
	Code    Code   `json:"code"`
	Batch   bool   `json:"batch"`   // it is of a whole batch, not of one record
	Meaning string `json:"meaning"` // what has happened
	WayOut  string `json:"wayOut"`  // what to do about it
}

// Codes are all codes with what they mean and the way out: those of records first. What
// people read of codes, wherever it stands, is made from this.
func Codes() []CodeInfo {
	return []CodeInfo{
		{
			CodeValueNotFound, false,
			"No row of the table has the values of the lead, and the lookup or the flow step wants such leads to keep their fields.",
			"Add a row, or choose a match mode that forgives more; to write something all the same, set onNoMatch to default or clear.",
		},
		{
			CodeKeyEmpty, false,
			"The lead has no value in a field that is matched, and an empty value cannot match there.",
			"Fill the field before the flow step, or set matchEmpty for the column; to write something all the same, set onNoMatch to default or clear.",
		},
		{
			CodeAmbiguous, false,
			"Several rows match, and the hit policy wants one, or wants all to agree. The reason names two of the rows.",
			"Take one of the rows away, match one more column, or choose another hit policy.",
		},
		{
			CodeTooSlow, false,
			"The lookups of the batch took more work than a batch has, and the lead was not reached. Leads that were reached have their answers.",
			"Raise the threshold of fuzzy matching, shorten the cells, choose another mode or hit policy, split the table, or send smaller batches.",
		},
		{
			CodeTableNotFound, false,
			"The flow step names no table, or one that is not there, is not published or is damaged, or a lookup that the table does not have.",
			"Upload and publish the table, make the lookup, or choose another one in the flow step. The status page says what is damaged.",
		},
		{
			CodeColumnNotFound, false,
			"The lookup or the flow step names a column that the live version of the table does not have.",
			"Correct the name, which the reason lists, or publish a version with the column.",
		},
		{
			CodeFieldNotFound, false,
			"The leads come without a field that is matched, or the field may not be written.",
			"Map the field in the service's fields in Marketo, or correct its name in the lookup or flow step.",
		},
		{
			CodeRuleSetNotFound, false,
			"The flow step or the lookup names a rule set that is not there, is not published or is damaged.",
			"Publish the rule set, or choose another one; none runs no rules.",
		},
		{
			CodeRuleNoMatch, false,
			"Rules ran without a table, and none of them held for the lead.",
			"Add a rule for such leads, or an otherwise.",
		},
		{
			CodeRuleFailed, false,
			"An expression of a rule could not be worked out for the lead, or the rule set does not compile. The reason names rule and expression.",
			"Correct the rule, and add the lead to the rule set's own tests.",
		},
		{
			CodeValueInvalid, false,
			"A value cannot be written as the type of its field, a setting is none that there is, or the lookup cannot read a cell. The reason names the place.",
			"Correct the cell, the default, the rule or the setting, or choose another type for the output.",
		},
		{
			CodeLeadIDMissing, false,
			"The lead came without an id that is a 64-bit integer.",
			"Nothing was done for it. Whoever sends the request must send the id.",
		},
		{
			CodeBatchInvalid, true,
			"The request cannot be read, has more leads than are allowed, or takes too much memory. No lead of it was processed.",
			"Send smaller batches, or allow more leads with --max-leads.",
		},
		{
			CodeBatchExpired, true,
			"The batch waited longer than an answer is tried for, because the service was down or had no room to store the answer.",
			"Run the leads again. Look at the log and at the room on the disk for why it took so long.",
		},
		{
			CodeBatchFailed, true,
			"The request is sound, but no answer could be made: it would be too large, or evaluating it failed again and again. The message says which.",
			"Write fewer or shorter outputs or send smaller batches where it is too large; else the log says what failed. Then run the leads again.",
		},
	}
}

// A failure is why a lead gets no values: a code and a sentence that names
// table, column and value.
type failure struct {
	code   Code
	reason string
}
