package admin

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"

	"tablestep/tables"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// tableInfo is a table in a list, or whole.
type tableInfo struct {
	Name     string          `json:"name"`
	Live     *int            `json:"live"` // null: nothing is published
	Rows     int             `json:"rows"`
	Updated  *time.Time      `json:"updated"`
	Columns  []schema.Column `json:"columns"`
	Lookups  []schema.Lookup `json:"lookups"`
	Versions []versionInfo   `json:"versions,omitempty"`
	Damage   string          `json:"damage,omitempty"` // why it is set aside, and what to do
}

type versionInfo struct {
	Version  int             `json:"version"`
	Live     bool            `json:"live"`
	Rows     int             `json:"rows"`
	Columns  []schema.Column `json:"columns"`
	Created  time.Time       `json:"created"`
	By       string          `json:"by"`
	Source   string          `json:"source"`
	Patch    bool            `json:"patch,omitempty"` // made by changing rows
	Warnings int             `json:"warnings"`        // how many there were at the upload
}

func describeTable(t *tables.Table) tableInfo {
	info := tableInfo{Name: t.Name, Columns: []schema.Column{}, Lookups: t.Lookups}
	if t.Live != nil {
		info.Live = &t.Live.Number
		info.Rows = t.Live.Rows
		info.Updated = &t.Live.Created
		info.Columns = t.Live.Columns
	}
	if t.Damage != nil {
		info.Damage = t.Damage.Problem
	}
	if info.Lookups == nil {
		info.Lookups = []schema.Lookup{}
	}
	return info
}

func (a *API) listTables(c *fiber.Ctx) error {
	list := []tableInfo{}
	for _, t := range a.store.Catalog().Tables() {
		list = append(list, describeTable(t))
	}
	return c.JSON(fiber.Map{"tables": list})
}

// table finds the table that the path names.
func (a *API) table(c *fiber.Ctx) (*tables.Table, error) {
	name := param(c, "table")
	t, ok := a.store.Catalog().Table(name)
	if !ok {
		return nil, fmt.Errorf("table %q: %w", name, schema.ErrTableNotFound)
	}
	return t, nil
}

func (a *API) showTable(c *fiber.Ctx) error {
	t, versions, err := a.store.Whole(param(c, "table"))
	if err != nil {
		return err
	}
	info := describeTable(t)
	info.Versions = describeVersions(t, versions)
	return c.JSON(info)
}

func (a *API) listVersions(c *fiber.Ctx) error {
	t, versions, err := a.store.Whole(param(c, "table"))
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"versions": describeVersions(t, versions)})
}

func describeVersions(t *tables.Table, versions []schema.Version) []versionInfo {
	list := []versionInfo{}
	for i := range versions {
		v := &versions[i]
		list = append(list, versionInfo{
			Version: v.Number, Live: t.Live != nil && t.Live.Number == v.Number, Rows: v.Rows, Columns: v.Columns,
			Created: v.Created, By: v.By, Source: v.Source, Patch: v.Patch, Warnings: v.TotalWarnings,
		})
	}
	return list
}

func (a *API) deleteTable(c *fiber.Ctx) error {
	if err := a.store.Delete(param(c, "table"), by); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (a *API) publish(c *fiber.Ctx) error {
	var body struct {
		Version  int  `json:"version"`
		Rollback bool `json:"rollback"` // to the version that was live before, instead
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	name := param(c, "table")
	var err error
	if body.Rollback {
		body.Version, err = a.store.Rollback(name, by)
	} else {
		err = a.store.Publish(name, body.Version, by)
	}
	if err != nil {
		return err
	}
	answer := fiber.Map{"table": name, "live": body.Version}
	// The version is live, whatever comes of the count.
	if slow, err := a.store.SlowLookups(c.UserContext(), name); err == nil && len(slow) > 0 {
		answer["warnings"] = slow
	}
	return c.JSON(answer)
}

// Bounds of a page of rows.
const (
	defaultRows = 50
	maxRows     = 1000
)

func (a *API) rows(c *fiber.Ctx) (err error) {
	q := view.Query{Text: c.Query("q"), Sort: c.Query("sort")}
	if q.Version, err = queryInt(c, "version", 0); err != nil {
		return err
	}
	if q.Offset, err = queryInt(c, "offset", 0); err != nil {
		return err
	}
	if q.Limit, err = queryInt(c, "limit", defaultRows); err != nil {
		return err
	}
	q.Limit = min(q.Limit, maxRows)
	page, err := a.store.Rows(c.UserContext(), param(c, "table"), q)
	if err != nil {
		return err
	}
	return c.JSON(page)
}

// bodyReader reads the body that the limit before the handler has taken in.
func bodyReader(c *fiber.Ctx) io.Reader { return bytes.NewReader(c.Request().Body()) }
