package marketo_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const fakeKey = "the right key"

// object is JSON as a test writes it.
type object = map[string]any

// fake is a small flow-step service that is good unless a test bends it.
type fake struct {
	t      *testing.T
	server *httptest.Server
	work   sync.WaitGroup
	stop   chan struct{}

	api        func(o object)
	definition func(o object)
	status     any
	statusCode int
	picklist   func(name string, choices []any) any
	// authorized replaces the check of the credentials.
	authorized func(r *http.Request) bool
	// submit answers in place of 201 where it gives a status.
	submit func(w http.ResponseWriter, attempt int) int
	// answer bends the callback; nil sends none.
	answer func(callback object, request fakeRequest) any
	// header bends the request of the callback.
	header func(h http.Header)
	method string
	// again sends the callback this often after it was taken.
	again int
	// retries bounds the attempts of a callback.
	retries int
	// hangUp is how long an attempt waits for its answer.
	hangUp time.Duration

	mu        sync.Mutex // guards everything below.
	bodies    [][]byte
	picklists []object
	attempts  map[string]int
	statuses  []int // Of the callbacks, 0 for those that ended without an answer.
	unnamed   bool  // Picklists are given also without a name.
}

// fakeRequest is what the fake reads of a submitAsyncAction.
type fakeRequest struct {
	Token    string `json:"token"`
	Key      string `json:"apiCallBackKey"`
	URL      string `json:"callbackUrl"`
	Campaign int    `json:"campaignId"`
	Context  struct {
		Subscription struct {
			MunchkinID string `json:"munchkinId"`
		} `json:"subscription"`
	} `json:"context"`
	Leads []struct {
		Lead object `json:"objectContext"`
		Flow object `json:"flowStepContext"`
	} `json:"objectData"`
}

func newFake(t *testing.T) *fake {
	f := &fake{
		t: t, stop: make(chan struct{}), status: object{"info": []any{"all is well"}, "warnings": []any{}, "errors": []any{}},
		statusCode: http.StatusOK, method: http.MethodPost, retries: 5, hangUp: 5 * time.Second, attempts: map[string]int{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		api := fakeAPI()
		api["servers"] = []any{object{"url": f.server.URL}}
		if f.api != nil {
			f.api(api)
		}
		f.write(w, http.StatusOK, api)
	})
	mux.HandleFunc("GET /status", f.guard(func(w http.ResponseWriter, _ *http.Request) { f.write(w, f.statusCode, f.status) }))
	mux.HandleFunc("GET /getServiceDefinition", f.guard(func(w http.ResponseWriter, _ *http.Request) {
		definition := fakeDefinition()
		if f.definition != nil {
			f.definition(definition)
		}
		f.write(w, http.StatusOK, definition)
	}))
	mux.HandleFunc("POST /getPicklist", f.guard(f.servePicklist))
	mux.HandleFunc("POST /submitAsyncAction", f.guard(f.serveSubmit))
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != "me" || r.FormValue("client_secret") != "se:cret" {
			f.write(w, http.StatusUnauthorized, object{"error": "invalid_client"})
			return
		}
		f.write(w, http.StatusOK, object{"access_token": "granted", "expires_in": 3600})
	})
	f.server = httptest.NewServer(mux)
	t.Cleanup(f.close)
	return f
}

func (f *fake) close() {
	close(f.stop)
	f.work.Wait()
	f.server.Close()
}

func (f *fake) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		good := r.Header.Get("X-Flow-Key") == fakeKey
		if f.authorized != nil {
			good = f.authorized(r)
		}
		if !good {
			f.write(w, http.StatusUnauthorized, object{"error": "who are you"})
			return
		}
		next(w, r)
	}
}

// write sends a value as JSON, or a string as it is.
func (f *fake) write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if text, ok := value.(string); ok {
		_, _ = io.WriteString(w, text)
		return
	}
	_ = json.NewEncoder(w).Encode(value)
}

func (f *fake) servePicklist(w http.ResponseWriter, r *http.Request) {
	var asked object
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		f.write(w, http.StatusBadRequest, err.Error())
		return
	}
	name, _ := asked["name"].(string)
	if name == "" && !f.unnamed {
		f.write(w, http.StatusBadRequest, "which one?")
		return
	}
	f.mu.Lock()
	f.picklists = append(f.picklists, asked)
	f.mu.Unlock()
	var choices []any
	for _, value := range []string{"countries", "none"} {
		choices = append(choices, object{"displayValue": object{"en_US": strings.ToUpper(value)}, "submittedValue": value})
	}
	if f.picklist != nil {
		f.write(w, http.StatusOK, f.picklist(name, choices))
		return
	}
	f.write(w, http.StatusOK, object{"choices": choices})
}

func (f *fake) serveSubmit(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.write(w, http.StatusBadRequest, err.Error())
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var request fakeRequest
	if err := decoder.Decode(&request); err != nil {
		f.write(w, http.StatusBadRequest, err.Error())
		return
	}
	f.mu.Lock()
	f.bodies = append(f.bodies, body)
	f.attempts[request.Token]++
	attempt := f.attempts[request.Token]
	f.mu.Unlock()
	status := http.StatusCreated
	if f.submit != nil {
		status = f.submit(w, attempt)
	}
	if status == http.StatusCreated || status == http.StatusOK || status == http.StatusTeapot {
		f.work.Go(func() { f.deliver(request) })
	}
	f.write(w, status, object{})
}

