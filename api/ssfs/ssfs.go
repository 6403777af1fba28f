package ssfs

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/route"
	"tablestep/engine"
	"tablestep/tables"
)

//go:embed static
var static embed.FS

// maxPicklistRequest bounds the body of a picklist request, which carries the
// names of all mapped fields.
const maxPicklistRequest = 4 << 20

// Options of the flow step.
type Options struct {
	PublicURL       string // where Marketo reaches the service, without a slash at its end
	Names           Names
	Simple          bool     // show only table, ruleSet, onNoMatch and param1
	EnforcePicklist bool     // choices cannot be typed
	MaxBody         int64    // of an invocation, in bytes
	MyTokens        []string // that Marketo is to send, by their names alone: {{my.Event Date}} is Event Date
}

// A Step answers Marketo.
type Step struct {
	engine       *engine.Engine
	store        *tables.Store
	options      Options
	openAPI      []byte
	definition   []byte
	instructions []byte
	svg, png     []byte
}

// New makes the documents that never change while the service runs.
func New(e *engine.Engine, store *tables.Store, o Options) (*Step, error) {
	s := &Step{engine: e, store: store, options: o}
	var err error
	if s.openAPI, err = openAPI(o); err != nil {
		return nil, fmt.Errorf("make API definition: %w", err)
	}
	if s.definition, err = json.Marshal(define(o)); err != nil {
		return nil, fmt.Errorf("make service definition: %w", err)
	}
	if s.instructions, err = instructions(o); err != nil {
		return nil, fmt.Errorf("make instructions: %w", err)
	}
	if s.svg, err = static.ReadFile("static/icon.svg"); err != nil {
		return nil, fmt.Errorf("read icon: %w", err)
	}
	if s.png, err = static.ReadFile("static/icon.png"); err != nil {
		return nil, fmt.Errorf("read icon: %w", err)
	}
	return s, nil
}

// Routes are all of the flow step. Marketo reads what it needs for an installation
// without credentials.
func (s *Step) Routes() []route.Route {
	read := func(path string, keys route.Keys, handle fiber.Handler) route.Route {
		return route.Route{Method: fiber.MethodGet, Path: path, Keys: keys, Handle: handle}
	}
	take := func(path string, body int64, setting string, handle fiber.Handler) route.Route {
		return route.Route{
			Method: fiber.MethodPost, Path: path, Keys: route.Marketo, Handle: handle,
			Limits: route.Limits{Body: body, Setting: setting},
		}
	}
	return []route.Route{
		read("/openapi.json", 0, s.document(fiber.MIMEApplicationJSON, s.openAPI)),
		read("/install", 0, s.document(fiber.MIMEApplicationJSON, s.openAPI)),
		read("/brandIcon", 0, s.icon),
		read("/serviceIcon", 0, s.icon),
		read("/providerInstructions", 0, s.document(fiber.MIMETextHTMLCharsetUTF8, s.instructions)),
		read("/getServiceDefinition", route.Marketo, s.document(fiber.MIMEApplicationJSON, s.definition)),
		read("/status", route.Marketo, s.status),
		take(PicklistPath, maxPicklistRequest, "", s.picklist),
		take("/submitAsyncAction", s.options.MaxBody, "--max-body", s.submit),
	}
}

func (s *Step) document(mime string, body []byte) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, mime)
		return c.Send(body)
	}
}

// icon sends the PNG, or the drawing it was made from to whom asks for SVG.
func (s *Step) icon(c *fiber.Ctx) error {
	c.Vary(fiber.HeaderAccept)
	if strings.Contains(c.Get(fiber.HeaderAccept), "image/svg+xml") {
		c.Set(fiber.HeaderContentType, "image/svg+xml")
		return c.Send(s.svg)
	}
	c.Set(fiber.HeaderContentType, "image/png")
	return c.Send(s.png)
}

func (s *Step) status(c *fiber.Ctx) error {
	stats, err := s.engine.Stats(c.UserContext())
	if err != nil {
		return err
	}
	answer := statusOf(s.store.Catalog(), s.engine.Mapping(), stats, s.engine.SlowLookups())
	answer.damaged(s.store.Damaged())
	answer.unread(s.store.Unread())
	answer.endings(s.store.Endings())
	answer.lost(s.store.LostAliases())
	unasked, err := s.engine.UnaskedTokens(c.UserContext())
	if err != nil {
		return err
	}
	answer.unasked(unasked)
	absent, err := s.engine.AbsentTables(c.UserContext())
	if err != nil {
		return err
	}
	answer.absent(absent)
	return c.JSON(answer)
}

func (s *Step) picklist(c *fiber.Ctx) error {
	var r picklistRequest
	if err := json.Unmarshal(c.Request().Body(), &r); err != nil {
		return fiber.NewError(fiber.StatusBadRequest, "the picklist request is not valid JSON: "+err.Error())
	}
	switch {
	case r.Name == "":
		return fiber.NewError(fiber.StatusBadRequest, "the picklist request has no name: name the attribute whose choices are wanted, such as "+attrTable)
	case r.Type == "":
		return fiber.NewError(fiber.StatusBadRequest, "the picklist request has no type: it is flow for the attributes of the flow step")
	}
	if r.Type != "flow" || !hasPicklist(r.Name) {
		return fiber.NewError(fiber.StatusNotFound, fmt.Sprintf("there is no picklist for the %s attribute %q", r.Type, r.Name))
	}
	if err := s.engine.SetMapping(r.mapping()); err != nil {
		return fmt.Errorf("%w: %w", engine.ErrUnavailable, err)
	}
	list, _, _ := picklistOf(r.Name, s.store.Catalog(), s.engine.Mapping()) // there is one
	return c.JSON(list)
}

// submit stores the request; 201 is sent only when it will survive a crash.
func (s *Step) submit(c *fiber.Ctx) error {
	accepted, err := s.engine.Accept(c.UserContext(), c.Request().Body())
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(acceptance{Invocation: accepted.ID, Duplicate: accepted.Duplicate})
}

// acceptance is the answer to an accepted request.
type acceptance struct {
	Invocation string `json:"invocation"`
	Duplicate  bool   `json:"duplicate"` // the token had come before
}

// openAPI fills the API definition with what differs a deployment.
func openAPI(o Options) ([]byte, error) {
	raw, err := static.ReadFile("static/openapi.json")
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	info, ok := doc["info"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("static/openapi.json has no info")
	}
	info["title"] = o.Names.Step
	info["x-providerName"] = o.Names.Provider
	info["x-supportContact"] = o.Names.Support
	doc["servers"] = []map[string]string{{"url": o.PublicURL}}
	return json.MarshalIndent(doc, "", "  ")
}

// instructions makes the how-to page that Marketo shows to admins.
func instructions(o Options) ([]byte, error) {
	page, err := template.ParseFS(static, "static/instructions.html")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := page.Execute(&b, o); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}
