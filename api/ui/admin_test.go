package ui_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

// An admin is the admin API as far as the page uses it, kept in memory. It
// answers in the shapes of the real one, so that the page can be tested alone.
type admin struct {
	mu      sync.Mutex // guards everything below, a whole request long
	key     string
	tables  map[string]*adminTable
	uploads []url.Values // the query of each upload, in order
	saved   []fiber.Map  // the body of each saved lookup, in order
	leads   []string     // the body of each evaluation, in order
	damaged []fiber.Map
	hold    chan struct{} // where set, an upload is answered once it is closed
}

type adminTable struct {
	columns  []string
	versions [][][]string // cells of version n at n-1
	live     int
	lookup   fiber.Map
	others   []fiber.Map // further lookups
}

// lookups are all of them, the default one first.
func (t *adminTable) lookups() []fiber.Map {
	return append([]fiber.Map{t.lookup}, t.others...)
}

func newAdmin(key string) *admin {
	return &admin{key: key, tables: make(map[string]*adminTable)}
}

func (a *admin) register(app fiber.Router) {
	v1 := app.Group("/api/v1", func(c *fiber.Ctx) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		if c.Get("Authorization") != "Bearer "+a.key {
			return refuse(c, 401, "UNAUTHORIZED", "the key is not the admin key of this service")
		}
		return c.Next()
	})
	v1.Get("/info", func(c *fiber.Ctx) error {
		return c.JSON(fiber.Map{"version": "1.2.3", "publicURL": "https://tables.example.com", "damaged": a.damaged})
	})
	v1.Get("/tables", a.list)
	v1.Get("/tables/:t", a.show)
	v1.Delete("/tables/:t", a.remove)
	v1.Post("/tables/:t/versions", a.upload)
	v1.Post("/tables/:t/live", a.publish)
	v1.Get("/tables/:t/rows", a.rows)
	v1.Put("/tables/:t/lookups/:l", a.saveLookup)
	v1.Delete("/tables/:t/lookups/:l", a.removeLookup)
	v1.Post("/evaluate", a.evaluate)
}

func refuse(c *fiber.Ctx, status int, code, message string, details ...fiber.Map) error {
	return c.Status(status).JSON(fiber.Map{"error": fiber.Map{"code": code, "message": message, "details": details}})
}

func (a *admin) table(c *fiber.Ctx) (string, *adminTable) {
	name := strings.Clone(c.Params("t"))
	return name, a.tables[name]
}

func (t *adminTable) number() any {
	if t.live == 0 {
		return nil
	}
	return t.live
}

func (t *adminTable) rowCount() int {
	if t.live == 0 {
		return 0
	}
	return len(t.versions[t.live-1])
}

func (t *adminTable) described() []fiber.Map {
	columns := make([]fiber.Map, len(t.columns))
	for i, name := range t.columns {
		columns[i] = fiber.Map{"name": name, "type": "string", "empty": 0, "distinct": 3, "maxBytes": 12}
	}
	return columns
}

func (a *admin) list(c *fiber.Ctx) error {
	found := []fiber.Map{}
	for name, t := range a.tables {
		found = append(found, fiber.Map{
			"name": name, "live": t.number(), "rows": t.rowCount(), "versions": len(t.versions),
			"updated": time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC), "lookups": t.lookups(),
		})
	}
	return c.JSON(fiber.Map{"tables": found})
}

func (a *admin) show(c *fiber.Ctx) error {
	name, t := a.table(c)
	if t == nil {
		return refuse(c, 404, "TABLE_NOT_FOUND", "there is no table "+name)
	}
	versions := []fiber.Map{}
	for i, rows := range t.versions {
		versions = append(versions, fiber.Map{
			"version": i + 1, "rows": len(rows), "created": time.Date(2026, 3, 31, 10, i, 0, 0, time.UTC),
			"by": "admin", "source": "countries.csv", "live": i+1 == t.live,
		})
	}
	return c.JSON(fiber.Map{
		"name": name, "live": t.number(), "rows": t.rowCount(), "columns": t.described(),
		"versions": versions, "lookups": t.lookups(),
	})
}

func (a *admin) remove(c *fiber.Ctx) error {
	name, _ := a.table(c)
	delete(a.tables, name)
	return c.SendStatus(fiber.StatusNoContent)
}

