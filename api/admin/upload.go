package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/route"
	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/ingest"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// upload streams a file into the upload folder and imports it as a new version.
func (a *API) upload(c *fiber.Ctx) error {
	o, imp, err := uploadOptions(c)
	if err != nil {
		return err
	}
	return a.received(c, &o, func(ctx context.Context, path string) error {
		imp.Source = o.Name
		answer, err := a.importFile(ctx, param(c, "table"), path, o, imp)
		if err != nil {
			return err
		}
		return c.Status(fiber.StatusCreated).JSON(answer)
	})
}

// received takes a file in, hands it on, and removes it. It takes the places of an upload:
// one to receive the file, and one for the memory of an import.
func (a *API) received(c *fiber.Ctx, o *ingest.Options, use func(ctx context.Context, path string) error) error {
	select {
	case a.uploads <- struct{}{}:
		defer func() { <-a.uploads }()
	default:
		return fiber.NewError(fiber.StatusTooManyRequests, fmt.Sprintf("%d uploads are under way already; try again in a moment", maxUploads))
	}
	file, name, err := a.receive(c)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file) }() // a leftover is swept at the next start
	if name != "" {
		o.Name = name
	}
	o.TempDir = a.options.UploadDir
	select {
	case a.imports <- struct{}{}:
		defer func() { <-a.imports }()
	case <-c.UserContext().Done():
		return context.Cause(c.UserContext())
	}
	return use(c.UserContext(), file)
}

// open begins to read a file that was received, as the lookups of its table want it.
func (a *API) open(table, path string, o ingest.Options) (*ingest.File, error) {
	o.Verbatim = a.store.Verbatim(table)
	return ingest.Open(path, o)
}

func (a *API) importFile(ctx context.Context, table, file string, o ingest.Options, imp tables.ImportOptions) (_ *shape.Uploaded, err error) {
	f, err := a.open(table, file, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := f.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("close upload: %w", closeErr)
		}
	}()
	imported, err := a.store.Import(ctx, table, f, imp)
	if err != nil {
		return nil, err
	}
	told := a.uploaded(ctx, table, imported.Columns)
	imported.Findings = imported.Findings.And(told)
	used := f.Used()
	return &shape.Uploaded{Imported: describeImported(imported), Used: describeUsed(&used)}, nil
}

// uploadOptions reads how to read the file and what to do with it.
func uploadOptions(c *fiber.Ctx) (o ingest.Options, imp tables.ImportOptions, err error) {
	o = ingest.Options{Name: strings.Clone(c.Query("name")), Sheet: strings.Clone(c.Query("sheet")), Encoding: strings.Clone(c.Query("encoding"))}
	if o.HeaderRow, err = queryInt(c, "headerRow", 0); err != nil {
		return o, imp, err
	}
	o.Headerless = o.HeaderRow == 0 && c.Query("headerRow") != ""
	switch fill := c.Query("fill"); fill {
	case "", "MERGED_CELLS":
		o.FillMerged = fill != ""
	default:
		return o, imp, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("fill=%q is not a finding of which cells can be filled; that is MERGED_CELLS", fill))
	}
	if o.Delimiter, err = delimiter(c.Query("delimiter")); err != nil {
		return o, imp, err
	}
	if imp.Publish, err = queryBool(c, "publish", true); err != nil {
		return o, imp, err
	}
	lift, err := lifted(c)
	if err != nil {
		return o, imp, err
	}
	imp.Confirm, imp.Force = lift.Confirm, lift.Force
	if o.Exported, err = queryBool(c, "exported", false); err != nil {
		return o, imp, err
	}
	if o.LeaveOut, err = queryCodes(c, "leaveOut", ingest.LeaveOutCodes()); err != nil {
		return o, imp, err
	}
	if o.Join, err = queryCodes(c, "join", ingest.JoinCodes()); err != nil {
		return o, imp, err
	}
	if imp.Notations, err = notations(c); err != nil {
		return o, imp, err
	}
	// A version with LONG_ROW does not go live, so such rows are stored only where it is not to.
	o.KeepLong = !imp.Publish
	imp.By, imp.Label, imp.Message = by, strings.Clone(c.Query("label")), strings.Clone(c.Query("message"))
	return o, imp, nil
}

