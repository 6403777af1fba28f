package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
	"tablestep/tables/schema"
)

type uploadAnswer struct {
	Table    string
	Version  int
	Live     bool
	Rows     int
	Columns  []schema.Column
	Findings []shape.Finding
	Counts   shape.Counts
	Diff     struct{ Added, Removed, Changed int }
	Used     struct {
		Format, Encoding, Delimiter string
		HeaderRow                   int
	}
}

func (s *service) upload(path string, body io.Reader, header ...string) uploadAnswer {
	s.t.Helper()
	got := s.send("POST", "/api/v1/tables/"+path, body, header...)
	require.Equal(s.t, http.StatusCreated, got.status, "%s", got.body)
	var u uploadAnswer
	require.NoError(s.t, json.Unmarshal(got.body, &u))
	return u
}

func TestAnUploadSaysWhatWasRead(t *testing.T) {
	s := start(t, settings{})
	u := s.upload("codes/versions?name=codes.csv", strings.NewReader("country;code\r\nGermany;+49\r\nFrance;033\r\n"))
	require.Equal(t, "codes", u.Table)
	require.Equal(t, 1, u.Version)
	require.True(t, u.Live)
	require.Equal(t, 2, u.Rows)
	require.Equal(t, "csv", u.Used.Format)
	require.Equal(t, 1, u.Used.HeaderRow)
	var page struct {
		Total   int
		Columns []string
		Rows    []struct {
			Row   int
			Cells []string
		}
	}
	s.json("GET", "/api/v1/tables/codes/rows", "", http.StatusOK, &page)
	require.Equal(t, 2, page.Total)
	require.Equal(t, []string{"country", "code"}, page.Columns)
	require.Equal(t, []string{"Germany", "+49"}, page.Rows[0].Cells, "the text a person saw")
	require.Equal(t, []string{"France", "033"}, page.Rows[1].Cells)
	require.Equal(t, 1, page.Rows[0].Row)
	u = s.upload("codes/versions?publish=false", strings.NewReader("country;code\nGermany;+49\nFrance;034\nSpain;035\n"))
	require.Equal(t, 2, u.Version)
	require.False(t, u.Live)
	require.Equal(t, 1, u.Diff.Added)
	require.Equal(t, 1, u.Diff.Changed)
}

func TestAnUploadInChunksIsAnswered(t *testing.T) {
	s := start(t, settings{})
	for range 3 { // in one connection after the other
		u := s.upload("codes/versions", io.MultiReader(strings.NewReader("a,b\n1,2\n"), strings.NewReader(strings.Repeat("3,4\n", 5000))))
		require.Equal(t, 5001, u.Rows)
	}
	// Nobody reads the chunks of a refused upload.
	got := s.send("POST", "/api/v1/tables/codes/versions?delimiter=%22", io.MultiReader(strings.NewReader(strings.Repeat("a,b\n", 5000))))
	s.refused(got, http.StatusBadRequest, "BAD_REQUEST")
}

