package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const operatingFile = "cmd/tablestep/OPERATING.md"

// part is a document from a heading to the next one of its level or above.
func part(t *testing.T, file, heading string) string {
	t.Helper()
	text := documented(t, file)
	at := regexp.MustCompile(`(?m)^(#+) ` + regexp.QuoteMeta(heading) + `$`).FindStringSubmatchIndex(text)
	require.NotNil(t, at, "%s has no heading %q", file, heading)
	level, rest := at[3]-at[2], text[at[1]:]
	if end := regexp.MustCompile(fmt.Sprintf(`(?m)^#{1,%d} `, level)).FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}

// says asks for a phrase in a text, in which lines are joined, as a sentence may be
// broken anywhere. What is told of a failure is the phrase, and not the whole text.
func says(t *testing.T, text, phrase string) {
	t.Helper()
	if joined := strings.Join(strings.Fields(text), " "); !strings.Contains(joined, strings.TrimSpace(phrase)) {
		require.Fail(t, "nothing says it", "%q", phrase)
	}
}

// fenced is the first block of a language in a text.
func fenced(t *testing.T, text, language string) string {
	t.Helper()
	found := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, found, "no block of %s", language)
	return found[0][1]
}

// firstCells are the code spans in the first cells of the tables of a text, by the
// header of the first column.
func firstCells(t *testing.T, text, header string) []string {
	t.Helper()
	var found []string
	inside := false
	for line := range strings.Lines(text) {
		switch {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case strings.HasPrefix(line, "| "+header+" |"):
			inside = true
		case inside && !strings.HasPrefix(line, "|---"):
			cell, _, _ := strings.Cut(line[1:], "|")
			spans := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1)
			require.NotEmpty(t, spans, line)
			for _, s := range spans {
				found = append(found, s[1])
			}
		}
	}
	require.NotEmpty(t, found, "no table with the first column %q", header)
	return found
}

// codesOfTheEngine are all constants of type Code below engine.
func codesOfTheEngine(t *testing.T) []string {
	t.Helper()
	var codes []string
	for _, p := range parseBelow(t, "engine") {
		for _, decl := range p.file.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				values, ok := spec.(*ast.ValueSpec)
				require.True(t, ok)
				if typ, ok := values.Type.(*ast.Ident); !ok || typ.Name != "Code" {
					continue
				}
				for _, v := range values.Values {
					literal, ok := v.(*ast.BasicLit)
					require.True(t, ok)
					code, err := strconv.Unquote(literal.Value)
					require.NoError(t, err)
					codes = append(codes, code)
				}
			}
		}
	}
	require.GreaterOrEqual(t, len(codes), 15)
	return codes
}

func TestAllCodesOfLeadsAndBatchesAreExplained(t *testing.T) {
	codes := codesOfTheEngine(t)
	require.ElementsMatch(t, codes, firstCells(t, part(t, operatingFile, "Codes of leads and batches"), "code"))
	readme := part(t, "README.md", "Error codes")
	require.ElementsMatch(t, codes, firstCells(t, readme, "code"))
	for _, code := range codes {
		of := "lead"
		if strings.HasPrefix(code, "BATCH_") {
			of = "batch"
		}
		says(t, readme, "| `"+code+"` | "+of+" | ")
	}
}

// logged are the messages that the service logs on a level, by the method's name.
func logged(t *testing.T, level string) []string {
	t.Helper()
	var messages []string
	for _, dir := range []string{"api", "cmd/tablestep", "engine", "tables"} {
		for _, p := range parseBelow(t, dir) {
			ast.Inspect(p.file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				method, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || strings.TrimSuffix(method.Sel.Name, "Context") != level || !isLog(method.X) {
					return true
				}
				for _, arg := range call.Args {
					if message, ok := beginning(t, arg); ok {
						messages = append(messages, message)
						break // the message stands before the values
					}
				}
				return true
			})
		}
	}
	return messages
}

// isLog says whether a method is called on a logger, by its name.
func isLog(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.HasSuffix(strings.ToLower(e.Name), "log")
	case *ast.SelectorExpr:
		return strings.HasSuffix(strings.ToLower(e.Sel.Name), "log")
	}
	return false
}

// beginning is the text that an expression begins with.
func beginning(t *testing.T, e ast.Expr) (string, bool) {
	t.Helper()
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return beginning(t, e.X)
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		require.NoError(t, err)
		return text, true
	}
	return "", false
}

func TestEveryLineOfTheLogThatAlertsIsExplained(t *testing.T) {
	text := part(t, operatingFile, "The log")
	errorLines, warnings, ok := strings.Cut(text, "Lines of level `WARN`")
	require.True(t, ok)
	for _, c := range []struct {
		level, text string
		least       int
	}{{"Error", errorLines, 13}, {"Warn", warnings, 9}} {
		listed, messages := firstCells(t, c.text, "message"), logged(t, c.level)
		require.GreaterOrEqual(t, len(messages), c.least, "the walk found too few to be right")
		for _, m := range messages {
			require.True(t, slices.ContainsFunc(listed, func(row string) bool { return strings.HasPrefix(m, row) }),
				"level %s: %q is logged and not in %s", c.level, m, operatingFile)
		}
		for _, row := range listed {
			require.True(t, slices.ContainsFunc(messages, func(m string) bool { return strings.HasPrefix(m, row) }),
				"level %s: %s explains %q, which nothing logs", c.level, operatingFile, row)
		}
	}
}

