package rules_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	freemailTable = "../../testdata/tables/free-mail.csv"
	freemailFile  = "value_freemail.go"
)

// freemailDomains are the domains of the sample table, in its order.
func freemailDomains(t *testing.T) []string {
	f, err := os.Open(freemailTable)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "domain", rows[0][0])
	var domains []string
	for _, row := range rows[1:] {
		domains = append(domains, row[0])
	}
	return domains
}

// TestFreemailIsTheFreeMailTable writes freemail from the table, so that there is one
// list of such domains.
func TestFreemailIsTheFreeMailTable(t *testing.T) {
	var b strings.Builder
	b.WriteString(`// Code generated from testdata/tables/free-mail.csv by go test ./engine/rules -run FreeMailTable -update; DO NOT EDIT.

package rules

// freemail says that a domain is in the sample table free-mail.
func freemail(domain string) bool {
	switch domain {
	case`)
	domains := freemailDomains(t)
	require.Greater(t, len(domains), 400)
	for i, domain := range domains {
		fmt.Fprintf(&b, " %q", domain)
		switch {
		case i == len(domains)-1:
			b.WriteString(":\n")
		case i%8 == 7:
			b.WriteString(",\n\t\t")
		default:
			b.WriteString(",")
		}
	}
	b.WriteString("\t\treturn true\n\t}\n\treturn false\n}\n")
	want := strings.ReplaceAll(b.String(), "\t\t \"", "\t\t\"")
	if *update {
		require.NoError(t, os.WriteFile(freemailFile, []byte(want), 0o644))
	}
	have, err := os.ReadFile(freemailFile)
	require.NoError(t, err)
	require.Equal(t, want, string(have), "-update writes %s again", freemailFile)
}

func TestFreemailKnowsEveryDomainOfTheTableAndHostsBelow(t *testing.T) {
	t.Parallel()
	for _, domain := range freemailDomains(t) {
		for _, x := range []string{domain, "Jane@" + strings.ToUpper(domain), "jane@mail." + domain, "https://www." + domain + "/inbox", `"Jane" <jane@` + domain + ">,"} {
			result, _, err := call("isFreemail", x)
			require.NoError(t, err)
			require.Equal(t, true, result, x)
		}
		for _, x := range []string{strings.ReplaceAll(domain, ".", "x."), domain + ".example", "jane." + domain + "@example.com", "jane"} {
			result, _, err := call("isFreemail", x)
			require.NoError(t, err)
			require.Equal(t, false, result, x)
		}
	}
}
