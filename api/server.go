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
	app  *fiber.App
	edge edge.Options
	end  context.CancelFunc // ends the context of the requests that are still under way
}

// New puts the handlers behind credentials and limits.
func New(step *ssfs.Step, adminAPI *admin.API, o Options) *Server {
	valid := &keys{api: newKeyring(o.APIKeys), admin: newKeyring(o.AdminKeys)}
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
		WriteTimeout:                 strangerTimeout,
		IdleTimeout:                  idleTimeout,
		ErrorHandler:                 handleError(o.Log),
	})
	http := app.Server()
	http.HeaderReceived = valid.gate
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
	limit := limitBody()
	app.Get("/", func(c *fiber.Ctx) error { return c.Redirect("/ui/") })
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	app.Get("/readyz", readyz(o, valid))
	step.Register(app, valid.require(marketo), limit)
	ui.Register(app)
	adminAPI.Register(app, admin.Middleware{
		Auth: valid.require(people), Limit: limit, Open: openPaced, WhileConnected: whileConnected,
	})
	app.Use(valid.require(marketo|people), func(c *fiber.Ctx) error {
		return fiber.NewError(fiber.StatusNotFound, fmt.Sprintf("there is nothing at %s %s", c.Method(), c.Path()))
	})
	return &Server{app: app, end: end, edge: edge.Options{
		Max: o.MaxConnections, PerAddress: o.MaxConnectionsPerAddress, Trusted: o.TrustedProxies, Log: o.Log,
	}}
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
	doors.CloseConns()
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // clients that drip or idle do not hold up the stop
	}
	if serveErr := <-served; serveErr != nil {
		err = errors.Join(err, fmt.Errorf("serve on %s: %w", l.Addr(), serveErr))
	}
	return err
}

// Routes lists method and path of each route, for tests that go through all.
func (s *Server) Routes() [][2]string {
	var routes [][2]string
	for _, r := range s.app.GetRoutes(true) {
		routes = append(routes, [2]string{r.Method, r.Path})
	}
	return routes
}
