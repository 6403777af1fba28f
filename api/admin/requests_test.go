package admin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
	"tablestep/api/shape"
)

// asked sends a request of the admin API and gives its status and its answer.
func asked(t *testing.T, s *apitest.Service, method, path, body string, to any) int {
	t.Helper()
	got := s.Send(t, method, "/api/v1"+path, strings.NewReader(body))
	if to != nil && len(got.Body) > 0 {
		require.NoError(t, json.Unmarshal(got.Body, to), "%s", got.Body)
	}
	return got.Status
}

func TestAParameterThatIsWrongIsNamedAndNothingIsStored(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "codes", "country,code\nGermany,DE\n", "")
	for _, c := range []struct{ method, path, body, says string }{
		{"POST", "/tables/other/versions?headerRow=x", "a,b\n1,2\n", `headerRow="x" is not a whole number from 0`},
		{"POST", "/tables/other/versions?fill=NUL_BYTE", "a,b\n1,2\n", `fill="NUL_BYTE" is not a finding of which cells can be filled; that is MERGED_CELLS`},
		{"POST", "/tables/other/versions?headerRow=-1", "a,b\n1,2\n", `headerRow="-1" is not a whole number from 0`},
		{"POST", "/tables/other/versions?delimiter=ab", "a,b\n1,2\n", `delimiter="ab" is not one character`},
		{"POST", "/tables/other/versions?delimiter=%22", "a,b\n1,2\n", "is not one character"},
		{"POST", "/tables/other/versions?delimiter=%0a", "a,b\n1,2\n", "is not one character"},
		{"POST", "/tables/other/versions?delimiter=%0d", "a,b\n1,2\n", "is not one character"},
		{"POST", "/tables/other/versions?delimiter=%ff", "a,b\n1,2\n", "is not one character"},
		{"POST", "/tables/other/versions?publish=maybe", "a,b\n1,2\n", `publish="maybe" is neither true nor false`},
		{"POST", "/tables/other/versions?confirm=maybe", "a,b\n1,2\n", `confirm="maybe" is neither true nor false`},
		{"POST", "/tables/other/versions?force=maybe", "a,b\n1,2\n", `force="maybe" is neither true nor false`},
		{"POST", "/tables/other/versions?exported=maybe", "a,b\n1,2\n", `exported="maybe" is neither true nor false`},
		{"POST", "/tables/other/versions?leaveOut=LONG_ROW,DUPLICATE_KEY", "a,b\n1,2\n", `leaveOut="DUPLICATE_KEY" is not a finding for which that can be done; these are: LONG_ROW, `},
		{"POST", "/tables/other/versions?join=SHORT_ROW", "a,b\n1,2\n", `join="SHORT_ROW" is not a finding for which that can be done; these are: LONG_ROW`},
		{"GET", "/tables/codes/rows?version=x", "", `version="x" is not`},
		{"GET", "/tables/codes/rows?offset=x", "", `offset="x" is not`},
		{"GET", "/tables/codes/rows?limit=x", "", `limit="x" is not`},
		{"GET", "/tables/codes/rows?column=code", "", "column is given 1 times, and contains and equals together 0 times: each column wants one of them, in the same order"},
		{"GET", "/tables/codes/columns/code/values?version=x", "", `version="x" is not`},
		{"GET", "/tables/codes/columns/code/values?top=x", "", `top="x" is not`},
		{"GET", "/tables/codes/columns/code/values?top=0", "", "top 0: 1 to 1000"},
		{"GET", "/find?q=a&limit=x", "", `limit="x" is not`},
		{"GET", "/find?q=a&limit=0", "", "limit 0: 1 to 100"},
		{"GET", "/find?q=%20", "", "give the text to find as q"},
		{"GET", "/find?q=%E2%80%8B", "", "no text to find"},
		{"GET", "/tables/codes/draft/rows?limit=x", "", `limit="x" is not`},
		{"PATCH", "/tables/codes/rows?version=x", "{}", `version="x" is not`},
		{"PATCH", "/tables/codes/rows?publish=maybe", "{}", `publish="maybe" is neither true nor false`},
		{"PATCH", "/tables/codes/rows", "{}", "0 rows: give 1 to 100000"},
		{"PATCH", "/tables/codes/rows", `{"update":[]}`, "update"},
		{"PATCH", "/tables/codes/draft/rows?version=x", "{}", `version="x" is not`},
		{"PATCH", "/tables/codes/draft/rows", "[]", "the body cannot be read"},
		{"POST", "/tables/codes/draft?headerRow=x", "a,b\n1,2\n", `headerRow="x" is not`},
		{"POST", "/tables/codes/draft/save?confirm=maybe", "{}", `confirm="maybe" is neither true nor false`},
		{"POST", "/tables/codes/draft/save?force=maybe", "{}", `force="maybe" is neither true nor false`},
		{"POST", "/tables/codes/draft/save", `{"publish":"yes"}`, "the body cannot be read"},
		{"POST", "/preview?headerRow=x", "a,b\n1,2\n", `headerRow="x" is not`},
		{"GET", "/tables/codes/diff?to=x", "", `to="x" is not`},
		{"GET", "/tables/codes/diff?from=x", "", `from="x" is not`},
		{"GET", "/tables/codes/export?version=x", "", `version="x" is not`},
		{"GET", "/tables/codes/export?format=pdf", "", `format="pdf" is neither csv nor xlsx`},
		{"GET", "/invocations?limit=x", "", `limit="x" is not`},
		{"POST", "/tables/codes/live", `{"version":1,"wersion":2}`, "wersion"},
		{"POST", "/tables/codes/live", `{"version":1}{"version":2}`, "more than one JSON value"},
		{"POST", "/tables/codes/live", `{`, "the body cannot be read"},
		{"POST", "/invocations/replay", `{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z","state":"dead"}`, "from must be before to"},
	} {
		var p shape.Problem
		require.Equal(t, http.StatusBadRequest, asked(t, s, c.method, c.path, c.body, &p), "%s %s", c.method, c.path)
		require.Contains(t, p.Error.Message, c.says, "%s %s", c.method, c.path)
	}
	require.Equal(t, http.StatusNotFound, asked(t, s, "GET", "/tables/other", "", nil))
}

