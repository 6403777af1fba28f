package marketo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

const fewLeads = "id,email,country\n9007199254740993,ada@example.com,Germany\n2,linus@example.com,Cascadia\n3,grace@example.com,\n4,alan@example.com,Germany\n"

func leadsOf(t *testing.T, text string) []marketo.Lead {
	t.Helper()
	leads, err := marketo.ReadLeads(strings.NewReader(text))
	require.NoError(t, err)
	return leads
}

// options are those of a quick simulation with few leads.
func options(t *testing.T, f *fake) marketo.Options {
	return marketo.Options{
		Server: f.server.URL, APIKey: fakeKey, Leads: leadsOf(t, fewLeads), FlowStep: map[string]string{"table": "countries"},
		Timeout: 10 * time.Second, Linger: 50 * time.Millisecond,
	}
}

func run(t *testing.T, o marketo.Options) *marketo.Report {
	t.Helper()
	report, err := runContext(t.Context(), t, o)
	require.NoError(t, err)
	return report
}

func runContext(ctx context.Context, t *testing.T, o marketo.Options) (*marketo.Report, error) {
	t.Helper()
	simulator, err := marketo.New(o)
	require.NoError(t, err)
	return simulator.Run(ctx)
}

func TestGoodServiceHasNoProblems(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	var last marketo.Progress
	o.Progress = func(p marketo.Progress) { last = p }
	report := run(t, o)
	require.Empty(t, report.Problems)
	require.Empty(t, report.Warnings)
	require.True(t, report.OK())
	require.Equal(t, 4, report.Leads)
	require.Equal(t, 1, report.Batches)
	require.Equal(t, 2, report.Succeeded)
	require.Equal(t, 2, report.Matched)
	require.Equal(t, map[string]int{"LOOKUP_VALUE_NOT_FOUND": 1, "LOOKUP_KEY_EMPTY": 1}, report.Failed)
	require.Equal(t, marketo.Progress{Sent: 4, Answered: 4, Leads: 4}, last)
	require.Equal(t, "fakeLookup", report.Definition.APIName)
	require.Equal(t, []string{"all is well"}, report.Status.Info)
	require.Equal(t, "x-flow-key", report.API.Scheme.Key)
	require.True(t, report.Picklists["table"].Offers("countries"))
	require.Equal(t, 1, report.Accept.Count)
	require.GreaterOrEqual(t, report.Callback.P50, time.Duration(1))
	require.Positive(t, report.LeadsPerSecond)
	first := report.Results[0]
	require.Equal(t, marketo.Succeeded, first.State)
	require.Equal(t, int64(9007199254740993), first.Lead.ID)
	require.Equal(t, "DE", first.Written.Text("countryCode2"))
	require.Equal(t, "DE", first.Activity.Text("returnVal"))
	require.Equal(t, "no row has Cascadia", report.Results[1].Reason)
}

func TestRequestHasTheShapeOfLiveOnes(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Leads = o.Leads[:1]
	run(t, o)
	body := f.lastBody()
	require.Equal(t, object{"admin": object{}}, body["context"])
	require.Equal(t, json.Number("1001"), body["campaignId"])
	for _, name := range []string{"token", "apiCallBackKey", "batchid", "callbackUrl"} {
		require.NotEmpty(t, body[name], name)
	}
	require.Equal(t, []any{object{
		"objectType":      "lead",
		"objectContext":   object{"id": json.Number("9007199254740993"), "email": "ada@example.com", "country": "Germany"},
		"flowStepContext": object{"table": "countries"},
	}}, body["objectData"])
}

func TestPicklistRequestTellsTheMappedFields(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.CallbackFields = []string{"countryCode2"}
	report := run(t, o)
	require.Empty(t, report.Warnings)
	require.Equal(t, []object{{"name": "table", "type": "flow", "fieldMappingContext": object{
		"invocation": []any{object{"marketoAttribute": "email"}, object{"marketoAttribute": "country"}},
		"callback":   []any{object{"marketoAttribute": "countryCode2"}},
	}}}, f.asked())
}

