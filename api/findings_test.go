package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

// codesAndLifts are the reasons of a refusal.
func codesAndLifts(p shape.Problem) (reasons []string) {
	for _, d := range p.Error.Details {
		reasons = append(reasons, strings.TrimSpace(d.Code+" "+d.Lift))
	}
	return reasons
}

const threeReps = "zip,state,rep\n1,MA,Ada\n2,NY,Bob\n3,CA,Cy\n"

func TestAnUploadThatWouldDoHarmIsRefusedWithEveryReason(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("reps/versions?name=good1.csv", strings.NewReader(threeReps))
	s.json("PUT", "/api/v1/tables/reps/lookups/reps", `{"match":[{"column":"zip","field":"postalCode"}],"outputs":[{"column":"rep","field":"out"}]}`, http.StatusOK, nil)
	refused := func(path, body string, status int) []string {
		t.Helper()
		var p shape.Problem
		s.json("POST", "/api/v1/tables/"+path, body, status, &p)
		return codesAndLifts(p)
	}
	every := []string{"COLUMN_MISSING force", "COLUMN_MISSING force", "LARGE_LOSS confirm"}
	require.Equal(t, every, refused("reps/versions?name=bad1.csv", "note\nReadMe\n", http.StatusConflict))
	require.Equal(t, every[2:], refused("reps/versions?name=bad1.csv&force=true", "note\nReadMe\n", http.StatusConflict))
	require.Equal(t, every[:2], refused("reps/versions?name=bad1.csv&confirm=true&publish=false", "note\nReadMe\n", http.StatusConflict))
	require.Equal(t, 1, *s.live("reps"))

	// The same file by the other door.
	bad := s.upload("reps/versions?name=bad1.csv&publish=false&confirm=true&force=true", strings.NewReader("note\nReadMe\n"))
	publish := `{"version":2}`
	require.Equal(t, 2, bad.Version)
	require.Equal(t, every, refused("reps/live", publish, http.StatusConflict))
	require.Equal(t, every[:2], refused("reps/live?confirm=true", publish, http.StatusConflict))
	s.json("POST", "/api/v1/tables/reps/live?confirm=true&force=true", publish, http.StatusOK, nil)

	// And where no lookup was set.
	s.upload("territories/versions", strings.NewReader(threeReps))
	require.Equal(t, []string{"COLUMN_MISSING force"}, refused("territories/versions?name=territories2.csv", "Country,Region,Manager\nGermany,DACH,x@windthistle.example\nFrance,SOUTH,y@windthistle.example\n", http.StatusConflict))

	// Dead columns are named wherever the table is.
	var list shape.Tables
	s.json("GET", "/api/v1/tables", "", http.StatusOK, &list)
	require.Equal(t, shape.List[string]{"zip", "rep"}, list.Tables[0].DeadColumns)
	require.Empty(t, list.Tables[1].DeadColumns)
	var l shape.Lookup
	s.json("GET", "/api/v1/tables/reps/lookups/reps", "", http.StatusOK, &l)
	require.Equal(t, []string{"zip", "rep"}, l.DeadColumns)
	var st struct{ Warnings []string }
	s.json("GET", "/status", "", http.StatusOK, &st)
	told := strings.Join(st.Warnings, "\n")
	require.Contains(t, told, `Table "reps" (version 2) has no column "zip", which lookup "reps" uses`)
	require.Contains(t, told, `no column "rep"`)

	// Back to what was live: no loss, no missing column.
	s.json("POST", "/api/v1/tables/reps/live", `{"rollback":true}`, http.StatusOK, nil)
	require.Equal(t, 1, *s.live("reps"))
}

// live is the live version of a table.
func (s *service) live(table string) *int {
	s.t.Helper()
	var w shape.WholeTable
	s.json("GET", "/api/v1/tables/"+table, "", http.StatusOK, &w)
	return w.Live
}

