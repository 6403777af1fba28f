package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/ingest"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// patchOptions reads what is to become of changed rows.
func patchOptions(c *fiber.Ctx) (o tables.PatchOptions, err error) {
	o.By, o.Message = by, strings.Clone(c.Query("message"))
	if o.Version, err = queryInt(c, "version", 0); err != nil {
		return o, err
	}
	if o.Lift, err = lifted(c); err != nil {
		return o, err
	}
	o.Publish, err = queryBool(c, "publish", true)
	return o, err
}

// setColumn says how the numbers and dates of a column are written.
func (a *API) setColumn(c *fiber.Ctx) error {
	var n shape.Notation
	if err := decode(c, &n); err != nil {
		return err
	}
	set, err := a.store.SetNotation(c.UserContext(), param(c, "table"), param(c, "column"),
		schema.Notation{Numbers: notation.Numbers(n.Numbers), Dates: notation.Dates(n.Dates)}, by)
	if err != nil {
		return err
	}
	return c.JSON(describeImported(set))
}

// diff compares two versions; without from and to, the live one with the newest
// one before it.
func (a *API) diff(c *fiber.Ctx) error {
	to, err := queryInt(c, "to", 0)
	if err != nil {
		return err
	}
	from, err := queryInt(c, "from", 0)
	if err != nil {
		return err
	}
	d, aliases, err := a.store.DiffWithAliases(c.UserContext(), param(c, "table"), from, to)
	if err != nil {
		return err
	}
	described := describeDiff(d)
	described.Aliases = each(aliases, func(c *tables.AliasChanged) shape.AliasChange {
		return shape.AliasChange{ID: c.ID, Lookup: c.Lookup, Text: c.Text, Lost: c.Lost}
	})
	return c.JSON(described)
}

func (a *API) history(c *fiber.Ctx) error {
	events, err := a.store.History(param(c, "table"))
	if err != nil {
		return err
	}
	return c.JSON(describeHistory(events))
}

// Content types of an export.
const (
	mediaCSV  = "text/csv"
	mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// export sends a version as a file. It is made whole before the first byte is
// sent, so that what goes wrong can still be told.
func (a *API) export(c *fiber.Ctx) (err error) {
	v, err := queryInt(c, "version", 0)
	if err != nil {
		return err
	}
	write, mime := ingest.WriteCSV, mediaCSV+"; charset=utf-8"
	format := c.Query("format", string(ingest.CSV))
	switch ingest.Format(format) {
	case ingest.CSV:
	case ingest.XLSX:
		write, mime = a.writeWorkbook(c.UserContext(), param(c, "table")), mediaXLSX
	default:
		return fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("format=%q is neither csv nor xlsx", format))
	}
	table := param(c, "table")
	f, v, size, err := a.writeExport(c.UserContext(), table, v, write)
	if errors.Is(err, ingest.ErrTooBig) {
		return fiber.NewError(fiber.StatusUnprocessableEntity, err.Error())
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, mime)
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", table+"-"+strconv.Itoa(v)+"."+format))
	return c.SendStream(f, int(size))
}

// writeExport writes a version, 0 for the live one, into a file that is deleted when
// it is closed, and says which version it was.
func (a *API) writeExport(ctx context.Context, table string, version int, write func(io.Writer, []string, ingest.Rows) error) (_ *passingFile, written int, size int64, err error) {
	rows, err := a.store.Scan(ctx, table, version)
	if err != nil {
		return nil, 0, 0, err
	}
	version = rows.Version().Number
	defer func() { err = errors.Join(err, rows.Close()) }()
	raw, err := os.CreateTemp(a.options.UploadDir, tempPrefix+"export-*")
	if err != nil {
		return nil, 0, 0, fmt.Errorf("export table %q: %w", table, err)
	}
	f := &passingFile{raw}
	if err = write(f, rows.Columns(), rows); err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, 0, errors.Join(fmt.Errorf("export table %q: %w", table, err), f.Close())
	}
	return f, version, size, nil
}

// A passingFile is deleted when it is closed.
type passingFile struct{ *os.File }

func (f *passingFile) Close() error {
	return errors.Join(f.File.Close(), os.Remove(f.Name()))
}
