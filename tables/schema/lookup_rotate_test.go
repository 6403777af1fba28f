package schema_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

func team(rows int) *schema.Version {
	v := schema.NamedVersion([]string{"Owner", "weight", "cap", "away", "region"})
	v.Number, v.Rows = 1, rows
	return v
}

func rotating() schema.Lookup {
	return schema.Lookup{
		Name: "team", HitPolicy: schema.PolicyRotate, RowKey: "OWNER", WeightColumn: "weight", CapColumn: "cap", CapPeriod: schema.CapDay, AwayColumn: "away", Sticky: " 90D ",
		Outputs: []schema.Output{{Column: "owner", Field: "ownerEmail"}},
	}
}

func TestALookupWhoseRowsTakeTurnsIsSettled(t *testing.T) {
	l := rotating()
	require.NoError(t, l.Settle(team(schema.MaxRotation)))
	require.Equal(t, "Owner", l.RowKey)
	require.Equal(t, []string{"Owner", "weight", "cap", "away", "Owner"}, l.Columns())
	require.True(t, l.MatchesAll())
	require.Equal(t, []schema.Match{}, l.Match)
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "12h": 12 * time.Hour, "4w": 28 * 24 * time.Hour, "true": 0} {
		l.Sticky = text
		got, sticky := l.StickyTime()
		require.True(t, sticky, text)
		require.Equal(t, want, got, text)
	}
	l.Sticky = "False"
	require.NoError(t, l.Settle(team(1)))
	_, sticky := l.StickyTime()
	require.False(t, sticky)
	l.Match = []schema.Match{{Column: "region", Field: "region"}}
	require.NoError(t, l.Settle(team(1)))
	require.False(t, l.MatchesAll())
}

func TestWhatMakesNoSenseForTurnsIsRefusedByName(t *testing.T) {
	for says, change := range map[string]func(*schema.Lookup){
		"needs a rowKey":                       func(l *schema.Lookup) { l.RowKey = "" },
		`rowKey: column not found: "mail"`:     func(l *schema.Lookup) { l.RowKey = "mail" },
		`awayColumn: column not found: "gone"`: func(l *schema.Lookup) { l.AwayColumn = "gone" },
		`capPeriod "day" without a capColumn`:  func(l *schema.Lookup) { l.CapColumn = "" },

		`capPeriod "": the caps of column "cap" are those of a day, week or month`:                           func(l *schema.Lookup) { l.CapPeriod = "" },
		`capPeriod "wek": the caps of column "cap" are those of a day, week or month (did you mean "week"?)`: func(l *schema.Lookup) { l.CapPeriod = "wek" },

		`sticky "90": write a time`:       func(l *schema.Lookup) { l.Sticky = "90" },
		`sticky "0d": write a time`:       func(l *schema.Lookup) { l.Sticky = "0d" },
		`sticky "9999999w": write a time`: func(l *schema.Lookup) { l.Sticky = "9999999w" },
		`sticky "d": write a time`:        func(l *schema.Lookup) { l.Sticky = "d" },
		`rowKey "OWNER" with hit policy first: only rotate`: func(l *schema.Lookup) {
			l.HitPolicy, l.Match = schema.PolicyFirst, []schema.Match{{Column: "region", Field: "r"}}
		},
		"capPeriod or sticky with hit policy collect": func(l *schema.Lookup) {
			*l = schema.Lookup{Name: "t", HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateCount, Sticky: "true"}
		},
		"0 match entries: give 1 to 16; with none, which only hit": func(l *schema.Lookup) { *l = schema.Lookup{Name: "t", HitPolicy: schema.PolicyFirst} },
	} {
		l := rotating()
		change(&l)
		require.ErrorContains(t, l.Settle(team(10)), says)
	}
	l := rotating()
	require.ErrorContains(t, l.Settle(team(schema.MaxRotation+1)), "10000 are the most that can take turns")
}
