package route

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Keys say whose keys open a route; none of them: everybody may ask.
type Keys uint8

// Whose keys there are.
const (
	Marketo Keys = 1 << iota // API keys
	Admin                    // admin keys
)

// A Role is what a person must be allowed to do. Each role includes those before it.
// Today there is one kind of admin key, and it has all of them.
type Role string

// The roles.
const (
	Viewer    Role = "viewer"    // sees everything but secrets
	Editor    Role = "editor"    // drafts, tests
	Publisher Role = "publisher" // what leads are answered from
	Owner     Role = "admin"     // replay, settings, keys
)

// A Route is one method of one path.
type Route struct {
	Method string
	Path   string // in the exact case; ":name" is one part, a "*" at the end the rest
	Handle fiber.Handler

	Keys     Keys
	Role     Role // of routes that an admin key opens
	Password bool // the admin key may come as a password, too: a browser asks for one

	Limits
	Doc
}

// Limits are how much a route takes and for how long. What is zero gets its default
// in a Table.
type Limits struct {
	Body    int64         // bytes of a body; 0: none is read
	Setting string        // of the service, that allows a larger body; empty: none does
	Paced   bool          // the handler reads the body as it comes in, and it has to go on
	Within  time.Duration // from the end of the headers to the end of the body
	Answer  time.Duration // to take the answer
	Work    time.Duration // of the handler, whose context then ends; 0: it has all the time it takes
	// Attended: the context of the request ends when its client goes away.
	Attended bool
}

// The times of routes that set none.
const (
	BodyTime     = 30 * time.Second // of a body, after a right key
	UploadTime   = 30 * time.Minute // of one that is paced
	AnswerTime   = 2 * time.Minute  // of an answer, after a right key
	StrangerTime = 10 * time.Second // of an answer to anybody
)

// withDefaults fills in what is not set.
func (l Limits) withDefaults(k Keys) Limits {
	if l.Within == 0 {
		l.Within = BodyTime
		if l.Paced {
			l.Within = UploadTime
		}
	}
	if l.Answer == 0 {
		l.Answer = AnswerTime
		if k == 0 {
			l.Answer = StrangerTime
		}
	}
	return l
}

// Public says that a route answers without credentials.
func (r *Route) Public() bool { return r.Keys == 0 }

// Params are the names of the parts of the path that vary.
func (r *Route) Params() []string {
	var names []string
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			names = append(names, name)
		}
	}
	return names
}

// bodyKey is where the body of a request is kept while it is handled.
type bodyKey struct{}

// KeepBody keeps the body of a request for BodyOf.
func KeepBody(c *fiber.Ctx, body io.Reader) { c.Locals(bodyKey{}, body) }

// BodyOf is the body of a request as it comes in, to be read to its end by at most one
// handler. It is for routes that are Paced; others find theirs whole in the request.
func BodyOf(c *fiber.Ctx) io.Reader {
	if body, ok := c.Locals(bodyKey{}).(io.Reader); ok {
		return body
	}
	return http.NoBody
}
