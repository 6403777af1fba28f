//go:build fault

package main_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The long form is
//
//	go test -tags fault -run Memory -timeout 1h ./cmd/tablestep/ -memory.requests=64
var memoryRequests = flag.Int("memory.requests", 12, "how many large requests come at once")

const megabyte = 1 << 20

// resident is the memory of a process that is no page of a file, in bytes, and all of
// it. Pages of files are those of the queue; the system takes them back as it likes.
// They are 0 if it has ended.
func (v *victim) resident() (anonymous, all int) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
	if err != nil {
		return 0, 0
	}
	read := func(name string) int {
		m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(raw)
		if m == nil {
			return 0
		}
		n, _ := strconv.Atoi(string(m[1])) // digits
		return n << 10
	}
	return read("RssAnon"), read("VmRSS")
}

// peak watches the memory of a process until it is asked for the most that it had.
func (v *victim) peak() (most func() int) {
	end, watched := make(chan struct{}), make(chan int)
	go func() {
		highest := 0
		for {
			select {
			case <-end:
				watched <- highest
				return
			case <-time.After(10 * time.Millisecond):
				now, _ := v.resident()
				highest = max(highest, now)
			}
		}
	}()
	return func() int {
		close(end)
		return <-watched
	}
}

// A collector receives callbacks and keeps those that are short.
type collector struct {
	*httptest.Server
	answers sync.Map // token: callback
	count   atomic.Int64
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := new(collector)
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 4096))
		if err != nil {
			return
		}
		if _, err = io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if _, again := c.answers.Swap(r.Header.Get("x-callback-token"), string(body)); !again {
			c.count.Add(1)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) await(t *testing.T, n int64) {
	t.Helper()
	require.Eventually(t, func() bool { return c.count.Load() >= n }, 2*time.Minute, 20*time.Millisecond, "only %d of %d were answered", c.count.Load(), n)
}

func (c *collector) answer(token string) string {
	answer, _ := c.answers.Load(token)
	text, _ := answer.(string)
	return text
}

// large is a request of about size bytes of the same item again and again.
func (c *collector) large(token, item string, size int) []byte {
	return fmt.Appendf(nil, `{"token":%q,"apiCallBackKey":"k","callbackUrl":%q,"objectData":[%s%s]}`,
		token, c.URL, strings.Repeat(item+",", size/(len(item)+1)), item)
}

// post sends a request, again if it is told to come back later or gets no answer.
func (v *victim) post(body []byte) (status int) {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		r, err := http.NewRequest(http.MethodPost, v.url+"/submitAsyncAction", bytes.NewReader(body))
		if err != nil {
			return 0
		}
		r.Header.Set("x-api-key", testAPIKey)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, answer.Body) // the status is what counts
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusBadRequest { // 400: the body took too long
			return answer.StatusCode
		}
	}
	return 0
}

func TestTheMemoryOfLargeRequestsIsGivenBack(t *testing.T) {
	t.Parallel() // what is measured is the memory of one process
	v := launch(t, sampled(t), nil)
	require.True(t, v.ready())
	c := newCollector(t)
	require.Equal(t, http.StatusCreated, v.post(c.large("warm", `{"objectContext":{"id":1,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}`, 100_000)))
	c.await(t, 1)
	before, beforeAll := v.resident()
	require.NotZero(t, before)
	const size = 15 * megabyte
	lead := `{"objectContext":{"id":1,"country":"Germany"` + strings.Repeat(`,"custom field":"some value or other"`, 100) + `},"flowStepContext":{"table":"country-codes"}}`
	sound := func(token string) []byte { return c.large(token, lead, size) }
	hostile := []string{
		`{}`, `7`, `{"flowStepContext":{"a":0}}`,
		`{"objectContext":{"id":1,` + strings.Repeat(`"":0,`, 5000) + `"a":0}}`,
	}
	most := v.peak()
	sent := int64(1)
	for i, item := range hostile { // one after the other, each twice
		for n := range 2 {
			require.Equal(t, http.StatusCreated, v.post(c.large(fmt.Sprintf("hostile-%d-%d", i, n), item, size)))
			sent++
		}
	}
	c.await(t, sent)
	require.Contains(t, c.answer("hostile-0-0"), "BATCH_INVALID")
	t.Logf("%d MB before; at most %d MB with %d large requests one after the other", before/megabyte, most()/megabyte, sent-1)

	most = v.peak()
	var sending sync.WaitGroup
	for n := range *memoryRequests {
		sending.Go(func() { v.post(sound(fmt.Sprint("sound-", n))) })
	}
	sending.Wait()
	sent += int64(*memoryRequests)
	c.await(t, sent)
	require.Contains(t, c.answer("sound-0"), `"objectData"`)
	highest := most()
	t.Logf("at most %d MB with %d at once", highest/megabyte, *memoryRequests)
	require.Less(t, highest-before, 1500*megabyte)

	settled := time.Now()
	require.Eventually(t, func() bool {
		now, _ := v.resident()
		return now < before+100*megabyte
	}, time.Minute, 50*time.Millisecond, "the memory was not given back")
	after, afterAll := v.resident()
	t.Logf("%d MB after %s, %d before; with pages of files %d MB, %d before",
		after/megabyte, time.Since(settled).Round(100*time.Millisecond), before/megabyte, afterAll/megabyte, beforeAll/megabyte)
	v.stop()
}

