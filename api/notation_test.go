package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
	"tablestep/tables/schema"
)

// fieldOf is what each of some values of a lead's field in gets for the field out through
// table t; nil where nothing is written.
func (s *service) fieldOf(out string, values ...any) (got []any) {
	s.t.Helper()
	type lead map[string]any
	var leads []lead
	for _, v := range values {
		leads = append(leads, lead{"in": v})
	}
	body, err := json.Marshal(map[string]any{"leads": leads, "flow": map[string]string{"table": "t"}})
	require.NoError(s.t, err)
	var tried struct {
		Results []struct{ LeadData map[string]any }
	}
	s.json("POST", "/api/v1/evaluate", string(body), http.StatusOK, &tried)
	require.Len(s.t, tried.Results, len(values))
	for _, r := range tried.Results {
		got = append(got, r.LeadData[out])
	}
	return got
}

// codesOf are the codes of some findings.
func codesOf(findings []shape.Finding) (codes []string) {
	for _, w := range findings {
		codes = append(codes, w.Code)
	}
	return codes
}

func TestNumbersAndDatesAreReadAsTheirColumnIsWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		csv, query, lookup string
		values, want       []any
	}{
		"thousands in spans": {
			csv:    "employees,segment\n\"1,001-5,000\",Mid\n\"10,000+\",Large\n",
			lookup: `{"match":[{"column":"employees","field":"in","mode":"range"}],"outputs":[{"column":"segment","field":"out"}]}`,
			values: []any{3, 12, 45000, 4000, "4,000", "$4,000", 999, 10000}, want: []any{nil, nil, "Large", "Mid", "Mid", "Mid", nil, "Large"},
		},
		"decimal commas": {
			csv:    "from,size\n\"[0..1.000,5]\",small\n\"> 1.000,5\",large\n",
			lookup: `{"match":[{"column":"from","field":"in","mode":"condition"}],"outputs":[{"column":"size","field":"out"}]}`,
			values: []any{"1.000", "1000,5", "1000.75", 1000.5, "1.500", "1,5"}, want: []any{"small", "small", "large", "small", "large", "small"},
		},
		"thresholds, though a person says otherwise": {
			csv: "from,size\n>= 1.500,large\n< 1.500,small\n", query: "&numbers=from:1.234,5",
			lookup: `{"match":[{"column":"from","field":"in","mode":"range"}],"outputs":[{"column":"size","field":"out"}]}`,
			values: []any{2, 1500, "1.500"}, want: []any{"small", "large", "large"},
		},
		"days first, told by the other end": {
			csv:    "from,to,q\n01/01/2024,31/03/2024,Q1\n01/04/2024,30/06/2024,Q2\n",
			lookup: `{"match":[{"column":"from","columnTo":"to","field":"in","mode":"range"}],"outputs":[{"column":"q","field":"out"}]}`,
			values: []any{"2024-05-15", "2031-12-25", "02/04/2024", "4/2/2024", "12/31/2023", "31/03/2024", "2024-03-31T23:59:59Z"},
			want:   []any{"Q2", nil, "Q2", "Q1", nil, "Q1", "Q1"},
		},
		"a lead's own order": {
			csv:    "day,r\n>= 2024-04-01,new\n< 2024-04-01,old\n",
			lookup: `{"match":[{"column":"day","field":"in","mode":"condition","dates":"dmy"}],"outputs":[{"column":"r","field":"out"}]}`,
			values: []any{"03/04/2024", "04/03/2024"}, want: []any{"new", "old"},
		},
		"a lead's zone": {
			csv:    "day,r\n>= 2024-04-01,new\n< 2024-04-01,old\n",
			lookup: `{"match":[{"column":"day","field":"in","mode":"condition","zone":"America/New_York"}],"outputs":[{"column":"r","field":"out"}]}`,
			values: []any{"2024-04-01T03:59:59Z", "2024-04-01T04:00:00Z", "2024-03-31T23:59:59", "2024-04-01"}, want: []any{"old", "new", "old", "new"},
		},
		"outputs": {
			csv:    "k,price\na,\"1.234,50 €\"\nb,15%\nc,5K\n",
			lookup: `{"match":[{"column":"k","field":"in"}],"outputs":[{"column":"price","field":"out","type":"float"}]}`,
			values: []any{"a", "b", "c"}, want: []any{1234.5, 0.15, 5000.0},
		},
		"output of dates": {
			csv:    "k,day\na,31/03/2024\nb,01/04/2024\n",
			lookup: `{"match":[{"column":"k","field":"in"}],"outputs":[{"column":"day","field":"out","type":"date"}]}`,
			values: []any{"a", "b"}, want: []any{"2024-03-31", "2024-04-01"},
		},
		"a sum": {
			csv:    "k,price\na,\"1.234,50\"\na,\"0,5\"\nb,1.500\n",
			lookup: `{"match":[{"column":"k","field":"in"}],"hitPolicy":"collect","aggregate":"sum","outputs":[{"column":"price","field":"out","type":"float"}]}`,
			values: []any{"a", "b"}, want: []any{1235.0, 1500.0},
		},
		"the latest day": {
			csv:    "k,day\na,31/03/2024\na,01/04/2024\na,02/01/2024\n",
			lookup: `{"match":[{"column":"k","field":"in"}],"hitPolicy":"collect","aggregate":"max","outputs":[{"column":"day","field":"out","type":"date"}]}`,
			values: []any{"a"}, want: []any{"2024-04-01"},
		},
		"priorities": {
			csv:    "k,rank,r\na,\"1.500\",second\na,\"2,5\",first\n",
			lookup: `{"match":[{"column":"k","field":"in"}],"hitPolicy":"priority","priorityColumn":"rank","outputs":[{"column":"r","field":"out"}]}`,
			values: []any{"a"}, want: []any{"first"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, settings{})
			s.json("POST", "/api/v1/tables/t/versions?name=t.csv"+c.query, c.csv, http.StatusCreated, nil)
			s.json("PUT", "/api/v1/tables/t/lookups/t", c.lookup, http.StatusOK, nil)
			require.Equal(t, c.want, s.fieldOf("out", c.values...))
		})
	}
}

