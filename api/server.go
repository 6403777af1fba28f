package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"tablestep/api/admin"
	"tablestep/api/edge"
	"tablestep/api/route"
	"tablestep/api/ssfs"
	"tablestep/api/ui"
	"tablestep/tables"
)

// DefaultMaxConnections are open at once where nothing else is said.
const DefaultMaxConnections = edge.DefaultMax

// Options of the server.
type Options struct {
	APIKeys   []string // valid for Marketo
	AdminKeys []string // valid for people
	Log       *slog.Logger
	Ready     func() error // nil error: the service can take work; an *Unready has a code of its own

	Damaged func() []tables.Damage // what is set aside; nil: nothing ever is

	MaxConnections           int // open at once; 0 is DefaultMaxConnections
	MaxConnectionsPerAddress int // 0 is a quarter of them
	TrustedProxies           []netip.Prefix
}

// A Server answers HTTP requests.
type Server struct {
	app   *fiber.App
	table *route.Table
	edge  edge.Options
	end   context.CancelFunc // ends the context of the requests that are still under way
}

// New puts the handlers behind credentials and limits. It panics where two routes are
// one, which the package's tests rule out.
func New(step *ssfs.Step, adminAPI *admin.API, o Options) *Server {
	valid := &keys{api: newKeyring(o.APIKeys), admin: newKeyring(o.AdminKeys)}
	table, err := route.NewTable(ownRoutes(o, valid), step.Routes(), ui.Routes(), describedRoutes(adminAPI))
	if err != nil {
		panic(err)
	}
	g := &gate{valid, table}
	app := fiber.New(fiber.Config{
		AppName:                      "tablestep",
		DisableStartupMessage:        true,
		CaseSensitive:                true, // a proxy's rule for /api/ must hold for all that is answered there
		StrictRouting:                true,
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		ReadBufferSize:               maxHeader,
		ReduceMemoryUsage:            true, // no buffer for a connection that has sent nothing
		ReadTimeout:                  headerTimeout,
		WriteTimeout:                 route.StrangerTime,
		IdleTimeout:                  idleTimeout,
		ErrorHandler:                 handleError(o.Log),
	})
	http := app.Server()
	http.HeaderReceived = g.judge
	http.ConnState = rest
	http.ErrorHandler = answerUnreadable
	http.SecureErrorLogMessage = true
	app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: func(c *fiber.Ctx, r any) {
		o.Log.Error("handler panicked", "method", c.Method(), "path", c.Path(), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}}))
	app.Use(func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		return c.Next()
	})
	// The context that fasthttp lends dies with its handler and is reset while the
	// server stops, so nobody may derive another one from it.
	requests, end := context.WithCancel(context.Background())
	app.Use(func(c *fiber.Ctx) error {
		c.SetUserContext(requests)
		return c.Next()
	})
	app.Use(endBody)
	if len(o.TrustedProxies) > 0 {
		app.Use(countForwarded)
	}
	mount(app, table, valid)
	app.Use(valid.require(table.Elsewhere()), func(c *fiber.Ctx) error {
		return fiber.NewError(fiber.StatusNotFound, fmt.Sprintf("there is nothing at %s %s", c.Method(), c.Path()))
	})
	return &Server{app: app, table: table, end: end, edge: edge.Options{
		Max: o.MaxConnections, PerAddress: o.MaxConnectionsPerAddress, Trusted: o.TrustedProxies, Log: o.Log,
	}}
}

// mount gives each route its chain of handlers: credentials, body, attendance, time, and its
// own at the end.
func mount(app *fiber.App, table *route.Table, valid *keys) {
	bodies := newBodyReader()
	routes := table.Routes()
	for i := range routes {
		r := &routes[i]
		var chain []fiber.Handler
		if !r.Public() {
			chain = append(chain, valid.require(r))
		}
		if r.Body > 0 {
			chain = append(chain, bodies.of(r))
		}
		if r.Attended {
			chain = append(chain, whileConnected)
		}
		if r.Work > 0 {
			chain = append(chain, within(r.Work))
		}
		chain = append(chain, r.Handle)
		if r.Method == fiber.MethodGet {
			app.Get(r.Path, chain...) // and HEAD
		} else {
			app.Add(r.Method, r.Path, chain...)
		}
	}
}

// ownRoutes are those of the server itself.
func ownRoutes(o Options, valid *keys) []route.Route {
	read := func(path string, handle fiber.Handler) route.Route {
		return route.Route{Method: fiber.MethodGet, Path: path, Handle: handle}
	}
	return []route.Route{
		read("/", func(c *fiber.Ctx) error { return c.Redirect("/ui/") }),
		read("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") }),
		read("/readyz", readyz(o, valid)),
	}
}

// Serve answers requests until ctx ends; then it takes no more, waits for those
// under way up to grace, and returns.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	doors := edge.Wrap(l, s.edge)
	served := make(chan error, 1)
	go func() { served <- s.app.Listener(doors) }()
	select {
	case err := <-served:
		s.end()
		doors.CloseConns()
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	err := s.app.ShutdownWithTimeout(grace)
	s.end()
	// Where the stop came before the first accept, there was nothing to shut down yet.
	if closeErr := doors.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
		err = errors.Join(err, closeErr)
	}
	doors.CloseConns()
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // clients that drip or idle do not hold up the stop
	}
	if serveErr := <-served; serveErr != nil {
		err = errors.Join(err, fmt.Errorf("serve on %s: %w", l.Addr(), serveErr))
	}
	return err
}

// Routes are all that the server answers, for tests that go through them. The caller
// does not change them.
func (s *Server) Routes() []route.Route { return s.table.Routes() }
