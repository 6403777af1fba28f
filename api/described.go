package api

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/admin"
	"tablestep/api/openapi"
	"tablestep/api/route"
)

// describedRoutes are those of the admin API with the document that describes them, and
// the page that shows it. What goes wrong in making either is answered, and logged, when
// it is asked for; the tests rule it out.
func describedRoutes(people *admin.API) []route.Route {
	const documentPath, pagePath = admin.Path + "/openapi.json", admin.Path + "/docs"
	o := people.Options()
	page, pageErr := openapi.NewPage("Tablestep admin API", pagePath)
	serve := func(c *fiber.Ctx) error {
		if pageErr != nil {
			return pageErr
		}
		return page.Serve(c)
	}
	var (
		document    []byte
		documentErr error
	)
	send := func(c *fiber.Ctx) error {
		if documentErr != nil {
			return documentErr
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(document)
	}
	read := func(path, id, summary string, handle fiber.Handler, gives route.Answer) route.Route {
		return route.Route{
			Method: fiber.MethodGet, Path: path, Handle: handle, Keys: route.Admin, Role: route.Viewer, Password: true,
			Doc: route.Doc{ID: id, Summary: summary, Gives: gives},
		}
	}
	html := route.Answer{Status: http.StatusOK, Media: []string{fiber.MIMETextHTML}}
	files := route.Answer{Status: http.StatusOK, Media: []string{"*/*"}}
	routes := append(people.Routes(),
		read(documentPath, "showDocument", "This document.", send, route.Answer{Status: http.StatusOK, Media: []string{fiber.MIMEApplicationJSON}}),
		read(pagePath, "showPage", "A page that shows this document.", serve, html),
		read(pagePath+"/*", "showPageFile", "A file of that page.", serve, files),
	)
	document, documentErr = openapi.Describe(openapi.Info{Title: "Tablestep admin API", Version: o.Version, URL: o.PublicURL}, routes)
	return routes
}
