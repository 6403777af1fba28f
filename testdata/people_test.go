package testdata_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/publicsuffix"
)

func TestMailDomainsAreDomainsOfAKnownKind(t *testing.T) {
	kinds := map[string]int{}
	for _, row := range readSheet(t, "tables/free-mail.csv").rows {
		require.Regexp(t, `^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`, row[0])
		suffix, icann := publicsuffix.PublicSuffix(row[0])
		require.True(t, icann || strings.Contains(suffix, "."), "%q ends in no known suffix", row[0])
		require.NotEqual(t, suffix, row[0], "%q is a suffix, not a domain", row[0])
		kinds[row[1]]++
	}
	require.Len(t, kinds, 3)
	for kind, least := range map[string]int{"free": 150, "isp": 100, "disposable": 80} {
		require.GreaterOrEqual(t, kinds[kind], least, kind)
	}
}

func TestJobTitlesHaveAKnownLevel(t *testing.T) {
	s := readSheet(t, "tables/job-titles.csv")
	levels := []string{"C-Level", "Owner", "Board", "VP", "Director", "Manager", "Staff", "Entry", "Other"}
	got := slices.Compact(slices.Sorted(slices.Values(s.column(t, "level"))))
	require.ElementsMatch(t, levels, got)
	want := map[string][]string{
		"CEO": {"C-Level", "General Management"}, "VP of Marketing": {"VP", "Marketing"},
		"Head of IT": {"Director", "IT"}, "Marketing Manager": {"Manager", "Marketing"}, "Geschäftsführer": {"C-Level", "General Management"},
	}
	found := 0
	for _, row := range s.rows {
		if w, ok := want[row[0]]; ok {
			require.Equal(t, w, row[1:], "%q", row[0])
			found++
		}
	}
	require.Equal(t, len(want), found)
}
