package tables_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// longText is letters that have little in common with those of another seed.
func longText(n, seed int) string {
	b := make([]byte, n)
	x := uint32(seed)*2654435761 + 12345
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = 'a' + byte(x>>24)%4
	}
	return string(b)
}

// hardSheet has 2,000 rows that a fuzzy lookup with a low threshold compares one by one.
func hardSheet(length int) *keepertest.Sheet {
	return &keepertest.Sheet{Header: []string{"text", "owner"}, Make: func(row int, cells []string) bool {
		cells[0], cells[1] = longText(length, row), fmt.Sprint("owner ", row)
		return row < 2000
	}}
}

func fuzzyLookup(threshold float64) schema.Lookup {
	return schema.Lookup{Match: []schema.Match{{Column: "text", Field: "text", Mode: schema.ModeFuzzy, Threshold: threshold}}, HitPolicy: schema.PolicyFirst, Outputs: []schema.Output{{Column: "owner", Field: "owner"}}}
}

func TestALookupThatIsFarTooSlowIsRefusedWhenItIsSetUnlessForced(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", hardSheet(512))
	_, _, err := s.PutLookup(context.Background(), "t", fuzzyLookup(0.5), tables.LookupOptions{Publish: true, By: "ann"})
	require.ErrorIs(t, err, schema.ErrConflict)
	require.ErrorContains(t, err, `set lookup "t" of table "t"`)
	require.ErrorContains(t, err, "a second")
	require.ErrorContains(t, err, "raise the threshold")
	require.ErrorContains(t, err, "force")
	table, _ := s.Catalog().Table("t")
	l, _ := table.Lookup("")
	require.True(t, l.Guessed, "the old one stays")
	if racing {
		return // what follows measures four times more
	}

	_, list, err := s.PutLookup(context.Background(), "t", fuzzyLookup(0.5), tables.LookupOptions{Publish: true, Force: true, By: "ann"})
	require.NoError(t, err)
	require.Equal(t, map[string]int{schema.WarnLookupSlow: 1}, codes(list.List))
	require.Equal(t, "text", list.List[0].Column)

	// The same rows once more are refused as well: the lookup stands.
	_, err = s.Import(context.Background(), "t", hardSheet(512), tables.ImportOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrConflict)
	require.ErrorContains(t, err, `lookup "t" of table "t"`)
	im, err := s.Import(context.Background(), "t", hardSheet(512), tables.ImportOptions{Publish: true, Force: true})
	require.NoError(t, err)
	require.Equal(t, 1, codes(im.Findings.List)[schema.WarnLookupSlow])

	slow, err := s.SlowLookups(context.Background(), "t")
	require.NoError(t, err)
	require.Len(t, slow, 1)

	other := fuzzyLookup(0)
	other.Match[0].Mode = schema.ModePrefix
	_, list, err = s.PutLookup(context.Background(), "t", other, tables.LookupOptions{Publish: true, By: "ann"})
	require.NoError(t, err)
	require.Empty(t, list.List, "another mode is one of the ways out that were told")
}

func TestALookupThatIsSomewhatSlowIsAWarning(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", hardSheet(100))
	_, list, err := s.PutLookup(context.Background(), "t", fuzzyLookup(0.5), tables.LookupOptions{Publish: true, By: "ann"})
	require.NoError(t, err)
	require.Equal(t, map[string]int{schema.WarnLookupSlow: 1}, codes(list.List))
	require.Contains(t, list.List[0].Message, "leads a second")
	require.Contains(t, list.List[0].Message, "LOOKUP_TOO_SLOW")
}

func TestOrdinaryLookupsAreNotSlow(t *testing.T) {
	cells := map[schema.Mode]func(row int) string{
		schema.ModeExact:      func(row int) string { return fmt.Sprint(row) },
		schema.ModeNormalized: func(row int) string { return fmt.Sprint("Account ", row) },
		schema.ModeLoose:      func(row int) string { return fmt.Sprint("Zürich, ", row) },
		schema.ModeCompany:    func(row int) string { return fmt.Sprintf("Müller %d GmbH & Co. KG", row) },
		schema.ModeContains:   func(row int) string { return fmt.Sprint("campaign ", 10_000+row) },
		schema.ModePrefix:     func(row int) string { return fmt.Sprint(10_000 + row) },
		schema.ModeSuffix:     func(row int) string { return fmt.Sprint(10_000 + row) },
		schema.ModeDomain:     func(row int) string { return fmt.Sprintf("company%d.com", row) },
		schema.ModeRange:      func(row int) string { return fmt.Sprintf("%d-%d", 10*row, 10*row+9) },
		schema.ModeAtLeast:    func(row int) string { return fmt.Sprint(10 * row) },
		schema.ModeAtMost:     func(row int) string { return fmt.Sprint(10 * row) },
		schema.ModeWildcard:   func(row int) string { return fmt.Sprintf("*campaign-%d*", row) },
		schema.ModeRegex:      func(row int) string { return fmt.Sprintf(`(?i)^campaign[-_]%d\b`, row) },
		schema.ModeWords:      func(row int) string { return fmt.Sprint("head of department ", row) },
		schema.ModeFuzzy:      func(row int) string { return fmt.Sprintf("%s Company %d GmbH", longText(8, row), row) },
		schema.ModeCIDR:       func(row int) string { return fmt.Sprintf("10.%d.%d.0/24", row/250, row%250) },
		schema.ModeCondition:  func(row int) string { return fmt.Sprintf(`"a%d","b%d"`, row, row) },
	}
	for _, mode := range schema.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			s := open(t, tables.Options{})
			keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"key", "owner"}, Make: func(row int, c []string) bool {
				c[0], c[1] = cells[mode](row), "x"
				return row < 2000
			}})
			_, list, err := s.PutLookup(context.Background(), "t", schema.Lookup{
				Match: []schema.Match{{Column: "key", Field: "f", Mode: mode}}, HitPolicy: schema.PolicyAny, Outputs: []schema.Output{{Column: "owner", Field: "o"}},
			}, tables.LookupOptions{Publish: true, By: "ann"})
			require.NoError(t, err)
			require.Empty(t, list.List)
			pace, err := s.PaceOf(context.Background(), "t", "")
			require.NoError(t, err)
			require.Positive(t, pace.Work, "it was counted")
		})
	}
}
