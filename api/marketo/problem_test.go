package marketo_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

// misbehaviour is one way to break a rule, and the rules that must be found
// with how often. Other rules may not be.
type misbehaviour struct {
	name    string
	service func(f *fake)
	options func(o *marketo.Options)
	want    map[marketo.Rule]int
	fails   bool // The simulation cannot go on.
}

// bent makes a fake service whose callback has one record bent.
func bent(i int, bend func(lead, activity object)) func(f *fake) {
	return func(f *fake) {
		f.answer = func(callback object, _ fakeRequest) any {
			bend(record(callback, i))
			return callback
		}
	}
}

// activityValue makes a fake service that sends one activity value.
func activityValue(name string, value any) func(f *fake) {
	return bent(0, func(_, activity object) { activity[name] = value })
}

func once(rule marketo.Rule) map[marketo.Rule]int { return map[marketo.Rule]int{rule: 1} }

func installMisbehaviours() []misbehaviour {
	return []misbehaviour{
		{name: "definition of the API is no JSON", service: func(f *fake) {
			f.server.Config.Handler = replaced(f.server.Config.Handler, "/openapi.json", "// a comment\n{}")
			f.authorized = func(r *http.Request) bool { return r.Header.Get("X-Api-Key") == fakeKey }
		}, want: once(marketo.APIUnreadable)},
		{name: "API lacks the support contact", service: func(f *fake) { f.api = func(o object) { delete(o["info"].(object), "x-supportContact") } }, want: once(marketo.APIIncomplete)},
		{name: "API is OpenAPI 2", service: func(f *fake) { f.api = func(o object) { o["openapi"] = "2.0" } }, want: once(marketo.APIIncomplete)},
		{name: "API has a relative server", service: func(f *fake) { f.api = func(o object) { o["servers"] = []any{object{"url": "/"}} } }, want: map[marketo.Rule]int{marketo.APIIncomplete: 1, marketo.APIServer: 1}},
		{name: "API names another server", service: func(f *fake) {
			f.api = func(o object) { o["servers"] = []any{object{"url": "https://flow.example.com"}} }
		}, want: once(marketo.APIServer)},
		{name: "API has no security", service: func(f *fake) {
			f.api = func(o object) { delete(o, "security") }
			f.authorized = func(r *http.Request) bool { return r.Header.Get("X-Api-Key") == fakeKey }
		}, want: once(marketo.APISecurity)},
		{name: "API names a scheme that is not there", service: func(f *fake) {
			f.api = func(o object) { o["security"] = []any{object{"other": []any{}}} }
			f.authorized = func(r *http.Request) bool { return r.Header.Get("X-Api-Key") == fakeKey }
		}, want: once(marketo.APISecurity)},
		{name: "wrong key is accepted", service: func(f *fake) { f.authorized = func(r *http.Request) bool { return r.Header.Get("X-Flow-Key") != "" } }, want: once(marketo.WrongKeyAccepted)},
		{name: "no key is accepted", service: func(f *fake) {
			f.authorized = func(r *http.Request) bool {
				return r.Header.Get("X-Flow-Key") == fakeKey || r.Header.Get("X-Flow-Key") == ""
			}
		}, want: once(marketo.WrongKeyAccepted)},
		{name: "status is no JSON", service: func(f *fake) { f.status = "fine" }, want: once(marketo.StatusInvalid)},
		{name: "status is 500", service: func(f *fake) { f.statusCode = 500 }, want: once(marketo.StatusInvalid)},
		{name: "status has texts that are no lists", service: func(f *fake) {
			f.status = object{"info": "fine", "errors": []any{5}, "deprecationDate": "soon"}
		}, want: map[marketo.Rule]int{marketo.StatusInvalid: 3}},
		{name: "definition is no JSON", service: func(f *fake) {
			f.server.Config.Handler = replaced(f.server.Config.Handler, "/getServiceDefinition", "{")
		}, want: once(marketo.DefinitionInvalid), fails: true},
		{name: "definition lacks its names", service: func(f *fake) {
			f.definition = func(d object) { delete(d, "apiName"); delete(d, "i18n") }
		}, want: map[marketo.Rule]int{marketo.NameMissing: 4}},
		{name: "primary attribute is not declared", service: func(f *fake) { f.definition = func(d object) { d["primaryAttribute"] = "other" } }, want: once(marketo.PrimaryAttribute)},
		{name: "primary attribute comes back too", service: func(f *fake) {
			f.definition = func(d object) { attributeAt(d, "callbackPayloadDef", "attributes", 5)["apiName"] = "table" }
		}, want: map[marketo.Rule]int{marketo.PrimaryAttribute: 1, marketo.NameShared: 1}},
		{name: "flow and callback share a name", service: func(f *fake) {
			f.definition = func(d object) { attributeAt(d, "callbackPayloadDef", "attributes", 5)["apiName"] = "param1" }
		}, want: once(marketo.NameShared)},
		{name: "attribute has a reserved name", service: func(f *fake) {
			f.definition = func(d object) { attributeAt(d, "callbackPayloadDef", "attributes", 5)["apiName"] = "reason" }
		}, want: once(marketo.NameReserved)},
		{name: "attribute stands twice", service: func(f *fake) {
			f.definition = func(d object) { attributeAt(d, "callbackPayloadDef", "attributes", 5)["apiName"] = "points" }
		}, want: once(marketo.NameTwice)},
		{name: "attribute has an unknown type", service: func(f *fake) {
			f.definition = func(d object) { attributeAt(d, "callbackPayloadDef", "attributes", 5)["dataType"] = "long" }
		}, want: once(marketo.DataTypeUnknown)},
		{name: "id is a service attribute", service: func(f *fake) {
			f.definition = func(d object) {
				d["callbackPayloadDef"].(object)["userDrivenMapping"] = false
				d["callbackPayloadDef"].(object)["fields"] = []any{object{"serviceAttribute": "id", "dataType": "integer"}, object{"serviceAttribute": "countryCode2", "dataType": "string"}}
			}
		}, want: once(marketo.NameReserved)},
		{name: "only one spelling of required and picklist", service: func(f *fake) {
			f.definition = func(d object) {
				table := attributeAt(d, "invocationPayloadDef", "flowAttributes", 0)
				delete(table, "picklistUrl")
				delete(table, "isRequired")
			}
		}, want: map[marketo.Rule]int{marketo.SpellingOfOneKind: 2}},
		{name: "picklist has no choices", service: func(f *fake) { f.picklist = func(string, []any) any { return object{"list": 1} } }, want: map[marketo.Rule]int{marketo.PicklistInvalid: 1, marketo.ChoiceNotOffered: 1}},
		{name: "picklist is given without a name", service: func(f *fake) { f.unnamed = true }, want: once(marketo.PicklistUnnamed)},
		{name: "picklist is empty", service: func(f *fake) { f.picklist = func(string, []any) any { return object{"choices": []any{}} } }, want: map[marketo.Rule]int{marketo.PicklistEmpty: 1, marketo.ChoiceNotOffered: 1}},
		{name: "picklist is too long", service: func(f *fake) {
			f.picklist = func(_ string, choices []any) any {
				for i := range 999 {
					choices = append(choices, object{"displayValue": object{"en_US": "x"}, "submittedValue": strings.Repeat("x", i%250+1) + string(rune('a'+i/250))})
				}
				return object{"choices": choices}
			}
		}, want: once(marketo.PicklistTooLong)},
		{name: "choice stands twice", service: func(f *fake) {
			f.picklist = func(_ string, choices []any) any { return object{"choices": append(choices, choices[0])} }
		}, want: once(marketo.ChoiceTwice)},
		{name: "choice is empty", service: func(f *fake) {
			f.picklist = func(_ string, choices []any) any {
				return object{"choices": append(choices, object{"displayValue": object{"en_US": ""}, "submittedValue": "a"}, object{"displayValue": object{"en_US": "b"}, "submittedValue": ""})}
			}
		}, want: map[marketo.Rule]int{marketo.ChoiceEmpty: 2}},
		{name: "choice is too long", service: func(f *fake) {
			f.picklist = func(_ string, choices []any) any {
				return object{"choices": append(choices, object{"displayValue": object{"en_US": "b"}, "submittedValue": strings.Repeat("ü", 128)})}
			}
		}, want: once(marketo.ChoiceInvalid)},
		{name: "chosen table is not offered", options: func(o *marketo.Options) { o.FlowStep = map[string]string{"table": "planets"} }, want: once(marketo.ChoiceNotOffered)},
		{name: "flow step has a key that is not declared", options: func(o *marketo.Options) { o.FlowStep = map[string]string{"table": "none", "colour": "red"} }, want: once(marketo.FlowKeyUndeclared)},
	}
}

