package main_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/cmd/tablestep/starter"
)

// liveRows are the rows of a table's live version, each as one text.
func (p *process) liveRows(table string) (rows []string) {
	p.t.Helper()
	for offset := 0; ; offset += 1000 {
		r, err := http.NewRequest(http.MethodGet, p.url+"/api/v1/tables/"+table+"/rows?limit=1000&offset="+strconv.Itoa(offset), http.NoBody)
		require.NoError(p.t, err)
		r.Header.Set("Authorization", "Bearer "+testAdminKey)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(p.t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(p.t, err)
		require.NoError(p.t, answer.Body.Close())
		require.Equal(p.t, http.StatusOK, answer.StatusCode, "%s", body)
		var page struct {
			Total int
			Rows  []struct{ Cells []string }
		}
		require.NoError(p.t, json.Unmarshal(body, &page))
		for _, row := range page.Rows {
			rows = append(rows, strings.Join(row.Cells, "|"))
		}
		if len(rows) >= page.Total {
			return rows
		}
	}
}

// patch changes rows of a table's live version.
func (p *process) patch(table, body string) {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodPatch, p.url+"/api/v1/tables/"+table+"/rows", strings.NewReader(body))
	require.NoError(p.t, err)
	r.Header.Set("Authorization", "Bearer "+testAdminKey)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	defer answer.Body.Close()
	told, err := io.ReadAll(answer.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusOK, answer.StatusCode, "%s", told)
}

// shippedZones is the starter table time-zones as this program ships it.
func shippedZones(t *testing.T) *starter.Sheet {
	t.Helper()
	all, err := starter.All()
	require.NoError(t, err)
	at := slices.IndexFunc(all, func(s starter.Table) bool { return s.Name == "time-zones" })
	require.GreaterOrEqual(t, at, 0)
	sheet, err := all[at].Sheet()
	require.NoError(t, err)
	return sheet
}

// joined are rows, each as one text.
func joined(rows [][]string) (texts []string) {
	for _, r := range rows {
		texts = append(texts, strings.Join(r, "|"))
	}
	return texts
}

// csvOf is rows as a file.
func csvOf(t *testing.T, columns []string, rows [][]string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, csv.NewWriter(&b).WriteAll(append([][]string{columns}, rows...)))
	return b.String()
}

// An earlier program is played by a file: it shipped no Africa/Abidjan, a zone that is gone,
// and another offset of Africa/Accra.
func (p *process) addEarlier(table string) {
	p.t.Helper()
	sheet := shippedZones(p.t)
	require.Equal(p.t, "Africa/Abidjan", sheet.Rows[0][0])
	require.Equal(p.t, "Africa/Accra", sheet.Rows[1][0])
	rows := append([][]string{{"Africa/Accra", "+09:00", "+09:00", "no", "", ""}}, sheet.Rows[2:]...)
	rows = append(rows, []string{"Mars/Base", "+00:00", "+00:00", "no", "", ""})
	p.client("table", "import", textFile(p.t, "time-zones.csv", csvOf(p.t, sheet.Columns, rows)), "--name", table, "--message", "starter time-zones, as shipped, 0123456789ab")
}

func TestAnUpdateBringsWhatShipsAndKeepsWhatPeopleMade(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	p.addEarlier("zones")
	p.patch("zones", `{"insert":[{"before":2,"cells":{"zone":"Office","january":"+01:00","july":"+02:00","daylight":"yes"}}],"deleteRows":[3],"set":[{"row":2,"cells":{"januaryName":"ours"}}]}`)
	shipped := shippedZones(t)
	own := slices.Clone(shipped.Rows[2])
	own[4] = "ours"
	want := joined(slices.Concat(shipped.Rows[:2], [][]string{{"Office", "+01:00", "+02:00", "yes", "", ""}, own}, shipped.Rows[4:]))

	before := p.liveRows("zones")
	out := p.client("starter", "update", "zones", "--dry-run")
	require.Equal(t, "shipped since: 1 added, 1 removed, 1 changed; kept as people made them: 3; conflicts: 0\n", out)
	require.Equal(t, before, p.liveRows("zones"), "a dry run changed rows")

	out = p.client("starter", "update", "zones")
	require.Equal(t, "zones version 3: "+strconv.Itoa(len(want))+" rows (live)\nshipped since: 1 added, 1 removed, 1 changed; kept as people made them: 3; conflicts: 0\n", out)
	require.Equal(t, want, p.liveRows("zones"))
	require.Contains(t, p.client("starter", "update", "zones"), "there is nothing to bring")
	require.Equal(t, want, p.liveRows("zones"))

	// Where an update broke off before it stored the rows as they ship, doing it again changes nothing.
	p.addEarlier("broken")
	p.client("table", "import", textFile(t, "time-zones.csv", p.client("table", "export", "zones")), "--name", "broken", "--exported")
	require.Equal(t, want, p.liveRows("broken"))
	out = p.client("starter", "update", "broken")
	require.Contains(t, out, "0 added, 0 removed, 0 changed; kept as people made them: 3; conflicts: 0")
	require.Equal(t, want, p.liveRows("broken"))
}

