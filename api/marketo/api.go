package marketo

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// APIDefinition is what a service's OpenAPI document says that Marketo uses.
type APIDefinition struct {
	Title         string `json:"title"`
	Version       string `json:"version"`
	ProviderName  string `json:"providerName"`
	SchemaVersion string `json:"schemaVersion"`
	// ServerURL is the first of the servers, "" where there is none: then the
	// host of the document is meant.
	ServerURL string `json:"serverUrl,omitempty"`
	// Scheme is the first one of the root security list.
	Scheme SecurityScheme `json:"scheme"`
}

// SecurityScheme is how Marketo authenticates with a service.
type SecurityScheme struct {
	// Name is the key of the scheme in the document.
	Name string `json:"name"`
	// Type is apiKey, http or oauth2.
	Type string `json:"type"`
	// In is header or query and Key the name there; for apiKey only.
	In  string `json:"in,omitempty"`
	Key string `json:"key,omitempty"`
	// TokenURL is where oauth2 gets its token. The three names after it are
	// the form fields that the service wants in place of the usual ones.
	TokenURL         string `json:"tokenUrl,omitempty"`
	GrantTypeName    string `json:"grantTypeName,omitempty"`
	ClientIDName     string `json:"clientIdName,omitempty"`
	ClientSecretName string `json:"clientSecretName,omitempty"`
}

// apiRequirements gives the parts without which Marketo refuses a document.
func apiRequirements() [][]string {
	return [][]string{
		{"info", "title"},
		{"info", "version"},
		{"info", "x-providerName"},
		{"info", "x-schemaVersion"},
		{"info", "x-supportContact"},
		{"components", "schemas"},
		{"components", "securitySchemes"},
		{"paths", "/submitAsyncAction", "post", "requestBody"},
		{"paths", "/submitAsyncAction", "post", "callbacks"},
		{"paths", "/submitAsyncAction", "post", "responses", "201"},
		{"paths", "/submitAsyncAction", "post", "responses", "400"},
		{"paths", "/submitAsyncAction", "post", "responses", "401"},
		{"paths", "/submitAsyncAction", "post", "responses", "403"},
		{"paths", "/submitAsyncAction", "post", "responses", "429"},
		{"paths", "/submitAsyncAction", "post", "responses", "500"},
		{"paths", "/getServiceDefinition", "get", "responses", "200", "content", "application/json", "schema"},
		{"paths", "/status", "get", "responses", "200", "content", "application/json", "schema"},
	}
}

// ReadAPIDefinition reads and checks the OpenAPI document of a service. The
// error says that it is no JSON object and nothing could be read from it.
func ReadAPIDefinition(body []byte) (APIDefinition, []Problem, error) {
	var root map[string]any
	if err := json.Unmarshal(body, &root); err != nil {
		return APIDefinition{}, nil, fmt.Errorf("read the API definition: %w", err)
	}
	var problems []Problem
	complain := func(rule Rule, where, format string, args ...any) {
		problems = append(problems, Problem{Rule: rule, Where: where, Message: fmt.Sprintf(format, args...)})
	}
	if version := textAt(root, "openapi"); !strings.HasPrefix(version, "3.") {
		complain(APIIncomplete, "openapi", "the document is not OpenAPI 3 but %s", shorten(version))
	}
	for _, path := range apiRequirements() {
		if value := at(root, path...); value == nil || value == "" {
			complain(APIIncomplete, strings.Join(path, "."), "it is missing")
		}
	}
	definition := APIDefinition{
		Title:         textAt(root, "info", "title"),
		Version:       textAt(root, "info", "version"),
		ProviderName:  textAt(root, "info", "x-providerName"),
		SchemaVersion: textAt(root, "info", "x-schemaVersion"),
	}
	if servers, ok := root["servers"].([]any); ok && len(servers) > 0 {
		first, _ := servers[0].(map[string]any)
		definition.ServerURL = textAt(first, "url")
		address, err := url.Parse(definition.ServerURL)
		if err != nil || address.Host == "" || (address.Scheme != "https" && address.Scheme != "http") {
			complain(APIIncomplete, "servers[0].url", "%s is not an absolute address", shorten(definition.ServerURL))
		}
	}
	scheme, why := readScheme(root)
	if why != "" {
		complain(APISecurity, "security", "%s", why)
	}
	definition.Scheme = scheme
	return definition, problems, nil
}

// readScheme gives the security scheme that Marketo would use, or why it can use none.
func readScheme(root map[string]any) (SecurityScheme, string) {
	list, _ := root["security"].([]any)
	if len(list) == 0 {
		return SecurityScheme{}, "the root has no security list"
	}
	first, _ := list[0].(map[string]any)
	if len(first) != 1 {
		return SecurityScheme{}, fmt.Sprintf("the first entry names %d schemes, not one", len(first))
	}
	var name string
	for name = range first {
	}
	node, ok := at(root, "components", "securitySchemes", name).(map[string]any)
	if !ok {
		return SecurityScheme{}, "components.securitySchemes has no " + shorten(name)
	}
	scheme := SecurityScheme{Name: name, Type: textAt(node, "type")}
	switch scheme.Type {
	case "apiKey":
		scheme.In, scheme.Key = textAt(node, "in"), textAt(node, "name")
		if !slices.Contains([]string{"header", "query"}, scheme.In) || scheme.Key == "" {
			return SecurityScheme{}, fmt.Sprintf("scheme %s wants a name, and in: header or query", shorten(name))
		}
	case "http":
		if kind := textAt(node, "scheme"); !strings.EqualFold(kind, "basic") {
			return SecurityScheme{}, fmt.Sprintf("of http schemes Marketo knows basic, not %s", shorten(kind))
		}
	case "oauth2":
		flow, _ := at(node, "flows", "clientCredentials").(map[string]any)
		if scheme.TokenURL = textAt(flow, "tokenUrl"); scheme.TokenURL == "" {
			return SecurityScheme{}, "oauth2 has no flows.clientCredentials.tokenUrl"
		}
		scheme.GrantTypeName = textAt(flow, "x-grantTypeName")
		scheme.ClientIDName = textAt(flow, "x-clientIdName")
		scheme.ClientSecretName = textAt(flow, "x-clientSecretName")
		if at(node, "flows", "authorizationCode") != nil {
			return scheme, "oauth2 describes authorizationCode too, which wins over client credentials"
		}
		if scopes, ok := flow["scopes"].(map[string]any); ok && len(scopes) > 0 {
			return scheme, "the scopes of oauth2 must be empty"
		}
	default:
		return SecurityScheme{}, fmt.Sprintf("Marketo cannot use a scheme of type %s", shorten(scheme.Type))
	}
	return scheme, ""
}

// at walks down nested objects; it gives nil where the way ends.
func at(node map[string]any, path ...string) any {
	var value any = node
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// textAt is at for a string, "" where there is none.
func textAt(node map[string]any, path ...string) string {
	text, _ := at(node, path...).(string)
	return text
}
