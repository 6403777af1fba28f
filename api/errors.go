package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tablestep/api/admin"
	"tablestep/api/edge"
	"tablestep/api/shape"
	"tablestep/api/strict"
	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// statuses are the errors that callers can meet, most special first. What is not
// here is a fault of the service: 500, logged, and told without its text.
func statuses() []struct {
	err    error
	status int
	code   string
} {
	return []struct {
		err    error
		status int
		code   string
	}{
		{schema.ErrTableNotFound, http.StatusNotFound, "TABLE_NOT_FOUND"},
		{schema.ErrRuleSetNotFound, http.StatusNotFound, "RULESET_NOT_FOUND"},
		{schema.ErrVersionNotFound, http.StatusNotFound, "VERSION_NOT_FOUND"},
		{schema.ErrLookupNotFound, http.StatusNotFound, "LOOKUP_NOT_FOUND"},
		{schema.ErrDraftNotFound, http.StatusNotFound, "DRAFT_NOT_FOUND"},
		{schema.ErrAliasNotFound, http.StatusNotFound, "ALIAS_NOT_FOUND"},
		{schema.ErrNotScheduled, http.StatusNotFound, "NOT_SCHEDULED"},
		{schema.ErrColumnNotFound, http.StatusUnprocessableEntity, "COLUMN_NOT_FOUND"},
		{schema.ErrChain, http.StatusUnprocessableEntity, "CHAIN_INVALID"},
		{schema.ErrConflict, http.StatusConflict, "CONFLICT"},
		{schema.ErrInvalid, http.StatusBadRequest, "INVALID"},
		{errTooSlow, http.StatusUnprocessableEntity, "TOO_SLOW"},
		{engine.ErrInvocationNotFound, http.StatusNotFound, "INVOCATION_NOT_FOUND"},
		{engine.ErrGone, http.StatusConflict, "INVOCATION_GONE"},
		{engine.ErrBusy, http.StatusTooManyRequests, "QUEUE_FULL"},
		{tables.ErrDamaged, http.StatusInternalServerError, "DAMAGED"}, // told with its text: it says what to do
		{tables.ErrBroken, http.StatusServiceUnavailable, "STORE_UNAVAILABLE"},
		{engine.ErrUnavailable, http.StatusServiceUnavailable, "STORE_UNAVAILABLE"},
		{context.Canceled, http.StatusServiceUnavailable, "STOPPING"},
	}
}

// retryAfter is what a client is told to wait when the queue is full.
const retryAfter = 10 // seconds

