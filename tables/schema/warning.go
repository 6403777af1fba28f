package schema

// The codes of the warnings that are found in the rows of an upload, beside those that
// the reader of a file has.
const (
	WarnDuplicateKey   = "DUPLICATE_KEY"      // a later row with the key of an earlier one
	WarnEmptyKey       = "EMPTY_KEY"          // a row that no lead can match
	WarnKeyVariant     = "KEY_VARIANT"        // an exact key that differs from another by what the normal form folds, or keys that differ there and are one in loose or company
	WarnTooLong        = "TOO_LONG"           // a cell that Marketo would cut
	WarnNotOfType      = "NOT_OF_TYPE"        // a cell that an output cannot send as its type
	WarnTextNull       = "TEXT_NULL"          // a cell that reads null
	WarnOverlap        = "OVERLAP"            // a row that one value can hit together with an earlier one, and neither is given
	WarnRangesOverlap  = "RANGES_OVERLAP"     // likewise, and the hit policy decides
	WarnNotANumber     = "NOT_A_NUMBER"       // a cell by which rows are put in order or summed up
	WarnOrderUndecided = "ORDER_UNDECIDED"    // a column whose numbers or dates can be read in two ways
	WarnConvention     = "CONVENTION"         // cells against the numbers or dates of a column that a lookup or a person has settled
	WarnMixedNotation  = "MIXED_NOTATION"     // cells that are not written as the others of their column
	WarnAnything       = "ANYTHING"           // a bare - or *, which means itself
	WarnThresholds     = "THRESHOLDS"         // a column of single numbers or dates that are hit by themselves alone
	WarnLooksLikeSpan  = "LOOKS_LIKE_SPAN"    // a text of a decision table that looks like a span
	WarnLooksLikeTest  = "LOOKS_LIKE_TEST"    // one that looks like a list or a test in words
	WarnAddress        = "LOOKS_LIKE_ADDRESS" // an e-mail address where domains stand
	WarnNotChecked     = "NOT_CHECKED"        // a table too large to look for rows that overlap
	WarnKeyNotFound    = "KEY_NOT_FOUND"      // a row to delete that is not there
	WarnLookupSlow     = "LOOKUP_SLOW"        // a lookup that does not get through a batch of 1,000 leads
	WarnRuleColumn     = "RULE_COLUMN"        // a column that rules read of the row and that is not there
	WarnAliasLost      = "ALIAS_LOST"         // an alias whose row the version does not have, or has several times
	WarnDamaged        = "DAMAGED"            // stands for warnings that are stored and cannot be read
)

// The codes of what keeps a version from going live.
const (
	CodeBadPattern = "BAD_PATTERN" // a cell that a lookup's mode does not understand
	CodeTestFailed = "TEST_FAILED" // a test of a lookup
	CodeRowKey     = "ROW_KEY"     // a row that takes turns and has no name, or that of another
	CodeBadTurn    = "BAD_TURN"    // a weight, a cap or an absence that cannot be read, or more rows than can take turns

	// Guards, which a person lifts.
	CodeColumnMissing   = "COLUMN_MISSING"    // a column that a lookup uses is not there
	CodeLargeLoss       = "LARGE_LOSS"        // more than half of the live version's rows are gone
	CodeConventionInUse = "CONVENTION_IN_USE" // another convention for a column that a lookup uses
	CodeNameTaken       = "NAME_TAKEN"        // what comes back would have the name of something else
	CodeScheduled       = "SCHEDULED"         // something else goes live at a time
	CodeLookupTooSlow   = "LOOKUP_TOO_SLOW"   // a lookup that is far too slow for a batch
)
