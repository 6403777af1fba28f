package marketo_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

// What no marketer could have chosen is not sent where that is wanted: the mistake is then
// that of who has typed it, and not the service's.
func TestSettingsThatNobodyCouldChooseEndTheRunBeforeABatch(t *testing.T) {
	for name, c := range map[string]struct {
		flow map[string]string
		want []marketo.FlowMistake
	}{
		"right":                {flow: map[string]string{"table": "countries"}},
		"empty":                {flow: map[string]string{"table": ""}},
		"a value":              {map[string]string{"table": "planets"}, []marketo.FlowMistake{{Name: "table", Value: "planets", Declared: true, Known: []string{"countries", "none"}}}},
		"a name and a value":   {map[string]string{"table": "planets", "colour": "red"}, []marketo.FlowMistake{{Name: "colour", Value: "red"}, {Name: "table", Value: "planets", Declared: true, Known: []string{"countries", "none"}}}},
		"a name in other case": {map[string]string{"Table": "countries"}, []marketo.FlowMistake{{Name: "Table", Value: "countries"}}},
	} {
		f := newFake(t)
		o := options(t, f)
		o.Flow, o.FlowStep, o.CheckFlow = nil, c.flow, true
		report, err := runContext(t.Context(), t, o)
		require.NotNil(t, report.Definition, name)
		if c.want == nil {
			require.NoError(t, err, name)
			require.Positive(t, report.Batches, name)
			continue
		}
		var wrong *marketo.FlowError
		require.ErrorAs(t, err, &wrong, name)
		require.Len(t, wrong.Mistakes, len(c.want), name)
		for i := range c.want {
			if !c.want[i].Declared {
				require.Contains(t, wrong.Mistakes[i].Known, "table", name)
				c.want[i].Known = wrong.Mistakes[i].Known
			}
			require.Equal(t, c.want[i], wrong.Mistakes[i], name)
			require.Contains(t, err.Error(), c.want[i].Name)
		}
		require.Zero(t, report.Batches, name)
		f.mu.Lock()
		require.Empty(t, f.attempts, name)
		f.mu.Unlock()
	}
}

// A list that the service did not give cannot say what is right: that is the service's fault.
func TestAMissingPicklistForbidsNoSetting(t *testing.T) {
	f := newFake(t)
	f.picklist = func(string, []any) any { return object{"list": 1} }
	o := options(t, f)
	o.Flow, o.FlowStep, o.CheckFlow = nil, map[string]string{"table": "countries"}, true
	report := run(t, o)
	require.Positive(t, report.Batches)
	require.Contains(t, rules(report.Problems), marketo.PicklistInvalid)
}

// rules are the rules that were broken.
func rules(problems []marketo.Problem) (list []marketo.Rule) {
	for i := range problems {
		list = append(list, problems[i].Rule)
	}
	return list
}

func TestAMessageOfTheServiceIsToldWhole(t *testing.T) {
	f := newFake(t)
	f.statusCode, f.status = 503, object{"error": object{"code": "X", "message": "start it " + strings.Repeat("again and ", 20) + "\x1b[31magain"}}
	report := run(t, options(t, f))
	var told string
	for _, p := range report.Problems {
		if p.Rule == marketo.StatusInvalid {
			told = p.Message
		}
	}
	require.Contains(t, told, `"start it `+strings.Repeat("again and ", 20))
	require.Contains(t, told, `again"`)
	require.NotContains(t, told, "\x1b")
}

func TestATableOfLeadsFitsAWidth(t *testing.T) {
	f := newFake(t)
	report := run(t, options(t, f))
	whole := printed(t, func(w io.Writer) error { return marketo.Table{}.Write(w, report.Results) })
	for _, width := range []int{100, 80, 60} {
		text := printed(t, func(w io.Writer) error { return marketo.Table{Fit: width}.Write(w, report.Results) })
		for line := range strings.SplitSeq(text, "\n") {
			require.LessOrEqual(t, len([]rune(line)), max(width, 0), "%d: %q", width, line)
		}
		require.Equal(t, strings.Count(whole, "\n"), strings.Count(text, "\n"))
	}
	require.Equal(t, whole, printed(t, func(w io.Writer) error { return marketo.Table{Fit: 1000}.Write(w, report.Results) }))
}