func (a *admin) upload(c *fiber.Ctx) error {
	name, t := a.table(c)
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return err
	}
	a.uploads = append(a.uploads, query)
	if a.hold != nil {
		<-a.hold
	}
	delimiter := ","
	if query.Get("delimiter") != "" {
		delimiter = query.Get("delimiter")
	}
	reader := csv.NewReader(bytes.NewReader(c.Body()))
	reader.Comma = rune(delimiter[0])
	reader.FieldsPerRecord = -1
	reader.LazyQuotes = true
	records, err := reader.ReadAll()
	if err != nil || len(records) < 2 {
		return refuse(c, 422, "NO_ROWS", name+": the file has a header and no rows; add a row and upload it again", fiber.Map{"file": query.Get("name"), "row": 1, "column": "k"})
	}
	if t != nil && t.live > 0 && query.Get("confirm") != "true" && len(records)-1 < t.rowCount()/2 {
		return refuse(c, 409, "CONFLICT", "more than half of the rows of "+name+" would be gone")
	}
	if t == nil {
		t = &adminTable{}
		a.tables[name] = t
	}
	t.columns = records[0]
	t.versions = append(t.versions, records[1:])
	if t.lookup == nil {
		t.lookup = t.guess(name)
	}
	var diff any
	if t.live > 0 {
		diff = fiber.Map{"added": 1, "removed": t.rowCount(), "changed": 0}
	}
	warnings := []fiber.Map{}
	for i, record := range records[1:] {
		if len(record) > 0 && strings.Contains(record[0], "<") {
			warnings = append(warnings, fiber.Map{"row": i + 1, "column": t.columns[0], "code": "KEY_VARIANT", "message": "the key " + record[0] + " looks odd"})
		}
	}
	return c.Status(201).JSON(fiber.Map{
		"table": name, "version": len(t.versions), "live": false, "rows": len(records) - 1,
		"columns": t.described(), "warnings": warnings, "totalWarnings": 7 * len(warnings),
		"diff": diff,
		"used": fiber.Map{"format": "csv", "encoding": "UTF-8", "delimiter": delimiter, "headerRow": 1, "sheet": "", "sheets": nil},
	})
}

// guess is a lookup with a setting that the page does not know.
func (t *adminTable) guess(name string) fiber.Map {
	outputs := []fiber.Map{}
	for _, column := range t.columns[1:] {
		outputs = append(outputs, fiber.Map{"column": column, "field": strings.ReplaceAll(column, "-", ""), "type": "string"})
	}
	return fiber.Map{
		"name": name, "guessed": true, "hitPolicy": "first", "onNoMatch": "keep", "ruleSet": "tiers",
		"match":   []fiber.Map{{"column": t.columns[0], "field": t.columns[0], "mode": "normalized", "threshold": 0.5}},
		"outputs": outputs,
	}
}

func (a *admin) publish(c *fiber.Ctx) error {
	_, t := a.table(c)
	var body struct {
		Version int `json:"version"`
	}
	if err := c.BodyParser(&body); err != nil {
		return err
	}
	t.live = body.Version
	return c.JSON(fiber.Map{"live": t.live})
}

func (a *admin) rows(c *fiber.Ctx) error {
	_, t := a.table(c)
	cells := t.versions[c.QueryInt("version", 1)-1]
	rows := []fiber.Map{}
	for i, row := range cells {
		if i < c.QueryInt("limit", 20) {
			rows = append(rows, fiber.Map{"row": i + 1, "cells": row})
		}
	}
	return c.JSON(fiber.Map{"total": len(cells), "columns": t.columns, "rows": rows})
}

func (a *admin) saveLookup(c *fiber.Ctx) error {
	name, t := a.table(c)
	var body fiber.Map
	if err := json.Unmarshal(c.Body(), &body); err != nil {
		return refuse(c, 400, "BAD_JSON", err.Error())
	}
	a.saved = append(a.saved, body)
	kept := fiber.Map{"name": name}
	for field, value := range body {
		kept[field] = value
	}
	t.lookup = kept
	return c.JSON(kept)
}

func (a *admin) removeLookup(c *fiber.Ctx) error {
	name, t := a.table(c)
	t.lookup = t.guess(name)
	return c.SendStatus(fiber.StatusNoContent)
}

func (a *admin) evaluate(c *fiber.Ctx) error {
	a.leads = append(a.leads, string(c.Body()))
	var body struct {
		Leads []map[string]any `json:"leads"`
		Flow  struct {
			Table string `json:"table"`
		} `json:"flow"`
	}
	if err := json.Unmarshal(c.Body(), &body); err != nil {
		return refuse(c, 400, "BAD_JSON", err.Error())
	}
	name, _, _ := strings.Cut(body.Flow.Table, "/")
	t := a.tables[name]
	id := body.Leads[0]["id"]
	for i, row := range t.versions[t.live-1] {
		if wanted, _ := body.Leads[0][t.columns[0]].(string); strings.EqualFold(strings.TrimSpace(wanted), row[0]) {
			return c.JSON(fiber.Map{"results": []fiber.Map{{
				"leadData":     fiber.Map{"id": id, t.columns[1]: row[1]},
				"activityData": fiber.Map{"success": true, "matched": true, "matchedRow": i + 1},
				"trace":        []fiber.Map{{"step": "look up", "column": t.columns[0], "row": i + 1}},
			}}})
		}
	}
	return c.JSON(fiber.Map{"results": []fiber.Map{{
		"leadData":     fiber.Map{"id": id},
		"activityData": fiber.Map{"success": false, "errorCode": "LOOKUP_VALUE_NOT_FOUND", "reason": "no row matches"},
	}}})
}

// setKey makes every earlier key worthless.
func (a *admin) setKey(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.key = key
}

// seen reads what the page has sent so far.
func (a *admin) seen(t *testing.T) (uploads []url.Values, saved []fiber.Map, leads []string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	require.NotEmpty(t, a.uploads)
	return a.uploads, a.saved, a.leads
}
