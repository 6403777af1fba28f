package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// A row is one line of the report.
type row struct {
	Section string  `json:"section"`
	Name    string  `json:"name"`
	Value   float64 `json:"value"` // median of the repetitions
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Unit    string  `json:"unit"`
	Target  *target `json:"target,omitempty"`
	Met     *bool   `json:"met,omitempty"`
	Note    string  `json:"note,omitempty"`
}

// A target is what the project wants of a row.
type target struct {
	AtLeast bool    `json:"atLeast"` // else at most
	Value   float64 `json:"value"`
}

func atMost(v float64) *target  { return &target{false, v} }
func atLeast(v float64) *target { return &target{true, v} }

func (t *target) met(v float64) bool {
	if t.AtLeast {
		return v >= t.Value
	}
	return v <= t.Value
}

func (t *target) String() string {
	if t == nil {
		return ""
	}
	sign := "<= "
	if t.AtLeast {
		sign = ">= "
	}
	return sign + number(t.Value)
}

// report is everything that was measured.
type report struct {
	Machine machine `json:"machine"`
	Short   bool    `json:"short"`
	Rows    []row   `json:"rows"`
}

// add notes the repetitions of one measurement. A target of a short run would be
// one of another size, so it is left out.
func (b *bench) add(name, unit string, values []float64, t *target, note string) {
	if len(values) == 0 {
		return
	}
	r := row{
		Section: b.section, Name: name, Unit: unit, Note: note,
		Value: median(values), Low: slices.Min(values), High: slices.Max(values),
	}
	if t != nil && !b.short {
		met := t.met(r.Value)
		r.Target, r.Met = t, &met
	}
	b.report.Rows = append(b.report.Rows, r)
	b.progress("%s: %s %s", name, number(r.Value), unit)
}

// number prints three or four digits that say something.
func number(v float64) string {
	switch {
	case v >= 1000 || v == float64(int64(v)):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	default:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
}

func (r *report) print(w io.Writer) error {
	if err := r.Machine.print(w); err != nil {
		return err
	}
	if r.Short {
		if _, err := fmt.Fprintln(w, "short:   small tables and few repetitions; these values say little"); err != nil {
			return fmt.Errorf("print report: %w", err)
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nSECTION\tMEASURED\tMEDIAN\tUNIT\tLOW\tHIGH\tTARGET\tMET\tNOTE")
	for i := range r.Rows {
		l := &r.Rows[i]
		met := ""
		if l.Met != nil {
			met = "yes"
			if !*l.Met {
				met = "NO"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			l.Section, l.Name, number(l.Value), l.Unit, number(l.Low), number(l.High), l.Target, met, l.Note)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	return nil
}

func (r *report) printJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	return nil
}

// printBenchmarks prints the rows in the format of Go's benchmarks, one line each: what
// benchstat reads.
func (r *report) printBenchmarks(w io.Writer) error {
	name := strings.NewReplacer(" / ", "/", " ", "_", ",", "")
	for i := range r.Rows {
		l := &r.Rows[i]
		unit := l.Unit
		if unit == "" {
			unit = "n"
		}
		if _, err := fmt.Fprintf(w, "Benchmark/%s/%s 1 %g %s\n", l.Section, name.Replace(l.Name), l.Value, unit); err != nil {
			return fmt.Errorf("print report: %w", err)
		}
	}
	return nil
}

// writeFile keeps the report as text.
func (r *report) writeFile(path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	return errors.Join(r.print(f), f.Close())
}