func TestAFormUploadTakesTheFilePart(t *testing.T) {
	s := start(t, settings{})
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	require.NoError(t, w.WriteField("note", "before the file"))
	part, err := w.CreateFormFile("file", `..\..\etc/passwd.csv`)
	require.NoError(t, err)
	_, err = part.Write([]byte("a,b\n1,2\n"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	s.upload("form/versions", &form, "Content-Type", w.FormDataContentType())
	var shown struct{ Versions []struct{ Source string } }
	s.json("GET", "/api/v1/tables/form", "", http.StatusOK, &shown)
	require.Equal(t, "passwd.csv", shown.Versions[0].Source)
	form.Reset()
	w = multipart.NewWriter(&form)
	require.NoError(t, w.WriteField("other", "x"))
	require.NoError(t, w.Close())
	s.refused(s.send("POST", "/api/v1/tables/form/versions", &form, "Content-Type", w.FormDataContentType()), http.StatusBadRequest, "BAD_REQUEST")
}

func TestAnXLSXUploadKeepsWhatAPersonSaw(t *testing.T) {
	s := start(t, settings{})
	for _, sheet := range []string{"", "?sheet=Tiers", "?sheet=1"} {
		raw, err := os.ReadFile("../testdata/tables/company-tiers.xlsx")
		require.NoError(t, err)
		u := s.upload("tiers/versions"+sheet, bytes.NewReader(raw))
		require.Equal(t, "xlsx", u.Used.Format)
		require.Equal(t, 39, u.Rows)
	}
	raw, err := os.ReadFile("../testdata/tables/company-tiers.csv")
	require.NoError(t, err)
	u := s.upload("tiers/versions", bytes.NewReader(raw))
	require.Zero(t, u.Diff.Added+u.Diff.Removed+u.Diff.Changed, "the workbook and its CSV twin are equal cell by cell")
}

func TestBadUploadsAreRefusedAndTheLiveVersionStays(t *testing.T) {
	s := start(t, settings{maxUpload: 64 << 10})
	s.table("codes", countries, "")
	for _, c := range []struct {
		name, body, query string
		status            int
		code              string
	}{
		{"nothing", "", "", 422, "FILE_EMPTY"},
		{"only a header", "a,b\n", "", 422, "NO_ROWS"},
		{"two columns of one name", "a,b,A \n1,2,3\n", "", 422, "DUPLICATE_COLUMN"},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "", 422, "NOT_A_TABLE"},
		{"a broken workbook", "PK\x03\x04 this is no zip", "", 422, "DAMAGED"},
		{"too large", strings.Repeat("a,b\n", 20<<10), "", 413, "REQUEST_ENTITY_TOO_LARGE"},
		{"an unknown encoding", "a,b\n1,2\n", "?encoding=klingon", 422, "BAD_ENCODING"},
		{"a bad delimiter", "a,b\n1,2\n", "?delimiter=%22", 400, "BAD_REQUEST"},
		{"a bad header row", "a,b\n1,2\n", "?headerRow=x", 400, "BAD_REQUEST"},
		{"a bad flag", "a,b\n1,2\n", "?publish=perhaps", 400, "BAD_REQUEST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.send("POST", "/api/v1/tables/codes/versions"+c.query, strings.NewReader(c.body))
			p := s.refused(got, c.status, c.code)
			t.Log(p.Error.Message)
		})
	}
	s.refused(s.send("POST", "/api/v1/tables/BAD%20NAME/versions", strings.NewReader("a,b\n1,2\n")), http.StatusBadRequest, "INVALID")
	var shown struct {
		Live     int
		Versions []struct{}
	}
	s.json("GET", "/api/v1/tables/codes", "", http.StatusOK, &shown)
	require.Equal(t, 1, shown.Live)
	require.Len(t, shown.Versions, 1)
}

func TestPublishAndRollBackMoveTheLiveVersion(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, "")
	s.upload("codes/versions?publish=false", strings.NewReader(countries+"France,FR,250\n"))
	live := func() int {
		var shown struct{ Live int }
		s.json("GET", "/api/v1/tables/codes", "", http.StatusOK, &shown)
		return shown.Live
	}
	require.Equal(t, 1, live())
	s.json("POST", "/api/v1/tables/codes/live", `{"version":2}`, http.StatusOK, nil)
	require.Equal(t, 2, live())
	s.json("POST", "/api/v1/tables/codes/live", `{"rollback":true}`, http.StatusOK, nil)
	require.Equal(t, 1, live())
	s.refused(s.send("POST", "/api/v1/tables/codes/live", strings.NewReader(`{"version":7}`)), http.StatusNotFound, "VERSION_NOT_FOUND")
	s.refused(s.send("POST", "/api/v1/tables/codes/live", strings.NewReader(`{"verison":1}`)), http.StatusBadRequest, "BAD_REQUEST")
}