func TestAnUploadIsRecordedWithWhatItWasToldAndByWhom(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	type versions struct {
		Versions []shape.Version
	}
	upload := func(table, query, body string) shape.Uploaded {
		var up shape.Uploaded
		require.Equal(t, http.StatusCreated, asked(t, s, "POST", "/tables/"+table+"/versions?"+query, body, &up), "%s", query)
		return up
	}
	for name, sep := range map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", "%5Ct": "\t", "pipe": "|", "%C2%A7": "§", "x": "x"} {
		up := upload("cut", "delimiter="+name, strings.Join([]string{"a", "b"}, sep)+"\n"+strings.Join([]string{"1", "2"}, sep)+"\n")
		require.Equal(t, sep, up.Used.Delimiter)
		require.Len(t, up.Columns, 2)
	}
	up := upload("t", "name=first.csv&publish=false&headerRow=2", "title\na,b\n1,2\n")
	require.False(t, up.Live)
	require.Equal(t, 2, up.Used.HeaderRow)
	require.Equal(t, 1, up.Rows)
	up = upload("headerless", "name=first.csv&publish=false&headerRow=0", "1,2\n3,4\n")
	require.Equal(t, 0, up.Used.HeaderRow)
	require.Equal(t, 2, up.Rows)
	require.Equal(t, []string{"A", "B"}, []string{up.Columns[0].Name, up.Columns[1].Name})
	long := "k,v\na, b,1\nc,2\nd,3\nReport of March,\n"
	up = upload("long", "leaveOut=long_row,%20FOOTER", long)
	require.Equal(t, 2, up.Rows)
	require.Equal(t, `line 2 is left out (LONG_ROW): "a, b,1"`, up.Findings[0].Message)
	require.Equal(t, "LEFT_OUT", up.Findings[1].Code)
	up = upload("long", "join=LONG_ROW&leaveOut=FOOTER&leaveOut=SHORT_ROW", long)
	require.Equal(t, 3, up.Rows)
	require.Equal(t, "JOINED", up.Findings[0].Code)
	require.True(t, upload("t", "name=second.csv", "a,b\n1,2\n3,4\n").Live, "one that is not told otherwise goes live")
	require.Equal(t, http.StatusOK, asked(t, s, "PATCH", "/tables/t/rows", `{"upsert":[{"a":"3","b":"5"}]}`, nil))

	var list versions
	require.Equal(t, http.StatusOK, asked(t, s, "GET", "/tables/t/versions", "", &list))
	require.Len(t, list.Versions, 3)
	for _, v := range list.Versions {
		require.Equal(t, "admin", v.By, "version %d", v.Version)
		require.Equal(t, v.Version == 3, v.Patch)
		if v.Version < 3 {
			require.Equal(t, []string{"first.csv", "second.csv"}[v.Version-1], v.Source)
		}
	}
	var h shape.History
	require.Equal(t, http.StatusOK, asked(t, s, "GET", "/tables/t/history", "", &h))
	for _, e := range h.History {
		require.Equal(t, "admin", e.By, "%+v", e)
	}
}

