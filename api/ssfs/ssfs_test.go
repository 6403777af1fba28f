package ssfs_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
	"tablestep/api/route"
	"tablestep/api/ssfs"
)

// step makes the flow step without a service around it.
func step(t *testing.T, o ssfs.Options) *ssfs.Step {
	t.Helper()
	s, err := ssfs.New(nil, nil, o)
	require.NoError(t, err)
	return s
}

func TestMarketoInstallsWithoutCredentialsAndWorksWithThem(t *testing.T) {
	t.Parallel()
	open := []string{"/openapi.json", "/install", "/brandIcon", "/serviceIcon", "/providerInstructions"}
	bodies := map[string]route.Limits{
		"/getPicklist":       {Body: 4 << 20},
		"/submitAsyncAction": {Body: 12345, Setting: "--max-body"},
	}
	require.Equal(t, 4<<20, ssfs.MaxPicklistRequest)
	for _, r := range step(t, ssfs.Options{MaxBody: 12345}).Routes() {
		if slices.Contains(open, r.Path) {
			require.Zero(t, r.Keys, r.Path)
		} else {
			require.Equal(t, route.Marketo, r.Keys, r.Path)
		}
		require.Equal(t, bodies[r.Path], r.Limits, r.Path)
		want := http.MethodGet
		if r.Limits.Body > 0 {
			want = http.MethodPost
		}
		require.Equal(t, want, r.Method, r.Path)
	}
}

func TestTheIconIsADrawingForWhomAsksForOne(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	for accept, kind := range map[string]string{"": "image/png", "image/*": "image/png", "image/avif,image/svg+xml;q=0.9": "image/svg+xml"} {
		for _, path := range []string{"/brandIcon", "/serviceIcon"} {
			got := s.Send(t, http.MethodGet, path, nil, "Accept", accept)
			require.Equal(t, http.StatusOK, got.Status)
			require.Equal(t, kind, got.Header.Get("Content-Type"), accept)
			require.Contains(t, got.Header.Get("Vary"), "Accept", "what keeps answers must keep both")
			require.Equal(t, kind == "image/png", bytes.HasPrefix(got.Body, []byte("\x89PNG")))
			require.Equal(t, kind != "image/png", bytes.Contains(got.Body, []byte("<svg")))
		}
	}
}

func TestTheDocumentsNameTheDeployment(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	for _, path := range []string{"/openapi.json", "/install"} {
		var doc struct {
			Info    map[string]any
			Servers []map[string]string
		}
		require.NoError(t, json.Unmarshal(s.Send(t, http.MethodGet, path, nil).Body, &doc))
		require.Equal(t, []map[string]string{{"url": s.URL}}, doc.Servers)
		require.Equal(t, "Tablestep Lookup", doc.Info["title"])
		require.Equal(t, "Tablestep", doc.Info["x-providerName"])
		require.Equal(t, "help@example.com", doc.Info["x-supportContact"])
	}
	page := s.Send(t, http.MethodGet, "/providerInstructions", nil)
	require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
	require.Contains(t, string(page.Body), "Setting up Tablestep Lookup")
	require.Contains(t, string(page.Body), s.URL+"/openapi.json")
}

func TestTheSimpleStepShowsFourAttributes(t *testing.T) {
	t.Parallel()
	for simple, want := range map[bool][]string{
		true:  {"table", "ruleSet", "onNoMatch", "param1"},
		false: {"table", "ruleSet", "keyName", "keyValField", "keyValue", "lookupField", "returnField", "onNoMatch", "defaultValue", "param1", "param2", "param3"},
	} {
		s := apitest.Start(t, apitest.Settings{Simple: simple})
		var d struct {
			InvocationPayloadDef struct {
				FlowAttributes []struct {
					APIName               string
					HasPicklist           bool
					PicklistURL           string
					EnforcePicklistSelect *bool
					Required, IsRequired  bool
				}
			}
		}
		require.NoError(t, json.Unmarshal(s.Send(t, http.MethodGet, "/getServiceDefinition", nil).Body, &d))
		var names []string
		for _, a := range d.InvocationPayloadDef.FlowAttributes {
			names = append(names, a.APIName)
			_, _, chosen := ssfs.PicklistOf(a.APIName, s.Store.Catalog(), told)
			require.Equal(t, chosen, a.HasPicklist, a.APIName)
			require.Equal(t, chosen, a.PicklistURL != "", a.APIName)
			require.Equal(t, chosen, a.EnforcePicklistSelect != nil && *a.EnforcePicklistSelect, "%s: of text that is typed nothing is enforced", a.APIName)
			require.Equal(t, a.APIName == "table", a.Required, "%s: a table, or none, must be chosen", a.APIName)
			require.Equal(t, a.Required, a.IsRequired)
		}
		require.Equal(t, want, names)
	}
}

func TestATokenThatComesTwiceIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	const body = `{"token":"one","callbackUrl":"http://127.0.0.1:1/","objectData":[{"objectType":"lead","objectContext":{"id":1},"flowStepContext":{"table":"none"}}]}`
	var first, second struct {
		Invocation string
		Duplicate  bool
	}
	for _, to := range []any{&first, &second} {
		got := s.Send(t, http.MethodPost, "/submitAsyncAction", strings.NewReader(body))
		require.Equal(t, http.StatusCreated, got.Status)
		require.NoError(t, json.Unmarshal(got.Body, to))
	}
	require.False(t, first.Duplicate)
	require.True(t, second.Duplicate)
	require.NotEmpty(t, first.Invocation)
	require.Equal(t, first.Invocation, second.Invocation)
	require.Equal(t, http.StatusBadRequest, s.Send(t, http.MethodPost, "/submitAsyncAction", strings.NewReader("{")).Status)
}
