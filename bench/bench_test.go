package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	main "tablestep/bench"
)

func TestMain(m *testing.M) {
	if child, err := main.IsChild(); child {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestAShortRunMeasuresWhatItNames(t *testing.T) {
	var out, progress bytes.Buffer
	file := filepath.Join(t.TempDir(), "results", "run.txt")
	err := main.Run(t.Context(), &out, &progress, "--short", "--json", "--only", "evaluate,load,backlog,live",
		"--rows", "249", "--leads", "1000", "--evaluators", "2", "--out", file, "--dir", t.TempDir())
	require.NoError(t, err, "%s", &progress)
	var report struct {
		Machine map[string]any
		Rows    []struct {
			Section, Name, Unit string
			Value, Low, High    float64
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	values := make(map[string]float64)
	for _, r := range report.Rows {
		require.Positive(t, r.Value, r.Name)
		require.LessOrEqual(t, r.Low, r.Value, r.Name)
		require.GreaterOrEqual(t, r.High, r.Value, r.Name)
		values[r.Section+" "+r.Name] = r.Value
	}
	for _, name := range []string{
		"evaluate rows=249 batch", "evaluate rows=249 allocations a batch", "evaluate rows=249 reread-scan / tablestep",
		"load rows=249 leads=1000 floor", "load rows=249 leads=1000 durable / direct", "load rows=249 leads=1000 direct / floor",
		"backlog put 5000 / 100", "backlog claim 5000 / 100", "live rows=10000 first answer after that", "live rows=1000 publish",
	} {
		require.Contains(t, values, name)
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, head := range []string{"cpu:", "go:", "commit:", "date:", "floor"} {
		require.Contains(t, string(text), head)
	}
}

func TestARunByTurnsPrintsLinesForBenchstat(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, main.Run(t.Context(), &out, io.Discard, "--turns", "--only", "backlog", "--dir", t.TempDir()))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.NotEmpty(t, lines)
	for _, l := range lines {
		require.Regexp(t, `^Benchmark/backlog/[^ ]+ 1 [0-9.e+-]+ [^ ]+$`, l)
	}
}

func TestWrongArgumentsAreWrongUsage(t *testing.T) {
	for _, args := range [][]string{{"--only", "nothing"}, {"--rows", "many"}, {"--rows", "0"}, {"--fast"}, {"evaluate"}} {
		err := main.Run(t.Context(), io.Discard, io.Discard, args...)
		require.ErrorIs(t, err, main.ErrUsage, "%v", args)
	}
}

func TestABatchIsJSONOfTheSizeOfTheTargets(t *testing.T) {
	token := strings.Repeat("ab", 12)
	bodies := main.Bodies(2, 1000, 1_000_000, token)
	require.NotEqual(t, string(bodies[0]), string(bodies[1]))
	for _, body := range bodies {
		require.InDelta(t, 369_000, len(body), 8000)
		var request struct {
			Token      string
			ObjectData []struct {
				ObjectContext struct {
					ID      int64
					Company string
				}
			}
		}
		require.NoError(t, json.Unmarshal(body, &request))
		require.Equal(t, token, request.Token)
		require.Len(t, request.ObjectData, 1000)
		require.NotZero(t, request.ObjectData[999].ObjectContext.ID)
		require.NotEmpty(t, request.ObjectData[999].ObjectContext.Company)
	}
	require.Equal(t, bodies, main.Bodies(2, 1000, 1_000_000, token), "the same at every run")
}

func TestATableIsTheSameAtEveryRun(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "one.csv"), filepath.Join(t.TempDir(), "two.csv")
	for _, path := range []string{one, two} {
		size, err := main.WriteCSV(path, 500)
		require.NoError(t, err)
		require.Positive(t, size)
		rows, err := main.ReadCSV(path)
		require.NoError(t, err)
		require.Equal(t, 500, rows)
	}
	a, err := os.ReadFile(one)
	require.NoError(t, err)
	b, err := os.ReadFile(two)
	require.NoError(t, err)
	require.Equal(t, string(a), string(b))
}

func TestQuantilesAreWithinThreePercent(t *testing.T) {
	var all []time.Duration
	for i := range 10_000 {
		all = append(all, time.Duration(i+1)*37*time.Microsecond)
	}
	for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 1} {
		want := q * 370
		require.InEpsilon(t, want, main.Quantile(q, all...), 0.035, "%v", q)
	}
	require.Zero(t, main.Quantile(0.5))
	require.InEpsilon(t, 3_600_000, main.Quantile(0.5, time.Hour), 0.035)
}

func TestMedianAndRatios(t *testing.T) {
	require.InDelta(t, 3, main.Median([]float64{9, 1, 3}), 0)
	require.InDelta(t, 2, main.Median([]float64{3, 1}), 0)
	require.Equal(t, []float64{2, 3}, main.Ratios([]float64{4, 9}, []float64{2, 3}))
}

// answering is a service that accepts everything and calls back as often as times says.
func answering(t *testing.T, times func(n int64) int) string {
	t.Helper()
	var count atomic.Int64
	// A connection that is kept may be closed by the receiver at the moment of the next callback.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct{ Token, CallbackURL string }
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for range times(count.Add(1)) {
			callback, err := http.NewRequest(http.MethodPost, request.CallbackURL, strings.NewReader("{}"))
			if err != nil {
				return
			}
			callback.Header.Set("x-callback-token", request.Token)
			answer, err := client.Do(callback)
			if err != nil {
				return
			}
			_ = answer.Body.Close()
		}
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestALoadCountsEachBatchOnce(t *testing.T) {
	for _, times := range []int{1, 2} {
		accepted, answered, err := main.Drive(t.Context(), answering(t, func(int64) int { return times }), 100)
		require.NoError(t, err)
		require.Equal(t, 100, accepted)
		require.Equal(t, 100, answered)
	}
}

func TestALoadFailsWhereABatchIsNeverAnswered(t *testing.T) {
	_, _, err := main.Drive(t.Context(), answering(t, func(n int64) int {
		if n == 7 {
			return 0
		}
		return 1
	}), 100)
	require.ErrorContains(t, err, "1 batches were accepted by test and never answered")
}
