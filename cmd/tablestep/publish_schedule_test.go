package main_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPublishingAtATimeOnTheCommandLine(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	sample(p)
	day := time.Now().AddDate(0, 1, 0).UTC().Format(time.DateOnly)
	require.Contains(t, p.client("table", "publish", "country-codes", "1", "--dry-run"), "country-codes version 1 would go live now\n")
	require.Contains(t, p.client("table", "publish", "country-codes", "9", "--dry-run"), "country-codes version 9 would be refused now\n  VERSION_NOT_FOUND: ")
	line := "country-codes: version 1 goes live at " + day + "T00:00:00Z (scheduled by admin)\n"
	require.Equal(t, line, p.client("table", "publish", "country-codes", "1", "--at", day))
	require.Contains(t, p.client("table", "list"), line)
	require.Contains(t, p.client("table", "show", "country-codes"), line)
	require.Contains(t, p.fails("table", "publish", "country-codes", "1", "--at", day, "--force"), "replace it, or cancel it first")
	require.Equal(t, line, p.client("table", "publish", "country-codes", "1", "--at", day, "--force", "--replace"))
	require.Equal(t, "nothing is scheduled for country-codes any more\n", p.client("table", "publish", "country-codes", "--cancel"))
	require.NotContains(t, p.client("table", "list"), "goes live at")
	require.Contains(t, p.fails("table", "publish", "country-codes", "--cancel"), "NOT_SCHEDULED")
}