// texts are all texts in the sources below a folder.
func texts(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	for _, p := range parseBelow(t, dir) {
		ast.Inspect(p.file, func(n ast.Node) bool {
			if e, ok := n.(*ast.BasicLit); ok {
				if text, ok := beginning(t, e); ok {
					found = append(found, text)
				}
			}
			return true
		})
	}
	return found
}

func TestTheMessagesOfAFailedStartAreThoseOfTheCode(t *testing.T) {
	var all []string
	for _, dir := range []string{"cmd/tablestep", "engine", "tables"} {
		all = append(all, texts(t, dir)...)
	}
	for _, message := range firstCells(t, part(t, operatingFile, "It does not start"), "message") {
		if message == "address already in use" {
			continue // the system's words
		}
		require.True(t, slices.ContainsFunc(all, func(text string) bool { return strings.Contains(text, message) }), "nothing says %q", message)
	}
}

func TestEveryCodeOfAnHTTPErrorIsExplained(t *testing.T) {
	text := part(t, operatingFile, "Answers over HTTP")
	listed := firstCells(t, text, "code")
	code, inJSON := regexp.MustCompile(`^[A-Z]+(_[A-Z]+)*$`), regexp.MustCompile(`"code":"([A-Z_]+)"`)
	var found []string
	for _, p := range parseBelow(t, "api") {
		if p.dir != "api" && p.dir != "api/edge" {
			continue // the other rooms answer through these
		}
		ast.Inspect(p.file, func(n ast.Node) bool {
			e, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			text, _ := beginning(t, e)
			if m := inJSON.FindStringSubmatch(text); m != nil {
				text = m[1]
			}
			if code.MatchString(text) && len(text) > 3 {
				found = append(found, text)
			}
			return true
		})
	}
	require.Greater(t, len(found), 12)
	for _, c := range found {
		require.Contains(t, listed, c)
	}
	for _, c := range listed {
		if c != "UNAUTHORIZED" { // made of the status
			require.Contains(t, found, c)
		}
	}
}