func TestARowThatCannotBeReadBlocksByNameWithTheWaysOut(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	var p shape.Problem
	require.Equal(t, http.StatusUnprocessableEntity, asked(t, s, "POST", "/tables/codes/versions?name=codes.csv", "country,code\nBonaire, Saba,BQ\nFrance,FR\n", &p))
	require.Equal(t, "LONG_ROW", p.Error.Code)
	require.Equal(t, "codes.csv", p.Error.Details[0].File)
	require.Equal(t, 1, p.Error.Details[0].Row)
	require.Contains(t, p.Error.Message, "join=LONG_ROW")
	require.Contains(t, p.Error.Message, "leaveOut=LONG_ROW")
	require.Equal(t, http.StatusNotFound, asked(t, s, "GET", "/tables/codes", "", nil), "nothing is stored")

	// What is not to go live is stored with the finding.
	var up shape.Uploaded
	require.Equal(t, http.StatusCreated, asked(t, s, "POST", "/tables/codes/versions?publish=false", "country,code\nBonaire, Saba,BQ\nFrance,FR\n", &up))
	require.Equal(t, 2, up.Rows)
	require.False(t, up.Live)
	require.Equal(t, "LONG_ROW", up.Findings[0].Code)
	require.Equal(t, 1, up.Findings[0].Row)
}

func TestTheTextOfAnErrorStaysWhereALookupComparesItAsItIs(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	const content = "k,v\n#N/A,#REF!\nx,y\n"
	for mode, kept := range map[string]bool{"normalized": false, "exact": true, "regex": true, "wildcard": true} {
		table := "of-" + mode
		s.Table(t, table, "k,v\na,b\nc,d\n", `{"match":[{"column":"k","field":"country","mode":"`+mode+`"}],"outputs":[{"column":"v","field":"city"}]}`)
		var up shape.Uploaded
		require.Equal(t, http.StatusCreated, asked(t, s, "POST", "/tables/"+table+"/versions", content, &up), mode)
		var rows shape.Rows
		require.Equal(t, http.StatusOK, asked(t, s, "GET", "/tables/"+table+"/rows", "", &rows))
		want := []string{"", ""}
		if kept {
			want[0] = "#N/A"
		}
		require.Equal(t, want, []string(rows.Rows[0].Cells), mode)
		errors := 0
		for _, w := range up.Findings {
			if w.Code == "ERROR_VALUE" {
				errors++
			}
		}
		require.Equal(t, map[bool]int{true: 1, false: 2}[kept], errors, mode)

		require.Equal(t, http.StatusCreated, asked(t, s, "POST", "/tables/"+table+"/draft", content, nil), mode)
		rows = shape.Rows{}
		require.Equal(t, http.StatusOK, asked(t, s, "GET", "/tables/"+table+"/draft/rows", "", &rows))
		require.Equal(t, want, []string(rows.Rows[0].Cells), "a draft of the file, mode %s", mode)
	}
}

// A draft is saved from its rows, which do not tell any more that a line had too many cells.
func TestADraftOfAFileWithTooManyCellsIsRefused(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	for _, query := range []string{"", "?publish=false", "?publish=true"} {
		var p shape.Problem
		require.GreaterOrEqual(t, asked(t, s, "POST", "/tables/t/draft"+query, "k,v\na,1\nb,2,3\n", &p), 400, query)
		require.Equal(t, http.StatusNotFound, asked(t, s, "GET", "/tables/t/draft", "", nil), query)
	}
}

