package ui_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"tablestep/api/ui"
)

// mount serves the page's routes without anything around them.
func mount(r fiber.Router) {
	for _, route := range ui.Routes() {
		r.Get(route.Path, route.Handle)
	}
}

func page() *fiber.App {
	app := fiber.New()
	mount(app)
	return app
}

// get asks the page for one path, with header names and values in turn.
func get(t *testing.T, app *fiber.App, method, target string, header ...string) (*http.Response, string) {
	t.Helper()
	request := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := app.Test(request, -1)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

// sources are the files as they stand in the folder, by their path in it.
func sources(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	folder := os.DirFS("static")
	err := fs.WalkDir(folder, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(folder, file)
		found[file] = string(body)
		return err
	})
	require.NoError(t, err)
	require.Contains(t, found, "index.html")
	return found
}

func requireSecurity(t *testing.T, response *http.Response) {
	t.Helper()
	policy := response.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'self'")
	require.Contains(t, policy, "frame-ancestors 'none'")
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-referrer", response.Header.Get("Referrer-Policy"))
	require.Equal(t, "DENY", response.Header.Get("X-Frame-Options"))
	require.Equal(t, "same-origin", response.Header.Get("Cross-Origin-Opener-Policy"))
	require.Equal(t, "same-origin", response.Header.Get("Cross-Origin-Resource-Policy"))
}

func TestEveryFileIsServedWithItsTypeAndHeaders(t *testing.T) {
	types := map[string]string{
		".html": "text/html; charset=utf-8",
		".css":  "text/css; charset=utf-8",
		".js":   "text/javascript; charset=utf-8",
		".svg":  "image/svg+xml",
	}
	app := page()
	tags := make(map[string]string)
	for file, source := range sources(t) {
		response, body := get(t, app, http.MethodGet, "/ui/"+file)
		require.Equal(t, http.StatusOK, response.StatusCode, file)
		require.Equal(t, source, body, file)
		require.Equal(t, types[path.Ext(file)], response.Header.Get("Content-Type"), file)
		require.Equal(t, "no-cache", response.Header.Get("Cache-Control"), file)
		requireSecurity(t, response)

		tag := response.Header.Get("ETag")
		require.Regexp(t, `^"[0-9a-f]{24}"$`, tag, file)
		require.NotContains(t, tags, tag, "%s and %s have one tag", file, tags[tag])
		tags[tag] = file

		head, nothing := get(t, app, http.MethodHead, "/ui/"+file)
		require.Equal(t, http.StatusOK, head.StatusCode, file)
		require.Equal(t, tag, head.Header.Get("ETag"), file)
		require.Empty(t, nothing, file)
	}
}

func TestTheFolderItselfIsTheIndex(t *testing.T) {
	response, body := get(t, page(), http.MethodGet, "/ui/")
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", response.Header.Get("Content-Type"))
	require.Equal(t, sources(t)["index.html"], body)
}

func TestThePathWithoutSlashLeadsToTheFolder(t *testing.T) {
	app := fiber.New()
	mount(app)
	mount(app.Group("/tools"))
	for _, target := range []string{"/ui", "/tools/ui"} {
		response, _ := get(t, app, http.MethodGet, target)
		require.Equal(t, http.StatusPermanentRedirect, response.StatusCode)
		there, err := response.Request.URL.Parse(response.Header.Get("Location"))
		require.NoError(t, err)
		require.Equal(t, target+"/", there.Path)
		served, _ := get(t, app, http.MethodGet, there.Path)
		require.Equal(t, http.StatusOK, served.StatusCode)
	}
}

func TestAnUnchangedFileIsNotSentAgain(t *testing.T) {
	app := page()
	first, _ := get(t, app, http.MethodGet, "/ui/app.css")
	tag := first.Header.Get("ETag")
	for _, header := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		response, body := get(t, app, http.MethodGet, "/ui/app.css", "If-None-Match", header)
		require.Equal(t, http.StatusNotModified, response.StatusCode, header)
		require.Equal(t, tag, response.Header.Get("ETag"))
		require.Empty(t, body)
		requireSecurity(t, response)
	}
	response, body := get(t, app, http.MethodGet, "/ui/app.css", "If-None-Match", `"other"`)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.NotEmpty(t, body)
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	app := page()
	for _, target := range []string{
		"/ui/nothing.js", "/ui/static/app.css", "/ui/app.css/", "/ui/APP.CSS", "/ui//app.css",
		"/ui/../ui.go", "/ui/%2e%2e/ui.go", "/ui/..%2fui.go", "/ui/%00", "/ui/.", "/uiapp.css",
	} {
		response, body := get(t, app, http.MethodGet, target)
		require.Equal(t, http.StatusNotFound, response.StatusCode, target)
		require.NotContains(t, body, "package ui", target)
	}
	response, _ := get(t, app, http.MethodPost, "/ui/")
	require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
}

func TestTheFilesReferOnlyToFilesThatExist(t *testing.T) {
	files := sources(t)
	references := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`(?:src|href)="([^"#]+)["#]`),
		".js":   regexp.MustCompile(`(?:from|import)\s*\(?'([^']+)'`),
		".css":  regexp.MustCompile(`url\(\s*["']?([^"')]+)`),
	}
	used := map[string]bool{"index.html": true}
	for file, source := range files {
		pattern, ok := references[path.Ext(file)]
		if !ok {
			continue
		}
		for _, match := range pattern.FindAllStringSubmatch(source, -1) {
			target := path.Join(path.Dir(file), match[1])
			require.Contains(t, files, target, "%s refers to %s", file, match[1])
			used[target] = true
		}
	}
	for file := range files {
		require.True(t, used[file], "%s is served and never used", file)
	}
}

func TestEverythingImportedIsExported(t *testing.T) {
	files := sources(t)
	imports := regexp.MustCompile(`import \{([^}]+)\} from '\./([^']+)'`)
	seen := 0
	for file, source := range files {
		for _, match := range imports.FindAllStringSubmatch(source, -1) {
			for name := range strings.SplitSeq(match[1], ",") {
				name = strings.TrimSpace(name)
				exported := regexp.MustCompile(`export (?:async )?(?:function|const|class) ` + regexp.QuoteMeta(name) + `\b`)
				require.Regexp(t, exported, files[match[2]], "%s imports %s", file, name)
				require.Greater(t, strings.Count(source, name), 1, "%s imports %s and does not use it", file, name)
				seen++
			}
		}
	}
	require.Greater(t, seen, 10)
}

func TestNothingIsInlineAndNothingIsFetchedFromElsewhere(t *testing.T) {
	inlineScript := regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>\s*[^\s<]`)
	inlineStyle := regexp.MustCompile(`(?i)<style|\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|javascript:`)
	markup := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function|cssText`)
	elsewhere := regexp.MustCompile(`(?i)https?://[^\s"'<>)]+|["'(]//[a-z]`)
	for file, source := range sources(t) {
		require.NotRegexp(t, inlineScript, source, file)
		require.NotRegexp(t, inlineStyle, source, file)
		require.NotRegexp(t, markup, source, file)
		// The name space of SVG is a name, not an address that is fetched.
		require.NotRegexp(t, elsewhere, strings.ReplaceAll(source, `xmlns="http://www.w3.org/2000/svg"`, ""), file)
	}
}

func TestTheKeyIsKeptOnlyForTheTab(t *testing.T) {
	for file, source := range sources(t) {
		require.NotRegexp(t, `localStorage|document\.cookie|indexedDB`, source, file)
		if file != "api.js" {
			require.NotContains(t, source, "sessionStorage", file)
		}
	}
}
