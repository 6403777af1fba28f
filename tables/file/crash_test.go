package file_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
)

const crashVariable = "TABLESTEP_TEST_CRASH_STORE"

// TestChildThatIsKilled is no test of its own: it is the process that the test
// below kills. It imports one version after the other, each with its number in
// every cell, and says when one is published.
func TestChildThatIsKilled(t *testing.T) {
	path := os.Getenv(crashVariable)
	if path == "" {
		return // it runs as a child of TestAKilledImportLeavesTheLiveVersionAlone
	}
	s, _ := at(t, path, tables.Options{KeepVersions: 3})
	for {
		next := 1
		if table, ok := s.Catalog().Table("t"); ok {
			versions, err := s.Versions("t")
			require.NoError(t, err)
			require.Equal(t, versions[0].Number, table.Live.Number)
			next = versions[0].Number + 1
		}
		keepertest.Publish(t, s, "t", stamped(next))
		fmt.Printf("published %d\n", next)
	}
}

// stamped is a version with its number in every row, several transactions long.
func stamped(version int) *keepertest.Sheet {
	return &keepertest.Sheet{Header: []string{"k", "version", "filling"}, Make: func(row int, cells []string) bool {
		cells[0], cells[1] = strconv.Itoa(row), strconv.Itoa(version)
		cells[2] = fmt.Sprintf("%x%x", uint64(row+1)*0x9e3779b97f4a7c15, uint64(row+version)*0xd6e8feb86659fd93)
		return row < 120_000
	}}
}

func TestAKilledImportLeavesTheLiveVersionAlone(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	path := filepath.Join(t.TempDir(), "tables.db")
	acknowledged, interrupted := 0, 0
	for round := range rounds {
		child := exec.Command(os.Args[0], "-test.run", "^TestChildThatIsKilled$", "-test.v")
		child.Env = append(os.Environ(), crashVariable+"="+path)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		lines := make(chan int, 100)
		go func() {
			defer close(lines)
			for scanner := bufio.NewScanner(out); scanner.Scan(); {
				if n, ok := strings.CutPrefix(scanner.Text(), "published "); ok {
					if version, err := strconv.Atoi(n); err == nil {
						lines <- version
					}
				}
			}
		}()
		// At least one more version, then some way into the next.
		select {
		case n, ok := <-lines:
			require.True(t, ok, "the child ended by itself")
			acknowledged = max(acknowledged, n)
		case <-time.After(time.Minute):
			require.NoError(t, child.Process.Kill())
			require.Fail(t, "the child publishes nothing")
		}
		time.Sleep(time.Duration(7+round*23) * time.Millisecond)
		require.NoError(t, child.Process.Kill())
		for n := range lines {
			acknowledged = max(acknowledged, n)
		}
		_ = child.Wait() // Killed, as it should be.

		s, k := at(t, path, tables.Options{KeepVersions: 3})
		table, ok := s.Catalog().Table("t")
		require.True(t, ok)
		require.GreaterOrEqual(t, table.Live.Number, acknowledged)
		acknowledged = table.Live.Number
		if doomed(t, k) > 0 {
			interrupted++
		}
		versions, err := s.Versions("t")
		require.NoError(t, err)
		require.LessOrEqual(t, len(versions), 3)
		for _, v := range versions {
			requireStamped(t, s, v.Number)
		}
		require.Eventually(t, func() bool { return len(storages(t, k)) == len(versions) && doomed(t, k) == 0 }, 10*time.Second, 10*time.Millisecond, "what was cut short is swept")
		requireSound(t, k)
		require.NoError(t, s.Close())
	}
	t.Logf("%d versions published, %d imports cut short", acknowledged, interrupted)
}

// requireStamped says that a version is whole and its own.
func requireStamped(t *testing.T, s *tables.Store, version int) {
	t.Helper()
	scan, err := s.Scan(context.Background(), "t", version)
	require.NoError(t, err)
	want := stamped(version)
	for {
		row, err := scan.Next()
		expected, end := want.Next()
		require.Equal(t, end, err)
		if end != nil {
			return
		}
		if row.Cells[1] != expected.Cells[1] || row.Cells[2] != expected.Cells[2] {
			require.Equal(t, expected, row)
		}
	}
}