func TestAFormHoldsItsFileInThePartOfThatName(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{MaxUpload: 100})
	form := func(part, file, content string) (body *bytes.Buffer, kind string) {
		body = new(bytes.Buffer)
		w := multipart.NewWriter(body)
		require.NoError(t, w.WriteField("note", "not the file"))
		p, err := w.CreateFormFile(part, file)
		require.NoError(t, err)
		_, err = p.Write([]byte(content))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return body, w.FormDataContentType()
	}
	send := func(body *bytes.Buffer, kind string) (int, string) {
		got := s.Send(t, "POST", "/api/v1/tables/t/versions?name=told.csv", body, "Content-Type", kind)
		return got.Status, string(got.Body)
	}
	body, kind := form("file", `C:\Users\me\codes.csv`, "a,b\n1,2\n")
	status, _ := send(body, kind)
	require.Equal(t, http.StatusCreated, status)
	var list struct{ Versions []shape.Version }
	require.Equal(t, http.StatusOK, asked(t, s, "GET", "/tables/t/versions", "", &list))
	require.Equal(t, "codes.csv", list.Versions[0].Source, "the form's name, without its folders")

	body, kind = form("other", "codes.csv", "a,b\n1,2\n")
	status, text := send(body, kind)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, text, "no part named file")

	// The bound is that of the file.
	for size, want := range map[int]int{100: http.StatusCreated, 101: http.StatusRequestEntityTooLarge} {
		file := "a,b\n" + strings.Repeat("x", size-len("a,b\n,1\n")) + ",1\n"
		require.Len(t, file, size)
		got := s.Send(t, "POST", fmt.Sprintf("/api/v1/tables/large%d/versions", size), strings.NewReader(file))
		require.Equal(t, want, got.Status, "%s", got.Body)
	}
}

func TestAPageOfRowsHasAThousandAtMostAndFiftyUnlessTold(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	var csv strings.Builder
	csv.WriteString("k,v\n")
	for i := range 1001 {
		fmt.Fprintf(&csv, "%04d,x\n", i)
	}
	s.Table(t, "many", csv.String(), "")
	for query, want := range map[string]int{"": 50, "?limit=1": 1, "?limit=1000": 1000, "?limit=1001": 1000, "?offset=1000&limit=5": 1, "?q=0007": 1} {
		var page shape.Rows
		require.Equal(t, http.StatusOK, asked(t, s, "GET", "/tables/many/rows"+query, "", &page))
		require.Len(t, page.Rows, want, query)
	}
}

func TestAVersionIsPublishedOrRolledBackByAdmin(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "t", "a,b\n1,2\n", "")
	s.Table(t, "t", "a,b\n1,3\n", "")
	var live shape.LiveTable
	require.Equal(t, http.StatusOK, asked(t, s, "POST", "/tables/t/live", `{"version":1}`, &live))
	require.Equal(t, "t", live.Table)
	require.Equal(t, 1, *live.Live)
	require.Equal(t, http.StatusOK, asked(t, s, "POST", "/tables/t/live", `{"rollback":true}`, &live))
	require.Equal(t, 2, *live.Live)
	require.Equal(t, http.StatusNotFound, asked(t, s, "POST", "/tables/t/live", `{"version":9}`, nil))
	require.Equal(t, http.StatusNotFound, asked(t, s, "POST", "/tables/none/live", `{"rollback":true}`, nil))
	got := s.Send(t, "GET", "/api/v1/tables/t/export?version=1", nil)
	require.Equal(t, "a,b\n1,2\n", string(got.Body))
	require.Equal(t, "text/csv; charset=utf-8", got.Header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="t-1.csv"`, got.Header.Get("Content-Disposition"))
	got = s.Send(t, "GET", "/api/v1/tables/t/export?format=xlsx", nil)
	require.Equal(t, `attachment; filename="t-2.xlsx"`, got.Header.Get("Content-Disposition"), "the live one is named by its number")
	require.True(t, bytes.HasPrefix(got.Body, []byte("PK")))
}
