package tables

import (
	"cmp"
	"fmt"
	"slices"
	"tablestep/tables/schema"
)

const (
	// maxWarnings is how many warnings a version keeps.
	maxWarnings = 1000
	// maxWarningsPerCode is how many of one code are written out; a last one
	// tells how many more there are.
	maxWarningsPerCode = 100
)

// The codes of the warnings that an import adds to those of the file.
const (
	WarnDuplicateKey = "DUPLICATE_KEY" // a later row with the key of an earlier one
	WarnEmptyKey     = "EMPTY_KEY"     // a row that no lead can match
	WarnKeyVariant   = "KEY_VARIANT"   // an exact key that differs from another by case or spaces only
	WarnTooLong      = "TOO_LONG"      // a cell that Marketo would cut
	WarnNotOfType    = "NOT_OF_TYPE"   // a cell that an output cannot send as its type
	WarnTextNull     = "TEXT_NULL"     // a cell that reads null
	WarnOverlap      = "OVERLAP"       // a row that one value can hit together with an earlier one
	WarnNotANumber   = "NOT_A_NUMBER"  // a cell by which rows are put in order or summed up
	WarnNotChecked   = "NOT_CHECKED"   // a table too large to look for rows that overlap
	WarnKeyNotFound  = "KEY_NOT_FOUND" // a row to delete that is not there
	WarnLookupSlow   = "LOOKUP_SLOW"   // a lookup that does not get through a batch of 1,000 leads
	WarnDamaged      = "DAMAGED"       // stands for warnings that are stored and cannot be read
)

// warnings collects warnings of an import, few of each code.
type warnings struct {
	list   []schema.Warning
	counts map[string]int
	codes  []string // in order of their first warning
}

// wants says that one more of a code would be written out. A caller that makes
// its message with effort asks first and else calls skip.
func (w *warnings) wants(code string) bool { return w.counts[code] < maxWarningsPerCode }

// skip counts warnings that are not written out.
func (w *warnings) skip(code string, n int) { w.count(code, n) }

func (w *warnings) add(row int, column, code, format string, args ...any) {
	if w.wants(code) {
		w.list = append(w.list, schema.Warning{Row: row, Column: schema.Excerpt(column), Code: code, Message: fmt.Sprintf(format, args...)})
	}
	w.count(code, 1)
}

func (w *warnings) count(code string, n int) {
	if w.counts == nil {
		w.counts = map[string]int{}
	}
	if _, ok := w.counts[code]; !ok {
		w.codes = append(w.codes, code)
	}
	w.counts[code] += n
}

// all is the file's warnings and then the collected ones in order of their rows,
// and how many there were with those left out.
func (w *warnings) all(file []schema.Warning) (list []schema.Warning, total int) {
	total = len(file)
	list = append(list, file[:min(len(file), maxWarnings)]...)
	slices.SortStableFunc(w.list, func(a, b schema.Warning) int { return cmp.Compare(a.Row, b.Row) })
	for _, warning := range w.list {
		if len(list) == maxWarnings {
			break
		}
		list = append(list, warning)
	}
	for _, code := range w.codes {
		total += w.counts[code]
		if more := w.counts[code] - maxWarningsPerCode; more > 0 {
			list = append(list, schema.Warning{Code: code, Message: fmt.Sprintf("… and %d more of this kind", more)})
		}
	}
	return list, total
}
