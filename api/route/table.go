package route

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A Table holds all routes of a service. It does not change.
type Table struct {
	routes    []Route
	fixed     map[string]map[string]*Route // by method, then path
	patterned map[string][]pattern         // by method, in the order of the routes
	elsewhere Route
}

// A pattern is a path with parts that vary.
type pattern struct {
	parts []string
	route *Route
}

// NewTable brings routes together. It refuses a path that is there twice, and one
// that no request could have.
func NewTable(groups ...[]Route) (*Table, error) {
	t := &Table{
		routes:    slices.Concat(groups...),
		fixed:     make(map[string]map[string]*Route),
		patterned: make(map[string][]pattern),
		elsewhere: Route{Keys: Marketo | Admin, Limits: Limits{}.withDefaults(Marketo | Admin)},
	}
	seen := make(map[string]bool)
	for i := range t.routes {
		r := &t.routes[i]
		r.Limits = r.withDefaults(r.Keys)
		if name := r.Method + " " + r.Path; seen[name] {
			return nil, fmt.Errorf("route %s is there twice", name)
		} else if !strings.HasPrefix(r.Path, "/") || r.Method == "" {
			return nil, fmt.Errorf("route %q has no method, or a path that does not begin with a slash", name)
		}
		seen[r.Method+" "+r.Path] = true
		if !strings.ContainsAny(r.Path, ":*") {
			if t.fixed[r.Method] == nil {
				t.fixed[r.Method] = make(map[string]*Route)
			}
			t.fixed[r.Method][r.Path] = r
			continue
		}
		t.patterned[r.Method] = append(t.patterned[r.Method], pattern{strings.Split(r.Path, "/"), r})
	}
	return t, nil
}

// Routes are all of them. The caller does not change them.
func (t *Table) Routes() []Route { return t.routes }

// Find returns the route of a request by its method and its path as it came, without
// the query. Whatever is not among the routes is Elsewhere.
func (t *Table) Find(method, path []byte) *Route {
	if string(method) == http.MethodHead {
		method = []byte(http.MethodGet) // it is answered as GET is, without the body
	}
	if r := t.fixed[string(method)][string(path)]; r != nil {
		return r
	}
	for _, p := range t.patterned[string(method)] {
		if p.fits(path) {
			return p.route
		}
	}
	return &t.elsewhere
}

// Elsewhere is the route of all that is not there: a key of either side is asked for
// before anybody is told so.
func (t *Table) Elsewhere() *Route { return &t.elsewhere }

// fits compares part by part. A part that varies is not empty; a star takes the rest,
// which may be.
func (p pattern) fits(path []byte) bool {
	for i, want := range p.parts {
		if want == "*" {
			return true
		}
		part, rest, more := bytes.Cut(path, []byte("/"))
		switch {
		case strings.HasPrefix(want, ":"):
			if len(part) == 0 {
				return false
			}
		case string(part) != want:
			return false
		}
		if last := i == len(p.parts)-1; last || !more {
			return last && !more
		}
		path = rest
	}
	return false
}
