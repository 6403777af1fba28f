package marketo

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxShownProblems bounds the problems of a summary; the report has more.
const maxShownProblems = 20

// WriteSummary prints what came of the simulation in a few lines: how many
// leads matched and how many did not and why, how long it took, and which
// rules were broken.
func (r *Report) WriteSummary(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s, answered in %s (%s leads a second)\n", leadsOf(r.Leads), counted(r.Batches, "batch", "batches"), rounded(r.Duration), grouped(int(r.LeadsPerSecond+0.5)))
	writeShare(&b, r.Matched, r.Leads, "matched", "")
	r.writeUnmatched(&b)
	r.writeNoted(&b)
	if r.Accept.Count > 0 {
		fmt.Fprintf(&b, "time to accept a batch: %s\n", latencyWords(r.Accept))
	}
	if r.Callback.Count > 0 {
		fmt.Fprintf(&b, "time to answer a batch: %s\n", latencyWords(r.Callback))
	}
	if r.Throttled > 0 {
		fmt.Fprintf(&b, "the service asked %s to wait (429)\n", counted(r.Throttled, "time", "times"))
	}
	if r.Repeats > 0 {
		fmt.Fprintf(&b, "%s came again after they had been taken\n", counted(r.Repeats, "callback", "callbacks"))
	}
	r.writeFindings(&b, "broken rules", r.Problems)
	r.writeFindings(&b, "warnings", r.Warnings)
	if len(r.Problems) == 0 {
		b.WriteString("no rule of the interface was broken\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print the summary: %w", err)
	}
	return nil
}

// writeUnmatched prints the leads that did not match, by reason, most frequent first.
func (r *Report) writeUnmatched(b *strings.Builder) {
	if r.Matched == r.Leads {
		return
	}
	writeShare(b, r.Leads-r.Matched, r.Leads, "not matched:", "")
	type reason struct {
		words string
		code  string
		n     int
	}
	reasons := []reason{
		{words: "no match, went on with what the step says for that", n: r.Succeeded - r.Matched},
		{words: "no answer came", n: r.Unanswered},
		{words: "not accepted by the service", n: r.Refused},
	}
	for code, n := range r.Failed {
		reasons = append(reasons, reason{words: codeWords(code), code: " (" + printable(code) + ")", n: n})
	}
	slices.SortFunc(reasons, func(x, y reason) int {
		return cmp.Or(cmp.Compare(y.n, x.n), cmp.Compare(x.code, y.code), cmp.Compare(x.words, y.words))
	})
	for _, reason := range reasons {
		if reason.n > 0 {
			writeShare(b, reason.n, r.Leads, reason.words+reason.code, "  ")
		}
	}
}

// writeNoted prints what leads that succeeded came back with, most frequent first.
func (r *Report) writeNoted(b *strings.Builder) {
	reasons := slices.SortedFunc(maps.Keys(r.Noted), func(x, y string) int {
		return cmp.Or(cmp.Compare(r.Noted[y], r.Noted[x]), cmp.Compare(x, y))
	})
	for _, reason := range reasons {
		writeShare(b, r.Noted[reason], r.Leads, "noted: "+printable(reason), "")
	}
}

// writeShare prints a count, its share of all and what it counts.
func writeShare(b *strings.Builder, n, all int, what, indent string) {
	share := 0.0
	if all > 0 {
		share = 100 * float64(n) / float64(all)
	}
	fmt.Fprintf(b, "%s%9s %6.1f %%  %s\n", indent, grouped(n), share, what)
}

// writeFindings prints problems or warnings with their true number.
func (r *Report) writeFindings(b *strings.Builder, title string, list []Problem) {
	if len(list) == 0 {
		return
	}
	total := 0
	for rule, n := range r.Counts {
		if rule.Warning() == list[0].Rule.Warning() {
			total += n
		}
	}
	total = max(total, len(list))
	fmt.Fprintf(b, "%s: %s\n", title, grouped(total))
	for _, problem := range list[:min(len(list), maxShownProblems)] {
		fmt.Fprintf(b, "  %s\n", printable(problem.String()))
	}
	if total > maxShownProblems {
		fmt.Fprintf(b, "  … and %s more\n", grouped(total-maxShownProblems))
	}
}

func latencyWords(l Latency) string {
	return fmt.Sprintf("half within %s, 90 %% within %s, 99 %% within %s, longest %s", rounded(l.P50), rounded(l.P90), rounded(l.P99), rounded(l.Max))
}

// rounded gives a duration with about three digits.
func rounded(d time.Duration) time.Duration {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond)
	default:
		return d.Round(time.Microsecond)
	}
}
