package main_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// evaluated is the answer to a lead in the flow step with a table.
func (p *process) evaluated(table, lead string) string {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodPost, p.url+"/api/v1/evaluate", strings.NewReader(`{"leads":[`+lead+`],"flow":{"table":"`+table+`"}}`))
	require.NoError(p.t, err)
	r.Header.Set("Authorization", "Bearer "+testAdminKey)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusOK, answer.StatusCode, "%s", body)
	return string(body)
}

// textFile is a file with a text.
func textFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestTheDaysOfCellsAreThoseOfTheZoneOfTheService(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "--time-zone", "America/New_York")
	p.client("table", "import", textFile(t, "days.csv", "day,r\n>= 2024-04-01,april\n< 2024-04-01,march\n"))
	p.client("table", "lookup", "days", "--file", textFile(t, "days.json", `{"match":[{"column":"day","field":"at","mode":"condition"}],"outputs":[{"column":"r","field":"out"}]}`))
	require.Contains(t, p.evaluated("days", `{"at":"2024-04-01T03:59:00Z"}`), `"march"`)
	require.Contains(t, p.evaluated("days", `{"at":"2024-04-01T04:00:00Z"}`), `"april"`)
}

func TestAZoneThatThereIsNotIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Mars/Olympus", "Local", "UTC+2"} {
		code, _, errs := command(t, "serve", "--data", t.TempDir(), "--time-zone", name)
		require.Equal(t, 2, code, name)
		require.Contains(t, errs, "Europe/Berlin", name)
	}
}

func TestAPersonSaysHowAColumnIsWritten(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	file := textFile(t, "prices.csv", "price,paid\n1.500,01/02/2024\n")
	out := p.client("table", "import", file)
	require.Contains(t, out, "1.500 is taken for 1.5; where it is 1500, upload with numbers=price:1.234,5 (ORDER_UNDECIDED)")
	require.Regexp(t, `(?m)^price +float +1,234\.5 +0 `, p.client("table", "show", "prices"))
	p.client("table", "import", file, "--numbers", "price:1.234,5", "--dates", "paid:dmy")
	shown := p.client("table", "show", "prices")
	require.Regexp(t, `(?m)^price +float +1\.234,5 +0 `, shown)
	require.Regexp(t, `(?m)^paid +string +dmy +0 `, shown)
}
