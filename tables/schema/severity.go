package schema

// Severity says what a finding means for who is answered from the version.
type Severity string

// The severities, the worst first.
const (
	SeverityBlock  Severity = "block"  // the version cannot go live as it is
	SeverityChange Severity = "change" // what leads get differs from what the cell shows, or a row can never be hit
	SeverityNote   Severity = "note"   // nothing but knowledge
)

// Severities are all there are, the worst first.
func Severities() []Severity { return []Severity{SeverityBlock, SeverityChange, SeverityNote} }

// SeverityOf is the severity of a code. One that is not in the table is a note; a test holds
// the table against all codes that the program has.
func SeverityOf(code string) Severity {
	if s, ok := severities()[code]; ok {
		return s
	}
	return SeverityNote
}

// ByUse says that findings of a code depend on the lookups of the table: they are made
// anew when a lookup or a version goes live.
func ByUse(code string) bool {
	switch code {
	case CodeBadPattern, CodeTestFailed, CodeRowKey, CodeBadTurn, WarnConvention,
		WarnDuplicateKey, WarnEmptyKey, WarnKeyVariant, WarnTooLong, WarnNotOfType, WarnTextNull, WarnOverlap, WarnRangesOverlap,
		WarnNotANumber, WarnAnything, WarnThresholds, WarnLooksLikeSpan, WarnLooksLikeTest, WarnAddress, WarnNotChecked, WarnLookupSlow, WarnAliasLost:
		return true
	}
	return false
}

// severities is the one table of all codes of findings, and of the refusals of files that
// cannot be read as a table at all, which block by their nature.
func severities() map[string]Severity {
	return map[string]Severity{
		CodeBadPattern:       SeverityBlock,
		CodeTestFailed:       SeverityBlock,
		CodeRowKey:           SeverityBlock,
		CodeBadTurn:          SeverityBlock,
		CodeColumnMissing:    SeverityBlock,
		CodeLargeLoss:        SeverityBlock,
		CodeConventionInUse:  SeverityBlock,
		CodeLookupTooSlow:    SeverityBlock,
		CodeNameTaken:        SeverityBlock,
		CodeScheduled:        SeverityBlock,
		WarnConvention:       SeverityBlock,
		"LONG_ROW":           SeverityBlock,
		"NO_ROWS":            SeverityBlock,
		"DUPLICATE_COLUMN":   SeverityBlock,
		"BAD_CODE":           SeverityBlock,
		"BAD_DELIMITER":      SeverityBlock,
		"BAD_ENCODING":       SeverityBlock,
		"DOCTYPE":            SeverityBlock,
		"FILE_EMPTY":         SeverityBlock,
		"NO_HEADER":          SeverityBlock,
		"NOT_A_TABLE":        SeverityBlock,
		"PASSWORD_PROTECTED": SeverityBlock,
		"RAGGED_ROW":         SeverityBlock,
		"SHEET_NOT_FOUND":    SeverityBlock,
		"TOO_LARGE":          SeverityBlock,
		"XLS_OLD":            SeverityBlock,

		WarnTextNull:       SeverityChange,
		WarnTooLong:        SeverityChange,
		WarnNotOfType:      SeverityChange,
		"ERROR_VALUE":      SeverityChange,
		WarnOverlap:        SeverityChange,
		WarnDuplicateKey:   SeverityChange,
		WarnEmptyKey:       SeverityChange,
		WarnOrderUndecided: SeverityChange,
		WarnLooksLikeSpan:  SeverityChange,
		WarnAnything:       SeverityChange,
		WarnAliasLost:      SeverityChange,

		WarnKeyVariant:        SeverityNote,
		WarnRangesOverlap:     SeverityNote,
		WarnNotANumber:        SeverityNote,
		WarnMixedNotation:     SeverityNote,
		WarnThresholds:        SeverityNote,
		WarnLooksLikeTest:     SeverityNote,
		WarnAddress:           SeverityNote,
		WarnNotChecked:        SeverityNote,
		WarnKeyNotFound:       SeverityNote,
		WarnLookupSlow:        SeverityNote,
		WarnDamaged:           SeverityNote, // also the code of a file that is refused
		"BACKSLASHES":         SeverityNote,
		"BAD_BYTES":           SeverityNote,
		"BAD_DATE":            SeverityNote,
		"BARE_QUOTE":          SeverityNote,
		"BLANK_ROWS":          SeverityNote,
		"CELL_TWICE":          SeverityNote,
		"COVER_SHEET":         SeverityNote,
		"DELIMITER_FOUND":     SeverityNote,
		"EMPTY_COLUMNS":       SeverityNote,
		"EMPTY_ROW":           SeverityNote,
		"ENCODING_GUESSED":    SeverityNote,
		"EXTRA_EMPTY_CELLS":   SeverityNote,
		"FOOTER":              SeverityNote,
		"FORMAT_UNKNOWN":      SeverityNote,
		"HEADER_FOUND":        SeverityNote,
		"HEADER_LIKE_DATA":    SeverityNote,
		"HIDDEN_COLUMNS":      SeverityNote,
		"HIDDEN_ROWS":         SeverityNote,
		"HIDDEN_SHEET":        SeverityNote,
		"HIDDEN_VALUE":        SeverityNote,
		"INNER_QUOTE":         SeverityNote,
		"JOINED":              SeverityNote,
		"LEFT_OUT":            SeverityNote,
		"LINES_IN_QUOTES":     SeverityNote,
		"LONG_NUMBER":         SeverityNote,
		"MANY_LINES":          SeverityNote,
		"MARK_INSIDE":         SeverityNote,
		"MERGED_CELLS":        SeverityNote,
		"MERGED_FILLED":       SeverityNote,
		"NO_CACHED_VALUE":     SeverityNote,
		"NUL_BYTE":            SeverityNote,
		"ONE_COLUMN":          SeverityNote,
		"OTHER_SHEETS":        SeverityNote,
		"QUOTED_FORMULA":      SeverityNote,
		"ROWS_IN_CELL":        SeverityNote,
		"RULE_COLUMN":         SeverityNote,
		"SHORT_ROW":           SeverityNote,
		"SPACE_AROUND_QUOTES": SeverityNote,
		"TEXT_FORMULA":        SeverityNote,
		"UNCLOSED_QUOTE":      SeverityNote,
		"UNNAMED_COLUMN":      SeverityNote,
	}
}
