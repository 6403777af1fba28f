package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

const aliasPath = "/api/v1/tables/codes/aliases"

func aliasBody(value, country string) string {
	body, err := json.Marshal(shape.NewAlias{Values: map[string]string{"country": value}, Action: "map", Target: map[string]string{"country": country}})
	if err != nil {
		panic(err) // of texts
	}
	return string(body)
}

// evaluated is what the default lookup of the table codes writes for a country.
func (s *service) evaluated(country string) (fields, activity map[string]any) {
	s.t.Helper()
	var got shape.Results
	s.json("POST", "/api/v1/evaluate", `{"leads":[{"country":"`+country+`"}],"flow":{"table":"codes"}}`, http.StatusOK, &got)
	require.NoError(s.t, json.Unmarshal(got.Results[0].LeadData, &fields))
	require.NoError(s.t, json.Unmarshal(got.Results[0].ActivityData, &activity))
	return fields, activity
}

// Aliases are added, listed, lost with their row, told in the status, and removed.
func TestAliasesStandBesideATable(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.table("codes", countries, `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"alpha-2","field":"code"}]}`)
	var added shape.Added
	s.json("POST", aliasPath, aliasBody("Deutschland", "Germany"), http.StatusCreated, &added)
	require.Equal(t, []any{1, "codes", "map", "admin"}, []any{added.Aliases[0].ID, added.Aliases[0].Lookup, added.Aliases[0].Action, added.Aliases[0].By})
	s.json("POST", aliasPath+"?lookup=codes", `{"values":{"COUNTRY":"=n/a"},"action":"ignore"}`, http.StatusCreated, nil)
	fields, activity := s.evaluated("deutschland")
	require.Equal(t, "DE", fields["code"])
	require.Equal(t, "alias", activity["matchMode"])

	s.refused(s.send("POST", aliasPath, strings.NewReader(`{"values":{"country":"DEUTSCHLAND"},"action":"ignore"}`)), http.StatusConflict, "CONFLICT")
	p := s.refused(s.send("POST", aliasPath, strings.NewReader(`{"aliases":[`+aliasBody("x", "Germany")+`,`+aliasBody("y", "Nowhere")+`]}`)), http.StatusUnprocessableEntity, "ALIAS_LOST")
	require.Equal(t, "aliases[1]", p.Error.Details[0].Field)
	s.refused(s.send("POST", aliasPath, strings.NewReader(`{"values":{"land":"x"},"action":"ignore"}`)), http.StatusUnprocessableEntity, "ALIAS_INVALID")
	s.refused(s.send("POST", aliasPath, strings.NewReader(`{"values":{"country":"x"},"action":"ignore","aliases":[]}`)), http.StatusBadRequest, "BAD_REQUEST")
	s.refused(s.send("POST", aliasPath+"?lookup=other", strings.NewReader(aliasBody("x", "Germany"))), http.StatusNotFound, "LOOKUP_NOT_FOUND")
	s.refused(s.send("GET", aliasPath+"?lookup=other", nil), http.StatusNotFound, "LOOKUP_NOT_FOUND")

	var list shape.Aliases
	s.json("GET", aliasPath+"?offset=1&limit=1", "", http.StatusOK, &list)
	require.Equal(t, []any{2, 1, 2}, []any{list.Total, len(list.Aliases), list.Aliases[0].ID})
	csv := s.send("GET", aliasPath, nil, "Accept", "text/csv")
	require.Contains(t, csv.header.Get("Content-Type"), "text/csv")
	lines := strings.Split(strings.TrimPrefix(string(csv.body), "\ufeff"), "\n")
	require.Equal(t, "id,lookup,action,value: country,target: country,by,at,lost", strings.TrimSpace(lines[0]))
	require.Contains(t, lines[1], "1,codes,map,Deutschland,Germany,admin,")
	require.Contains(t, lines[2], "2,codes,ignore,\"'=n/a\",,admin,", "no formula")

	// The row goes, and what is said of it.
	var patched shape.Imported
	s.json("PATCH", "/api/v1/tables/codes/rows", `{"upsert":[{"country":"Germania"}],"delete":[{"country":"Germany"}]}`, http.StatusOK, &patched)
	require.Equal(t, 1, patched.Counts["ALIAS_LOST"])
	s.json("GET", aliasPath, "", http.StatusOK, &list)
	require.Equal(t, `version 2 has no row with country = "Germany"`, list.Aliases[0].Lost)
	require.Eventually(t, func() bool {
		return strings.Contains(string(s.send("GET", "/status", nil).body), `lookup \"codes\": 1 aliases hit nothing`)
	}, 10*time.Second, 5*time.Millisecond)
	var diff shape.Diff
	s.json("GET", "/api/v1/tables/codes/diff?from=1&to=2", "", http.StatusOK, &diff)
	require.Equal(t, shape.List[shape.AliasChange]{{ID: 1, Lookup: "codes", Text: `country = "Deutschland" is country = "Germany"`, Lost: `version 2 has no row with country = "Germany"`}}, diff.Aliases)
	diff = shape.Diff{}
	s.json("GET", "/api/v1/tables/codes/diff?from=2&to=1", "", http.StatusOK, &diff)
	require.Len(t, diff.Aliases, 1)
	require.Empty(t, diff.Aliases[0].Lost, "it is found again")
	require.Equal(t, http.StatusNoContent, s.send("DELETE", aliasPath+"/1", nil).status)
	s.refused(s.send("DELETE", aliasPath+"/1", nil), http.StatusNotFound, "ALIAS_NOT_FOUND")
}

