package openapi

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// A Page shows the document. The handler of swgui is of net/http; it is called in the
// request's own goroutine, as all that it does is to write an embedded file.
type Page struct {
	handler http.Handler
	base    string // path of the page
	policy  string // what the browser may load for it
}

// NewPage makes the page that is served at the path base. The document is served beside
// it, as openapi.json, and both are found by relative addresses, so that the page also
// works where a proxy serves it below another path.
func NewPage(title, base string) (*Page, error) {
	name := base[strings.LastIndexByte(base, '/')+1:]
	p := &Page{base: base, handler: v5emb.NewHandlerWithConfig(swgui.Config{
		Title: title, SwaggerJSON: "../openapi.json", BasePath: name, InternalBasePath: base,
		SettingsUI: map[string]string{"persistAuthorization": "false"},
	})}
	var index recorded
	p.handler.ServeHTTP(&index, request(base))
	scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllSubmatch(index.body, -1)
	if len(scripts) == 0 {
		return nil, fmt.Errorf("the page at %s has no script: is this another Swagger UI?", base)
	}
	var hashes strings.Builder
	for _, s := range scripts {
		sum := sha256.Sum256(s[1])
		fmt.Fprintf(&hashes, " 'sha256-%s'", base64.StdEncoding.EncodeToString(sum[:]))
	}
	// Swagger UI puts styles into the page as it goes, and its icons are data.
	p.policy = "default-src 'none'; connect-src 'self'; script-src 'self'" + hashes.String() +
		"; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return p, nil
}

// Serve answers the page and the files below it.
func (p *Page) Serve(c *fiber.Ctx) error {
	var answer recorded
	r := request(strings.Clone(c.Path()))
	for _, name := range []string{fiber.HeaderAcceptEncoding, fiber.HeaderIfNoneMatch} {
		if value := c.Get(name); value != "" {
			r.Header.Set(name, strings.Clone(value))
		}
	}
	p.handler.ServeHTTP(&answer, r)
	if answer.status == http.StatusNotFound || c.Path() == p.base+"/" { // its relative addresses would not hold there
		return fiber.NewError(fiber.StatusNotFound, "there is no such file of the page")
	}
	for name, values := range answer.header {
		if name != fiber.HeaderContentLength { // it is counted anew
			c.Response().Header.Set(name, values[0])
		}
	}
	c.Set(fiber.HeaderContentSecurityPolicy, p.policy)
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return c.Status(answer.status).Send(answer.body)
}

// request asks the handler for a path.
func request(path string) *http.Request {
	return &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Header: http.Header{}}
}

// recorded is an answer of a net/http handler, kept in memory.
type recorded struct {
	status int
	header http.Header
	body   []byte
}

func (r *recorded) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

func (r *recorded) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorded) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.body = append(r.body, p...)
	return len(p), nil
}