// replaced answers one path with a text.
func replaced(next http.Handler, path, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			_, _ = w.Write([]byte(text))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func campaignMisbehaviours() []misbehaviour {
	short := func(o *marketo.Options) { o.Timeout = 300 * time.Millisecond }
	return []misbehaviour{
		{name: "accepts with 200", service: func(f *fake) { f.submit = func(http.ResponseWriter, int) int { return 200 } }, want: once(marketo.SubmissionStatus)},
		{name: "refuses the batch", service: func(f *fake) { f.submit = func(http.ResponseWriter, int) int { return 500 } }, want: once(marketo.SubmissionRefused)},
		{name: "answers a batch that it refused", service: func(f *fake) {
			f.submit = func(http.ResponseWriter, int) int { return http.StatusTeapot }
			f.answer = func(callback object, _ fakeRequest) any { time.Sleep(100 * time.Millisecond); return callback }
		}, options: func(o *marketo.Options) { o.Linger = 500 * time.Millisecond }, want: map[marketo.Rule]int{marketo.SubmissionRefused: 1, marketo.CallbackUnexpected: 1}},
		{name: "throttles without saying how long", service: func(f *fake) {
			f.submit = func(_ http.ResponseWriter, attempt int) int { return []int{0, 429, 201}[attempt] }
		}, want: once(marketo.RetryAfterMissing)},
		{name: "never calls back", service: func(f *fake) { f.answer = func(object, fakeRequest) any { return nil } }, options: short, want: once(marketo.LeadUnanswered)},
		{name: "calls back with GET", service: func(f *fake) { f.method = http.MethodGet }, options: short, want: map[marketo.Rule]int{marketo.CallbackRequest: 1, marketo.LeadUnanswered: 1}},
		{name: "calls back with another key", service: func(f *fake) { f.header = func(h http.Header) { h.Set("X-Api-Key", fakeKey) } }, options: short, want: map[marketo.Rule]int{marketo.CallbackKey: 1, marketo.LeadUnanswered: 1}},
		{name: "calls back with another token", service: func(f *fake) { f.header = func(h http.Header) { h.Del("X-Callback-Token") } }, options: short, want: map[marketo.Rule]int{marketo.TokenUnknown: 1, marketo.LeadUnanswered: 1}},
		{name: "calls back as plain text", service: func(f *fake) { f.header = func(h http.Header) { h.Set("Content-Type", "text/plain") } }, want: once(marketo.CallbackRequest)},
		{name: "claims a content encoding", service: func(f *fake) { f.header = func(h http.Header) { h.Set("Content-Encoding", "gzip") } }, want: once(marketo.CallbackRequest)},
		{name: "calls back a second time", service: func(f *fake) { f.again = 1 }, options: func(o *marketo.Options) { o.Linger = 300 * time.Millisecond }, want: once(marketo.TokenReused)},
	}
}

func bodyMisbehaviours() []misbehaviour {
	short := func(o *marketo.Options) { o.Timeout = 300 * time.Millisecond }
	envelope := func(name string, value any) func(f *fake) {
		return func(f *fake) {
			f.answer = func(callback object, _ fakeRequest) any { callback[name] = value; return callback }
		}
	}
	return []misbehaviour{
		{name: "body is no JSON", service: func(f *fake) { f.answer = func(object, fakeRequest) any { return "{" } }, options: short, want: map[marketo.Rule]int{marketo.BodyInvalid: 1, marketo.LeadUnanswered: 1}},
		{name: "body is two values", service: func(f *fake) { f.answer = func(object, fakeRequest) any { return "{} {}" } }, options: short, want: map[marketo.Rule]int{marketo.BodyInvalid: 1, marketo.LeadUnanswered: 1}},
		{name: "body is not UTF-8", service: func(f *fake) { f.answer = func(object, fakeRequest) any { return "{\"a\":\"\xff\"}" } }, options: short, want: map[marketo.Rule]int{marketo.BodyInvalid: 1, marketo.LeadUnanswered: 1}},
		{name: "munchkinId is missing", service: envelope("munchkinId", ""), want: once(marketo.MunchkinIDMissing)},
		{name: "munchkinId is another", service: envelope("munchkinId", "999-ZZZ-999"), options: func(o *marketo.Options) { o.MunchkinID = "123-ABC-456" }, want: once(marketo.MunchkinIDMismatch)},
		{name: "token of the body is another", service: envelope("token", "other"), want: once(marketo.TokenMismatch)},
		{name: "chunk has an error", service: envelope("errorCode", "BATCH_FAILED"), want: once(marketo.ChunkError)},
		{name: "objectData is missing", service: envelope("objectData", nil), want: map[marketo.Rule]int{marketo.BodyInvalid: 1, marketo.LeadUnanswered: 4}},
		{name: "default values are a list", service: envelope("defaultValues", []any{}), want: once(marketo.BodyInvalid)},
		{name: "default lead has an id", service: envelope("defaultValues", object{"leadDefaults": object{"id": 1}}), want: once(marketo.NameReserved)},
		{name: "default activity is not declared", service: envelope("defaultValues", object{"activityDefaults": object{"colour": "red"}}), want: once(marketo.AttributeUndeclared)},
		{name: "lead is left out", service: func(f *fake) {
			f.answer = func(callback object, _ fakeRequest) any {
				callback["objectData"] = callback["objectData"].([]any)[:3]
				return callback
			}
		}, want: once(marketo.LeadUnanswered)},
		{name: "lead is answered twice", service: func(f *fake) {
			f.answer = func(callback object, _ fakeRequest) any {
				list := callback["objectData"].([]any)
				callback["objectData"] = append(list, list[1])
				return callback
			}
		}, want: once(marketo.LeadTwice)},
		{name: "lead is unknown", service: func(f *fake) {
			f.answer = func(callback object, _ fakeRequest) any {
				callback["objectData"] = append(callback["objectData"].([]any), object{"leadData": object{"id": 99}, "activityData": object{"success": true}})
				return callback
			}
		}, want: once(marketo.LeadUnknown)},
		{name: "lead has no id", service: bent(1, func(lead, _ object) { delete(lead, "id") }), want: map[marketo.Rule]int{marketo.LeadIDMissing: 1, marketo.LeadUnanswered: 1}},
		{name: "record has no lead", service: func(f *fake) {
			f.answer = func(callback object, _ fakeRequest) any {
				delete(callback["objectData"].([]any)[1].(object), "leadData")
				return callback
			}
		}, want: map[marketo.Rule]int{marketo.LeadIDMissing: 1, marketo.LeadUnanswered: 1}},
		{name: "id went through a float", service: bent(0, func(lead, _ object) { lead["id"] = json.Number("9007199254740992") }), want: once(marketo.LeadIDNotExact)},
		{name: "id is a string", service: bent(1, func(lead, _ object) { lead["id"] = "2" }), want: once(marketo.LeadIDNotExact)},
		{name: "id has a fraction of zero", service: bent(1, func(lead, _ object) { lead["id"] = json.Number("2.0") }), want: once(marketo.LeadIDNotExact)},
		{name: "id has an exponent", service: bent(0, func(lead, _ object) { lead["id"] = json.Number("9.007199254740993e15") }), want: once(marketo.LeadIDNotExact)},
		{name: "key stands twice", service: func(f *fake) {
			f.answer = func(callback object, _ fakeRequest) any {
				text, _ := json.Marshal(callback)
				return strings.Replace(string(text), `"matched":true`, `"matched":false,"matched":true`, 1)
			}
		}, want: once(marketo.KeyTwice)},
		{name: "attribute is not declared", service: activityValue("colour", "red"), want: once(marketo.AttributeUndeclared)},
		{name: "attribute is a number in text", service: activityValue("rank", "7"), want: once(marketo.ValueType)},
		{name: "integer has a fraction", service: activityValue("rank", json.Number("7.0")), want: once(marketo.ValueType)},
		{name: "integer is too large", service: activityValue("rank", 2147483648), want: once(marketo.ValueType)},
		{name: "date does not exist", service: activityValue("seen", "2026-02-30"), want: once(marketo.ValueType)},
		{name: "string is over 255 bytes", service: activityValue("label", strings.Repeat("ü", 128)), want: once(marketo.ValueTooLong)},
		{name: "text is over 2,000 bytes", service: activityValue("returnVal", strings.Repeat("x", 2001)), want: once(marketo.ValueTooLong)},
		{name: "lead field is nested", service: bent(0, func(lead, _ object) { lead["countryCode2"] = []any{"DE"} }), want: once(marketo.ValueType)},
		{name: "lead field breaks its known type", service: bent(0, func(lead, _ object) { lead["leadScore"] = "five" }), options: func(o *marketo.Options) { o.FieldTypes = map[string]string{"leadScore": marketo.TypeScore} }, want: once(marketo.ValueType)},
		{name: "lead field is not mapped", options: func(o *marketo.Options) { o.CallbackFields = []string{"title"} }, want: once(marketo.FieldUnmapped)},
		{name: "lead field is not declared", service: func(f *fake) {
			f.definition = func(d object) { d["callbackPayloadDef"].(object)["userDrivenMapping"] = false }
		}, want: map[marketo.Rule]int{marketo.FieldUndeclared: 2}},
		{name: "success is missing", service: bent(0, func(_, activity object) { delete(activity, "success") }), want: once(marketo.SuccessMissing)},
		{name: "success is text", service: activityValue("success", "true"), want: map[marketo.Rule]int{marketo.SuccessMissing: 1, marketo.ValueType: 1}},
		{name: "failure has no code", service: bent(1, func(_, activity object) { delete(activity, "errorCode") }), want: once(marketo.FailureUnexplained)},
		{name: "success has a code", service: activityValue("errorCode", "ODD"), want: once(marketo.OutcomeContradicts)},
		{name: "reason is a number", service: activityValue("reason", 5), want: once(marketo.ValueType)},
	}
}

func TestEveryMisbehaviourIsFound(t *testing.T) {
	var all []misbehaviour
	all = append(all, installMisbehaviours()...)
	all = append(all, campaignMisbehaviours()...)
	all = append(all, bodyMisbehaviours()...)
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			if m.service != nil {
				m.service(f)
			}
			o := options(t, f)
			if m.options != nil {
				m.options(&o)
			}
			report, err := runContext(t.Context(), t, o)
			if m.fails {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, m.want, report.Counts, "%v %v", report.Problems, report.Warnings)
			problems := 0
			for rule, n := range m.want {
				if !rule.Warning() {
					problems += n
				}
			}
			require.Len(t, report.Problems, problems)
			for _, p := range append(report.Problems, report.Warnings...) {
				require.NotEmpty(t, p.Message)
				require.Contains(t, p.String(), string(p.Rule))
			}
		})
	}
}