// deliver answers a request, again while the answer is a 5xx or none.
func (f *fake) deliver(request fakeRequest) {
	callback := any(fakeAnswer(request))
	if f.answer != nil {
		callback = f.answer(fakeAnswer(request), request)
	}
	if callback == nil {
		return
	}
	body, isText := callback.(string)
	if !isText {
		encoded, err := json.Marshal(callback)
		if err != nil {
			f.t.Error(err)
			return
		}
		body = string(encoded)
	}
	again := f.again
	for range f.retries {
		status := f.attempt(request, body)
		if status >= 200 && status < 500 {
			if again == 0 {
				return
			}
			again--
		}
		select {
		case <-f.stop:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (f *fake) attempt(request fakeRequest, body string) int {
	r, err := http.NewRequest(f.method, request.URL, strings.NewReader(body))
	if err != nil {
		f.t.Error(err)
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Api-Key", request.Key)
	r.Header.Set("X-Callback-Token", request.Token)
	if f.header != nil {
		f.header(r.Header)
	}
	client := &http.Client{Timeout: f.hangUp, Transport: &http.Transport{DisableKeepAlives: true}}
	status := 0
	if response, err := client.Do(r); err == nil {
		status = response.StatusCode
		_ = response.Body.Close()
	}
	f.mu.Lock()
	f.statuses = append(f.statuses, status)
	f.mu.Unlock()
	return status
}

// fakeAnswer is the good answer: leads from Germany match, those without a
// country have an empty key, the others are not found.
func fakeAnswer(request fakeRequest) object {
	records := []any{}
	for _, entry := range request.Leads {
		country, _ := entry.Lead["country"].(string)
		lead := object{"id": entry.Lead["id"]}
		var activity object
		switch country {
		case "Germany":
			lead["countryCode2"] = "DE"
			activity = object{"success": true, "matched": true, "returnVal": "DE", "rank": 7, "score": 0.5, "seen": "2026-02-28"}
		case "":
			activity = object{"success": false, "errorCode": "LOOKUP_KEY_EMPTY", "reason": "country is empty"}
		default:
			activity = object{"success": false, "errorCode": "LOOKUP_VALUE_NOT_FOUND", "reason": "no row has " + country}
		}
		records = append(records, object{"leadData": lead, "activityData": activity})
	}
	id := request.Context.Subscription.MunchkinID
	if id == "" {
		id = "000-AAA-000"
	}
	return object{"munchkinId": id, "objectData": records}
}

// record gives one record of a callback to bend it.
func record(callback object, i int) (lead, activity object) {
	entry := callback["objectData"].([]any)[i].(object)
	return entry["leadData"].(object), entry["activityData"].(object)
}

func fakeAPI() object {
	answers := func(schema string) object {
		return object{"responses": object{"200": object{"content": object{"application/json": object{"schema": object{"$ref": "#/components/schemas/" + schema}}}}}}
	}
	return object{
		"openapi": "3.0.1",
		"info":    object{"title": "Fake", "version": "1.0.0", "x-providerName": "Nobody", "x-schemaVersion": "1.0.0", "x-supportContact": "help@example.com"},
		"security": []any{
			object{"flowKey": []any{}},
		},
		"components": object{"schemas": object{}, "securitySchemes": object{
			"flowKey": object{"type": "apiKey", "in": "header", "name": "x-flow-key"},
			"basic":   object{"type": "http", "scheme": "basic"},
			"query":   object{"type": "apiKey", "in": "query", "name": "key"},
			"oauth2":  object{"type": "oauth2", "flows": object{"clientCredentials": object{"tokenUrl": "/oauth/token", "scopes": object{}}}},
		}},
		"paths": object{
			"/submitAsyncAction": object{"post": object{"requestBody": object{}, "callbacks": object{}, "responses": object{
				"201": object{}, "400": object{}, "401": object{}, "403": object{}, "429": object{}, "500": object{},
			}}},
			"/getServiceDefinition": object{"get": answers("serviceDefinition")},
			"/status":               object{"get": answers("serviceStatus")},
		},
	}
}

func fakeDefinition() object {
	attribute := func(name, dataType string) object {
		return object{"apiName": name, "dataType": dataType, "i18n": object{"en_US": object{"name": name}}}
	}
	table := attribute("table", "string")
	maps.Copy(table, object{"hasPicklist": true, "picklistUrl": "/getPicklist", "enforcePicklistSelect": true, "required": true, "isRequired": true})
	return object{
		"apiName":          "fakeLookup",
		"i18n":             object{"en_US": object{"name": "Fake", "filterName": "Fake was used", "triggerName": "Fake is used"}},
		"primaryAttribute": "table",
		"invocationPayloadDef": object{
			"userDrivenMapping": true,
			"flowAttributes":    []any{table, attribute("param1", "text")},
		},
		"callbackPayloadDef": object{
			"userDrivenMapping": true,
			"attributes": []any{
				attribute("matched", "boolean"), attribute("returnVal", "text"), attribute("rank", "integer"), attribute("score", "float"),
				attribute("seen", "date"), attribute("label", "string"), attribute("at", "datetime"), attribute("points", "score"), attribute("mail", "email"),
			},
		},
	}
}

// attributeAt gives one attribute of a definition to bend it.
func attributeAt(definition object, payload, list string, i int) object {
	return definition[payload].(object)[list].([]any)[i].(object)
}

// delivered waits for the deliveries under way and gives what their attempts were answered.
func (f *fake) delivered() []int {
	f.work.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.statuses)
}

// asked gives the requests for picklists.
func (f *fake) asked() []object {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.picklists)
}

func (f *fake) lastBody() object {
	f.mu.Lock()
	defer f.mu.Unlock()
	require.NotEmpty(f.t, f.bodies)
	var body object
	decoder := json.NewDecoder(bytes.NewReader(f.bodies[len(f.bodies)-1]))
	decoder.UseNumber()
	require.NoError(f.t, decoder.Decode(&body))
	return body
}