// A person makes rows of aliases: the table then says by itself what they said.
func TestAliasesBecomeRows(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.table("codes", countries, `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"alpha-2","field":"code"}]}`)
	for _, value := range []string{"Deutschland", "Allemagne", "Germany "} { // the last one the lookup has a row for
		s.json("POST", aliasPath, aliasBody(value, "Germany"), http.StatusCreated, nil)
	}
	s.json("POST", aliasPath, `{"values":{"country":"n/a"},"action":"ignore"}`, http.StatusCreated, nil)
	s.refused(s.send("POST", aliasPath+"/rows", strings.NewReader(`{"ids":[1,4]}`)), http.StatusBadRequest, "INVALID")
	s.refused(s.send("POST", aliasPath+"/rows", strings.NewReader(`{"ids":[1],"lookup":"codes"}`)), http.StatusBadRequest, "BAD_REQUEST")
	s.refused(s.send("POST", aliasPath+"/rows", strings.NewReader(`{"ids":[3]}`)), http.StatusConflict, "CONFLICT")
	_, before := s.evaluated("Deutschland")
	require.Equal(t, "alias", before["matchMode"])
	var made shape.Imported
	s.json("POST", aliasPath+"/rows", `{"lookup":"codes","message":"as they are written"}`, http.StatusOK, &made)
	require.Equal(t, []any{2, true}, []any{made.Version, made.Live})
	require.Equal(t, 2, made.Diff.Added)
	for _, value := range []string{"Deutschland", "ALLEMAGNE"} {
		fields, activity := s.evaluated(value)
		require.Equal(t, "DE", fields["code"])
		require.Equal(t, "normalized", activity["matchMode"])
	}
	var list shape.Aliases
	s.json("GET", aliasPath, "", http.StatusOK, &list)
	require.Equal(t, 1, list.Total)
	require.Equal(t, 4, list.Aliases[0].ID)
	s.refused(s.send("POST", aliasPath+"/rows", strings.NewReader(`{"lookup":"codes"}`)), http.StatusNotFound, "ALIAS_NOT_FOUND")
}

// A workbook has the aliases on a second sheet, which is not read as rows when it comes back.
func TestAWorkbookHasItsAliasesOnASecondSheet(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.table("codes", countries, `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"alpha-2","field":"code"}]}`)
	before := s.send("GET", "/api/v1/tables/codes/export?format=xlsx", nil)
	var seen shape.Preview
	got := s.send("POST", "/api/v1/preview?name=codes.xlsx", bytes.NewReader(before.body))
	require.NoError(t, json.Unmarshal(got.body, &seen))
	require.Len(t, seen.Sheets, 1)
	s.json("POST", aliasPath, aliasBody("=Deutschland", "Germany"), http.StatusCreated, nil)
	after := s.send("GET", "/api/v1/tables/codes/export?format=xlsx", nil)
	got = s.send("POST", "/api/v1/preview?name=codes.xlsx", bytes.NewReader(after.body))
	require.NoError(t, json.Unmarshal(got.body, &seen))
	require.Len(t, seen.Sheets, 2)
	require.Equal(t, []any{"Table", "Aliases", 2}, []any{seen.Sheets[0].Name, seen.Sheets[1].Name, *seen.Sheets[1].Rows})
	var uploaded shape.Uploaded
	got = s.send("POST", "/api/v1/tables/again/versions?name=codes.xlsx", bytes.NewReader(after.body))
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	require.NoError(t, json.Unmarshal(got.body, &uploaded))
	require.Equal(t, "country", uploaded.Columns[0].Name)
	var table shape.WholeTable
	s.json("GET", "/api/v1/tables/codes", "", http.StatusOK, &table)
	require.Equal(t, table.Versions[0].Rows, uploaded.Rows)
	got = s.send("POST", "/api/v1/tables/aliases/versions?name=codes.xlsx&sheet=Aliases", bytes.NewReader(after.body))
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	var page shape.Rows
	s.json("GET", "/api/v1/tables/aliases/rows", "", http.StatusOK, &page)
	require.Equal(t, "=Deutschland", page.Rows[0].Cells[3])
}
