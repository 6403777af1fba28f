package marketo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

func printed(t *testing.T, write func(w io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, write(&b))
	return b.String()
}

func TestTableShowsBeforeAndAfter(t *testing.T) {
	f := newFake(t)
	report := run(t, options(t, f))
	text := printed(t, func(w io.Writer) error {
		return report.WriteTable(w, marketo.LeadID(), marketo.Before("country"), marketo.After("countryCode2"), marketo.Outcome())
	})
	require.Equal(t, strings.Join([]string{
		"lead              country (before)  countryCode2 (after)  result",
		"----------------  ----------------  --------------------  ----------------------",
		"9007199254740993  Germany           DE                    matched",
		"2                 Cascadia                                value not in the table",
		"3                                                         lookup field is empty",
		"4                 Germany           DE                    matched",
		"",
	}, "\n"), text)
}

func TestTableWithoutColumnsFitsTheResults(t *testing.T) {
	f := newFake(t)
	report := run(t, options(t, f))
	text := printed(t, func(w io.Writer) error { return report.WriteTable(w) })
	header, _, _ := strings.Cut(text, "\n")
	require.Equal(t, []string{"lead", "email (before)", "country (before)", "countryCode2 (after)", "result"}, splitColumns(header))
}

func splitColumns(line string) []string {
	var cells []string
	for cell := range strings.SplitSeq(line, "  ") {
		if cell = strings.TrimSpace(cell); cell != "" {
			cells = append(cells, cell)
		}
	}
	return cells
}

func TestTableShowsEveryOutcomeWhereThereIsRoom(t *testing.T) {
	var results []marketo.Result
	for i := range 1000 {
		result := marketo.Result{State: marketo.Succeeded, Lead: marketo.Lead{ID: int64(i)}}
		if i == 700 {
			result.State, result.ErrorCode = marketo.Failed, "SOME_CODE"
		}
		results = append(results, result)
	}
	text := printed(t, func(w io.Writer) error {
		return marketo.Table{Rows: 3, Columns: []marketo.Column{marketo.LeadID(), marketo.Outcome()}}.Write(w, results)
	})
	require.Equal(t, "lead  result\n----  ---------\n0     matched\n1     matched\n700   some code\n… and 997 leads more\n", text)
}

func TestTableTellsWhatIsPrintedOnATerminal(t *testing.T) {
	results := []marketo.Result{{State: marketo.Succeeded, Lead: marketo.Lead{Fields: marketo.Fields{
		{Name: "a", Value: "\x1b[31mred\nline\u202e"}, {Name: "b", Value: strings.Repeat("x", 50)}, {Name: "c", Value: "日本語"},
	}}}}
	table := marketo.Table{Width: 12, Columns: []marketo.Column{marketo.Before("a"), marketo.Before("b"), marketo.Before("c"), marketo.Outcome()}}
	text := printed(t, func(w io.Writer) error { return table.Write(w, results) })
	require.Equal(t, "a (before)    b (before)    c (before)  result\n------------  ------------  ----------  -------\n�[31mred li…  xxxxxxxxxxx…  日本語      matched\n", text)
	table.Color = true
	text = printed(t, func(w io.Writer) error { return table.Write(w, results) })
	require.Contains(t, text, "\x1b[32mmatched\x1b[0m\n")
}

func TestSummaryTellsTheReasonsInWords(t *testing.T) {
	report := &marketo.Report{
		Leads: 2000, Batches: 2, Succeeded: 1800, Matched: 1750, Unanswered: 20, Refused: 80,
		Failed:   map[string]int{"LOOKUP_VALUE_NOT_FOUND": 90, "ODD_CODE": 10},
		Problems: []marketo.Problem{{Rule: marketo.LeadTwice, Batch: 2, Lead: "7", Where: "objectData[3]", Message: "again"}},
		Counts:   map[marketo.Rule]int{marketo.LeadTwice: 3},
		Duration: 1234567 * time.Microsecond, LeadsPerSecond: 1538.6,
		Accept: marketo.Latency{Count: 2, P50: 1500 * time.Microsecond, P90: 2 * time.Millisecond, P99: 2 * time.Millisecond, Max: 2 * time.Millisecond},
	}
	require.Equal(t, `2,000 leads in 2 batches, answered in 1.23s (1,539 leads a second)
    1,750   87.5 %  matched
      250   12.5 %  not matched:
         90    4.5 %  value not in the table (LOOKUP_VALUE_NOT_FOUND)
         80    4.0 %  not accepted by the service
         50    2.5 %  no match, went on with what the step says for that
         20    1.0 %  no answer came
         10    0.5 %  odd code (ODD_CODE)
time to accept a batch: half within 1.5ms, 90 % within 2ms, 99 % within 2ms, longest 2ms
broken rules: 3
  lead_twice batch 2 lead 7 objectData[3]: again
`, printed(t, report.WriteSummary))
}

