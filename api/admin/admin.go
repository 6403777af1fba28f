package admin

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/api/strict"
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
	Functions func() []shape.Function               // those that rules can call; nil: none is told
}

// API answers people.
type API struct {
	engine  *engine.Engine
	store   *tables.Store
	options Options
	started time.Time
	uploads chan struct{} // one slot an upload, from its first byte to its answer
	imports chan struct{} // one slot an import under way
	walks   chan struct{} // one slot a walk over rows
	backups chan struct{} // one slot: from its first byte on the disk to its last one to the client
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
	return &API{engine: e, store: store, options: o, started: time.Now(), uploads: make(chan struct{}, maxUploads), imports: make(chan struct{}, maxImports), walks: make(chan struct{}, maxWalks), backups: make(chan struct{}, 1)}
}

// Options are those that the interface was made with.
func (a *API) Options() Options { return a.options }

// Receiving is how many uploads are under way, imports included.
func (a *API) Receiving() int { return len(a.uploads) }

func (a *API) info(c *fiber.Ctx) error {
	stats, err := a.engine.Stats(c.UserContext())
	if err != nil {
		return err
	}
	return c.JSON(shape.Info{
		Version:       a.options.Version,
		PublicURL:     a.options.PublicURL,
		UptimeSeconds: int(time.Since(a.started).Seconds()),
		Tables:        len(a.store.Catalog().Tables()),
		Invocations:   describeStats(stats),
		Damaged:       DescribeDamage(a.store.Damaged()),
	})
}

func (a *API) functions(c *fiber.Ctx) error {
	list := shape.Functions{}
	if a.options.Functions != nil {
		list.Functions = a.options.Functions()
	}
	return c.JSON(list)
}

// param copies a part of the path, which fiber lends, and reads what is written with %: it is
// a name that a person has chosen, and stands in messages.
func param(c *fiber.Ctx, name string) string {
	raw := string([]byte(c.Params(name)))
	if text, err := url.PathUnescape(raw); err == nil {
		return text
	}
	return raw // it is no name, and will be refused as it came
}

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
	if err := strict.Decode(c.Request().Body(), to); err != nil {
		return fmt.Errorf("the body cannot be read: %w", err)
	}
	return nil
}
