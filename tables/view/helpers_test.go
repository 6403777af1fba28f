package view_test

import (
	"fmt"

	"tablestep/tables/scan/scantest"
	"tablestep/tables/view"
)

func side(of *scantest.Table) view.Side { return view.Side{Version: of.Version, Reader: of} }

// numbered is a table of so many rows: a unique key, a column of few texts, a number.
func numbered(rows int) *scantest.Table {
	return scantest.Make([]string{"account", "state", "employees"}, 0, func(row int, cells []string) bool {
		cells[0] = fmt.Sprintf("Account %07d", row)
		cells[1] = [...]string{"CA", "NY", "TX", "", "WA"}[row%5]
		cells[2] = fmt.Sprint(row * 7919 % 100_000)
		return row < rows
	})
}