func TestProblemsOfOneRuleAreBoundedButCounted(t *testing.T) {
	f := newFake(t)
	f.answer = func(callback object, request fakeRequest) any {
		for i := range request.Leads {
			_, activity := record(callback, i)
			activity["colour"] = "red"
		}
		return callback
	}
	o := options(t, f)
	o.Leads, o.BatchSize = leadsOf(t, "country\n"+strings.Repeat("Germany\n", 900)), 300
	report := run(t, o)
	require.Len(t, report.Problems, 200)
	require.Equal(t, 900, report.Counts[marketo.AttributeUndeclared])
}

func TestStatesAddUpWhenAnswersAreMissing(t *testing.T) {
	f := newFake(t)
	f.answer = func(callback object, request fakeRequest) any {
		switch request.Leads[0].Lead["id"] {
		case json.Number("2"):
			return nil
		case json.Number("3"):
			callback["errorCode"], callback["errorMessage"] = "BATCH_FAILED", "the disk is full"
		}
		return callback
	}
	o := options(t, f)
	o.BatchSize, o.Timeout = 1, 300*time.Millisecond
	report := run(t, o)
	require.Equal(t, 2, report.Succeeded)
	require.Equal(t, map[string]int{"BATCH_FAILED": 1}, report.Failed)
	require.Equal(t, 1, report.Unanswered)
	require.Equal(t, "the disk is full", report.Results[2].Reason)
	require.False(t, report.OK())
}
