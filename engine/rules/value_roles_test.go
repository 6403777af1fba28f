package rules_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// columnOf is the cells of a column of a sample table, of the rows that are wanted.
func columnOf(t *testing.T, table, column string, wanted func(row map[string]string) bool) []string {
	f, err := os.Open("../../testdata/tables/" + table + ".csv")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	var cells []string
	for _, cellsOf := range rows[1:] {
		row := map[string]string{}
		for i, name := range rows[0] {
			row[name] = cellsOf[i]
		}
		if wanted(row) {
			cells = append(cells, row[column])
		}
	}
	return cells
}

// cases writes a switch of a generated file, four texts a line.
func cases(b *strings.Builder, list []string) {
	b.WriteString("\tcase")
	for i, s := range list {
		fmt.Fprintf(b, " %s", s)
		switch {
		case i == len(list)-1:
			b.WriteString(":\n")
		case i%4 == 3:
			b.WriteString(",\n\t\t")
		default:
			b.WriteString(",")
		}
	}
	b.WriteString("\t\treturn true\n")
}

// TestRolesAndThrowAwayMailboxesAreThoseOfTheTables writes the lists of emailProblem from the
// sample tables, so that there is one list of each.
func TestRolesAndThrowAwayMailboxesAreThoseOfTheTables(t *testing.T) {
	var b strings.Builder
	b.WriteString(`// Code generated from testdata/tables/free-mail.csv and role-addresses.csv by go test ./engine/rules -run RolesAndThrowAway -update; DO NOT EDIT.

package rules

import "strings"

// disposable says that the sample table free-mail calls a domain one of throw-away mailboxes.
func disposable(domain string) bool {
	switch domain {
`)
	var throwAway []string
	for _, d := range columnOf(t, "free-mail", "domain", func(row map[string]string) bool { return row["kind"] == "disposable" }) {
		throwAway = append(throwAway, fmt.Sprintf("%q", d))
	}
	require.Greater(t, len(throwAway), 80)
	cases(&b, throwAway)
	b.WriteString(`	}
	return false
}

// role says that what stands in front of @, in lower case, is in the sample table
// role-addresses.
func role(local string) bool {
	switch local {
`)
	var plain, patterns []string
	for _, address := range roleAddresses(t) {
		before, after, wild := strings.Cut(address, "*")
		last := strings.HasSuffix(after, "*")
		switch middle := strings.TrimSuffix(after, "*"); {
		case !wild:
			plain = append(plain, fmt.Sprintf("%q", address))
		case after == "":
			patterns = append(patterns, fmt.Sprintf("strings.HasPrefix(local, %q)", before))
		case before == "" && last:
			patterns = append(patterns, fmt.Sprintf("strings.Contains(local, %q)", middle))
		default:
			require.Empty(t, before, address)
			require.NotContains(t, after, "*", address)
			patterns = append(patterns, fmt.Sprintf("strings.HasSuffix(local, %q)", after))
		}
	}
	require.Greater(t, len(plain), 250)
	require.Greater(t, len(patterns), 40)
	cases(&b, plain)
	b.WriteString("\t}\n\tswitch {\n")
	cases(&b, patterns)
	b.WriteString("\t}\n\treturn false\n}\n")
	want := strings.ReplaceAll(b.String(), "\t\t \"", "\t\t\"")
	want = strings.ReplaceAll(want, "\t\t strings", "\t\tstrings")
	if *update {
		require.NoError(t, os.WriteFile("value_roles.go", []byte(want), 0o600))
	}
	have, err := os.ReadFile("value_roles.go")
	require.NoError(t, err)
	require.Equal(t, want, string(have), "-update writes value_roles.go again")
}

// roleAddresses are the patterns of the sample table without the @*, at which all of them end.
func roleAddresses(t *testing.T) []string {
	list := columnOf(t, "role-addresses", "address", func(map[string]string) bool { return true })
	for i, address := range list {
		local, ok := strings.CutSuffix(address, "@*")
		require.True(t, ok, address)
		require.NotContains(t, local, "?", address)
		list[i] = local
	}
	return list
}