func TestTheMemoryOfLargeAnswersIsBoundedAndTheyAreTold(t *testing.T) {
	t.Parallel() // what is measured is the memory of one process
	v := launch(t, t.TempDir(), nil)
	require.True(t, v.ready())
	c := newCollector(t)
	const columns, rows, width = 40, 50, 2000
	dir := t.TempDir()
	var csv strings.Builder
	var outputs []map[string]string
	csv.WriteString("key")
	for i := range columns {
		fmt.Fprintf(&csv, ",c%d", i)
		outputs = append(outputs, map[string]string{"column": fmt.Sprint("c", i), "field": fmt.Sprint("field", i), "type": "text"})
	}
	for r := range rows {
		fmt.Fprintf(&csv, "\nkey %d", r)
		for i := range columns {
			csv.WriteString("," + strings.Repeat(string(rune('a'+(r+i)%26)), width))
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "wide.csv"), []byte(csv.String()), 0o600))
	lookup, err := json.Marshal(map[string]any{"match": []map[string]string{{"column": "key", "field": "key"}}, "outputs": outputs})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lookup.json"), lookup, 0o600))
	v.client("table", "import", filepath.Join(dir, "wide.csv"))
	v.client("table", "lookup", "wide", "--file", filepath.Join(dir, "lookup.json"))
	request := func(token string, leads int) []byte {
		var b strings.Builder
		for i := range leads {
			fmt.Fprintf(&b, `{"objectContext":{"id":%d,"key":"key %d"},"flowStepContext":{"table":"wide"}},`, i+1, i%rows)
		}
		return fmt.Appendf(nil, `{"token":%q,"apiCallBackKey":"k","callbackUrl":%q,"objectData":[%s]}`, token, c.URL, strings.TrimSuffix(b.String(), ","))
	}
	require.Equal(t, http.StatusCreated, v.post(request("warm", 10)))
	c.await(t, 1)
	before, _ := v.resident()
	most := v.peak()
	const each = 6
	start := time.Now()
	for n := range each {
		require.Equal(t, http.StatusCreated, v.post(request(fmt.Sprint("too-large-", n), 1000)))
		require.Equal(t, http.StatusCreated, v.post(request(fmt.Sprint("large-", n), 500)))
		require.Equal(t, http.StatusCreated, v.post(request(fmt.Sprint("small-", n), 1)))
	}
	c.await(t, 1+3*each)
	highest := most()
	t.Logf("%d MB before; at most %d MB with %d answers of 40 MB and %d of 80 MB, in %s", before/megabyte, highest/megabyte, each, each, time.Since(start).Round(100*time.Millisecond))
	require.Less(t, highest-before, 1000*megabyte)
	for n := range each {
		answer := c.answer(fmt.Sprint("too-large-", n))
		require.Contains(t, answer, `"errorCode":"BATCH_FAILED"`)
		require.Contains(t, answer, "fewer or shorter outputs, or send smaller batches")
		require.Contains(t, c.answer(fmt.Sprint("large-", n)), `"objectData"`)
		require.Contains(t, c.answer(fmt.Sprint("small-", n)), `"objectData"`)
	}
	require.Contains(t, v.client("invocations", "list"), "BATCH_FAILED: the answer to the 1000 leads")
	r, err := http.NewRequest(http.MethodGet, v.url+"/status", nil)
	require.NoError(t, err)
	r.Header.Set("x-api-key", testAPIKey)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	status, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(status), fmt.Sprintf("%d batches were answered with an error as a whole", each))
	require.Eventually(t, func() bool {
		now, _ := v.resident()
		return now < before+100*megabyte
	}, time.Minute, 50*time.Millisecond, "the memory was not given back")
	v.stop()
}