func TestALookupNamesSeveralFieldsConstantsAndWaysToWrite(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, "")
	const path = "/api/v1/tables/codes/lookups/codes"
	var l shape.SetLookup
	s.json("PUT", path, `{"match":[{"column":"country","field":["land","country"],"split":";"}],
		"outputs":[{"column":"alpha-2","field":"code","write":"ifEmpty"},{"value":"EMEA","field":"region"}]}`, http.StatusOK, &l)
	require.Equal(t, shape.Fields{"land", "country"}, l.Match[0].Field)
	got := s.send("GET", path, nil)
	require.Contains(t, string(got.body), `"field":["land","country"]`)
	require.Contains(t, string(got.body), `{"value":"EMEA","field":"region","type":"string"}`)
	var tried shape.Results
	s.json("POST", "/api/v1/evaluate", `{"leads":[{"land":"","country":"germany;x","code":"D"}],"flow":{"table":"codes"}}`, http.StatusOK, &tried)
	require.JSONEq(t, `{"id":1,"region":"EMEA"}`, string(tried.Results[0].LeadData))
	require.Equal(t, shape.Trace{
		Table: "codes", Version: 1, Lookup: "codes", HitPolicy: "first",
		Match: shape.List[shape.TraceMatch]{{Column: "country", Field: shape.Fields{"land", "country"}, From: "country", Mode: "normalized"}},
		Parts: []shape.TracePart{{Value: "germany", Row: 1}, {Value: "x"}}, NotWritten: []shape.NotWritten{{Field: "code", Write: "ifEmpty", Why: "the lead's field is not empty"}},
	}, tried.Results[0].Trace)
	s.json("PUT", path, `{"match":[{"column":"country","field":["land"]}],"outputs":[]}`, http.StatusOK, &l)
	got = s.send("GET", path, nil)
	require.Contains(t, string(got.body), `"field":"land"`, "a list of one is told as a text")
	for body, says := range map[string]string{
		`{"match":[{"column":"country","field":[]}],"outputs":[]}`:                                                       "name a lead field",
		`{"match":[{"column":"country","field":["a","A"]}],"outputs":[]}`:                                                "stands twice",
		`{"match":[{"column":"country","field":{"a":1}}],"outputs":[]}`:                                                  "name a lead field",
		`{"match":[{"column":"country","field":"x"}],"outputs":[{"column":"alpha-2","value":"x","field":"f"}]}`:          "writes one of them",
		`{"match":[{"column":"country","field":"x"}],"outputs":[{"field":"f"}]}`:                                         "no column and no value",
		`{"match":[{"column":"country","field":"x"}],"outputs":[{"column":"alpha-2","field":"f","write":"never"}]}`:      "use one of always, ifEmpty or ifDifferent",
		`{"match":[{"column":"country","field":"x","split":"; "}],"outputs":[{"value":"1","type":"float","field":"f"}]}`: "only string and text take",
	} {
		got := s.send("PUT", path, strings.NewReader(body))
		require.Contains(t, []int{http.StatusBadRequest, http.StatusUnprocessableEntity}, got.status, body)
		require.Contains(t, string(got.body), says, body)
	}
}

func TestLookupsAreSetShownAndGuessedAgain(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, "")
	var l schema.Lookup
	s.json("GET", "/api/v1/tables/codes/lookups/codes", "", http.StatusOK, &l)
	require.True(t, l.Guessed)
	require.Equal(t, "country", l.Match[0].Column)
	l = schema.Lookup{}
	s.json("PUT", "/api/v1/tables/codes/lookups/codes", countriesLookup, http.StatusOK, &l)
	require.False(t, l.Guessed)
	require.Equal(t, "Country codes", l.Label)
	for body, code := range map[string]string{
		`{"match":[{"column":"nope","field":"x"}],"outputs":[]}`:                                             "COLUMN_NOT_FOUND",
		`{"match":[{"column":"country","field":"x","mode":"telepathy"}],"outputs":[]}`:                       "INVALID",
		`{"match":[{"column":"country","field":"x"}],"hitPolicy":"luck","outputs":[]}`:                       "INVALID",
		`{"match":[{"column":"country","field":"x"}],"outputs":[{"column":"alpha-2","field":"id"}]}`:         "INVALID",
		`{"match":[{"column":"country","field":"x"}],"outputs":[{"column":"alpha-2","field":"f","typ":""}]}`: "BAD_REQUEST",
	} {
		got := s.send("PUT", "/api/v1/tables/codes/lookups/codes", strings.NewReader(body))
		require.GreaterOrEqual(t, got.status, 400, body)
		require.Contains(t, string(got.body), code, body)
	}
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/codes/lookups/codes", nil).status)
	s.json("GET", "/api/v1/tables/codes/lookups/codes", "", http.StatusOK, &l)
	require.True(t, l.Guessed)
	s.refused(s.send("GET", "/api/v1/tables/codes/lookups/none", nil), http.StatusNotFound, "LOOKUP_NOT_FOUND")
}

