package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/valyala/fasthttp"

	"tablestep/api/admin"
	"tablestep/api/ssfs"
	"tablestep/api/ui"
	"tablestep/tables"
)

// Timeouts of a connection. An upload may take longer than any other request.
const (
	readTimeout   = 30 * time.Second
	uploadTimeout = 30 * time.Minute
	writeTimeout  = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
)

// Options of the server.
type Options struct {
	APIKeys   []string // valid for Marketo
	AdminKeys []string // valid for people
	Log       *slog.Logger
	Ready     func() error // nil error: the service can take work; an *Unready has a code of its own

	Damaged func() []tables.Damage // what is set aside; nil: nothing ever is
}

// A Server answers HTTP requests.
type Server struct {
	app *fiber.App
	end context.CancelFunc // ends the context of the requests that are still under way
}

// New puts the handlers behind credentials and limits.
func New(step *ssfs.Step, people *admin.API, o Options) *Server {
	app := fiber.New(fiber.Config{
		AppName:                      "tablestep",
		DisableStartupMessage:        true,
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		ErrorHandler:                 handleError(o.Log),
	})
	app.Server().HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		if h.IsPost() && strings.HasPrefix(string(h.RequestURI()), admin.Path+"/tables/") {
			return fasthttp.RequestConfig{ReadTimeout: uploadTimeout, WriteTimeout: uploadTimeout}
		}
		return fasthttp.RequestConfig{}
	}
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
	app.Use(drainBody)
	limit := limitBody()
	app.Get("/", func(c *fiber.Ctx) error { return c.Redirect("/ui/") })
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	app.Get("/readyz", readyz(o))
	step.Register(app, requireAPIKey(newKeyring(o.APIKeys)), limit)
	ui.Register(app)
	people.Register(app, requireAdmin(newKeyring(o.AdminKeys)), limit, openBody)
	app.Use(func(c *fiber.Ctx) error {
		return fiber.NewError(fiber.StatusNotFound, fmt.Sprintf("there is nothing at %s %s", c.Method(), c.Path()))
	})
	return &Server{app: app, end: end}
}

// Serve answers requests until ctx ends; then it takes no more, waits for those
// under way up to grace, and returns.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	served := make(chan error, 1)
	go func() { served <- s.app.Listener(l) }()
	select {
	case err := <-served:
		s.end()
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	err := s.app.ShutdownWithTimeout(grace)
	s.end()
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
