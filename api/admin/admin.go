package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"tablestep/engine"
	"tablestep/tables"
)

// Path is where the interface is mounted.
const Path = "/api/v1"

// maxBody bounds every body but an upload.
const maxBody = 16 << 20

// by is who is recorded in a table's history: there is one admin key, so one name.
const by = "admin"

// tempPrefix begins the name of every temporary file: who sweeps the folder removes
// nothing else. (tables/ingest names its files so, too.)
const tempPrefix = "tablestep-"

// Options of the interface.
type Options struct {
	Version   string
	PublicURL string
	UploadDir string                                // exists, private to the service; what begins with tempPrefix is removed at start
	MaxUpload int64                                 // bytes
	Backup    func(context.Context) (Backup, error) // nil: none are offered
}

// API answers people.
type API struct {
	engine   *engine.Engine
	store    *tables.Store
	options  Options
	started  time.Time
	openBody func(*fiber.Ctx) io.Reader
	uploads  chan struct{} // one slot an upload, from its first byte to its answer
	imports  chan struct{} // one slot an import under way
	backups  chan struct{} // one slot: from its first byte on the disk to its last one to the client
}

// Bounds of what is done at once. A file that is received takes a place on the disk
// and waits for its client; one that is imported may need much memory, and waits for
// nobody. So clients that send slowly keep each other out, not those that are done.
const (
	maxUploads = 8
	maxImports = 2
)

// New makes the interface.
func New(e *engine.Engine, store *tables.Store, o Options) *API {
	return &API{engine: e, store: store, options: o, started: time.Now(), uploads: make(chan struct{}, maxUploads), imports: make(chan struct{}, maxImports), backups: make(chan struct{}, 1)}
}

// Middleware is what stands before the handlers.
type Middleware struct {
	Auth           fiber.Handler               // runs before everything
	Limit          func(n int64) fiber.Handler // reads at most n bytes of a body
	Open           func(*fiber.Ctx) io.Reader  // gives the body of an upload as it comes in
	WhileConnected fiber.Handler               // ends the request's context when the client goes away; stands behind Limit
}

// Register mounts the routes.
func (a *API) Register(r fiber.Router, m Middleware) {
	a.openBody = m.Open
	auth, attended := m.Auth, m.WhileConnected
	g := r.Group(Path)
	body := m.Limit(maxBody)
	g.Get("/info", auth, a.info)
	if a.options.Backup != nil {
		g.Get("/backup", auth, a.backup)
	}
	g.Get("/tables", auth, a.listTables)
	g.Get("/tables/:table", auth, a.showTable)
	g.Delete("/tables/:table", auth, a.deleteTable)
	g.Get("/tables/:table/versions", auth, a.listVersions)
	g.Post("/tables/:table/versions", auth, a.upload)
	g.Post("/tables/:table/live", auth, body, a.publish)
	g.Get("/tables/:table/rows", auth, a.rows)
	g.Patch("/tables/:table/rows", auth, body, a.patch)
	g.Get("/tables/:table/diff", auth, a.diff)
	g.Get("/tables/:table/export", auth, a.export)
	g.Get("/tables/:table/history", auth, a.history)
	g.Get("/tables/:table/lookups/:lookup", auth, a.showLookup)
	g.Put("/tables/:table/lookups/:lookup", auth, body, a.setLookup)
	g.Delete("/tables/:table/lookups/:lookup", auth, a.deleteLookup)
	g.Get("/rulesets", auth, a.listRuleSets)
	g.Get("/rulesets/:ruleSet", auth, a.showRuleSet)
	g.Put("/rulesets/:ruleSet", auth, body, a.putRuleSet)
	g.Delete("/rulesets/:ruleSet", auth, a.deleteRuleSet)
	g.Post("/rulesets/:ruleSet/live", auth, body, a.publishRuleSet)
	g.Post("/rulesets/:ruleSet/test", auth, body, attended, a.testRuleSet)
	g.Get("/rulesets/:ruleSet/diff", auth, a.diffRuleSet)
	g.Get("/rulesets/:ruleSet/export", auth, a.exportRuleSet)
	g.Get("/rulesets/:ruleSet/history", auth, a.ruleSetHistory)
	g.Post("/evaluate", auth, body, attended, a.evaluate)
	g.Get("/invocations", auth, a.listInvocations)
	g.Post("/invocations/replay", auth, body, a.replayInvocations)
	g.Get("/invocations/:id", auth, a.showInvocation)
	g.Post("/invocations/:id/replay", auth, a.replayInvocation)
}

func (a *API) info(c *fiber.Ctx) error {
	stats, err := a.engine.Stats(c.UserContext())
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{
		"version":       a.options.Version,
		"publicURL":     a.options.PublicURL,
		"uptimeSeconds": int(time.Since(a.started).Seconds()),
		"tables":        len(a.store.Catalog().Tables()),
		"invocations":   stats,
		"damaged":       append([]tables.Damage{}, a.store.Damaged()...),
	})
}

// param copies a part of the path, which fiber lends.
func param(c *fiber.Ctx, name string) string { return string([]byte(c.Params(name))) }

// queryInt reads a whole number from the query; absent is def.
func queryInt(c *fiber.Ctx, name string, def int) (int, error) {
	raw := c.Query(name)
	if raw == "" {
		return def, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 0 {
		return 0, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("%s=%q is not a whole number from 0", name, raw))
	}
	return n, nil
}

// queryBool reads true or false from the query; absent is def.
func queryBool(c *fiber.Ctx, name string, def bool) (bool, error) {
	raw := c.Query(name)
	if raw == "" {
		return def, nil
	}
	v, err := strconv.ParseBool(raw)
	if err != nil {
		return false, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("%s=%q is neither true nor false", name, raw))
	}
	return v, nil
}

// decode reads a JSON body strictly: an unknown key is an error, because it is
// mostly a misspelt one.
func decode(c *fiber.Ctx, to any) error {
	d := json.NewDecoder(bodyReader(c))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fiber.NewError(fiber.StatusBadRequest, "the body cannot be read: "+err.Error())
	}
	if d.More() {
		return fiber.NewError(fiber.StatusBadRequest, "the body holds more than one JSON value")
	}
	return nil
}