func TestEvaluateAnswersLikeTheFlowStep(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, countriesLookup)
	var out struct {
		Results []struct {
			LeadData     map[string]any
			ActivityData map[string]any
			Trace        map[string]any
		}
	}
	s.json("POST", "/api/v1/evaluate", `{"leads":[{"country":"GERMANY"},{"country":"?"}],"flow":{"table":"codes"}}`, http.StatusOK, &out)
	require.Equal(t, "DE", out.Results[0].LeadData["countryCode2"])
	require.Equal(t, "LOOKUP_VALUE_NOT_FOUND", out.Results[1].ActivityData["errorCode"])
	require.Equal(t, "codes", out.Results[0].Trace["table"])
	s.refused(s.send("POST", "/api/v1/evaluate", strings.NewReader(`{"flow":{}}`)), http.StatusBadRequest, "BAD_REQUEST")
	s.refused(s.send("POST", "/api/v1/evaluate", strings.NewReader(`{"leads":[7]}`)), http.StatusBadRequest, "REQUEST_INVALID")
}

func TestRowsAreChangedByKeyIntoANewVersion(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, countriesLookup)
	var p uploadAnswer
	s.json("PATCH", "/api/v1/tables/codes/rows", `{"upsert":[{"country":"germany","numeric":"999"},{"country":"France","alpha-2":"FR"}],"delete":[{"country":"AFGHANISTAN"}]}`, http.StatusOK, &p)
	require.Equal(t, 2, p.Version)
	require.True(t, p.Live)
	require.Equal(t, 1, p.Diff.Added)
	require.Equal(t, 1, p.Diff.Removed)
	require.Equal(t, 1, p.Diff.Changed)
	require.Equal(t, "country,alpha-2,numeric\ngermany,DE,999\nFrance,FR,\n", string(s.send("GET", "/api/v1/tables/codes/export", nil).body))
	s.refused(s.send("PATCH", "/api/v1/tables/codes/rows", strings.NewReader(`{"upsert":[{"nope":"x"}]}`)), http.StatusUnprocessableEntity, "COLUMN_NOT_FOUND")
	var d struct {
		From, To int
		Count    struct{ Added, Removed, Changed, Unchanged int }
		Added    []struct{ Cells []string }
	}
	s.json("GET", "/api/v1/tables/codes/diff", "", http.StatusOK, &d)
	require.Equal(t, 1, d.From)
	require.Equal(t, 2, d.To)
	require.Equal(t, 1, d.Count.Changed)
	require.Equal(t, []string{"France", "FR", ""}, d.Added[0].Cells)
	s.json("GET", "/api/v1/tables/codes/diff?from=2&to=1", "", http.StatusOK, &d)
	require.Equal(t, 2, d.From)
	s.refused(s.send("GET", "/api/v1/tables/codes/diff?from=1&to=7", nil), http.StatusNotFound, "VERSION_NOT_FOUND")
	var h struct{ History []struct{ Action, By string } }
	s.json("GET", "/api/v1/tables/codes/history", "", http.StatusOK, &h)
	require.GreaterOrEqual(t, len(h.History), 3)
}

