package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func TestColumnsAreDescribed(t *testing.T) {
	long := strings.Repeat("x", 300)
	described := func(columns []string, rows ...[]string) []schema.Column {
		of := scantest.New(columns, rows, 0)
		upload(t, of, check.Upload{})
		return of.Version.Columns
	}
	got := described([]string{"n", "zip", "signed", "price", "flag", "day", "at", "mail", "site", "long", "void", "mixed", "huge"},
		[]string{"1", "00501", "+5", "1.50", "yes", "2024-03-31", "2024-03-31T10:00:00Z", "a@example.com", "https://example.com", long, "", "1", "9007199254740993"},
		[]string{"", "10001", "-5", "-2", "NO", "2024-02-29", "2024-03-31 10:00", "b@example.com", "http://a.example/x?y", "", "", "x", "1"},
		[]string{"1", "10001", "0", "7", "true", "", "2024-03-31", "", "", "x", "", "", ""},
	)
	want := []schema.Column{
		{Name: "n", Type: schema.TypeInteger, Empty: 1, Distinct: 1, MaxBytes: 1},
		{Name: "zip", Type: schema.TypeString, Distinct: 2, MaxBytes: 5},
		{Name: "signed", Type: schema.TypeString, Distinct: 3, MaxBytes: 2},
		{Name: "price", Type: schema.TypeString, Distinct: 3, MaxBytes: 4},
		{Name: "flag", Type: schema.TypeBoolean, Distinct: 3, MaxBytes: 4},
		{Name: "day", Type: schema.TypeDate, Empty: 1, Distinct: 2, MaxBytes: 10},
		{Name: "at", Type: schema.TypeDatetime, Distinct: 3, MaxBytes: 20},
		{Name: "mail", Type: schema.TypeEmail, Empty: 1, Distinct: 2, MaxBytes: 13},
		{Name: "site", Type: schema.TypeURL, Empty: 1, Distinct: 2, MaxBytes: 20},
		{Name: "long", Type: schema.TypeText, Empty: 1, Distinct: 2, MaxBytes: 300},
		{Name: "void", Type: schema.TypeString, Empty: 3},
		{Name: "mixed", Type: schema.TypeString, Empty: 1, Distinct: 2, MaxBytes: 1},
		{Name: "huge", Type: schema.TypeString, Empty: 1, Distinct: 2, MaxBytes: 16},
	}
	require.Equal(t, want, got)
	require.Equal(t, schema.TypeFloat, described([]string{"f"}, []string{"1"}, []string{"-2.50"})[0].Type)
}

func TestDistinctIsExactForManyAndCloseForVeryMany(t *testing.T) {
	const rows = 300_000
	of := scantest.Make([]string{"unique", "many", "two each"}, 0, func(row int, cells []string) bool {
		cells[0], cells[1], cells[2] = fmt.Sprint(row), fmt.Sprint(row%100_003), fmt.Sprint(row/2)
		return row < rows
	})
	upload(t, of, check.Upload{})
	require.Equal(t, rows, of.Version.Columns[0].Distinct, "the key was counted")
	require.Equal(t, 100_003, of.Version.Columns[1].Distinct)
	require.InEpsilon(t, rows/2, of.Version.Columns[2].Distinct, 0.08)
}