// queryCodes reads codes of findings with commas between, as often as they are given.
func queryCodes(c *fiber.Ctx, name string, known []string) (codes []string, err error) {
	for _, raw := range c.Context().QueryArgs().PeekMulti(name) {
		for code := range strings.SplitSeq(string(raw), ",") {
			code = strings.ToUpper(strings.TrimSpace(code))
			if code == "" {
				continue
			}
			if !slices.Contains(known, code) {
				return nil, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("%s=%q is not a finding for which that can be done; these are: %s", name, code, strings.Join(known, ", ")))
			}
			codes = append(codes, code)
		}
	}
	return codes, nil
}

// notations reads numbers=COLUMN:CONVENTION and dates=COLUMN:ORDER. A column's name may
// have a colon, a convention has none.
func notations(c *fiber.Ctx) (map[string]schema.Notation, error) {
	found := map[string]schema.Notation{}
	for _, name := range [...]string{"numbers", "dates"} {
		for _, raw := range c.Context().QueryArgs().PeekMulti(name) {
			text := string(raw)
			at := strings.LastIndexByte(text, ':')
			if at <= 0 || at+1 == len(text) {
				return nil, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("%s=%q does not name a column and a convention, such as price:%s", name, text, map[string]string{"numbers": "1.234,5", "dates": "dmy"}[name]))
			}
			n := found[text[:at]]
			if name == "numbers" {
				n.Numbers = notation.Numbers(text[at+1:])
			} else {
				n.Dates = notation.Dates(text[at+1:])
			}
			found[text[:at]] = n
		}
	}
	return found, nil
}

// delimiter takes the character itself or its name, because a tab is hard to type.
func delimiter(raw string) (rune, error) {
	switch raw {
	case "":
		return 0, nil
	case "comma":
		return ',', nil
	case "semicolon":
		return ';', nil
	case "tab", `\t`:
		return '\t', nil
	case "pipe":
		return '|', nil
	}
	r, size := utf8.DecodeRuneInString(raw)
	if size != len(raw) || r == '"' || r == '\r' || r == '\n' || r == utf8.RuneError {
		return 0, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("delimiter=%q is not one character; use comma, semicolon, tab or pipe", raw))
	}
	return r, nil
}

// receive stores the body, or its part named file, and returns where, and the
// client's name for it.
func (a *API) receive(c *fiber.Ctx) (file, name string, err error) {
	src := route.BodyOf(c)
	if kind, params, parseErr := mime.ParseMediaType(c.Get(fiber.HeaderContentType)); parseErr == nil && kind == fiber.MIMEMultipartForm {
		part, err := filePart(multipart.NewReader(src, params["boundary"]))
		if err != nil {
			return "", "", err
		}
		src, name = part, path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
	}
	f, err := os.CreateTemp(a.options.UploadDir, tempPrefix+"upload-*")
	if err != nil {
		return "", "", fmt.Errorf("store upload: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(src, a.options.MaxUpload+1))
	err = errors.Join(err, f.Close())
	var (
		own  *fs.PathError
		told *fiber.Error
	)
	switch {
	case errors.As(err, &own):
		err = fmt.Errorf("store upload: %w", err) // our disk, not the client
	case errors.As(err, &told):
		err = told
	case err != nil:
		err = fiber.NewError(fiber.StatusBadRequest, "the upload could not be read to its end")
	case n > a.options.MaxUpload:
		err = fiber.NewError(fiber.StatusRequestEntityTooLarge, fmt.Sprintf("the file is larger than %d bytes; the setting --max-upload allows more", a.options.MaxUpload))
	default:
		return f.Name(), name, nil
	}
	return "", "", errors.Join(err, os.Remove(f.Name()))
}

// filePart finds the part of a form that holds the file.
func filePart(form *multipart.Reader) (*multipart.Part, error) {
	for {
		part, err := form.NextPart()
		var told *fiber.Error
		switch {
		case errors.As(err, &told):
			return nil, told
		case err != nil:
			return nil, fiber.NewError(fiber.StatusBadRequest, "the form has no part named file")
		}
		if part.FormName() == "file" {
			return part, nil
		}
	}
}