func TestAnExportIsDefusedAndItsImportChangesNothing(t *testing.T) {
	s := start(t, settings{})
	s.upload("odd/versions", strings.NewReader("key,value\na,=1+1\nb,+49\nc,'+5\nd,007\ne,\"x\ny\"\n"))
	for _, format := range []string{"csv", "xlsx"} {
		got := s.send("GET", "/api/v1/tables/odd/export?format="+format, nil)
		require.Equal(t, http.StatusOK, got.status)
		require.Contains(t, got.header.Get("Content-Disposition"), "odd-1."+format)
		if format == "csv" {
			require.Contains(t, string(got.body), "'=1+1")
			require.Contains(t, string(got.body), "'+49")
		}
		u := s.upload("odd/versions?publish=false", bytes.NewReader(got.body))
		require.Zero(t, u.Diff.Added+u.Diff.Removed+u.Diff.Changed, format)
		require.Empty(t, u.Findings)
	}
	s.refused(s.send("GET", "/api/v1/tables/odd/export?format=pdf", nil), http.StatusBadRequest, "BAD_REQUEST")
	s.refused(s.send("GET", "/api/v1/tables/odd/export?version=99", nil), http.StatusNotFound, "VERSION_NOT_FOUND")
}

func TestATableThatLosesMostOfItsRowsNeedsConfirmation(t *testing.T) {
	s := start(t, settings{})
	s.upload("big/versions", strings.NewReader("k,v\n1,a\n2,b\n3,c\n4,d\n5,e\n"))
	small := "k,v\n1,a\n2,b\n"
	s.refused(s.send("POST", "/api/v1/tables/big/versions", strings.NewReader(small)), http.StatusConflict, "CONFLICT")
	u := s.upload("big/versions?confirm=true", strings.NewReader(small))
	require.True(t, u.Live)
	require.Equal(t, 3, u.Diff.Removed)
}

func TestAnUploadWithoutAColumnThatALookupUsesIsRefusedByName(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, countriesLookup)
	without := "country,numeric\nGermany,276\nAfghanistan,004\n"
	p := s.refused(s.send("POST", "/api/v1/tables/codes/versions", strings.NewReader(without)), http.StatusConflict, "CONFLICT")
	require.Contains(t, p.Error.Message, "alpha-2")
	require.Contains(t, p.Error.Message, "codes")
	require.True(t, s.upload("codes/versions?force=true", strings.NewReader(without)).Live)
}

func TestADeletedTableIsGone(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, "")
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/codes", nil).status)
	s.refused(s.send("GET", "/api/v1/tables/codes", nil), http.StatusNotFound, "TABLE_NOT_FOUND")
	s.refused(s.send("DELETE", "/api/v1/tables/codes", nil), http.StatusNotFound, "TABLE_NOT_FOUND")
}

func TestInfoTellsTheVersion(t *testing.T) {
	s := start(t, settings{})
	var info struct {
		Version, PublicURL string
		Tables             int
	}
	s.json("GET", "/api/v1/info", "", http.StatusOK, &info)
	require.Equal(t, "test", info.Version)
	require.Equal(t, s.url, info.PublicURL)
}

const tiers = `
name: tiers
rules:
  - name: big
    when: number(lead.employees) >= 1000
    set: {tier: '"Enterprise"'}
otherwise:
  set: {tier: '"Other"'}
tests:
  - name: a big one
    lead: {employees: 2000}
    want: {rules: [big], set: {tier: Enterprise}}
`

