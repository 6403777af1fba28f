package route_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/api/route"
)

func TestWhatIsNotSetHasADefault(t *testing.T) {
	table, err := route.NewTable([]route.Route{
		{Method: "GET", Path: "/open"},
		{Method: "GET", Path: "/kept", Keys: route.Admin},
		{Method: "POST", Path: "/upload", Keys: route.Admin, Limits: route.Limits{Paced: true}},
		{Method: "POST", Path: "/own", Keys: route.Marketo, Limits: route.Limits{Within: time.Second, Answer: time.Minute}},
	})
	require.NoError(t, err)
	times := func(path string, method string) [2]time.Duration {
		r := table.Find([]byte(method), []byte(path))
		require.Equal(t, path, r.Path)
		return [2]time.Duration{r.Within, r.Answer}
	}
	require.Equal(t, [2]time.Duration{route.BodyTime, route.StrangerTime}, times("/open", "GET"))
	require.Equal(t, [2]time.Duration{route.BodyTime, route.AnswerTime}, times("/kept", "GET"))
	require.Equal(t, [2]time.Duration{route.UploadTime, route.AnswerTime}, times("/upload", "POST"))
	require.Equal(t, [2]time.Duration{time.Second, time.Minute}, times("/own", "POST"))
	require.Len(t, table.Routes(), 4)
	require.True(t, table.Find([]byte("GET"), []byte("/open")).Public())
	require.False(t, table.Find([]byte("GET"), []byte("/kept")).Public())
	require.False(t, table.Elsewhere().Public())
	require.Equal(t, route.AnswerTime, table.Elsewhere().Answer)
}

func TestATableRefusesWhatCannotBe(t *testing.T) {
	for name, routes := range map[string][]route.Route{
		"twice":     {{Method: "GET", Path: "/a"}, {Method: "GET", Path: "/a"}},
		"no method": {{Path: "/a"}},
		"no slash":  {{Method: "GET", Path: "a"}},
	} {
		_, err := route.NewTable(routes)
		require.Error(t, err, name)
	}
	_, err := route.NewTable([]route.Route{{Method: "GET", Path: "/a"}}, []route.Route{{Method: "POST", Path: "/a"}})
	require.NoError(t, err, "two methods of one path are two routes")
}

func TestParamsAreThePartsThatVary(t *testing.T) {
	r := route.Route{Path: "/tables/:table/lookups/:lookup"}
	require.Equal(t, []string{"table", "lookup"}, r.Params())
	r.Path = "/tables"
	require.Empty(t, r.Params())
}

// paths are those of a table that has each kind of pattern.
var paths = []string{
	"/", "/status", "/ui", "/ui/*", "/v1/tables", "/v1/tables/:table", "/v1/tables/:table/rows",
	"/v1/tables/:table/lookups/:lookup", "/v1/invocations/replay", "/v1/invocations/:id/replay",
}

// The gate finds a route before the router does, and both have to find the same one: a
// request whose limits are those of another route would be judged wrongly.
func TestFindAgreesWithTheRouter(t *testing.T) {
	app := fiber.New(fiber.Config{CaseSensitive: true, StrictRouting: true})
	var routes []route.Route
	for _, method := range []string{"GET", "POST"} {
		for _, path := range paths {
			routes = append(routes, route.Route{Method: method, Path: path, Keys: route.Admin})
			app.Add(method, path, func(c *fiber.Ctx) error { return c.SendString(c.Route().Path) })
		}
	}
	table, err := route.NewTable(routes)
	require.NoError(t, err)
	part := rapid.SampledFrom([]string{"", "v1", "V1", "tables", "t", "rows", "lookups", "l.x", "invocations", "replay", "ui", "status", "Status", "a%2Fb", "%20", "..", "a:b", "*"})
	rapid.Check(t, func(t *rapid.T) {
		method := rapid.SampledFrom([]string{"GET", "POST", "PUT"}).Draw(t, "method")
		path := "/" + strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "parts"), "/")
		if len(path) > 1 && path[1] == '/' {
			return // a path that begins with two slashes is a host in the test's request
		}
		answer, err := app.Test(&http.Request{Method: method, URL: &url.URL{Opaque: path}, Host: "x", Header: http.Header{}}, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		found := table.Find([]byte(method), []byte(path)).Path
		if answer.StatusCode != 200 {
			if found != "" {
				t.Fatalf("%s %s: the table has %q, the router nothing", method, path, found)
			}
			return
		}
		if found != string(body) {
			t.Fatalf("%s %s: the table has %q, the router %q", method, path, found, body)
		}
	})
}

func TestHeadIsFoundAsGet(t *testing.T) {
	table, err := route.NewTable([]route.Route{{Method: "GET", Path: "/a"}, {Method: "POST", Path: "/b"}})
	require.NoError(t, err)
	require.Equal(t, "/a", table.Find([]byte("HEAD"), []byte("/a")).Path)
	require.Same(t, table.Elsewhere(), table.Find([]byte("HEAD"), []byte("/b")))
}