func TestAnUpdateWithConflictsWaitsForADecision(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	shipped := joined(shippedZones(t).Rows)
	for _, table := range []string{"mine", "shipped"} {
		p.addEarlier(table)
		p.patch(table, `{"set":[{"row":1,"cells":{"july":"+05:00"}}]}`)
		before := p.liveRows(table)
		code, out, errs := command(t, "starter", "update", table, "--server", p.url, "--admin-key", testAdminKey)
		require.Equal(t, 1, code)
		require.Equal(t, "shipped since: 1 added, 1 removed, 0 changed; kept as people made them: 0; conflicts: 1\n"+
			"Africa/Accra\n  was      Africa/Accra | +09:00 | +09:00 | no |  | \n  mine     Africa/Accra | +09:00 | +05:00 | no |  | \n  shipped  Africa/Accra | +00:00 | +00:00 | no | GMT | GMT\n", out)
		require.Contains(t, errs, "nothing was changed. Decide with --conflicts mine or --conflicts shipped")
		require.Equal(t, before, p.liveRows(table))
		require.Contains(t, p.client("starter", "update", table, "--dry-run", "--json"), `"base": [`)

		p.client("starter", "update", table, "--conflicts", table)
		want := slices.Clone(shipped)
		if table == "mine" {
			want[1] = "Africa/Accra|+09:00|+05:00|no||"
		}
		require.Equal(t, want, p.liveRows(table))
	}
}

func TestATableThatIsOfNoStarterTableIsNotUpdated(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	p.client("table", "import", textFile(t, "t.csv", "k,v\na,1\n"), "--name", "t")
	require.Contains(t, p.fails("starter", "update", "t"), `was not made by "starter add"`)
	p.client("table", "import", textFile(t, "t.csv", "k,v\na,1\n"), "--name", "t", "--message", "starter weather, as shipped, 0123456789ab")
	code, _, errs := command(t, "starter", "update", "t", "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 2, code)
	require.Contains(t, errs, `there is no starter table "weather"`)
}

func TestAnUpdateNeedsRowsThatAreLiveAndTheirKey(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	earlier := textFile(t, "zones.csv", "zone,january\nUTC,+00:00\n")
	p.client("table", "import", earlier, "--name", "waits", "--no-publish", "--message", "starter time-zones, as shipped, 0123456789ab")
	require.Contains(t, p.fails("starter", "update", "waits"), `nothing of table waits is live: publish a version first, with "tablestep table publish waits VERSION"`)

	p.client("table", "import", earlier, "--name", "other", "--message", "starter time-zones, as shipped, 0123456789ab")
	p.client("table", "import", textFile(t, "zones.csv", "town,january\nUTC,+00:00\n"), "--name", "other", "--force")
	require.Contains(t, p.fails("starter", "update", "other"), `there is no column "zone" any more, by which rows are told apart`)
}

// More rows than half go: what guards an upload guards an update.
func TestAnUpdateIsGuardedAsAnUploadIs(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	sheet := shippedZones(t)
	rows := slices.Clone(sheet.Rows)
	for i := range 2 * len(sheet.Rows) {
		rows = append(rows, []string{"Mars/Base " + strconv.Itoa(i), "+00:00", "+00:00", "no", "", ""})
	}
	p.client("table", "import", textFile(t, "zones.csv", csvOf(t, sheet.Columns, rows)), "--name", "zones", "--message", "starter time-zones, as shipped, 0123456789ab")
	before := p.liveRows("zones")
	require.Contains(t, p.fails("starter", "update", "zones"), "confirm that so many may go")
	require.Equal(t, before, p.liveRows("zones"))
	require.Contains(t, p.client("starter", "update", "zones", "--confirm"), strconv.Itoa(2*len(sheet.Rows))+" removed")
	require.Equal(t, joined(sheet.Rows), p.liveRows("zones"))
}

// The rows as they ship are fewer than half of what is live, and lack a column that a lookup uses.
func TestManyOwnRowsAndColumnsDoNotHinderAnUpdate(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	p.addEarlier("zones")
	sheet := shippedZones(t)
	var rows [][]string
	for _, r := range sheet.Rows[1:] {
		rows = append(rows, append(slices.Clone(r), "them"))
	}
	rows[0] = []string{"Africa/Accra", "+09:00", "+09:00", "no", "", "", ""}
	rows = append(rows, []string{"Mars/Base", "+00:00", "+00:00", "no", "", "", ""})
	for i := range 2 * len(sheet.Rows) {
		rows = append(rows, []string{"Office " + strconv.Itoa(i), "+00:00", "+00:00", "no", "", "", "us"})
	}
	p.client("table", "import", textFile(t, "zones.csv", csvOf(t, append(slices.Clone(sheet.Columns), "owner"), rows)), "--name", "zones")
	p.client("table", "lookup", "zones", "--file", textFile(t, "l.json", `{"match":[{"column":"zone","field":"timeZone"}],"outputs":[{"column":"owner","field":"owner"}]}`))
	require.Contains(t, p.client("starter", "update", "zones"), "1 added, 1 removed, 1 changed; kept as people made them: "+strconv.Itoa(3*len(sheet.Rows)-2))
	got := p.liveRows("zones")
	require.Len(t, got, 3*len(sheet.Rows))
	require.Equal(t, "Africa/Abidjan|+00:00|+00:00|no|GMT|GMT|", got[0])
	require.Contains(t, p.client("starter", "update", "zones"), "there is nothing to bring")
}

// What a person sees of a table is what ships, cell by cell: only then is a row that nobody
// touched one that an update may change.
func TestRowsOfStarterTablesComeBackAsTheyShip(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	all, err := starter.All()
	require.NoError(t, err)
	for _, table := range all {
		sheet, err := table.Sheet()
		require.NoError(t, err)
		p.client("starter", "add", table.Name)
		require.Equal(t, joined(sheet.Rows), p.liveRows(table.Name), table.Name)
	}
}