func TestEmptyFieldsAreLeftOutOrNull(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Leads = o.Leads[2:3]
	run(t, o)
	lead := f.lastBody()["objectData"].([]any)[0].(object)["objectContext"]
	require.Equal(t, object{"id": json.Number("3"), "email": "grace@example.com"}, lead)
	o.SendNulls = true
	run(t, o)
	lead = f.lastBody()["objectData"].([]any)[0].(object)["objectContext"]
	require.Equal(t, object{"id": json.Number("3"), "email": "grace@example.com", "country": nil}, lead)
}

func TestEachLeadHasItsOwnFlowStep(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Flow = func(i int, lead marketo.Lead) map[string]any {
		return map[string]any{"table": []string{"countries", "none"}[i%2], "param1": lead.Fields.Text("email")}
	}
	report := run(t, o)
	require.Empty(t, report.Problems)
	for i, entry := range f.lastBody()["objectData"].([]any) {
		want := object{"table": []string{"countries", "none"}[i%2], "param1": o.Leads[i].Fields.Text("email")}
		require.Equal(t, want, entry.(object)["flowStepContext"])
	}
}

func TestMunchkinIDAndGlobalsAreSent(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	f.definition = func(o object) {
		o["invocationPayloadDef"].(object)["headers"] = []any{object{"name": "x-extended"}}
	}
	o.MunchkinID, o.Globals = "123-ABC-456", map[string]any{"x-extended": true}
	report := run(t, o)
	require.Empty(t, report.Problems)
	require.Equal(t, object{"subscription": object{"munchkinId": "123-ABC-456"}, "admin": object{"x-extended": true}}, f.lastBody()["context"])
}

func TestManyBatchesAreAllAnswered(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	var text strings.Builder
	text.WriteString("country\n")
	for i := range 2503 {
		fmt.Fprintln(&text, []string{"Germany", "Cascadia"}[i%2])
	}
	o.Leads, o.BatchSize, o.Concurrency = leadsOf(t, text.String()), 100, 8
	o.Linger = -1
	report := run(t, o)
	require.Empty(t, report.Problems)
	require.Equal(t, 26, report.Batches)
	require.Equal(t, 1252, report.Succeeded)
	require.Equal(t, map[string]int{"LOOKUP_VALUE_NOT_FOUND": 1251}, report.Failed)
	require.Equal(t, 26, report.Callback.Count)
	require.Equal(t, 26, report.Results[2502].Batch)
}

func TestRateSpacesTheBatches(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.BatchSize, o.Rate = 1, 20
	report := run(t, o)
	require.Empty(t, report.Problems)
	require.GreaterOrEqual(t, report.Duration, 150*time.Millisecond, "four batches at 20 a second take three gaps of 50 ms")
}

func TestThrottledBatchIsSentAgainAfterTheWait(t *testing.T) {
	f := newFake(t)
	f.submit = func(w http.ResponseWriter, attempt int) int {
		if attempt == 1 {
			w.Header().Set("Retry-After", "1")
			return http.StatusTooManyRequests
		}
		return http.StatusCreated
	}
	started := time.Now()
	report := run(t, options(t, f))
	require.GreaterOrEqual(t, time.Since(started), time.Second)
	require.True(t, report.OK())
	require.Empty(t, report.Warnings)
	require.Equal(t, 1, report.Throttled)
	require.Less(t, report.Accept.Max, time.Second, "the wait is not the service's time")
}

func TestThrottlingBeyondTheTimeoutIsARefusal(t *testing.T) {
	f := newFake(t)
	f.submit = func(w http.ResponseWriter, _ int) int {
		w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		return http.StatusTooManyRequests
	}
	report := run(t, options(t, f))
	require.Equal(t, 4, report.Refused)
	require.Equal(t, 1, report.Counts[marketo.SubmissionRefused])
}

func TestRetriesAfterServerErrorsAreNoProblem(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.FailFirst = 2
	report := run(t, o)
	require.True(t, report.OK())
	require.Equal(t, 3, report.Callbacks)
	require.Zero(t, report.Repeats)
	require.Equal(t, []int{500, 500, 200}, f.delivered())
}

