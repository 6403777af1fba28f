//go:build fault && linux

package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
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
	"golang.org/x/sync/errgroup"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
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

	// memoryBase is what OPERATING.md allows the process beside its tables.
	memoryBase = 128 << 20
)

// memoryTablesFolder makes a data folder with tables of about 15 MB each.
func memoryTablesFolder(t *testing.T, n int) string {
	t.Helper()
	data := t.TempDir()
	store, err := file.OpenStore(filepath.Join(data, "tables.db"), tables.Options{})
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

func (a *accounts) Next() (schema.Row, error) {
	if a.row == rowsOfMemoryTable {
		return schema.Row{}, io.EOF
	}
	a.cells = [4]string{a.key(a.row), a.owner(a.row), []string{"EMEA", "AMER", "APAC"}[a.row%3], strconv.Itoa(a.row * 7919 % 100_000)}
	a.row++
	return schema.Row{Number: a.row, Cells: a.cells[:]}, nil
}

func (a *accounts) key(row int) string { return fmt.Sprintf("Account %07d GmbH", row*17+a.table) }

func (a *accounts) owner(row int) string {
	return fmt.Sprintf("owner-%d-%d@example.com", a.table, row*31%rowsOfMemoryTable)
}

func (a *accounts) Warnings() []schema.Warning { return nil }

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
func (a *asker) ask(r *rand.Rand, url string, table, leads int) (time.Duration, error) {
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
	if err != nil {
		return 0, err
	}
	request.Header.Set("x-api-key", testAPIKey)
	start := time.Now()
	accepted, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, accepted.Body)
	if err = errors.Join(err, accepted.Body.Close()); err != nil || accepted.StatusCode != http.StatusCreated {
		return 0, fmt.Errorf("status %d: %w", accepted.StatusCode, err)
	}
	var raw []byte
	select {
	case raw = <-a.answers:
	case <-time.After(time.Minute):
		return 0, errors.New("no callback came within a minute")
	}
	took := time.Since(start)
	var answer struct {
		ObjectData []struct {
			LeadData struct {
				Owner string `json:"ownerEmail"`
			} `json:"leadData"`
		} `json:"objectData"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || len(answer.ObjectData) != leads {
		return 0, fmt.Errorf("callback with %d leads: %w", len(answer.ObjectData), err)
	}
	for i, o := range answer.ObjectData {
		if want := source.owner(rows[i]); o.LeadData.Owner != want {
			return 0, fmt.Errorf("table t%d, lead %d: %q instead of %q", table, i+1, o.LeadData.Owner, want)
		}
	}
	return took, nil
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
	t.Parallel() // what is measured is the memory of one process
	n := *memoryTables
	data := memoryTablesFolder(t, n)
	all := int64(n) * 40 << 20
	inMemory := map[string]time.Duration{}
	var over []string
	for _, budget := range []int64{all, 100 << 20, 40 << 20, 8 << 20} {
		v := launch(t, data, nil, "--table-memory", fmt.Sprint(budget))
		require.True(t, v.ready(), "%s", v.tail())
		stop := watchAnonymous(v.cmd.Process.Pid)
		for _, way := range []struct {
			name           string
			leads, senders int
			table          func(r *rand.Rand, i int) int
		}{
			{"1 lead, in turn", 1, 1, func(_ *rand.Rand, i int) int { return i % n }},
			{"1 lead, at random", 1, 1, func(r *rand.Rand, _ int) int { return r.IntN(n) }},
			{"1 lead, at random, 8 at once", 1, 8, func(r *rand.Rand, _ int) int { return r.IntN(n) }},
			{"1000 leads, in turn", 1000, 1, func(_ *rand.Rand, i int) int { return i % n }},
			{"1000 leads, at random", 1000, 1, func(r *rand.Rand, _ int) int { return r.IntN(n) }},
			{"1000 leads, at random, 4 at once", 1000, 4, func(r *rand.Rand, _ int) int { return r.IntN(n) }},
		} {
			times := make([][]time.Duration, way.senders)
			var g errgroup.Group
			for sender := range times {
				a := newAsker(t, fmt.Sprint(budget, way.name, sender))
				r := rand.New(rand.NewPCG(uint64(sender), uint64(n)))
				g.Go(func() error {
					for i := range 2*n + *memoryBatches {
						took, err := a.ask(r, v.url, way.table(r, i), way.leads)
						if err != nil {
							return err
						}
						if i >= 2*n { // before, things were seen for the first time
							times[sender] = append(times[sender], took)
						}
					}
					return nil
				})
			}
			require.NoError(t, g.Wait())
			list := slices.Concat(times...)
			slices.Sort(list)
			median := list[len(list)/2]
			if budget == all {
				inMemory[way.name] = median
			}
			t.Logf("budget %4d MiB  %-33s median %7.2f ms, %5.1f times in memory, worst %7.2f ms; anonymous now %4d MiB", budget>>20, way.name,
				ms(median), float64(median)/float64(inMemory[way.name]), ms(list[len(list)-1]), anonymous(v.cmd.Process.Pid)>>20)
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
