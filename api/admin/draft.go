package admin

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/view"
)

// maxChanged is how many changed rows of a draft are listed.
const maxChanged = 1000

// draftOptions are whose draft is meant, and what it looked like to the client.
func draftOptions(c *fiber.Ctx) tables.DraftOptions {
	o := tables.DraftOptions{Person: by} // the one admin key is one person
	if tag := strings.TrimSpace(c.Get(fiber.HeaderIfMatch)); tag != "" && tag != "*" {
		n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`))
		if o.Number = n; err != nil || n < 1 {
			o.Number = -1 // no draft has ever had it
		}
	}
	return o
}

// sendDraft tells of a draft, with its tag.
func (a *API) sendDraft(c *fiber.Ctx, d *tables.Draft) shape.Draft {
	c.Set(fiber.HeaderETag, strconv.Quote(strconv.Itoa(d.Number)))
	described := describeDraft(d)
	if t, ok := a.store.Catalog().Table(d.Table); ok && t.Live != nil {
		described.Live = t.Live.Number
	}
	return described
}

func (a *API) showDraft(c *fiber.Ctx) error {
	d, err := a.store.Draft(c.UserContext(), param(c, "table"), tables.DraftOptions{Person: by})
	if err != nil {
		return err
	}
	return c.JSON(a.sendDraft(c, d))
}

func (a *API) draftRows(c *fiber.Ctx) error {
	q, err := rowsQuery(c)
	if err != nil {
		return err
	}
	done, err := a.walk(c.UserContext())
	if err != nil {
		return err
	}
	defer done()
	page, err := a.store.DraftRows(c.UserContext(), param(c, "table"), draftOptions(c), q)
	if err != nil {
		return err
	}
	return c.JSON(describeRows(page))
}

// patchDraft changes rows of a draft, and begins one where there is none.
func (a *API) patchDraft(c *fiber.Ctx) (err error) {
	o := draftOptions(c)
	if o.Version, err = queryInt(c, "version", 0); err != nil {
		return err
	}
	var p shape.Patch
	if err := decode(c, &p); err != nil {
		return err
	}
	d, err := a.store.PatchDraft(c.UserContext(), param(c, "table"), patchOf(&p), o)
	if err != nil {
		return err
	}
	return c.JSON(a.sendDraft(c, d))
}

// draftFile makes a draft from a file.
func (a *API) draftFile(c *fiber.Ctx) error {
	o, imp, err := uploadOptions(c)
	if err != nil {
		return err
	}
	o.KeepLong = false // a saved draft is checked by its rows, which no longer tell that cells were too many
	return a.received(c, &o, func(ctx context.Context, path string) (err error) {
		table := param(c, "table")
		f, err := a.open(table, path, o)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		imp.Source = o.Name
		d, err := a.store.DraftFile(ctx, table, by, f, imp)
		if err != nil {
			return err
		}
		used := f.Used()
		return c.Status(fiber.StatusCreated).JSON(shape.DraftFile{Draft: a.sendDraft(c, d), Used: describeUsed(&used)})
	})
}

// saveDraft makes a version of a draft.
func (a *API) saveDraft(c *fiber.Ctx) (err error) {
	o := tables.SaveOptions{DraftOptions: draftOptions(c), Publish: true, By: by}
	if o.Lift, err = lifted(c); err != nil {
		return err
	}
	var body shape.SaveDraft
	if err := decode(c, &body); err != nil {
		return err
	}
	if o.Message = body.Message; body.Publish != nil {
		o.Publish = *body.Publish
	}
	saved, err := a.store.SaveDraft(c.UserContext(), param(c, "table"), o)
	if err != nil {
		return err
	}
	return c.JSON(describeImported(saved))
}

func (a *API) dropDraft(c *fiber.Ctx) error {
	if err := a.store.DropDraft(param(c, "table"), draftOptions(c)); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func describeDraft(d *tables.Draft) shape.Draft {
	e := &d.Edits
	return shape.Draft{
		Table: d.Table, Draft: d.Number, Base: d.Base, File: d.File, Source: d.Rows.Source, By: d.Person, Begun: d.Begun, Updated: d.Updated,
		Rows: d.Rows.Rows, Columns: each(d.Rows.Columns, describeColumn),
		Changes: shape.DraftChanges{Set: e.Count(view.EditSet), Inserted: e.Count(view.EditInsert), Deleted: e.Count(view.EditDelete)},
		Changed: each(e.Edited(maxChanged), func(r *view.EditedRow) shape.DraftRow {
			return shape.DraftRow{Kind: string(r.Kind), Row: r.Row, Base: r.Base}
		}),
		Findings: each(d.Rows.Findings.List, describeFinding), Counts: d.Rows.Findings.Counts,
	}
}
