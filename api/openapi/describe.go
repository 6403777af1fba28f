package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tablestep/api/route"
	"tablestep/api/shape"
)

// Info is what differs a deployment.
type Info struct {
	Title   string
	Version string // of the service
	URL     string // where it is reached, without a slash at its end
}

// The document, as far as it is used.
type document struct {
	OpenAPI string              `json:"openapi"`
	Info    documentInfo        `json:"info"`
	Servers []server            `json:"servers"`
	Tags    []tag               `json:"tags"`
	Paths   map[string]pathItem `json:"paths"`
	Parts   components          `json:"components"`
}

type documentInfo struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type server struct {
	URL string `json:"url"`
}

type tag struct {
	Name string `json:"name"`
}

type pathItem map[string]operation // by method, in small letters

type operation struct {
	ID         string                `json:"operationId"`
	Summary    string                `json:"summary"`
	Tags       []string              `json:"tags"`
	Parameters []parameter           `json:"parameters,omitempty"`
	Body       *requestBody          `json:"requestBody,omitempty"`
	Responses  map[string]response   `json:"responses"`
	Security   []map[string][]string `json:"security"`
	Role       string                `json:"x-role"`
	MaxBody    int64                 `json:"x-max-body-bytes,omitempty"`
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Required    bool    `json:"required"`
	Description string  `json:"description,omitempty"`
	Schema      *schema `json:"schema"`
	Role        string  `json:"x-role,omitempty"`
}

type requestBody struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type response struct {
	Ref         string           `json:"$ref,omitempty"`
	Description string           `json:"description,omitempty"`
	Content     map[string]media `json:"content,omitempty"`
}

type media struct {
	Schema *schema `json:"schema"`
}

