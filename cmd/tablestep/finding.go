package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tablestep/api/shape"
)

// findings are those of a table in a line each, with what they mean in front.
func findings(list []shape.Finding) string {
	var b strings.Builder
	for _, f := range list {
		b.WriteString(f.Severity + ": ")
		if f.Row > 0 {
			fmt.Fprintf(&b, "row %d: ", f.Row)
		}
		if f.Column != "" {
			fmt.Fprintf(&b, "column %q: ", f.Column)
		}
		fmt.Fprintf(&b, "%s (%s)\n", f.Message, f.Code)
	}
	return b.String()
}

// A tableCheck prints what was found in a version, and fails where something keeps it from going live.
type tableCheck struct {
	client
	Table    string   `arg:"" help:"Name of the table."`
	Version  int      `arg:"" optional:"" help:"Version. Default: the live one."`
	Code     []string `help:"Only findings of these codes, such as DUPLICATE_KEY." placeholder:"CODE"`
	Severity []string `help:"Only findings of these severities." enum:"block,change,note"`
}

// Run asks for one page, which is all that the service writes out.
func (c *tableCheck) Run(ctx context.Context, s streams) error {
	version := "live"
	if c.Version > 0 {
		version = strconv.Itoa(c.Version)
	}
	q := url.Values{"limit": {"2000"}}
	if len(c.Code) > 0 {
		q.Set("code", strings.Join(c.Code, ","))
	}
	if len(c.Severity) > 0 {
		q.Set("severity", strings.Join(c.Severity, ","))
	}
	path := tablePath(c.Table, "versions", version, "findings")
	raw, err := c.raw(ctx, http.MethodGet, path+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	found, err := read[shape.Findings](http.MethodGet, path, raw)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printRaw(s.out, raw)
	} else {
		err = printFindings(s.out, found)
	}
	if err == nil && slices.ContainsFunc(found.Findings, func(f shape.Finding) bool { return f.Severity == "block" }) {
		return fmt.Errorf("version %d of table %s cannot go live as it is: mend what blocks it, and import the file again", found.Version, found.Table)
	}
	return err
}

// printFindings prints a line for each, and how many there are of each code.
func printFindings(w io.Writer, found *shape.Findings) error {
	if len(found.Findings) == 0 {
		_, err := fmt.Fprintf(w, "%s version %d: nothing was found\n", found.Table, found.Version)
		return err
	}
	var counts []string
	for _, code := range slices.Sorted(maps.Keys(found.Counts)) {
		counts = append(counts, fmt.Sprintf("%s %d", code, found.Counts[code]))
	}
	_, err := fmt.Fprintf(w, "%s version %d: %s\n%s", found.Table, found.Version, strings.Join(counts, ", "), findings(found.Findings))
	return err
}
