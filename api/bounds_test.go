package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api"
	"tablestep/api/shape"
)

// Marketo takes 1,000 choices of a picklist: that many are sent, and what is cut is told.
func TestAPicklistIsCutAtAThousandChoices(t *testing.T) {
	s := start(t, settings{})
	for fields, choices := range map[int]int{999: 999, 1000: 1000, 1001: 1000, 1500: 1000} {
		mapped := make([]string, fields)
		for i := range mapped {
			mapped[i] = fmt.Sprintf(`{"marketoAttribute":"field%04d"}`, i)
		}
		var list struct {
			Choices []struct{ SubmittedValue string }
		}
		s.json("POST", "/getPicklist", `{"name":"keyValField","type":"flow","fieldMappingContext":{"invocation":[`+strings.Join(mapped, ",")+`],"callback":[]}}`, http.StatusOK, &list)
		require.Len(t, list.Choices, choices)
		require.Equal(t, fmt.Sprintf("field%04d", choices-1), list.Choices[choices-1].SubmittedValue, "the last ones are cut")
		var st struct{ Warnings []string }
		s.json("GET", "/status", "", http.StatusOK, &st)
		told := strings.Join(st.Warnings, "\n")
		if fields <= 1000 {
			require.NotContains(t, told, "are not offered")
			continue
		}
		require.Contains(t, told, fmt.Sprintf(`Picklist "keyValField" has %d choices; Marketo takes 1000, so the last %d are not offered.`, fields, fields-1000))
	}
}

// Eight uploads are received at once. The ninth is told to come back, and when.
func TestEightUploadsAreReceivedAtOnce(t *testing.T) {
	s := start(t, settings{})
	begin := func() io.Closer {
		conn := s.dial()
		_, err := fmt.Fprintf(conn, "POST /api/v1/tables/t/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100000\r\n\r\n%s", adminKey, strings.Repeat("a,b\n", 2500)) // the server reads 8 KB first
		require.NoError(t, err)
		return conn
	}
	quick := func() answer {
		return s.send("POST", "/api/v1/tables/quick/versions", strings.NewReader("a,b\n1,2\n"))
	}
	var first io.Closer
	for range 7 {
		first = begin()
	}
	require.Eventually(t, func() bool { return s.whole.Admin.Receiving() == 7 }, 10*time.Second, time.Millisecond)
	require.Equal(t, http.StatusCreated, quick().status, "the eighth is taken")
	begin()
	require.Eventually(t, func() bool { return s.whole.Admin.Receiving() == 8 }, 10*time.Second, time.Millisecond)
	got := quick()
	p := s.refused(got, http.StatusTooManyRequests, "TOO_MANY_REQUESTS")
	require.Contains(t, p.Error.Message, "8 uploads")
	require.Equal(t, "10", got.header.Get("Retry-After"))
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool { return quick().status == http.StatusCreated }, 10*time.Second, 10*time.Millisecond)
}

func TestAClientThatIsTurnedAwayIsToldWhenToComeBack(t *testing.T) {
	s := start(t, settings{queueLimit: 1, ready: func() error {
		return &api.Unready{Code: "DATA_FOLDER", Message: "the data folder is gone"}
	}})
	body := `{"callbackUrl":"http://127.0.0.1:1/","objectData":[{"objectType":"lead","objectContext":{"id":1},"flowStepContext":{"table":"none"}}]}`
	var full answer
	require.Eventually(t, func() bool { // what is evaluated at once does not wait
		full = s.send("POST", "/submitAsyncAction", strings.NewReader(body))
		return full.status == http.StatusTooManyRequests
	}, 20*time.Second, time.Millisecond)
	s.refused(full, http.StatusTooManyRequests, "QUEUE_FULL")
	require.Equal(t, "10", full.header.Get("Retry-After"))
	// Other refusals tell no time: coming back would not help.
	for _, got := range []answer{s.send("GET", "/nothing", nil), s.send("POST", "/submitAsyncAction", strings.NewReader("x"))} {
		require.Empty(t, got.header.Get("Retry-After"))
	}
}

func TestAServiceThatIsNotReadySaysWhy(t *testing.T) {
	reason := error(&api.Unready{Code: "DATA_FOLDER", Message: "the data folder is gone"})
	s := start(t, settings{ready: func() error { return reason }})
	var told shape.Readiness
	ask := func(key string) answer {
		got := s.whole.Send(t, "GET", "/readyz", nil, "Authorization", key, "x-api-key", "")
		told = shape.Readiness{}
		require.NoError(t, json.Unmarshal(got.Body, &told))
		return answer{got.Status, got.Header, got.Body}
	}
	for key, message := range map[string]string{"": "", "Bearer wrong": "", "Bearer " + adminKey: "the data folder is gone"} {
		got := ask(key)
		require.Equal(t, http.StatusServiceUnavailable, got.status)
		require.Equal(t, "no-store", got.header.Get("Cache-Control"))
		require.Equal(t, shape.Readiness{Status: "unready", Code: "DATA_FOLDER", Message: message}, told, key)
	}
	reason = errors.New("something else")
	ask("Bearer " + adminKey)
	require.Equal(t, "STORE_UNAVAILABLE", told.Code)
	reason = nil
	require.Equal(t, http.StatusOK, ask("").status)
	require.Equal(t, shape.Readiness{Status: "ready", Code: "OK"}, told)
}

