package admin_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/admin"
	"tablestep/api/apitest"
	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/ingest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func TestAListOfColumnsIsTakenApartAtItsCommas(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]string{
		"":                  nil,
		" , ,":              nil,
		"a":                 {"a"},
		"a,b":               {"a", "b"},
		" a , b c ,":        {"a", "b c"},
		`"a,b",c`:           {"a,b", "c"},
		`"a ""b""", "c" ,d`: {`a "b"`, "c", "d"},
		`"a`:                {"a"},
		`"a"b,c`:            {"a", "c"},
		`""`:                nil,
		`a"b,c`:             {`a"b`, "c"},
		"é,日本":              {"é", "日本"},
	} {
		require.Equal(t, want, admin.Names(list), "%q", list)
	}
}

// Two walk over rows; the third waits for one of them, and a page that is only read waits for
// nobody.
func TestSoFewWalkOverRowsAtOnce(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "codes", "country,code\nGermany,DE\n", "")
	require.Equal(t, http.StatusOK, asked(t, s, "PATCH", "/tables/codes/draft/rows", `{"set":[{"row":1,"cells":{"code":"D"}}]}`, nil))
	first, ok := s.Admin.HoldWalk()
	require.True(t, ok)
	second, ok := s.Admin.HoldWalk()
	require.True(t, ok)
	_, ok = s.Admin.HoldWalk()
	require.False(t, ok, "two and no more")

	for _, path := range []string{"/tables/codes/rows", "/tables/codes/rows?offset=1&limit=2&version=1&columns=code", "/tables/codes/draft"} {
		require.Equal(t, http.StatusOK, asked(t, s, "GET", path, "", nil), path)
	}
	waiting := []string{
		"/tables/codes/rows?q=a", "/tables/codes/rows?sort=code", "/tables/codes/rows?column=code&equals=de", "/tables/codes/rows?finding=X",
		"/tables/codes/columns/code/values", "/find?q=a", "/tables/codes/draft/rows",
	}
	done := make(chan int, len(waiting))
	for _, path := range waiting {
		go func() { done <- s.Send(t, "GET", "/api/v1"+path, nil).Status }()
	}
	select {
	case status := <-done:
		require.Fail(t, "one has walked", "status %d", status)
	case <-time.After(200 * time.Millisecond):
	}
	first()
	for range waiting {
		require.Equal(t, http.StatusOK, <-done)
	}
	second()
}

// What is found out about rows is told whole.
func TestNothingOfRowsAndFilesIsForgotten(t *testing.T) {
	t.Parallel()
	told(t, admin.DescribeValues)
	told(t, admin.DescribeFound)
	told(t, admin.DescribePreview, "Used.Sheets")
	uncounted := admin.DescribePreview(&ingest.Preview{Sheets: []ingest.PreviewSheet{{Name: "a", Rows: -1}, {Name: "b"}}})
	require.Nil(t, uncounted.Sheets[0].Rows, "it was not counted")
	require.Zero(t, *uncounted.Sheets[1].Rows)

	d := admin.DescribeDraft(&tables.Draft{
		Table: "t", Person: "ann", Number: 7, Updated: time.Unix(2, 0),
		DraftContent: tables.DraftContent{Begun: time.Unix(1, 0), Base: 3, Edits: view.Edits{Rows: 2, Changes: []view.Edit{{Kind: view.EditInsert, Row: 1}, {Kind: view.EditDelete, Row: 2}}}},
		Rows:         &schema.Version{Rows: 2, Source: "t.csv", Columns: []schema.Column{{Name: "a"}}, Findings: schema.Findings{List: []schema.Warning{{Code: "X"}}, Counts: map[string]int{"X": 9}}},
	})
	require.Equal(t, shape.Draft{
		Table: "t", Draft: 7, Base: 3, Source: "t.csv", By: "ann", Begun: time.Unix(1, 0), Updated: time.Unix(2, 0), Rows: 2, Columns: shape.List[shape.Column]{{Name: "a"}},
		Changes: shape.DraftChanges{Inserted: 1, Deleted: 1}, Changed: shape.List[shape.DraftRow]{{Kind: "insert", Row: 1}, {Kind: "delete", Base: 2}},
		Findings: shape.List[shape.Finding]{{Code: "X"}}, Counts: shape.Counts{"X": 9},
	}, d)
}