func TestHandlerSeesTheCallbackAndChoosesTheAnswer(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.CallbackHandler = func(attempt int, r *http.Request) int {
		body, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Contains(body, []byte("9007199254740993")) {
			return http.StatusInternalServerError
		}
		return []int{0, http.StatusServiceUnavailable, http.StatusAccepted}[attempt]
	}
	report := run(t, o)
	require.True(t, report.OK())
	require.Equal(t, []int{503, 202}, f.delivered())
}

func TestListenerOnAllAddressesIsReachedThroughLoopback(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Listen = ":0"
	require.True(t, run(t, o).OK())
	require.Contains(t, f.lastBody()["callbackUrl"], "http://127.0.0.1:")
	o.CallbackURL = "http://127.0.0.1:1/elsewhere"
	o.Timeout = 100 * time.Millisecond
	require.Equal(t, 4, run(t, o).Unanswered)
	require.Equal(t, "http://127.0.0.1:1/elsewhere", f.lastBody()["callbackUrl"])
}

func TestAnswersThatAreNoFinalStatusAreServerErrors(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.CallbackHandler = func(attempt int, _ *http.Request) int { return []int{0, 102, 600, 599, 0}[attempt] }
	require.True(t, run(t, o).OK())
	require.Equal(t, []int{500, 500, 599, 200}, f.delivered())
}

func TestLostAnswerMakesTheRepeatNoProblem(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Linger = 300 * time.Millisecond
	o.CallbackHandler = func(int, *http.Request) int { return marketo.AnswerLost }
	report := run(t, o)
	require.True(t, report.OK())
	require.Equal(t, 1, report.Repeats)
	require.Equal(t, []int{0, http.StatusNotFound}, f.delivered())
}

func TestCallbackWhoseServiceHungUpIsTakenTheNextTime(t *testing.T) {
	f := newFake(t)
	f.hangUp = 100 * time.Millisecond
	o := options(t, f)
	var calls atomic.Int32
	o.CallbackHandler = func(attempt int, r *http.Request) int {
		if calls.Add(1) == 1 {
			<-r.Context().Done()
		}
		return 0
	}
	report := run(t, o)
	require.True(t, report.OK())
	require.Zero(t, report.Repeats)
	require.Equal(t, []int{0, 200}, f.delivered())
}

func TestCredentialsOfEveryKindAreUsed(t *testing.T) {
	cases := map[string]struct {
		options    func(o *marketo.Options)
		authorized func(r *http.Request) bool
	}{
		"query": {func(*marketo.Options) {}, func(r *http.Request) bool { return r.URL.Query().Get("key") == fakeKey }},
		"basic": {func(o *marketo.Options) { o.Basic = "me:se:cret" }, func(r *http.Request) bool {
			user, password, _ := r.BasicAuth()
			return user == "me" && password == "se:cret"
		}},
		"oauth2": {func(o *marketo.Options) { o.OAuthClient = "me:se:cret" }, func(r *http.Request) bool {
			return r.Header.Get("Authorization") == "Bearer granted"
		}},
	}
	for scheme, c := range cases {
		t.Run(scheme, func(t *testing.T) {
			f := newFake(t)
			f.api = func(o object) { o["security"] = []any{object{scheme: []any{}}} }
			f.authorized = c.authorized
			o := options(t, f)
			c.options(&o)
			report := run(t, o)
			require.Empty(t, report.Problems)
			require.Equal(t, 4, report.Leads)
		})
	}
}

func TestErrorsNeverTellTheKey(t *testing.T) {
	f := newFake(t)
	f.api = func(o object) { o["security"] = []any{object{"query": []any{}}} }
	f.authorized = func(*http.Request) bool { return true }
	o := options(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	o.APIKey = "very-secret"
	f.picklist = func(string, []any) any { cancel(); return object{} }
	_, err := runContext(ctx, t, o)
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, err.Error(), "very-secret")
}

func TestRefusedCredentialsEndTheInstallation(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.APIKey = "another key"
	report, err := runContext(t.Context(), t, o)
	require.ErrorIs(t, err, marketo.ErrRefused)
	require.Equal(t, 1, report.Counts[marketo.CredentialsRefused])
}

func TestMissingCredentialsAreAnError(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.APIKey = ""
	_, err := runContext(t.Context(), t, o)
	require.ErrorIs(t, err, marketo.ErrNoCredentials)
}

