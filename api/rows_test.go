package api_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

const cities = "city,state,people\nNew York,NY,8000000\n\"Newark, Old\",NJ,300000\nyork,NE,7900\nAlbany,NY,\nNEW YORK,ny,10000\n"

// rowsOf is the numbers of the rows that a query gives.
func (s *service) rowsOf(query string) (rows []int, page shape.Rows) {
	s.t.Helper()
	s.json("GET", "/api/v1/tables/cities/rows?"+query, "", http.StatusOK, &page)
	for _, row := range page.Rows {
		rows = append(rows, row.Row)
	}
	return rows, page
}

func TestRowsAreSearchedByColumnSortedAndShownInParts(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader(cities))
	for query, want := range map[string][]int{
		"":                                 {1, 2, 3, 4, 5},
		"column=city&contains=york":        {1, 3, 5},
		"column=CITY&equals=new+york":      {1, 5},
		"equals=new+york&column=city":      {1, 5},
		"column=people&equals=":            {4},
		"column=state&equals=ny&q=york":    {1, 5},
		"sort=people":                      {4, 3, 5, 2, 1},
		"sort=-people&limit=2&offset=1":    {2, 5},
		"sort=state":                       {3, 2, 1, 4, 5},
		"sort=-state":                      {1, 4, 5, 2, 3},
		"column=city&contains=new&limit=1": {1},
		"column=city&contains=york&column=state&equals=ny": {1, 5},
		"column=city&column=state&contains=york&equals=ny": {1, 5},
		"contains=york&equals=ny&column=city&column=state": {1, 5},
	} {
		rows, page := s.rowsOf(query)
		require.Equal(t, want, rows, query)
		if !strings.Contains(query, "limit") {
			require.Equal(t, len(want), page.Total, query)
		}
	}
	_, page := s.rowsOf("columns=state,city&limit=1")
	require.Equal(t, shape.List[string]{"state", "city"}, page.Columns)
	require.Equal(t, shape.List[shape.Row]{{Row: 1, Cells: shape.List[string]{"NY", "New York"}}}, page.Rows)
	_, page = s.rowsOf("columns=state&columns=people&limit=1")
	require.Equal(t, shape.List[string]{"state", "people"}, page.Columns)
	for query, says := range map[string]string{
		"column=city":                     "column is given 1 times, and contains and equals together 0 times",
		"contains=x":                      "column is given 0 times",
		"column=city&contains=a&equals=b": "together 2 times",
	} {
		p := s.refused(s.send("GET", "/api/v1/tables/cities/rows?"+query, nil), http.StatusBadRequest, "BAD_REQUEST")
		require.Contains(t, p.Error.Message, says, query)
	}
}

func TestNamesOfColumnsMayHaveCommas(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader("\"a, b\",\"say \"\"c\"\"\",d\n1,2,3\n"))
	_, page := s.rowsOf("columns=" + url.QueryEscape(`d , "a, b","say ""c"""`))
	require.Equal(t, shape.List[string]{"d", "a, b", `say "c"`}, page.Columns)
}

func TestRowsAreFoundByTheirFindings(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader("k,v\na,1\nb,2\n"))
	s.json("PUT", "/api/v1/tables/cities/lookups/cities", `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"v"}]}`, http.StatusOK, nil)
	s.upload("cities/versions", strings.NewReader("k,v\na,1\nb,2\nA,3\n,4\n"))
	for query, want := range map[string][]int{"finding=DUPLICATE_KEY": {3}, "finding=empty_key": {4}, "finding=TOO_LONG": nil, "finding=DUPLICATE_KEY&version=1": nil} {
		rows, _ := s.rowsOf(query)
		require.Equal(t, want, rows, query)
	}
}

