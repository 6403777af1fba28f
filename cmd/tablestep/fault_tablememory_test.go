//go:build fault && linux

package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
)

// The whole form, whose table is that of bench/results, is
//
//	go test -tags fault -run TableMemory -v -timeout 1h ./cmd/tablestep/ -tablememory.tables=20 -tablememory.batches=200
var (
	memoryTables  = flag.Int("tablememory.tables", 8, "how many tables are used by turns")
	memoryBatches = flag.Int("tablememory.batches", 24, "how many batches are sent in each order")
)

const (
	// rowsOfMemoryTable make about 15 MB of a table in memory.
	rowsOfMemoryTable = 220_000

	// memoryBase is what the README allows the process beside its tables.
	memoryBase = 128 << 20
)

// memoryTablesFolder makes a data folder with tables of about 15 MB each.
func memoryTablesFolder(t *testing.T, n int) string {
	t.Helper()
	data := t.TempDir()
	store, err := tables.Open(filepath.Join(data, "tables.db"), tables.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	for i := range n {
		_, err := store.Import(t.Context(), fmt.Sprint("t", i), &accounts{table: i}, tables.ImportOptions{Publish: true})
		require.NoError(t, err)
	}
	table, _ := store.Catalog().Table("t0")
	t.Logf("%d tables of %d rows, %.1f MB in memory without an index, %.1f MB on the disk", n, table.Live.Rows, float64(table.Live.Memory)/1e6, float64(table.Live.Bytes)/1e6)
	return data
}

// accounts is the rows of one table.
type accounts struct {
	table, row int
	cells      [4]string
}

func (a *accounts) Columns() []string { return []string{"account", "owner", "region", "points"} }

func (a *accounts) Next() (tables.Row, error) {
	if a.row == rowsOfMemoryTable {
		return tables.Row{}, io.EOF
	}
	a.cells = [4]string{a.key(a.row), a.owner(a.row), []string{"EMEA", "AMER", "APAC"}[a.row%3], strconv.Itoa(a.row * 7919 % 100_000)}
	a.row++
	return tables.Row{Number: a.row, Cells: a.cells[:]}, nil
}

func (a *accounts) key(row int) string { return fmt.Sprintf("Account %07d GmbH", row*17+a.table) }

func (a *accounts) owner(row int) string {
	return fmt.Sprintf("owner-%d-%d@example.com", a.table, row*31%rowsOfMemoryTable)
}

func (a *accounts) Warnings() []tables.Warning { return nil }

// asker sends batches one after the other and waits for each callback.
type asker struct {
	*httptest.Server
	name    string // of its tokens
	answers chan []byte
	sent    int
}

func newAsker(t *testing.T, name string) *asker {
	t.Helper()
	a := &asker{name: name, answers: make(chan []byte, 1)}
	a.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			a.answers <- body
		}
	}))
	t.Cleanup(a.Close)
	return a
}

// ask looks up random accounts of a table, checks the answers and gives the time
// from the request to the callback.
func (a *asker) ask(t *testing.T, r *rand.Rand, url string, table, leads int) time.Duration {
	t.Helper()
	source := accounts{table: table}
	rows := make([]int, leads)
	var body bytes.Buffer
	a.sent++
	fmt.Fprintf(&body, `{"token":"%s-%d","apiCallBackKey":"k","campaignId":1,"callbackUrl":%q,"objectData":[`, a.name, a.sent, a.URL)
	for i := range rows {
		rows[i] = r.IntN(rowsOfMemoryTable)
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"objectType":"lead","objectContext":{"id":%d,"account":%q},"flowStepContext":{"table":"t%d","lookupField":"owner","returnField":"ownerEmail"}}`,
			i+1, strings.ToUpper(source.key(rows[i])), table)
	}
	body.WriteString("]}")
	request, err := http.NewRequest(http.MethodPost, url+"/submitAsyncAction", &body)
	require.NoError(t, err)
	request.Header.Set("x-api-key", testAPIKey)
	start := time.Now()
	accepted, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, accepted.Body)
	require.NoError(t, accepted.Body.Close())
	require.Equal(t, http.StatusCreated, accepted.StatusCode)
	var raw []byte
	select {
	case raw = <-a.answers:
	case <-time.After(time.Minute):
		require.Fail(t, "no callback came within a minute")
	}
	took := time.Since(start)
	var answer struct {
		ObjectData []struct {
			LeadData struct {
				ID    int    `json:"id"`
				Owner string `json:"ownerEmail"`
			} `json:"leadData"`
		} `json:"objectData"`
	}
	require.NoError(t, json.Unmarshal(raw, &answer))
	require.Len(t, answer.ObjectData, leads)
	for i, o := range answer.ObjectData {
		require.Equal(t, source.owner(rows[i]), o.LeadData.Owner, "table t%d, lead %d", table, i+1)
	}
	return took
}

// anonymous is the memory of a process that no file backs, 0 once it has ended.
func anonymous(pid int) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "RssAnon:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				return kib << 10
			}
		}
	}
	return 0
}

// watchAnonymous samples the anonymous memory until stop, which gives the peak.
func watchAnonymous(pid int) (stop func() int64) {
	peak, over := anonymous(pid), make(chan struct{})
	var g sync.WaitGroup
	g.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(3 * time.Millisecond):
				peak = max(peak, anonymous(pid))
			}
		}
	})
	return func() int64 {
		close(over)
		g.Wait()
		return peak
	}
}

func TestTableMemoryIsABoundForTablesUsedOneAfterTheOther(t *testing.T) {
	n := *memoryTables
	data := memoryTablesFolder(t, n)
	all := int64(n) * 40 << 20
	var over []string
	inMemory := map[int]time.Duration{}
	for _, budget := range []int64{all, 100 << 20, 40 << 20, 8 << 20} {
		a := newAsker(t, fmt.Sprint("budget-", budget))
		v := launch(t, data, nil, "--table-memory", fmt.Sprint(budget))
		require.True(t, v.ready(), "%s", v.tail())
		r := rand.New(rand.NewPCG(1, uint64(n)))
		stop := watchAnonymous(v.cmd.Process.Pid)
		for _, leads := range []int{1, 1000} {
			for range 2 {
				for table := range n { // what is seen for the first time
					a.ask(t, r, v.url, table, leads)
				}
			}
			for _, order := range []string{"in turn", "at random"} {
				times := make([]time.Duration, *memoryBatches)
				sum := time.Duration(0)
				for i := range times {
					table := i % n
					if order == "at random" {
						table = r.IntN(n)
					}
					times[i] = a.ask(t, r, v.url, table, leads)
					sum += times[i]
				}
				slices.Sort(times)
				mean := sum / time.Duration(len(times))
				if budget == all && order == "in turn" {
					inMemory[leads] = mean
				}
				t.Logf("budget %4d MiB  leads %4d  %-9s  mean %8.2f ms  median %8.2f  max %8.2f  (%5.1f times in memory)  anonymous now %4d MiB",
					budget>>20, leads, order, ms(mean), ms(times[len(times)/2]), ms(times[len(times)-1]), float64(mean)/float64(inMemory[leads]), anonymous(v.cmd.Process.Pid)>>20)
			}
		}
		peak := stop()
		require.Positive(t, peak)
		bound := budget + budget/2 + memoryBase
		t.Logf("budget %4d MiB  peak of anonymous memory %d MiB, %d are allowed", budget>>20, peak>>20, bound>>20)
		if peak > bound {
			over = append(over, fmt.Sprintf("budget %d MiB: %d MiB", budget>>20, peak>>20))
		}
		v.stop()
	}
	require.Empty(t, over)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
