package starter_test

import (
	"archive/zip"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/cmd/tablestep/starter"
)

// zoneYear is the year whose offsets the table has.
const zoneYear = 2026

// zones are all zones of the archive from which time/tzdata is made, links among them.
func zones(t *testing.T) *starter.Sheet {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	require.NoError(t, err)
	defer archive.Close()
	sheet := &starter.Sheet{Columns: []string{"zone", "january", "july", "daylight", "januaryName", "julyName"}}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") || f.Name == "Factory" { // which stands for no zone
			continue
		}
		from, err := f.Open()
		require.NoError(t, err)
		raw, err := io.ReadAll(from)
		require.NoError(t, err)
		require.NoError(t, from.Close())
		zone, err := time.LoadLocationFromTZData(f.Name, raw)
		require.NoError(t, err, f.Name)
		january, july := time.Date(zoneYear, 1, 15, 12, 0, 0, 0, zone), time.Date(zoneYear, 7, 15, 12, 0, 0, 0, zone)
		daylight := "no"
		if january.Format("-07:00") != july.Format("-07:00") {
			daylight = "yes"
		}
		sheet.Rows = append(sheet.Rows, []string{f.Name, january.Format("-07:00"), july.Format("-07:00"), daylight, named(january), named(july)})
	}
	slices.SortFunc(sheet.Rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return sheet
}

// named is the abbreviation of the zone; most zones have a number in its place, which says
// nothing that the offset does not.
func named(at time.Time) string {
	name, _ := at.Zone()
	if strings.ContainsAny(name, "+-") {
		return ""
	}
	return name
}
