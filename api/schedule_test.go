package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

func TestWhatIsScheduledIsToldTriedReplacedAndCancelled(t *testing.T) {
	s := start(t, settings{})
	s.table("t", "k,v\na,1\n", "")
	s.json("POST", "/api/v1/tables/t/versions?publish=false", "k,v\na,2\nb,3\n", http.StatusCreated, nil)
	var live shape.LiveTable
	s.json("POST", "/api/v1/tables/t/live?dryRun=true", `{"version":2}`, http.StatusOK, &live)
	require.Equal(t, 1, *live.Live)
	require.Nil(t, live.Scheduled)
	require.Equal(t, 2, live.Trial.Version)
	require.Empty(t, live.Trial.Refusals)
	require.NotNil(t, live.Trial.Diff)
	s.json("POST", "/api/v1/tables/t/live?dryRun=true", `{"version":9}`, http.StatusOK, &live)
	require.Equal(t, "VERSION_NOT_FOUND", live.Trial.Refusals[0].Code)

	at := time.Now().AddDate(0, 1, 0).UTC().Truncate(24 * time.Hour)
	live = shape.LiveTable{}
	s.json("POST", "/api/v1/tables/t/live", `{"version":2,"at":"`+at.Format(time.DateOnly)+`"}`, http.StatusOK, &live)
	require.Equal(t, at, live.Scheduled.At, "a day is its start")
	require.Equal(t, 1, *live.Live)
	var list shape.Tables
	s.json("GET", "/api/v1/tables", "", http.StatusOK, &list)
	require.Equal(t, 2, list.Tables[0].Scheduled.Version)
	var whole shape.WholeTable
	s.json("GET", "/api/v1/tables/t", "", http.StatusOK, &whole)
	require.Equal(t, live.Scheduled, whole.Scheduled)

	var p shape.Problem
	s.json("POST", "/api/v1/tables/t/live", `{"version":1,"at":"`+at.Format(time.DateOnly)+`"}`, http.StatusConflict, &p)
	require.Equal(t, "SCHEDULED", p.Error.Details[0].Code)
	require.Equal(t, "replace", p.Error.Details[0].Lift)
	s.json("POST", "/api/v1/tables/t/live?replace=true", `{"version":1,"at":"`+at.Format(time.DateOnly)+`"}`, http.StatusOK, &live)
	require.Equal(t, 1, live.Scheduled.Version)
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t/scheduled", nil).status)
	s.json("DELETE", "/api/v1/tables/t/scheduled", "", http.StatusNotFound, &p)
	require.Equal(t, "NOT_SCHEDULED", p.Error.Code)
}
