package starter_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"

	"tablestep/cmd/tablestep/starter"
)

// formsFile holds the legal forms that match mode company leaves out of names.
const formsFile = "../../../tables/spelling/forms.txt"

// legalForms are patterns: a form behind a name and a space or comma, or in front of one.
// Chinese, Japanese and Korean forms stand without a space, too.
func legalForms(t *testing.T) *starter.Sheet {
	raw, err := os.ReadFile(formsFile)
	require.NoError(t, err)
	written := map[string]string{} // of a pattern without its case: the form as it is written
	owners := map[string][]string{}
	var patterns []string
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		group, forms, ok := strings.Cut(line, ": ")
		require.True(t, ok, line)
		codes := strings.Fields(group)
		first := slices.Contains(codes, "first")
		codes = slices.DeleteFunc(codes, func(c string) bool { return c == "first" })
		for form := range strings.SplitSeq(forms, "|") {
			for _, pattern := range patternsOf(form, first) {
				pattern = cases.Fold().String(pattern)
				if _, seen := written[pattern]; !seen {
					written[pattern] = form
					patterns = append(patterns, pattern)
				}
				owners[pattern] = append(owners[pattern], codes...)
			}
		}
	}
	slices.Sort(patterns)
	sheet := &starter.Sheet{Columns: []string{"company", "form", "countries"}}
	for _, p := range patterns {
		slices.Sort(owners[p])
		sheet.Rows = append(sheet.Rows, []string{p, written[p], strings.Join(slices.Compact(owners[p]), " ")})
	}
	return sheet
}

// patternsOf are the patterns of a form. One without points at its end is written with one,
// too: Inc and Inc.
func patternsOf(form string, first bool) []string {
	glued := strings.ContainsFunc(form, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Katakana) })
	switch {
	case first && glued:
		return []string{form + "*"}
	case first:
		return []string{form + " *"}
	case glued:
		return []string{"*" + form}
	case strings.HasSuffix(form, "."):
		return []string{"* " + form}
	}
	return []string{"* " + form, "* " + form + "."}
}
