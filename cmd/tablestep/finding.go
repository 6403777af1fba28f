package main

import (
	"fmt"
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