func TestALookupAnswersWithWhatAnUploadOfTheSameFileWouldFind(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	const file, lookup = "id,k,v\n1,x,1\n2,x,2\n3,,3\n4,y,abc\n", `{"match":[{"column":"k","field":"k","mode":"normalized"}],"hitPolicy":"unique","outputs":[{"column":"v","field":"v","type":"integer"}]}`
	s.upload("t/versions", strings.NewReader(file))
	var set shape.SetLookup
	s.json("PUT", "/api/v1/tables/t/lookups/t?publish=false", lookup, http.StatusOK, &set)
	require.Equal(t, shape.Counts{"OVERLAP": 1, "EMPTY_KEY": 1, "NOT_OF_TYPE": 1}, set.Counts, "also where it is not to go live")
	var found shape.Findings
	s.json("GET", "/api/v1/tables/t/versions/1/findings", "", http.StatusOK, &found)
	require.Equal(t, shape.Counts{"DUPLICATE_KEY": 1, "EMPTY_KEY": 1}, found.Counts, "under the one that is live, which is a guess")
	set = shape.SetLookup{}
	s.json("PUT", "/api/v1/tables/t/lookups/t", lookup, http.StatusOK, &set)
	again := s.upload("t/versions", strings.NewReader(file))
	require.ElementsMatch(t, again.Findings, set.Findings)
	require.Equal(t, shape.Counts{"OVERLAP": 1, "EMPTY_KEY": 1, "NOT_OF_TYPE": 1}, set.Counts)

	// They are those of the version from now on, a page at a time.
	found = shape.Findings{}
	s.json("GET", "/api/v1/tables/t/versions/1/findings?code=OVERLAP,EMPTY_KEY&offset=1&limit=5", "", http.StatusOK, &found)
	require.Equal(t, 2, found.Total)
	require.Equal(t, []string{"EMPTY_KEY"}, codesOf(found.Findings))
	require.Equal(t, "change", found.Findings[0].Severity)
	require.Len(t, found.Counts, 3)
	found = shape.Findings{}
	s.json("GET", "/api/v1/tables/t/versions/live/findings?severity=block,note", "", http.StatusOK, &found)
	require.Equal(t, 2, found.Version)
	require.Empty(t, found.Findings)

	// Without the lookup they are those of the guess again.
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t/lookups/t", nil).status)
	found = shape.Findings{}
	s.json("GET", "/api/v1/tables/t/versions/live/findings", "", http.StatusOK, &found)
	require.Equal(t, shape.Counts{"DUPLICATE_KEY": 1, "EMPTY_KEY": 1}, found.Counts)
}

func TestWhatBlocksIsListedWithItsVersionAndPublishingIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.table("t", "k,v\n^a,1\n^b,2\n^c,3\n", `{"match":[{"column":"k","field":"k","mode":"regex"}],"outputs":[{"column":"v","field":"out"}]}`)
	got := s.send("POST", "/api/v1/tables/t/versions", strings.NewReader("k,w\n(a,1\n"))
	require.Equal(t, http.StatusUnprocessableEntity, got.status)
	var p shape.Problem
	require.NoError(t, json.Unmarshal(got.body, &p))
	require.Equal(t, []string{"COLUMN_MISSING force", "LARGE_LOSS confirm", "BAD_PATTERN"}, codesAndLifts(p), "both lists")
	require.Equal(t, []any{1, "k", "block"}, []any{p.Error.Details[2].Row, p.Error.Details[2].Column, p.Error.Details[2].Severity})
	require.Equal(t, "BAD_PATTERN", p.Error.Code)

	// So it is where the file cannot be read to its end.
	got = s.send("POST", "/api/v1/tables/t/versions", strings.NewReader("k,w\na,1\nb,2,3\n"))
	require.Equal(t, http.StatusUnprocessableEntity, got.status)
	p = shape.Problem{}
	require.NoError(t, json.Unmarshal(got.body, &p))
	require.Equal(t, []string{"COLUMN_MISSING force", "LONG_ROW"}, codesAndLifts(p))
	require.Contains(t, p.Error.Details[1].Message, "leaveOut=LONG_ROW")
	require.Equal(t, "LONG_ROW", p.Error.Code)

	kept := s.upload("t/versions?publish=false", strings.NewReader("k,v\n^a,1\n(b,2\n(c,3\n"))
	require.Equal(t, shape.Counts{"BAD_PATTERN": 2}, kept.Counts)
	var versions shape.Versions
	s.json("GET", "/api/v1/tables/t/versions", "", http.StatusOK, &versions)
	require.Equal(t, []int{2, 2}, []int{versions.Versions[0].Findings, versions.Versions[0].Blocking})
	p = shape.Problem{}
	s.json("POST", "/api/v1/tables/t/live?confirm=true&force=true", `{"version":2}`, http.StatusConflict, &p)
	require.Equal(t, []string{"BAD_PATTERN", "BAD_PATTERN"}, codesAndLifts(p), "nothing lifts it")
}

func TestAdviceNeverChangesAMeaning(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("t/versions", strings.NewReader("n,r\nnull,unknown\n>=1,some\n"))
	set := shape.SetLookup{}
	s.json("PUT", "/api/v1/tables/t/lookups/t", `{"match":[{"column":"n","field":"n","mode":"condition"}],"outputs":[{"column":"r","field":"r","type":"string"}]}`, http.StatusOK, &set)
	require.NotContains(t, set.Counts, "TEXT_NULL", "in a condition null is a value, and an empty cell is anything")
	require.NotContains(t, s.upload("t/versions", strings.NewReader("n,r\nnull,unknown\n>=1,some\n")).Counts, "TEXT_NULL")
	// Where the column is sent as well it is told, without the advice that would change the match.
	s.json("PUT", "/api/v1/tables/t/lookups/t", `{"match":[{"column":"n","field":"n","mode":"condition"}],"outputs":[{"column":"n","field":"r","type":"string"}]}`, http.StatusOK, &set)
	require.Equal(t, []string{"TEXT_NULL"}, codesOf(set.Findings))
	require.NotContains(t, set.Findings[0].Message, "leave the cell empty")
	require.Contains(t, set.Findings[0].Message, `lookup "t" also matches the cell`)
}
