package main

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABudgetThatDoesNotFitIsReportedWithTheWayOut(t *testing.T) {
	report := func(budget int64, limit memoryLimit) string {
		var log bytes.Buffer
		reportMemory(slog.New(slog.NewTextHandler(&log, nil)), budget, limit)
		return log.String()
	}
	require.Empty(t, report(2<<30, memoryLimit{}), "nothing is told")
	require.Empty(t, report(2<<30, memoryLimit{bytes: 4 << 30, source: "the machine"}))
	said := report(2<<30, memoryLimit{bytes: 1 << 30, source: "/sys/fs/cgroup/memory.max"})
	for _, part := range []string{"--table-memory=597MiB or less", "at least 3200MiB", "limit=1024MiB", "limitOf=/sys/fs/cgroup/memory.max", "level=WARN"} {
		require.Contains(t, said, part)
	}
	require.Empty(t, report(597<<20, memoryLimit{bytes: 1 << 30}), "what was recommended fits")
	said = report(8<<20, memoryLimit{bytes: 64 << 20})
	require.NotContains(t, said, "--table-memory", "no budget fits")
	require.Contains(t, said, "give the process at least 140MiB")
}

func TestTheHeapMayDoubleButForItsTables(t *testing.T) {
	const mib = 1 << 20
	require.EqualValues(t, 150*mib+heapBase, heapLimit(100*mib, 90*mib, 110*mib))
	require.EqualValues(t, 12*mib+2*992*mib, heapLimit(8*mib, 8*mib, 1000*mib), "what else is alive is not squeezed")
	require.EqualValues(t, 12*mib+heapBase, heapLimit(8*mib, 8*mib, 2*mib))
}