// Numbers as the documents write them.
func bytesOf(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprintf("%d %s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

func timeOf(n int64) string {
	switch d := time.Duration(n); {
	case d == time.Second/2:
		return "half a second"
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	case d >= time.Second && d%time.Second == 0:
		return fmt.Sprintf("%d s", d/time.Second)
	default:
		return fmt.Sprintf("%d ms", d/time.Millisecond)
	}
}

func numberOf(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func wordOf(n int64) string {
	return map[int64]string{2: "two", 3: "three", 4: "four", 5: "five", 10: "ten"}[n]
}

// TestTheLimitsOfTheDocumentsAreThoseOfTheCode reads the constants and looks for them in
// the sentences that promise them.
func TestTheLimitsOfTheDocumentsAreThoseOfTheCode(t *testing.T) {
	value := func(dir, name string) int64 { return constant(t, dir, name) }
	size := func(dir, name string) string { return bytesOf(value(dir, name)) }
	span := func(dir, name string) string { return timeOf(value(dir, name)) }
	count := func(dir, name string) string { return numberOf(value(dir, name)) }
	word := func(dir, name string) string { return wordOf(value(dir, name)) }
	const matching, readme = "tables/index/MATCHING.md", "README.md"
	for _, c := range []struct{ file, sentence string }{
		// A connection.
		{operatingFile, "| headers | " + size("api", "maxHeader") + " |"},
		{operatingFile, "| until the headers are there | " + span("api", "headerTimeout") + " |"},
		{operatingFile, "| body | " + span("api/route", "BodyTime") + " |"},
		{operatingFile, "| upload | " + span("api/route", "UploadTime") + ", and " + size("api", "paceBytes") + " in every " + span("api", "paceWindow") + " |"},
		{operatingFile, "| answer | " + span("api/route", "AnswerTime") + "; " + span("api/route", "StrangerTime") + " without a key |"},
		{operatingFile, "| idle between two requests | " + span("api", "idleTimeout") + " |"},
		{operatingFile, "`Retry-After: " + count("api", "retryAfter") + "`"},
		// Connections and descriptors.
		{operatingFile, "at most " + count("api/edge", "DefaultMax") + " unless set"},
		{operatingFile, "for our own files, at most " + count("cmd/tablestep", "ownDescriptors")},
		{operatingFile, "With fewer than " + count("cmd/tablestep", "leastDescriptors") + " the service does not start"},
		{operatingFile, "may have a " + map[int64]string{2: "half", 3: "third", 4: "quarter"}[value("api/edge", "shareOfAddress")] + " of the connections open"},
		// A request.
		{operatingFile, "| body of a picklist request | " + size("api/ssfs", "maxPicklistRequest") + " |"},
		{operatingFile, "| body of an admin request | " + size("api/admin", "maxBody") + " |"},
		{operatingFile, "| uploads at once | " + count("api/admin", "maxUploads") + ", of which " + count("api/admin", "maxImports") + " are read in"},
		{operatingFile, "counts of values at once | " + count("api/admin", "maxWalks") + ", each at most " + span("api/admin", "walkTime") + " with waiting"},
		{operatingFile, "tells after " + span("api/admin", "findTime") + " which it has not looked at"},
		{operatingFile, "| sorted rows | offset and limit together " + count("tables/view", "maxSorted") + ";"},
		{operatingFile, "| rows that one request changes | " + count("tables/view", "maxPatchRows") + " |"},
		{operatingFile, "| what a draft changes | " + count("tables/view", "maxEdits") + " rows of " + size("tables/view", "maxEditBytes") + " |"},
		{operatingFile, "| message of a version | " + count("tables/schema", "MaxMessage") + " bytes |"},
		{operatingFile, "large bodies (above " + size("api", "largeBody") + ") at once | " + size("api", "roomBytes") + " being received, " +
			size("engine", "intakeBytes") + " being decoded, " + size("engine/queue", "DefaultRunningBytes") + " being evaluated, " +
			size("engine", "answerBytes") + " of answers being stored"},
		{operatingFile, "after " + span("api", "roomWait") + " of receiving get 429"},
		{operatingFile, "| what is noted of a body | " + size("engine/request", "DefaultBytes") + ";"},
		{operatingFile, "| answer | " + size("engine/queue", "MaxBody") + " ("},
		{operatingFile, "at least " + bytesOf(minQueueBytes)},
		{operatingFile, "A `batchid` above " + count("engine/queue", "maxName") + " bytes is cut"},
		// The folder, keys, memory, the stop.
		{operatingFile, "room that is kept free, " + size("engine/queue", "reserveBytes") + " each"},
		{operatingFile, "A key has at least " + count("cmd/tablestep", "shortestKey") + " characters"},
		{operatingFile, "and " + bytesOf(processBase) + " for all else"},
		{operatingFile, "up to " + size("tables", "maxScratch") + ", in a file without a name"},
		{operatingFile, "Requests under way get up to " + span("cmd/tablestep", "intakeGrace") + ", attempts to deliver as much"},
		{operatingFile, "It is tried again every " + span("engine", "idlePoll")},
		{operatingFile, "It is tried again every " + span("engine", "purgeEvery")},
		{operatingFile, "It is tried again in " + span("engine", "slowPause")},
		{operatingFile, "when its lease ends, after " + span("engine", "evaluationLease") + " at most"},
		{operatingFile, "told every " + span("api/edge", "logEvery") + " at most"},
		// Promises.
		{readme, "within " + wordOf(value("engine", "evaluationLease")/int64(time.Minute)) + " minutes, is tried " + word("engine", "maxFailures") + " times"},
		{readme, "at most " + count("engine", "workers") + " and what was being tried again"},
		{readme, "waits " + span("engine/queue", "CrashPause") + " more after each crash, and after " + word("engine", "maxCrashes") + " it is answered"},
		// Matching.
		{matching, "| lookups of a table | " + count("tables/schema", "MaxLookups") + " |"},
		{matching, "| match entries of a lookup | " + count("tables/schema", "maxMatches") + " |"},
		{matching, "| outputs of a lookup | " + count("tables/schema", "MaxOutputs") + " |"},
		{matching, "| fields of a match entry | " + count("tables/schema", "maxFields") + " |"},
		{matching, "| parts of a value | " + count("tables/schema", "MaxParts") + " |"},
		{matching, "has at most " + count("tables/schema", "maxSplit") + " bytes"},
		{matching, "beyond " + size("engine", "maxJoined") + " the lead fails"},
		{matching, "| a cell in `regex` | " + size("tables/index", "maxRegex") + " |"},
		{matching, "| a cell in `range` and `condition` | " + size("tables/index", "maxPattern") + " |"},
		{matching, "| items in a `condition` | " + count("tables/index", "maxItems") + " |"},
		{matching, "| a text in `fuzzy` | " + count("tables/index", "maxFuzzy") + " characters;"},
		{matching, "| a number | " + count("tables/schema", "maxDigits") + " digits |"},
		{matching, "| a `list` | " + size("tables", "maxList") + ","},
		{matching, "searched up to " + count("tables", "maxOverlapRows") + " rows, " + size("tables", "maxOverlapBytes") + " of key columns and " +
			wordOf(value("tables", "overlapWork")/value("tables/index", "Second")) + " seconds of work"},
		{matching, "have " + wordOf(value("tables", "BatchWork")/value("tables/index", "Second")) + " seconds of work together"},
		{matching, "takes longer than " + span("engine", "fastTime") + " makes room"},
		{matching, "a place for every " + word("engine", "slowPlaces") + " processors"},
	} {
		says(t, documented(t, c.file), c.sentence)
	}
	require.Equal(t, value("cmd/tablestep", "intakeGrace"), value("engine", "drainTime"), "as much")
	require.Equal(t, value("engine", "answerBytes"), value("engine/queue", "DefaultDeliveringBytes"), "as much being sent")
}
