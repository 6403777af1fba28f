package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/route"
)

// static is only read, by Routes; an embedded folder has to be a variable.
//
//go:embed static
var static embed.FS

// contentPolicy lets the page load from its own origin and nothing else. A form
// is never sent by the browser itself, so a page whose scripts did not load
// cannot put the key into an address.
const contentPolicy = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'"

// An asset is one embedded file, ready to be sent.
type asset struct {
	body        []byte
	contentType string
	etag        string // quoted, of the bytes
}

// Routes are the page under /ui/: GET and HEAD of every embedded file, with security
// headers and an ETag that is to be checked each time, so that a new release is seen at
// once. /ui leads to /ui/. For anything else below /ui/ the handler returns
// fiber.ErrNotFound. It panics where the embedded folder is damaged, which the package's
// test rules out.
func Routes() []route.Route {
	assets, err := load(static, "static")
	if err != nil {
		panic(err)
	}
	serve := func(c *fiber.Ctx) error {
		secure(c)
		// A router that is not strict drops a slash at the end; Path still has it.
		name, folder := c.Params("*"), strings.HasSuffix(c.Path(), "/")
		if name == "" {
			if !folder {
				// Relative, so that it holds below a proxy's path as well.
				return c.Redirect("ui/", fiber.StatusPermanentRedirect)
			}
			name, folder = "index.html", false
		}
		a, ok := assets[name]
		if !ok || folder {
			return fiber.ErrNotFound
		}
		return a.send(c)
	}
	return []route.Route{
		{Method: fiber.MethodGet, Path: "/ui", Handle: serve}, // a strict router does not take it for the other
		{Method: fiber.MethodGet, Path: "/ui/*", Handle: serve},
	}
}

// load reads every file below dir and keys it by its path in there.
func load(files fs.FS, dir string) (map[string]asset, error) {
	assets := make(map[string]asset)
	err := fs.WalkDir(files, dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		contentType, ok := typeOf(file)
		if !ok {
			return fmt.Errorf("%s: no content type is known for %q", file, path.Ext(file))
		}
		sum := sha256.Sum256(body)
		assets[strings.TrimPrefix(file, dir+"/")] = asset{
			body:        body,
			contentType: contentType,
			etag:        `"` + hex.EncodeToString(sum[:12]) + `"`,
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read embedded folder %q: %w", dir, err)
	}
	return assets, nil
}

// typeOf gives the content type by extension. Package mime is not asked: it
// reads the machine's own list, which on some machines calls a module a text.
func typeOf(file string) (string, bool) {
	switch path.Ext(file) {
	case ".html":
		return "text/html; charset=utf-8", true
	case ".css":
		return "text/css; charset=utf-8", true
	case ".js":
		return "text/javascript; charset=utf-8", true
	case ".svg":
		return "image/svg+xml", true
	}
	return "", false
}

func secure(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
}

func (a asset) send(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderETag, a.etag)
	if a.isHeldBy(c.Get(fiber.HeaderIfNoneMatch)) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, a.contentType)
	return c.Send(a.body)
}

// isHeldBy tells whether an If-None-Match header names the asset (RFC 9110,
// 13.1.2: a list of tags, weak or not, or a star).
func (a asset) isHeldBy(header string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || tag == a.etag {
			return true
		}
	}
	return false
}