func TestASuccessWithAReasonIsNoted(t *testing.T) {
	report := &marketo.Report{Leads: 40, Batches: 1, Succeeded: 40, Matched: 40, Noted: map[string]int{"lookup b": 3, "lookup a\x1b": 3, "lookup c": 34}}
	require.Contains(t, printed(t, report.WriteSummary), `       40  100.0 %  matched
       34   85.0 %  noted: lookup c
        3    7.5 %  noted: lookup a�
        3    7.5 %  noted: lookup b
`)
	noted := marketo.Result{State: marketo.Succeeded, Reason: "lookup t is not confirmed: nothing was written"}
	require.Equal(t, "matched: lookup t is not confirmed: nothing was written", noted.Words())
}

func TestReasonsOfSuccessesAreCountedUpToTwenty(t *testing.T) {
	report := new(marketo.Report)
	for i := range 30 {
		report.Results = append(report.Results, marketo.Result{State: marketo.Succeeded, Reason: fmt.Sprint("reason ", i)})
	}
	report.Results = append(report.Results, marketo.Result{State: marketo.Succeeded}, marketo.Result{State: marketo.Failed, Reason: "it failed"})
	marketo.Count(report)
	require.Len(t, report.Noted, 21)
	require.Equal(t, 10, report.Noted["other reasons"])
	require.Equal(t, 1, report.Noted["reason 19"])
}

func TestSummaryOfAGoodRunSaysSo(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Leads = o.Leads[:1]
	text := printed(t, run(t, o).WriteSummary)
	require.Contains(t, text, "1 lead in 1 batch, answered in ")
	require.Contains(t, text, "no rule of the interface was broken\n")
	require.NotContains(t, text, "not matched")
}

func TestReportIsJSONThatKeepsIDs(t *testing.T) {
	f := newFake(t)
	report := run(t, options(t, f))
	text, err := json.Marshal(report)
	require.NoError(t, err)
	require.Contains(t, string(text), `"lead":{"id":9007199254740993,"email":"ada@example.com","country":"Germany"}`)
	require.Contains(t, string(text), `"written":{"countryCode2":"DE"}`)
	require.NotContains(t, string(text), fakeKey)
	var back struct {
		Leads  int
		Failed map[string]int
	}
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, 4, back.Leads)
	require.Equal(t, 1, back.Failed["LOOKUP_KEY_EMPTY"])
}

type fullDisk struct{}

var errFull = errors.New("no room")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestErrorsOfTheWriterAreGiven(t *testing.T) {
	report := &marketo.Report{}
	require.ErrorIs(t, report.WriteTable(fullDisk{}), errFull)
	require.ErrorIs(t, report.WriteSummary(fullDisk{}), errFull)
}

func ExampleTable() {
	results := []marketo.Result{{
		State:   marketo.Succeeded,
		Lead:    marketo.Lead{ID: 7, Fields: marketo.Fields{{Name: "country", Value: "Germany"}}},
		Written: marketo.Fields{{Name: "countryCode2", Value: "DE"}},
	}}
	var b strings.Builder
	if err := (marketo.Table{}).Write(&b, results); err != nil {
		fmt.Println(err)
	}
	fmt.Print(b.String())
	// Output:
	// lead  country (before)  countryCode2 (after)  result
	// ----  ----------------  --------------------  -------
	// 7     Germany           DE                    matched
}
