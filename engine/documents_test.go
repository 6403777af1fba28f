package engine_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The documents that these tests hold to their word: what stands in them is run.
const (
	readmeFile   = "../README.md"
	matchingFile = "../tables/index/MATCHING.md"
	rulesFile    = "rules/RULES.md"
)

func document(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(raw)
}

// section is a document from a heading to the next one of its level or above. The
// heading is named without its signs, so that a section may move up or down.
func section(t *testing.T, file, heading string) string {
	t.Helper()
	text := document(t, file)
	at := regexp.MustCompile(`(?m)^(#+) ` + regexp.QuoteMeta(heading) + `$`).FindStringSubmatchIndex(text)
	require.NotNil(t, at, "%s has no heading %q", file, heading)
	level, rest := at[3]-at[2], text[at[1]:]
	if end := regexp.MustCompile(fmt.Sprintf(`(?m)^#{1,%d} `, level)).FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}

// blocks are the fenced blocks of a language.
func blocks(text, language string) []string {
	var found []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// tableRows are the rows of the first table below a header row; code marks are
// taken off the cells.
func tableRows(t *testing.T, text, header string) [][]string {
	t.Helper()
	_, rest, ok := strings.Cut(text, header+"\n")
	require.True(t, ok, "no table with the header %q", header)
	var found [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			break
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00")
		var cells []string
		for cell := range strings.SplitSeq(line, "|") {
			cell = strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|")
			if len(cell) > 1 && strings.HasPrefix(cell, "`") && strings.Count(cell, "`") == 2 && strings.HasSuffix(cell, "`") {
				cell = cell[1 : len(cell)-1]
			}
			cells = append(cells, cell)
		}
		found = append(found, cells)
	}
	require.NotEmpty(t, found)
	return found
}