// What a client still sends of a body that nobody reads is never taken for a request: the
// connection is closed after the answer, whoever it is.
func TestTheConnectionIsClosedOnABodyThatNobodyReads(t *testing.T) {
	s := start(t, settings{})
	for name, head := range map[string]string{
		"nothing there":             "POST /nothing HTTP/1.1\r\nx-api-key: " + apiKey + "\r\n",
		"a route without a body":    "DELETE /api/v1/tables/t HTTP/1.1\r\nAuthorization: Bearer " + adminKey + "\r\n",
		"a parameter that is wrong": "POST /api/v1/tables/t/versions?publish=x HTTP/1.1\r\nAuthorization: Bearer " + adminKey + "\r\n",
		"a length beyond the limit": "POST /submitAsyncAction HTTP/1.1\r\nx-api-key: " + apiKey + "\r\nContent-Length: 99999999\r\n",
		"an encoding":               "POST /submitAsyncAction HTTP/1.1\r\nContent-Encoding: gzip\r\nx-api-key: " + apiKey + "\r\n",
	} {
		if !strings.Contains(head, "Content-Length") {
			head += "Content-Length: 100000\r\n"
		}
		conn := s.dial()
		_, err := io.WriteString(conn, head+"Host: x\r\n\r\n"+strings.Repeat("the first of it", 1000)) // more than the 8 KB that the server reads in any case
		require.NoError(t, err)
		answered := make([]byte, 12)
		_, err = io.ReadFull(conn, answered)
		require.NoError(t, err, name)
		require.Regexp(t, `^HTTP/1.1 4`, string(answered), name)
		_, err = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") // the second of it
		require.NoError(t, err)
		rest, err := io.ReadAll(conn)
		require.NoError(t, err, name)
		require.Contains(t, string(rest), "Connection: close", name)
		require.NotContains(t, string(rest), "200 OK", name)
	}
}

// The activity value outputs is a text of Marketo, which cuts what is longer than 2,000
// bytes without a word: JSON that was cut is none, so it is left out then.
func TestOutputsAreToldUpToTwoThousandBytes(t *testing.T) {
	s := start(t, settings{})
	const fields = 10
	row := func(bytes int) string { // {"f0":"…","f1":"…",…}
		bytes -= len(`{}`) + fields*len(`"f0":"",`) - len(`,`)
		cells := make([]string, fields)
		for i := range cells {
			n := bytes / (fields - i)
			cells[i] = strings.Repeat("x", n)
			bytes -= n
		}
		return strings.Join(cells, ",")
	}
	header, outputs := []string{"k"}, []string{}
	for i := range fields {
		header = append(header, fmt.Sprintf("c%d", i))
		outputs = append(outputs, fmt.Sprintf(`{"column":"c%d","field":"f%d"}`, i, i))
	}
	s.table("wide", strings.Join(header, ",")+"\na,"+row(1999)+"\nb,"+row(2000)+"\nc,"+row(2001)+"\n",
		`{"match":[{"column":"k","field":"k"}],"outputs":[`+strings.Join(outputs, ",")+`]}`)
	var tried struct {
		Results []struct {
			LeadData     map[string]any
			ActivityData struct{ Outputs string }
		}
	}
	s.json("POST", "/api/v1/evaluate", `{"leads":[{"k":"a"},{"k":"b"},{"k":"c"}],"flow":{"table":"wide"}}`, http.StatusOK, &tried)
	for i, length := range []int{1999, 2000, 0} {
		require.Len(t, tried.Results[i].LeadData, fields+1, "the fields are written all the same")
		require.Len(t, tried.Results[i].ActivityData.Outputs, length)
	}
}

// A lookup writes 200 fields at most.
func TestALookupWritesTwoHundredFieldsAtMost(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, "")
	lookup := func(outputs int) string {
		list := make([]string, outputs)
		for i := range list {
			list[i] = fmt.Sprintf(`{"column":"numeric","field":"f%d"}`, i)
		}
		return `{"match":[{"column":"country","field":"country"}],"outputs":[` + strings.Join(list, ",") + `]}`
	}
	s.json("PUT", "/api/v1/tables/codes/lookups/codes", lookup(200), http.StatusOK, nil)
	p := s.refused(s.send("PUT", "/api/v1/tables/codes/lookups/codes", strings.NewReader(lookup(201))), http.StatusBadRequest, "INVALID")
	require.Contains(t, p.Error.Message, "200")
}

// A body above 1 MiB needs a place among the large ones, and is then read to its end,
// whether its size is told or not.
func TestALargeBodyIsReadToItsEnd(t *testing.T) {
	s := start(t, settings{maxBody: 4 << 20})
	const lead = `{"callbackUrl":"http://127.0.0.1:1/","objectData":[{"objectType":"lead","objectContext":{"id":1},"flowStepContext":{"table":"none"}}]}`
	for size, status := range map[int]int{1 << 20: http.StatusCreated, 2 << 20: http.StatusCreated, 4 << 20: http.StatusCreated, 4<<20 + 1: http.StatusRequestEntityTooLarge} {
		body := strings.Repeat(" ", size-len(lead)) + lead
		require.Equal(t, status, s.send("POST", "/submitAsyncAction", strings.NewReader(body)).status, "%d bytes", size)
		require.Equal(t, status, s.send("POST", "/submitAsyncAction", struct{ io.Reader }{strings.NewReader(body)}).status, "%d bytes in chunks", size)
	}
}