func TestServiceThatIsNotThereIsAnError(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Server = "http://127.0.0.1:1"
	_, err := runContext(t.Context(), t, o)
	require.ErrorContains(t, err, "/openapi.json")
}

func TestARunWithoutLeadsIsAnError(t *testing.T) {
	f := newFake(t)
	simulator, err := marketo.New(marketo.Options{Server: f.server.URL + "/openapi.json", APIKey: fakeKey})
	require.NoError(t, err)
	_, err = simulator.Run(t.Context())
	require.ErrorIs(t, err, marketo.ErrNoLeads)
}

func TestCancelledRunReportsWhatIsThere(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.BatchSize, o.Concurrency, o.Linger = 1, 1, -1
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(p marketo.Progress) {
		if p.Answered == 1 {
			cancel()
		}
	}
	report, err := runContext(ctx, t, o)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 4, report.Leads)
	answered := report.Succeeded
	for _, n := range report.Failed {
		answered += n
	}
	require.Positive(t, answered)
	require.Equal(t, 4, answered+report.Unanswered+report.Refused)
	require.Zero(t, report.Counts[marketo.SubmissionRefused], "it was not the service that stopped")
	require.Positive(t, report.Refused+report.Unanswered)
}

func TestFieldsNamedByTheServiceAreMapped(t *testing.T) {
	f := newFake(t)
	f.definition = func(d object) {
		d["invocationPayloadDef"].(object)["userDrivenMapping"] = false
		d["invocationPayloadDef"].(object)["fields"] = []any{object{"serviceAttribute": "land", "suggestedMarketoAttribute": "country", "dataType": "string", "required": true, "isRequired": true}}
		d["callbackPayloadDef"].(object)["userDrivenMapping"] = false
		d["callbackPayloadDef"].(object)["fields"] = []any{object{"serviceAttribute": "countryCode2", "dataType": "string"}}
	}
	f.answer = func(callback object, request fakeRequest) any {
		for i := range request.Leads {
			request.Leads[i].Lead["country"] = request.Leads[i].Lead["land"]
		}
		return fakeAnswer(request)
	}
	o := options(t, f)
	report := run(t, o)
	require.Empty(t, report.Problems)
	require.Equal(t, 2, report.Succeeded)
	require.Equal(t, object{"id": json.Number("9007199254740993"), "land": "Germany"}, f.lastBody()["objectData"].([]any)[0].(object)["objectContext"])
	o.Leads = leadsOf(t, "id,email\n1,a@example.com\n")
	_, err := runContext(t.Context(), t, o)
	require.ErrorContains(t, err, `"land"`)
}

func TestOptionsThatCannotHoldAreRefused(t *testing.T) {
	good := marketo.Options{Server: "http://localhost:8080/"}
	for name, bend := range map[string]func(o *marketo.Options){
		"no server":         func(o *marketo.Options) { o.Server = "" },
		"no scheme":         func(o *marketo.Options) { o.Server = "localhost:8080" },
		"a user in it":      func(o *marketo.Options) { o.Server = "http://me:secret@localhost" },
		"big batches":       func(o *marketo.Options) { o.BatchSize = 1001 },
		"negative senders":  func(o *marketo.Options) { o.Concurrency = -1 },
		"negative rate":     func(o *marketo.Options) { o.Rate = -1 },
		"negative timeout":  func(o *marketo.Options) { o.Timeout = -1 },
		"relative callback": func(o *marketo.Options) { o.CallbackURL = "/here" },
		"unknown type":      func(o *marketo.Options) { o.FieldTypes = map[string]string{"a": "blob"} },
		"equal ids":         func(o *marketo.Options) { o.Leads = []marketo.Lead{{ID: 5}, {ID: 5}} },
		"id as a field":     func(o *marketo.Options) { o.Leads = []marketo.Lead{{ID: 5, Fields: marketo.Fields{{Name: "id"}}}} },
		"a field twice": func(o *marketo.Options) {
			o.Leads = []marketo.Lead{{ID: 5, Fields: marketo.Fields{{Name: "a"}, {Name: "a"}}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			bend(&o)
			_, err := marketo.New(o)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "secret")
		})
	}
	_, err := marketo.New(good)
	require.NoError(t, err)
}
