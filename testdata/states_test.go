package testdata_test

import (
	"net/mail"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that the zones are known on every system

	"github.com/stretchr/testify/require"
)

func TestEveryStateIsReachedByEachSpelling(t *testing.T) {
	codes := map[string]string{} // country and state as written to stateCode
	count := map[string]map[string]bool{"US": {}, "CA": {}}
	for _, row := range readSheet(t, "tables/states-provinces.csv").rows {
		codes[normalized(row[0])+"/"+normalized(row[1])] = row[2]
		if len(row[0]) == 2 {
			count[row[0]][row[2]] = true
		}
	}
	require.Len(t, count["US"], 56, "50 states, the District of Columbia and five territories")
	require.Len(t, count["CA"], 13)
	for _, row := range readSheet(t, "tables/states-provinces.csv").rows {
		country := normalized(row[0])
		require.Equal(t, row[2], codes[country+"/"+normalized(row[2])], "%q by its code", row)
		require.Equal(t, row[2], codes[country+"/"+normalized(row[3])], "%q by its name", row)
	}
	for spelling, code := range map[string]string{
		"us/ca": "CA", "united states/california": "CA", "usa/washington, d.c.": "DC",
		"ca/on": "ON", "canada/québec": "QC", "can/quebec": "QC",
	} {
		require.Equal(t, code, codes[spelling], "%q", spelling)
	}
}

func TestEachStateHasOneNameRegionAndZone(t *testing.T) {
	type state struct{ name, region, zone string }
	states := map[string]state{}
	for _, row := range readSheet(t, "tables/states-provinces.csv").rows {
		key := row[0][:1] + row[2] // all spellings of one country start with the same letter
		got := state{row[3], row[4], row[5]}
		if first, ok := states[key]; ok {
			require.Equal(t, first, got, "%q", row)
		}
		states[key] = got
		_, err := time.LoadLocation(row[5])
		require.NoError(t, err, "%q", row)
	}
	require.Len(t, states, 69)
}

func TestTerritoriesCoverEveryState(t *testing.T) {
	states := map[string][]string{} // code or name to region, and the other spelling
	for _, row := range readSheet(t, "tables/states-provinces.csv").rows {
		if row[0] == "US" && row[4] != "Territories" {
			states[row[2]] = []string{row[4], row[3]}
			states[row[3]] = []string{row[4], row[2]}
		}
	}
	owners := map[string][]string{}
	for _, row := range readSheet(t, "tables/territories.csv").rows {
		require.Contains(t, states, row[0])
		require.Equal(t, states[row[0]][0], row[3], "region of %q", row[0])
		_, err := mail.ParseAddress(row[2])
		require.NoError(t, err, "owner of %q", row[0])
		require.True(t, strings.HasSuffix(row[2], "@example.com"), "owner of %q", row[0])
		owners[row[0]] = row[1:]
	}
	require.Len(t, owners, len(states))
	for state, other := range states {
		require.Equal(t, owners[state], owners[other[1]], "%q and %q have different owners", state, other[1])
	}
}