// describe turns an error into status and body.
func describe(err error) (int, *shape.Problem) {
	p := &shape.Problem{Error: shape.Error{Message: err.Error()}}
	var (
		upload  *schema.UploadError
		request *engine.RequestError
		ruleSet *engine.RuleSetError
		mistake *strict.Mistake
		inUse   *engine.InUseError
		plain   *fiber.Error
		several *schema.SeveralRowsError
		refused *schema.Refusal
		alias   *tables.AliasError
	)
	switch {
	case errors.As(err, &alias):
		p.Error.Code = "ALIAS_INVALID"
		if alias.Lost {
			p.Error.Code = "ALIAS_LOST"
		}
		p.Error.Details = append(p.Error.Details, shape.Detail{Field: fmt.Sprintf("aliases[%d]", alias.At), Code: p.Error.Code, Message: alias.Message})
		return http.StatusUnprocessableEntity, p
	case errors.As(err, &several):
		p.Error.Code = "KEY_NOT_UNIQUE"
		for _, k := range several.Keys {
			for _, row := range k.Rows {
				p.Error.Details = append(p.Error.Details, shape.Detail{Row: row, Message: "the key " + k.Key})
			}
		}
		return http.StatusConflict, p
	case isFull(err):
		p.Error.Code = "DISK_FULL"
		p.Error.Message = "there is no room on the disk of the service; nothing was stored"
		return http.StatusInsufficientStorage, p
	case errors.As(err, &refused):
		p.Error.Details = reasons(refused)
		if refused.Unprocessable() {
			p.Error.Code = refused.Blocks.Codes()[0]
			return http.StatusUnprocessableEntity, p
		}
		p.Error.Code = "CONFLICT"
		return http.StatusConflict, p
	case errors.As(err, &upload):
		p.Error.Code = upload.Code
		p.Error.Details = append(p.Error.Details, shape.Detail{File: upload.File, Row: upload.Row, Column: upload.Column})
		if upload.Code == "TOO_LARGE" {
			return http.StatusRequestEntityTooLarge, p
		}
		return http.StatusUnprocessableEntity, p
	case errors.As(err, &request):
		p.Error.Code = "REQUEST_INVALID"
		if request.Field != "" {
			p.Error.Details = append(p.Error.Details, shape.Detail{Field: request.Field})
		}
		return http.StatusBadRequest, p
	case errors.As(err, &ruleSet):
		p.Error.Code = "RULESET_INVALID"
		for _, r := range ruleSet.Problems {
			p.Error.Details = append(p.Error.Details, shape.Detail{
				Rule: r.Rule, Expression: r.Expression, Line: r.Line, Character: r.Column, Message: r.Message, Snippet: r.Snippet,
			})
		}
		return http.StatusUnprocessableEntity, p
	case errors.As(err, &mistake):
		p.Error.Code = "BAD_REQUEST"
		p.Error.Details = append(p.Error.Details, shape.Detail{Line: mistake.Line, Character: mistake.Column, Message: mistake.Message, Snippet: mistake.Snippet})
		return http.StatusBadRequest, p
	case errors.As(err, &inUse):
		p.Error.Code = "IN_USE"
		for _, reason := range inUse.Reasons {
			p.Error.Details = append(p.Error.Details, shape.Detail{Message: reason, Lift: "force"})
		}
		return http.StatusConflict, p
	case errors.As(err, &plain):
		p.Error.Message = plain.Message
		p.Error.Code = strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(http.StatusText(plain.Code)))
		return plain.Code, p
	}
	if placed := (*admin.Placed)(nil); errors.As(err, &placed) {
		p.Error.Details = append(p.Error.Details, shape.Detail{Line: placed.Place.Line, Character: placed.Place.Column, Message: placed.Place.Message, Snippet: placed.Place.Snippet})
	}
	for _, s := range statuses() {
		if errors.Is(err, s.err) {
			p.Error.Code = s.code
			return s.status, p
		}
	}
	p.Error.Code = "INTERNAL"
	p.Error.Message = "the service failed; its log says why"
	return http.StatusInternalServerError, p
}

// reasons are all of a refusal: what a parameter lifts, then what must be mended.
func reasons(r *schema.Refusal) (list shape.List[shape.Detail]) {
	for _, g := range r.Guards {
		list = append(list, shape.Detail{
			Code: g.Code, Severity: string(schema.SeverityBlock), Lift: g.Lift, Lookup: g.Lookup, Column: g.Column, Message: g.Message,
		})
	}
	for _, w := range r.Blocks.List {
		list = append(list, shape.Detail{Code: w.Code, Severity: string(w.Severity), Row: w.Row, Column: w.Column, Message: w.Message, More: w.More})
	}
	return list
}

// handleError answers with the error and logs those that are the service's own.
func handleError(log *slog.Logger) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		if errors.Is(context.Cause(c.UserContext()), edge.ErrGone) {
			log.Debug("client went away", "method", c.Method(), "path", c.Path())
			c.Context().SetConnectionClose()
			return nil
		}
		if answer, ok := admin.Superseded(err); ok {
			answer.Error.Code = "CHANGED_MEANWHILE"
			return c.Status(http.StatusPreconditionFailed).JSON(answer)
		}
		status, p := describe(err)
		if status >= http.StatusInternalServerError {
			log.Error("request failed", "method", c.Method(), "path", c.Path(), "status", status, "error", err)
		}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			c.Set(fiber.HeaderRetryAfter, strconv.Itoa(retryAfter))
		}
		return c.Status(status).JSON(p)
	}
}

// writeProblem answers where there is no route to speak of.
func writeProblem(c *fasthttp.RequestCtx, err error) {
	status, p := describe(err)
	body, encodeErr := json.Marshal(p)
	if encodeErr != nil {
		body = nil // two texts and an empty list always can be encoded
	}
	c.Response.Header.SetContentType(fiber.MIMEApplicationJSON)
	c.SetStatusCode(status)
	c.SetBody(body)
}

// isFull says whether something of people's side failed for want of room on the
// disk. What Marketo sends is answered with 503 then, which its interface knows.
func isFull(err error) bool {
	if errors.Is(err, engine.ErrUnavailable) || errors.Is(err, tables.ErrBroken) {
		return false
	}
	if errors.Is(err, tables.ErrDiskFull) {
		return true
	}
	return slices.ContainsFunc(noRoomErrors(), func(full error) bool { return errors.Is(err, full) })
}