func TestTheConventionOfAColumnIsToldSetAndKept(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	const versions = "/api/v1/tables/t/versions?name=t.csv"
	column := func(i int) shape.Column {
		var table shape.WholeTable
		s.json("GET", "/api/v1/tables/t", "", http.StatusOK, &table)
		return table.Columns[i]
	}
	var up shape.Uploaded
	s.json("POST", versions, "n,d\n1.500,01/02/2024\n", http.StatusCreated, &up)
	require.Equal(t, []string{schema.WarnOrderUndecided, schema.WarnOrderUndecided}, codesOf(up.Findings))
	require.Equal(t, shape.Notation{Numbers: "1,234.5"}, up.Columns[0].Notation)
	require.Equal(t, shape.Notation{Dates: "mdy"}, up.Columns[1].Notation)

	var set shape.Imported
	s.json("POST", "/api/v1/tables/t/columns/n", `{"numbers":"1.234,5"}`, http.StatusOK, &set)
	require.Equal(t, []any{2, true}, []any{set.Version, set.Live})
	require.Equal(t, "1.234,5", column(0).Numbers)
	require.Equal(t, "mdy", column(1).Dates, "the other column stays as it was")
	s.json("POST", "/api/v1/tables/t/columns/d", `{"dates":"dmy"}`, http.StatusOK, &set)
	require.Equal(t, "1.234,5", column(0).Numbers)
	require.Equal(t, "dmy", column(1).Dates)

	// A lookup uses the columns: an upload changes nothing, and says where it fits no more.
	s.json("PUT", "/api/v1/tables/t/lookups/t", `{"match":[{"column":"n","field":"in","mode":"range"}],"outputs":[{"column":"d","field":"out","type":"date"}]}`, http.StatusOK, nil)
	s.json("POST", versions, "n,d\n3.500,05/06/2024\n", http.StatusCreated, &up)
	require.Equal(t, "1.234,5", column(0).Numbers)
	require.Empty(t, up.Findings)
	require.Equal(t, []any{"2024-06-05"}, s.fieldOf("out", 3500))
	var refused shape.Problem
	s.json("POST", versions, "n,d\n3.500,12/31/2024\n", http.StatusUnprocessableEntity, &refused)
	require.Equal(t, schema.WarnConvention, refused.Error.Code)
	require.Contains(t, refused.Error.Message, "dmy")
	s.json("POST", versions+"&publish=false", "n,d\n3.500,12/31/2024\n", http.StatusCreated, &up)
	require.Equal(t, []string{schema.WarnConvention}, codesOf(up.Findings))
	s.json("POST", versions+"&numbers="+url.QueryEscape("n:1,234.5"), "n,d\n3.500,05/06/2024\n", http.StatusConflict, nil)
	s.json("POST", versions+"&force=true&numbers="+url.QueryEscape("n:1,234.5"), "n,d\n3.500,05/06/2024\n", http.StatusCreated, nil)
	require.Equal(t, "1,234.5", column(0).Numbers)
}

func TestConventionsThatThereAreNotAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.json("POST", "/api/v1/tables/t/versions?name=t.csv", "n:1,d\n1.500,x\n", http.StatusCreated, nil)
	for query, status := range map[string]int{
		"&numbers=n": http.StatusBadRequest, "&numbers=:1.234,5": http.StatusBadRequest, "&dates=d:": http.StatusBadRequest,
		"&numbers=d:1.2.3": http.StatusBadRequest, "&dates=d:ydm": http.StatusBadRequest, "&dates=gone:dmy": http.StatusUnprocessableEntity,
		"&numbers=" + url.QueryEscape("n:1:1.234,5"): http.StatusCreated,
	} {
		s.json("POST", "/api/v1/tables/t/versions?name=t.csv"+query, "n:1,d\n1.500,x\n", status, nil)
	}
	for body, status := range map[string]int{
		`{}`: http.StatusBadRequest, `{"numbers":"x"}`: http.StatusBadRequest, `{"number":"1.234,5"}`: http.StatusBadRequest, `{"dates":"dmy"}`: http.StatusOK,
	} {
		s.json("POST", "/api/v1/tables/t/columns/d", body, status, nil)
	}
	s.json("POST", "/api/v1/tables/t/columns/gone", `{"dates":"dmy"}`, http.StatusUnprocessableEntity, nil)
	s.json("POST", "/api/v1/tables/gone/columns/d", `{"dates":"dmy"}`, http.StatusNotFound, nil)
}

func TestTheReasonSaysForWhatAValueWasTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ csv, entry, value, says string }{
		{"n,r\n1-2,x\n", "", "3.500", `n = "3.500", taken for 3.500`},
		{"n,r\n1-2,x\n", `,"numbers":"1.234,5"`, "3.500", `n = "3.500", taken for 3500`},
		{"n,r\n\"1,5-2\",x\n", "", "3.500", `n = "3.500", taken for 3500`},
		{"n,r\n2024-01-31,x\n", "", "03/04/2024", `n = "03/04/2024", taken for 2024-03-04`},
		{"n,r\n31/01/2024,x\n", "", "03/04/2024", `n = "03/04/2024", taken for 2024-04-03`},
		{"n,r\n1-2,x\n", "", "3", `n = "3"`},
		{"n,r\n1-2,x\n", "", "3.50", `n = "3.50"`},
	} {
		s := start(t, settings{})
		s.json("POST", "/api/v1/tables/t/versions?name=t.csv", c.csv, http.StatusCreated, nil)
		s.json("PUT", "/api/v1/tables/t/lookups/t", `{"match":[{"column":"n","field":"in","mode":"range"`+c.entry+`}],"outputs":[{"column":"r","field":"out"}]}`, http.StatusOK, nil)
		var tried struct {
			Results []struct{ ActivityData struct{ Reason string } }
		}
		s.json("POST", "/api/v1/evaluate", `{"leads":[{"in":"`+c.value+`"}],"flow":{"table":"t"}}`, http.StatusOK, &tried)
		require.Regexp(t, regexp.QuoteMeta(c.says)+`$`, tried.Results[0].ActivityData.Reason)
	}
}
