package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"tablestep/api/edge"
	"tablestep/api/route"
	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// Each error that a caller can meet has its status and code; whatever else there is, is a
// fault of the service and told without its text.
func TestEachErrorHasItsStatusAndCode(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{schema.ErrTableNotFound, 404, "TABLE_NOT_FOUND"},
		{schema.ErrRuleSetNotFound, 404, "RULESET_NOT_FOUND"},
		{schema.ErrVersionNotFound, 404, "VERSION_NOT_FOUND"},
		{schema.ErrVersionGone, 404, "VERSION_NOT_FOUND"},
		{schema.ErrLookupNotFound, 404, "LOOKUP_NOT_FOUND"},
		{schema.ErrDraftNotFound, 404, "DRAFT_NOT_FOUND"},
		{schema.ErrColumnNotFound, 422, "COLUMN_NOT_FOUND"},
		{schema.ErrConflict, 409, "CONFLICT"},
		{schema.ErrInvalid, 400, "INVALID"},
		{engine.ErrInvocationNotFound, 404, "INVOCATION_NOT_FOUND"},
		{engine.ErrGone, 409, "INVOCATION_GONE"},
		{engine.ErrBusy, 429, "QUEUE_FULL"},
		{tables.ErrDamaged, 500, "DAMAGED"},
		{tables.ErrBroken, 503, "STORE_UNAVAILABLE"},
		{engine.ErrUnavailable, 503, "STORE_UNAVAILABLE"},
		{context.Canceled, 503, "STOPPING"},
		{tables.ErrDiskFull, 507, "DISK_FULL"},
		{syscall.ENOSPC, 507, "DISK_FULL"},
		{errors.Join(engine.ErrUnavailable, syscall.ENOSPC), 503, "STORE_UNAVAILABLE"}, // Marketo knows no 507
		{errors.Join(tables.ErrBroken, tables.ErrDiskFull), 503, "STORE_UNAVAILABLE"},
		{errTooSlow, 422, "TOO_SLOW"},
		{&schema.SeveralRowsError{Table: "t", Version: 1, Keys: []schema.SeveralRows{{Key: `"a"`, Rows: []int{1, 2}, Count: 2}}}, 409, "KEY_NOT_UNIQUE"},
		{&schema.UploadError{Code: "NO_ROWS", Message: "no rows"}, 422, "NO_ROWS"},
		{&schema.UploadError{Code: "TOO_LARGE", Message: "too large"}, 413, "TOO_LARGE"},
		{&engine.RequestError{Field: "x", Message: "wrong"}, 400, "REQUEST_INVALID"},
		{&engine.RuleSetError{}, 422, "RULESET_INVALID"},
		{fiber.NewError(408, "late"), 408, "REQUEST_TIMEOUT"},
		{errors.New("the secret inside"), 500, "INTERNAL"},
	} {
		status, p := describe(fmt.Errorf("while it was done: %w", c.err))
		require.Equal(t, c.status, status, "%v", c.err)
		require.Equal(t, c.code, p.Error.Code, "%v", c.err)
		require.NotContains(t, p.Error.Message, "secret")
		require.NotEmpty(t, p.Error.Message)
	}
}

// A handler that minds its context is ended in its time, and the client is told to ask for less;
// other errors stay what they are.
func TestAHandlerIsEndedInItsTime(t *testing.T) {
	app := fiber.New(fiber.Config{ErrorHandler: handleError(slog.New(slog.DiscardHandler)), DisableStartupMessage: true})
	app.Get("/slow", within(5*time.Millisecond), func(c *fiber.Ctx) error {
		<-c.UserContext().Done()
		return fmt.Errorf("read rows: %w", c.UserContext().Err())
	})
	app.Get("/own", within(5*time.Millisecond), func(c *fiber.Ctx) error {
		<-c.UserContext().Done()
		return schema.ErrInvalid
	})
	app.Get("/quick", within(time.Minute), func(c *fiber.Ctx) error { return c.SendString("done") })
	for path, want := range map[string]struct {
		status int
		says   string
	}{"/slow": {422, "this takes too long: more than 5ms, with waiting for others: narrow the query"}, "/own": {400, "INVALID"}, "/quick": {200, "done"}} {
		answer, err := app.Test(httptest.NewRequest(http.MethodGet, path, nil), -1)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, want.status, answer.StatusCode, path)
		require.Contains(t, string(body), want.says)
	}
}

