package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"tablestep/tables"
	"tablestep/tables/ingest"
)

// patch changes rows by key into a new version, which is live at once.
func (a *API) patch(c *fiber.Ctx) error {
	var p tables.Patch
	if err := decode(c, &p); err != nil {
		return err
	}
	patched, err := a.store.Patch(c.UserContext(), param(c, "table"), p, by)
	if err != nil {
		return err
	}
	return c.JSON(patched)
}

// diff compares two versions; without from and to, the live one with the newest
// one before it.
func (a *API) diff(c *fiber.Ctx) error {
	t, err := a.table(c)
	if err != nil {
		return err
	}
	to, err := a.version(c, t, "to")
	if err != nil {
		return err
	}
	from, err := queryInt(c, "from", 0)
	if err != nil {
		return err
	}
	if from == 0 {
		if from, err = a.before(t.Name, to); err != nil {
			return err
		}
	}
	d, err := a.store.Diff(c.UserContext(), t.Name, from, to)
	if err != nil {
		return err
	}
	return c.JSON(d)
}

// version reads a version from the query; absent is the live one.
func (a *API) version(c *fiber.Ctx, t *tables.Table, name string) (int, error) {
	v, err := queryInt(c, name, 0)
	if err != nil || v > 0 {
		return v, err
	}
	if t.Live == nil {
		return 0, fmt.Errorf("table %q has no published version; name one with %s=: %w", t.Name, name, tables.ErrVersionNotFound)
	}
	return t.Live.Number, nil
}

// before is the newest version older than v.
func (a *API) before(table string, v int) (int, error) {
	versions, err := a.store.Versions(table)
	if err != nil {
		return 0, err
	}
	newest := 0
	for i := range versions {
		if n := versions[i].Number; n < v && n > newest {
			newest = n
		}
	}
	if newest == 0 {
		return 0, fmt.Errorf("table %q has no version before %d: %w", table, v, tables.ErrVersionNotFound)
	}
	return newest, nil
}

func (a *API) history(c *fiber.Ctx) error {
	events, err := a.store.History(param(c, "table"))
	if err != nil {
		return err
	}
	if events == nil {
		events = []tables.Event{}
	}
	return c.JSON(fiber.Map{"history": events})
}

// export sends a version as a file. It is made whole before the first byte is
// sent, so that what goes wrong can still be told.
func (a *API) export(c *fiber.Ctx) (err error) {
	t, err := a.table(c)
	if err != nil {
		return err
	}
	v, err := a.version(c, t, "version")
	if err != nil {
		return err
	}
	write, mime := ingest.WriteCSV, "text/csv; charset=utf-8"
	format := c.Query("format", string(ingest.CSV))
	switch ingest.Format(format) {
	case ingest.CSV:
	case ingest.XLSX:
		write, mime = ingest.WriteXLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	default:
		return fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("format=%q is neither csv nor xlsx", format))
	}
	f, size, err := a.writeExport(c.UserContext(), t.Name, v, write)
	if errors.Is(err, ingest.ErrTooBig) {
		return fiber.NewError(fiber.StatusUnprocessableEntity, err.Error())
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, mime)
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", t.Name+"-"+strconv.Itoa(v)+"."+format))
	return c.SendStream(f, int(size))
}

// writeExport writes a version into a file that is deleted when it is closed.
func (a *API) writeExport(ctx context.Context, table string, version int, write func(io.Writer, []string, ingest.Rows) error) (_ *passingFile, size int64, err error) {
	rows, err := a.store.Scan(ctx, table, version)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	raw, err := os.CreateTemp(a.options.UploadDir, tempPrefix+"export-*")
	if err != nil {
		return nil, 0, fmt.Errorf("export table %q: %w", table, err)
	}
	f := &passingFile{raw}
	if err = write(f, rows.Columns(), rows); err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("export table %q: %w", table, err), f.Close())
	}
	return f, size, nil
}

// A passingFile is deleted when it is closed.
type passingFile struct{ *os.File }

func (f *passingFile) Close() error {
	return errors.Join(f.File.Close(), os.Remove(f.Name()))
}