func TestRuleSetsAreCheckedStoredAndPublished(t *testing.T) {
	s := start(t, settings{})
	var put struct {
		Version int
		Live    bool
		Tests   []struct{ Passed bool }
	}
	s.json("PUT", "/api/v1/rulesets/tiers", tiers, http.StatusOK, &put)
	require.Equal(t, 1, put.Version)
	require.True(t, put.Live)
	require.Len(t, put.Tests, 1)
	require.Equal(t, []string{"none", "tiers"}, s.picklist("ruleSet"))
	require.Equal(t, tiers, string(s.send("GET", "/api/v1/rulesets/tiers/export", nil).body))

	s.json("PUT", "/api/v1/rulesets/tiers", strings.ReplaceAll(tiers, `'"Other"'`, `'"Small"'`), http.StatusOK, &put)
	require.Equal(t, 2, put.Version)
	var d struct {
		From, To, Unchanged int
		Changed             []struct {
			Rule     string
			From, To []string
		}
	}
	s.json("GET", "/api/v1/rulesets/tiers/diff", "", http.StatusOK, &d)
	require.Equal(t, 1, d.From)
	require.Equal(t, 2, d.To)
	require.Equal(t, 1, d.Unchanged)
	require.Equal(t, "otherwise", d.Changed[0].Rule)
	require.Equal(t, []string{`set tier: "Other"`}, d.Changed[0].From)
	require.Equal(t, []string{`set tier: "Small"`}, d.Changed[0].To)
	s.json("POST", "/api/v1/rulesets/tiers/live", `{"rollback":true}`, http.StatusOK, nil)
	var shown struct {
		Live     int
		Versions []struct{ Version int }
	}
	s.json("GET", "/api/v1/rulesets/tiers", "", http.StatusOK, &shown)
	require.Equal(t, 1, shown.Live)
	require.Len(t, shown.Versions, 2)

	var tried struct {
		Results []struct {
			LeadData map[string]any
			Trace    struct{ Rules string }
		}
	}
	s.json("POST", "/api/v1/rulesets/tiers/test", `{"leads":[{"employees":"5"},{"employees":"5000"}]}`, http.StatusOK, &tried)
	require.Equal(t, "Other", tried.Results[0].LeadData["tier"])
	require.Equal(t, "Enterprise", tried.Results[1].LeadData["tier"])
	require.Contains(t, tried.Results[1].Trace.Rules, "big")

	wrong := strings.ReplaceAll(tiers, ">= 1000", ">=")
	p := s.refused(s.send("PUT", "/api/v1/rulesets/tiers", strings.NewReader(wrong)), http.StatusUnprocessableEntity, "RULESET_INVALID")
	require.Contains(t, p.Error.Message, "line 5")
	failing := strings.ReplaceAll(tiers, "2000", "20")
	p = s.refused(s.send("PUT", "/api/v1/rulesets/tiers", strings.NewReader(failing)), http.StatusUnprocessableEntity, "RULESET_INVALID")
	require.Contains(t, p.Error.Message, "a big one")
	s.refused(s.send("PUT", "/api/v1/rulesets/other", strings.NewReader(tiers)), http.StatusBadRequest, "BAD_REQUEST")
	s.refused(s.send("GET", "/api/v1/rulesets/none", nil), http.StatusNotFound, "RULESET_NOT_FOUND")
	s.json("GET", "/api/v1/rulesets/tiers", "", http.StatusOK, &shown)
	require.Len(t, shown.Versions, 2, "nothing was stored")
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/rulesets/tiers", nil).status)
	s.refused(s.send("DELETE", "/api/v1/rulesets/tiers", nil), http.StatusNotFound, "RULESET_NOT_FOUND")
}

func TestARefusedPicklistRequestChangesNoMapping(t *testing.T) {
	s := start(t, settings{})
	const asked = `{"name":%q,"type":%q,"fieldMappingContext":{"invocation":[{"marketoAttribute":%q}],"callback":[{"marketoAttribute":%q}]}}`
	ask := func(name, kind, field string, status int) {
		s.json("POST", "/getPicklist", fmt.Sprintf(asked, name, kind, field, field), status, nil)
	}
	ask("keyValField", "flow", "country", http.StatusOK)
	ask("nothing", "flow", "other", http.StatusNotFound)
	ask("keyValField", "callback", "other", http.StatusNotFound)
	require.Equal(t, []string{"country"}, s.engine.Mapping().Invocation)
	require.Equal(t, []string{"country"}, s.engine.Mapping().Callback)
}

func TestTheMappingIsKeptSortedAndOnce(t *testing.T) {
	s := start(t, settings{})
	s.json("POST", "/getPicklist", `{"name":"keyValField","type":"flow","fieldMappingContext":{
		"invocation":[{"marketoAttribute":"state"},{"marketoAttribute":"country"},{"marketoAttribute":""},{"marketoAttribute":"state"}],
		"callback":[{"marketoAttribute":"b"},{"marketoAttribute":"a"}]}}`, http.StatusOK, nil)
	require.Equal(t, []string{"country", "state"}, s.engine.Mapping().Invocation)
	require.Equal(t, []string{"a", "b"}, s.engine.Mapping().Callback)
}