func TestRowsAreChangedByNumber(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader(cities))
	var made shape.Imported
	s.json("PATCH", "/api/v1/tables/cities/rows?version=1&message=the+smaller+ones", `{"set":[{"row":3,"cells":{"city":"York","people":"7901"}}],"insert":[{"before":1,"cells":{"city":"Abilene"}},{"before":6,"cells":{"city":"Zion"}}],"deleteRows":[1,5]}`, http.StatusOK, &made)
	require.Equal(t, []any{2, true, 5}, []any{made.Version, made.Live, made.Rows})
	_, page := s.rowsOf("")
	var got []string
	for _, row := range page.Rows {
		got = append(got, strings.Join(row.Cells, "|"))
	}
	require.Equal(t, []string{"Abilene||", "Newark, Old|NJ|300000", "York|NE|7901", "Albany|NY|", "Zion||"}, got)
	var versions shape.Versions
	s.json("GET", "/api/v1/tables/cities/versions", "", http.StatusOK, &versions)
	require.Equal(t, "the smaller ones", versions.Versions[0].Message)
	require.True(t, versions.Versions[0].Patch)

	// Who has looked at version 1 is told what is different, and nothing is changed.
	got412 := s.refused(s.send("PATCH", "/api/v1/tables/cities/rows?version=1", strings.NewReader(`{"deleteRows":[1]}`)), http.StatusPreconditionFailed, "CHANGED_MEANWHILE")
	require.Equal(t, []any{2, "admin"}, []any{got412.Current.Version, got412.By})
	require.WithinDuration(t, time.Now(), got412.At, time.Minute)
	require.NotEmpty(t, got412.Changed)
	require.Contains(t, got412.Error.Message, "version 1 of table \"cities\" is no longer live, version 2 has been made by admin")

	s.json("PATCH", "/api/v1/tables/cities/rows?version=2&publish=false", `{"deleteRows":[1]}`, http.StatusOK, &made)
	require.Equal(t, []any{3, false}, []any{made.Version, made.Live})
	_, page = s.rowsOf("")
	require.Equal(t, []int{2, 5}, []int{page.Version, page.Total})
	s.refused(s.send("PATCH", "/api/v1/tables/cities/rows?message="+strings.Repeat("x", 1001), strings.NewReader(`{"deleteRows":[1]}`)), http.StatusBadRequest, "INVALID")
	s.refused(s.send("PATCH", "/api/v1/tables/cities/rows", strings.NewReader(`{"deleteRows":[1],"delete":[{"city":"x"}]}`)), http.StatusBadRequest, "INVALID")
}

func TestAKeyThatSeveralRowsHaveChangesNone(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader(cities))
	s.json("PUT", "/api/v1/tables/cities/lookups/cities", `{"match":[{"column":"city","field":"city"}],"outputs":[]}`, http.StatusOK, nil)
	p := s.refused(s.send("PATCH", "/api/v1/tables/cities/rows", strings.NewReader(`{"upsert":[{"city":"new york","people":"1"},{"city":"Albany","people":"2"}]}`)), http.StatusConflict, "KEY_NOT_UNIQUE")
	require.Len(t, p.Error.Details, 2)
	require.Equal(t, []any{1, 5, `the key "new york"`}, []any{p.Error.Details[0].Row, p.Error.Details[1].Row, p.Error.Details[1].Message})
	_, page := s.rowsOf("")
	require.Equal(t, 1, page.Version)
	s.json("PATCH", "/api/v1/tables/cities/rows", `{"upsert":[{"city":"ALBANY","people":"2"}],"delete":[{"city":"york"}]}`, http.StatusOK, nil)
	rows, _ := s.rowsOf("column=people&equals=2")
	require.Equal(t, []int{3}, rows)
}

func TestTheValuesOfAColumnAreCounted(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader(cities))
	var values shape.Values
	s.json("GET", "/api/v1/tables/cities/columns/STATE/values?top=2", "", http.StatusOK, &values)
	require.Equal(t, shape.Values{Version: 1, Column: "state", Rows: 5, Rest: 2, Values: shape.List[shape.Value]{{Value: "NY", Count: 2}, {Value: "NJ", Count: 1}}}, values)
	s.json("GET", "/api/v1/tables/cities/columns/people/values", "", http.StatusOK, &values)
	require.Equal(t, 1, values.Empty)
	require.Len(t, values.Values, 4)
}

