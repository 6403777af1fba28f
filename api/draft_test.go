package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

const draftPath = "/api/v1/tables/cities/draft"

func TestADraftIsWorkedOnAndSaved(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader(cities))
	s.refused(s.send("GET", draftPath, nil), http.StatusNotFound, "DRAFT_NOT_FOUND")
	var draft shape.Draft
	got := s.json("PATCH", draftPath+"/rows?version=1", `{"set":[{"row":3,"cells":{"city":"York"}}],"insert":[{"before":1,"cells":{"city":"Abilene"}}],"deleteRows":[4]}`, http.StatusOK, &draft)
	require.Equal(t, `"1"`, got.header.Get("ETag"))
	require.Equal(t, []any{1, 1, 1, false, "admin", 5}, []any{draft.Draft, draft.Base, draft.Live, draft.File, draft.By, draft.Rows})
	require.Equal(t, shape.DraftChanges{Set: 1, Inserted: 1, Deleted: 1}, draft.Changes)
	require.Equal(t, shape.List[shape.DraftRow]{{Kind: "insert", Row: 1}, {Kind: "set", Row: 4, Base: 3}, {Kind: "delete", Base: 4}}, draft.Changed)
	s.json("PATCH", draftPath+"/rows", `{"set":[{"row":2,"cells":{"state":"null"}}]}`, http.StatusOK, &draft)
	require.Equal(t, 2, draft.Draft)
	require.Len(t, draft.Findings, 2, "and New York is there twice")
	require.Equal(t, []any{2, "state", "TEXT_NULL"}, []any{draft.Findings[0].Row, draft.Findings[0].Column, draft.Findings[0].Code})

	var page shape.Rows
	s.json("GET", draftPath+"/rows?finding=TEXT_NULL&columns=city", "", http.StatusOK, &page)
	require.Equal(t, shape.List[shape.Row]{{Row: 2, Cells: shape.List[string]{"New York"}}}, page.Rows)
	s.json("PATCH", draftPath+"/rows", `{"set":[{"row":2,"cells":{"state":"NY"}}]}`, http.StatusOK, &draft)
	rows, page := s.rowsOf("")
	require.Equal(t, []int{1, 2, 3, 4, 5}, rows)
	require.Equal(t, 1, page.Version, "nothing is live that was not")

	var saved shape.Imported
	s.json("POST", draftPath+"/save", `{"message":"of May","publish":false}`, http.StatusOK, &saved)
	require.Equal(t, []any{2, false}, []any{saved.Version, saved.Live})
	s.refused(s.send("GET", draftPath, nil), http.StatusNotFound, "DRAFT_NOT_FOUND")
	s.json("PATCH", draftPath+"/rows", `{"deleteRows":[1]}`, http.StatusOK, nil)
	s.json("POST", draftPath+"/save", `{}`, http.StatusOK, &saved)
	require.Equal(t, []any{3, true}, []any{saved.Version, saved.Live}, "it is published where nothing else is said")
	var versions shape.Versions
	s.json("GET", "/api/v1/tables/cities/versions", "", http.StatusOK, &versions)
	require.Equal(t, "of May", versions.Versions[1].Message)
}

func TestADraftThatCollidesIsToldWithTheRows(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader(cities))
	s.json("PATCH", draftPath+"/rows", `{"set":[{"row":3,"cells":{"city":"York"}}]}`, http.StatusOK, nil)
	s.json("PATCH", "/api/v1/tables/cities/rows", `{"set":[{"row":3,"cells":{"people":"1"}}]}`, http.StatusOK, nil)
	p := s.refused(s.send("POST", draftPath+"/save", strings.NewReader(`{"publish":true}`)), http.StatusPreconditionFailed, "CHANGED_MEANWHILE")
	require.Equal(t, []any{2, "admin", []string{"row 3 of version 1"}}, []any{p.Current.Version, p.By, p.Changed})
	var draft shape.Draft
	s.json("GET", draftPath, "", http.StatusOK, &draft)
	require.Equal(t, []int{1, 2}, []int{draft.Base, draft.Live})
	s.json("DELETE", draftPath, "", http.StatusNoContent, nil)

	// Another row is not in the way.
	s.json("PATCH", draftPath+"/rows", `{"set":[{"row":1,"cells":{"people":"2"}}]}`, http.StatusOK, nil)
	s.json("PATCH", "/api/v1/tables/cities/rows", `{"set":[{"row":3,"cells":{"people":"3"}}]}`, http.StatusOK, nil)
	s.json("POST", draftPath+"/save", `{}`, http.StatusOK, nil)
	_, page := s.rowsOf("columns=people&limit=3")
	require.Equal(t, "2", page.Rows[0].Cells[0])
	require.Equal(t, "3", page.Rows[2].Cells[0])
}

func TestADraftFromAFileOfATableThatIsNotThereYet(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	got := s.send("POST", draftPath+"?name=may.csv&delimiter=semicolon", strings.NewReader(strings.ReplaceAll(cities, ",", ";")))
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	require.Contains(t, string(got.body), `"used":{"format":"csv"`)
	var draft shape.Draft
	s.json("GET", draftPath, "", http.StatusOK, &draft)
	require.Equal(t, []any{0, 0, true, "may.csv"}, []any{draft.Base, draft.Live, draft.File, draft.Source})
	require.Empty(t, draft.Changed)
	var list shape.Tables
	s.json("GET", "/api/v1/tables", "", http.StatusOK, &list)
	require.Empty(t, list.Tables)
	s.json("POST", draftPath+"/save", `{}`, http.StatusOK, nil)
	_, page := s.rowsOf("limit=1")
	require.Equal(t, 5, page.Total)
	s.refused(s.send("POST", "/api/v1/tables/No%20Name/draft", strings.NewReader(cities)), http.StatusBadRequest, "INVALID")
}

// What is seen of a draft is its tag; with another one nothing is changed.
func TestADraftIsChangedAsItWasSeen(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader(cities))
	const one = `{"deleteRows":[1]}`
	s.json("PATCH", draftPath+"/rows", one, http.StatusOK, nil)
	got := s.send("PATCH", draftPath+"/rows", strings.NewReader(one), "If-Match", `"1"`)
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, `"2"`, got.header.Get("ETag"))
	for _, tag := range []string{`"1"`, `"x"`, `W/"1"`, `"-1"`} {
		for method, path := range map[string]string{"PATCH": "/rows", "DELETE": "", "POST": "/save"} {
			body := map[string]string{"PATCH": one, "POST": "{}"}[method]
			p := s.refused(s.send(method, draftPath+path, strings.NewReader(body), "If-Match", tag), http.StatusPreconditionFailed, "CHANGED_MEANWHILE")
			require.Equal(t, 2, p.Current.Version)
		}
	}
	for _, tag := range []string{`"2"`, "*"} {
		got := s.send("PATCH", draftPath+"/rows", strings.NewReader(`{"set":[{"row":1,"cells":{"people":"1"}}]}`), "If-Match", tag)
		require.Equal(t, http.StatusOK, got.status, tag)
	}
	require.Equal(t, http.StatusNoContent, s.send("DELETE", draftPath, nil, "If-Match", `"4"`).status)
}