type components struct {
	Schemas   map[string]*schema        `json:"schemas"`
	Responses map[string]response       `json:"responses"`
	Security  map[string]securityScheme `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Scheme      string `json:"scheme"`
	Description string `json:"description"`
}

// Names of the ways to show the admin key.
const (
	bearer = "adminKey"
	basic  = "adminKeyAsPassword"
)

const jsonMedia = "application/json"

// Describe makes the document of routes that an admin key opens, and leaves out others.
func Describe(info Info, routes []route.Route) ([]byte, error) {
	s := newSchemas()
	problem, err := s.of(shape.Problem{}, answers)
	if err != nil {
		return nil, err
	}
	superseded, err := s.of(shape.Superseded{}, answers)
	if err != nil {
		return nil, err
	}
	d := document{
		OpenAPI: "3.0.3",
		Info: documentInfo{
			Title: info.Title, Version: info.Version,
			Description: "Tables, lookups, rule sets and invocations of this service. Every request needs an admin key. Errors have a code for programs and a message for people that names the place and the way out.",
		},
		Servers: []server{{URL: info.URL}},
		Paths:   map[string]pathItem{},
		Parts: components{
			Responses: map[string]response{
				"Problem":    {Description: "What went wrong.", Content: map[string]media{jsonMedia: {problem}}},
				"Superseded": {Description: "Somebody was faster.", Content: map[string]media{jsonMedia: {superseded}}},
			},
			Security: map[string]securityScheme{
				bearer: {Type: "http", Scheme: "bearer", Description: "The admin key."},
				basic:  {Type: "http", Scheme: "basic", Description: "Any name, and the admin key as password: for a browser that opens this page."},
			},
		},
	}
	for i := range routes {
		r := &routes[i]
		if r.Keys&route.Admin == 0 {
			continue
		}
		op, err := s.operation(r)
		if err != nil {
			return nil, fmt.Errorf("describe %s %s: %w", r.Method, r.Path, err)
		}
		path := braced(r.Path)
		if d.Paths[path] == nil {
			d.Paths[path] = pathItem{}
		}
		d.Paths[path][strings.ToLower(r.Method)] = *op
		if t := (tag{op.Tags[0]}); !slices.Contains(d.Tags, t) {
			d.Tags = append(d.Tags, t)
		}
	}
	d.Parts.Schemas = s.named
	return json.MarshalIndent(d, "", "  ")
}

// braced writes a path as OpenAPI does: ":table" is "{table}", a star "{file}".
func braced(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		} else if p == "*" {
			parts[i] = "{file}"
		}
	}
	return strings.Join(parts, "/")
}

func (s *schemas) operation(r *route.Route) (*operation, error) {
	op := &operation{
		ID: r.ID, Summary: r.Summary, Tags: []string{tagOf(r.Path)}, Role: string(r.Role), MaxBody: r.Body,
		Security: []map[string][]string{{bearer: {}}}, Responses: map[string]response{},
	}
	if r.Password {
		op.Security = append(op.Security, map[string][]string{basic: {}})
	}
	params := r.Params()
	if strings.HasSuffix(r.Path, "*") {
		params = append(params, "file")
	}
	for _, name := range params {
		op.Parameters = append(op.Parameters, parameter{Name: name, In: "path", Required: true, Schema: &schema{Type: "string"}})
	}
	for _, q := range r.Query {
		kind := q.Type
		if kind == "" {
			kind = "string"
		}
		op.Parameters = append(op.Parameters, parameter{Name: q.Name, In: "query", Description: q.Text, Schema: &schema{Type: kind, Enum: q.Enum}, Role: string(q.Role)})
	}
	if !r.Takes.None() {
		content, err := s.content(r.Takes.Shape, r.Takes.Media, requests)
		if err != nil {
			return nil, err
		}
		op.Body = &requestBody{Required: true, Content: content}
	}
	content, err := s.content(r.Gives.Shape, r.Gives.Media, answers)
	if err != nil {
		return nil, err
	}
	op.Responses[strconv.Itoa(r.Gives.Status)] = response{Description: http.StatusText(r.Gives.Status), Content: content}
	if r.IfMatch {
		op.Parameters = append(op.Parameters, parameter{
			Name: "If-Match", In: "header", Description: "The ETag that GET answered with: the change is made only if the thing is in that state still. Left out: it goes through.", Schema: &schema{Type: "string"},
		})
		op.Responses[strconv.Itoa(http.StatusPreconditionFailed)] = response{Ref: "#/components/responses/Superseded"}
	}
	for _, status := range Failures(r) {
		name := "Problem"
		if status == http.StatusPreconditionFailed {
			name = "Superseded"
		}
		op.Responses[strconv.Itoa(status)] = response{Ref: "#/components/responses/" + name}
	}
	return op, nil
}

// tagOf groups routes by the first word behind the version.
func tagOf(path string) string {
	parts := strings.Split(path, "/")
	return parts[min(3, len(parts)-1)]
}

// content describes a body; nil where there is none.
func (s *schemas) content(zero any, types []string, d direction) (map[string]media, error) {
	if zero == nil && len(types) == 0 {
		return nil, nil
	}
	content := make(map[string]media, len(types)+1)
	if zero != nil {
		of, err := s.of(zero, d)
		if err != nil {
			return nil, err
		}
		content[jsonMedia] = media{of}
	}
	for _, t := range types {
		content[t] = media{carried(t)}
	}
	return content, nil
}

// carried is the schema of a body that is none of our shapes, by its content type.
func carried(contentType string) *schema {
	binary := &schema{Type: "string", Format: "binary"}
	switch contentType {
	case jsonMedia:
		return &schema{Type: "object"}
	case "application/yaml": // it is an object, too, for whoever reads it
		return &schema{}
	case "multipart/form-data":
		return &schema{Type: "object", Required: []string{"file"}, Properties: map[string]*schema{"file": binary}}
	}
	if strings.HasPrefix(contentType, "text/") {
		return &schema{Type: "string"}
	}
	return binary
}

// Failures are the statuses of a route's errors: those that follow from what it takes,
// and its own.
func Failures(r *route.Route) []int {
	statuses := []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if len(r.Params()) > 0 || strings.HasSuffix(r.Path, "*") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if len(r.Query) > 0 || r.Body > 0 {
		statuses = append(statuses, http.StatusBadRequest)
	}
	if r.Body > 0 {
		statuses = append(statuses, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	statuses = append(statuses, r.Fails...)
	slices.Sort(statuses)
	return slices.Compact(statuses)
}
