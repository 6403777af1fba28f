package check

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

// Warnings collects what was found in an upload, few of each code. The zero value is
// ready; it is for one goroutine.
type Warnings struct {
	list   []schema.Warning
	counts map[string]int
	codes  []string // in order of their first warning
}

// Wants says that one more of a code would be written out. A caller that makes
// its message with effort asks first and else calls Skip.
func (w *Warnings) Wants(code string) bool { return w.counts[code] < maxWarningsPerCode }

// Skip counts warnings that are not written out.
func (w *Warnings) Skip(code string, n int) { w.count(code, n) }

// Add takes in a warning of a row, from 1, or of the whole table where row is 0; it is
// only counted where its code has enough.
func (w *Warnings) Add(row int, column, code, format string, args ...any) {
	if w.Wants(code) {
		w.list = append(w.list, schema.Warning{Row: row, Column: schema.Excerpt(column), Code: code, Message: fmt.Sprintf(format, args...)})
	}
	w.count(code, 1)
}

func (w *Warnings) count(code string, n int) {
	if w.counts == nil {
		w.counts = map[string]int{}
	}
	if _, ok := w.counts[code]; !ok {
		w.codes = append(w.codes, code)
	}
	w.counts[code] += n
}

// Join takes in what others, which is not used again, has collected, as if it had been
// collected here.
func (w *Warnings) Join(others *Warnings) {
	written := map[string]int{}
	for _, warning := range others.list {
		if w.counts[warning.Code]+written[warning.Code] < maxWarningsPerCode {
			w.list = append(w.list, warning)
		}
		written[warning.Code]++
	}
	for _, code := range others.codes {
		w.count(code, others.counts[code])
	}
}

// All is the file's warnings and then the collected ones in order of their rows, each with
// its severity, and how many there were of each code with those left out.
func (w *Warnings) All(file []schema.Warning) schema.Findings {
	all := schema.FindingsOf(file)
	all.List = all.List[:min(len(all.List), maxWarnings)]
	slices.SortStableFunc(w.list, func(a, b schema.Warning) int { return cmp.Compare(a.Row, b.Row) })
	// What keeps the version from going live is not crowded out by what does not.
	blocks := func(w schema.Warning) bool { return schema.SeverityOf(w.Code) == schema.SeverityBlock }
	room := maxWarnings - len(all.List)
	for _, warning := range w.list {
		if blocks(warning) {
			room--
		}
	}
	for _, warning := range w.list {
		if !blocks(warning) {
			if room <= 0 {
				continue
			}
			room--
		}
		warning.Severity = schema.SeverityOf(warning.Code)
		all.List = append(all.List, warning)
	}
	if all.Counts == nil && len(w.codes) > 0 {
		all.Counts = map[string]int{}
	}
	for _, code := range w.codes {
		all.Counts[code] += w.counts[code]
		if more := w.counts[code] - maxWarningsPerCode; more > 0 {
			all.List = append(all.List, schema.Warning{Code: code, Severity: schema.SeverityOf(code), More: more, Message: fmt.Sprintf("… and %d more of this kind", more)})
		}
	}
	return all
}
