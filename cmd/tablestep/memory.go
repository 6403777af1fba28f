package main

import (
	"fmt"
	"log/slog"
)

// A memoryLimit is how much memory the process can have, and who says so.
type memoryLimit struct {
	bytes  int64
	source string
}

// promised is the most memory that OPERATING.md names for a budget.
func promised(budget int64) int64 { return budget + budget/2 + processBase }

// reportMemory warns of a budget for tables that the process cannot have: the
// kernel would end it once the tables are in use.
func reportMemory(log *slog.Logger, budget int64, limit memoryLimit) {
	if limit.bytes == 0 || promised(budget) <= limit.bytes {
		return
	}
	wayOut := fmt.Sprintf("give the process at least %s", size(promised(budget)))
	if fits := (limit.bytes - processBase) / 3 * 2 &^ (1<<20 - 1); fits > 0 {
		wayOut = fmt.Sprintf("set --table-memory=%s or less, or %s", size(fits), wayOut)
	}
	log.Warn("the memory for tables does not fit into the memory that there is: with many tables in use the process may be ended from outside; "+wayOut,
		"tableMemory", size(budget).String(), "needed", size(promised(budget)).String(), "limit", size(limit.bytes).String(), "limitOf", limit.source)
}