func TestATextIsFoundInAllTables(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.upload("cities/versions", strings.NewReader(cities))
	s.upload("codes/versions", strings.NewReader(countries+"Republic of New York,NY,1\n"))
	var found shape.Found
	s.json("GET", "/api/v1/find?q=new++York&limit=1", "", http.StatusOK, &found)
	require.Equal(t, shape.Found{Searched: 2, Unsearched: shape.List[shape.Unsearched]{}, Tables: shape.List[shape.FoundTable]{
		{Table: "cities", Version: 1, Total: 2, Rows: shape.List[shape.FoundRow]{{Row: 1, Cells: shape.List[shape.FoundCell]{{Column: "city", Text: "New York"}}}}},
		{Table: "codes", Version: 1, Total: 1, Rows: shape.List[shape.FoundRow]{{Row: 3, Cells: shape.List[shape.FoundCell]{{Column: "country", Text: "Republic of New York"}}}}},
	}}, found)
}

func TestAPreviewStoresNothing(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	var p shape.Preview
	s.json("POST", "/api/v1/preview", "Report of May\n\n"+strings.ReplaceAll(cities, ",", ";"), http.StatusOK, &p)
	require.Equal(t, []any{"csv", "UTF-8", ";", 3}, []any{p.Format, p.Encoding, p.Delimiter, p.HeaderRow})
	require.Equal(t, shape.List[string]{"city", "state", "people"}, p.Lines[p.HeaderRow-1])
	require.Empty(t, p.Lines[1])
	require.NotNil(t, p.Lines[1], "an empty list")
	require.Empty(t, p.Sheets)

	s.upload("codes/versions", strings.NewReader(countries))
	book := s.send("GET", "/api/v1/tables/codes/export?format=xlsx", nil)
	require.Equal(t, http.StatusOK, book.status)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "book.xlsx")
	require.NoError(t, err)
	_, err = part.Write(book.body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	s.record(call{"POST", "/api/v1/preview", form.String(), w.FormDataContentType(), 200})
	got := s.send("POST", "/api/v1/preview", bytes.NewReader(form.Bytes()), "Content-Type", w.FormDataContentType())
	require.JSONEq(t, `{"format":"xlsx","sheet":"Table","sheets":[{"name":"Table","rows":3,"hidden":false}],"lines":[["country","alpha-2","numeric"],["Germany","DE","276"],["Afghanistan","AF","004"]],"headerRow":1}`, string(got.body))

	refused := s.refused(s.send("POST", "/api/v1/preview?name=leads.pdf", strings.NewReader("%PDF-1.7")), http.StatusUnprocessableEntity, "NOT_A_TABLE")
	require.Equal(t, "leads.pdf", refused.Error.Details[0].File)
	var list shape.Tables
	s.json("GET", "/api/v1/tables", "", http.StatusOK, &list)
	require.Len(t, list.Tables, 1)
}

// A message is shown beside its version, and the table answers as before.
func TestAMessageOfAnUploadStandsInTheListOfVersions(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	for i := range 2 {
		s.upload(fmt.Sprintf("codes/versions?message=%s", url.QueryEscape(fmt.Sprint("upload\n", i))), strings.NewReader(countries))
	}
	var table shape.WholeTable
	s.json("GET", "/api/v1/tables/codes", "", http.StatusOK, &table)
	require.Equal(t, []string{"upload 1", "upload 0"}, []string{table.Versions[0].Message, table.Versions[1].Message})
	s.refused(s.send("POST", "/api/v1/tables/codes/versions?message="+strings.Repeat("x", 1001), strings.NewReader(countries)), http.StatusBadRequest, "INVALID")
}