func TestAProblemNamesItsPlaces(t *testing.T) {
	_, p := describe(&schema.UploadError{File: "f.csv", Row: 3, Column: "c", Code: "X"})
	require.Equal(t, shape.List[shape.Detail]{{File: "f.csv", Row: 3, Column: "c"}}, p.Error.Details)
	_, p = describe(&engine.RequestError{Field: "x"})
	require.Equal(t, shape.List[shape.Detail]{{Field: "x"}}, p.Error.Details)
	_, p = describe(&engine.RequestError{Message: "no JSON"})
	require.Empty(t, p.Error.Details)
	_, p = describe(&engine.RuleSetError{Problems: []engine.RuleProblem{{Rule: "r", Expression: "when", Line: 2, Column: 5, Message: "m", Snippet: "s"}}})
	require.Equal(t, shape.List[shape.Detail]{{Rule: "r", Expression: "when", Line: 2, Character: 5, Message: "m", Snippet: "s"}}, p.Error.Details)
}

// What is the service's own fault is logged, and nothing else; who is gone is not
// answered.
func TestOnlyFaultsOfTheServiceAreLogged(t *testing.T) {
	var logged bytes.Buffer
	handle := handleError(slog.New(slog.NewTextHandler(&logged, nil)))
	app := fiber.New()
	for err, want := range map[error]struct {
		status int
		logged bool
		wait   string
	}{
		schema.ErrTableNotFound: {404, false, ""},
		engine.ErrBusy:          {429, false, "10"},
		engine.ErrUnavailable:   {503, true, "10"},
		errors.New("a fault"):   {500, true, ""},
	} {
		logged.Reset()
		c := app.AcquireCtx(new(fasthttp.RequestCtx))
		require.NoError(t, handle(c, err))
		require.Equal(t, want.status, c.Response().StatusCode())
		require.Equal(t, want.logged, logged.Len() > 0, "%v", err)
		require.Equal(t, want.wait, string(c.Response().Header.Peek("Retry-After")), "%v", err)
		app.ReleaseCtx(c)
	}
	logged.Reset()
	c := app.AcquireCtx(new(fasthttp.RequestCtx))
	defer app.ReleaseCtx(c)
	gone, cancel := context.WithCancelCause(context.Background())
	cancel(edge.ErrGone)
	c.SetUserContext(gone)
	require.NoError(t, handle(c, errors.New("a fault")))
	require.Zero(t, logged.Len())
	require.Empty(t, c.Response().Body())
	require.True(t, c.Response().ConnectionClose())
}

// A large body that finds no room is refused with 429, whether it says how large it is or
// not, and one that breaks off with 400.
func TestABodyThatFindsNoRoomIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bodies, app := newBodyReader(), fiber.New()
		require.True(t, bodies.room.free.TryAcquire(roomBytes))
		read := func(body io.Reader, size int) error {
			c := app.AcquireCtx(new(fasthttp.RequestCtx))
			defer app.ReleaseCtx(c)
			c.Locals(bodyKey{}, &bodyStream{src: body})
			c.Request().Header.SetContentLength(size)
			return bodies.whole(c, &route.Route{Limits: route.Limits{Body: 4 << 20, Within: time.Second}})
		}
		large := bytes.Repeat([]byte("x"), 2<<20)
		for _, size := range []int{len(large), -1} {
			var told *fiber.Error
			require.ErrorAs(t, read(bytes.NewReader(large), size), &told)
			require.Equal(t, http.StatusTooManyRequests, told.Code, "size %d", size)
		}
		var told *fiber.Error
		require.ErrorAs(t, read(broken{}, -1), &told)
		require.Equal(t, http.StatusBadRequest, told.Code)
		require.ErrorAs(t, read(bytes.NewReader(large), 5<<20), &told)
		require.Equal(t, http.StatusRequestEntityTooLarge, told.Code)
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the connection broke") }

// A stream that has ended is not asked again: it would wait for another chunk.
func TestAStreamThatHasEndedIsNotReadAgain(t *testing.T) {
	asked := 0
	b := &bodyStream{src: readerFunc(func([]byte) (int, error) { asked++; return 0, io.EOF })}
	require.False(t, b.whole())
	for range 3 {
		_, err := b.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	}
	require.Equal(t, 1, asked)
	require.True(t, b.whole())
	require.True(t, (&bodyStream{}).whole())
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
