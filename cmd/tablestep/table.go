package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"tablestep/api/shape"
)

// A tableCommand holds the commands of tables. All of them ask a running service, which is
// the only one that may open the data folder.
type tableCommand struct {
	Import   tableImport   `cmd:"" help:"Upload a CSV or XLSX file as a new version."`
	List     tableList     `cmd:"" help:"List the tables."`
	Show     tableShow     `cmd:"" help:"Show a table: its columns, lookups and versions."`
	Check    tableCheck    `cmd:"" help:"Print what was found in a version."`
	Export   tableExport   `cmd:"" help:"Write a version into a CSV or XLSX file."`
	Diff     tableDiff     `cmd:"" help:"Compare two versions."`
	Publish  tablePublish  `cmd:"" help:"Make a version the live one, with versions of lookups in one step."`
	Rollback tableRollback `cmd:"" help:"Make the version live that was so before."`
	Delete   tableDelete   `cmd:"" help:"Delete a table with all its versions; for 30 days it can be restored."`
	Restore  tableRestore  `cmd:"" help:"Bring back a table that was deleted, as it was."`
	Lookup   tableLookup   `cmd:"" help:"Show, set or delete a lookup of a table, or list its versions."`
}

// A tableImport uploads a file. What it does not say of the file (sheet, header, delimiter,
// encoding) the service finds out, and says what it took.
type tableImport struct {
	client
	File      string   `arg:"" help:"File to upload." type:"existingfile"`
	Name      string   `help:"Name of the table. Default: the file's name without its ending." placeholder:"TABLE"`
	Publish   bool     `default:"true" negatable:"" help:"Make it the live version at once."`
	Sheet     string   `help:"Name or number of the sheet of an XLSX file."`
	HeaderRow int      `name:"header-row" help:"Line of the header, from 1."`
	Delimiter string   `help:"comma, semicolon, tab, pipe or the character itself."`
	Encoding  string   `help:"Character set, such as windows-1252."`
	Confirm   bool     `help:"Publish even though most rows are gone."`
	Force     bool     `help:"Publish even though a lookup needs a column that is gone."`
	Numbers   []string `sep:"none" help:"How the numbers of a column are written, such as price:1.234,5; may be given several times." placeholder:"COLUMN:CONVENTION"`
	Dates     []string `sep:"none" help:"How the dates of a column are written: ymd, mdy, dmy or yyyymmdd; may be given several times." placeholder:"COLUMN:ORDER"`
	Exported  bool     `help:"The file is an export that was edited: take away the apostrophes before formulas."`
}

// Run streams the file, so its size is bounded by the service's --max-upload alone. The
// version is there whole or not at all.
func (c *tableImport) Run(ctx context.Context, s streams) (err error) {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("import table: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("import table: %w", err)
	}
	if c.Name == "" {
		c.Name = tableName(c.File)
	}
	// The bar is of bytes sent. The import begins behind them, and has no bar.
	bar := progressbar.NewOptions64(info.Size(), progressbar.OptionSetWriter(s.err), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription("uploading"), progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(isTerminal(s.err)))
	body := io.TeeReader(f, bar)
	return ask(ctx, &c.client, s, http.MethodPost, tablePath(c.Name, "versions")+"?"+c.query().Encode(), body, printUploaded)
}

// query is the flags as the service names them. What was not given is left out, so that the
// service tells "not said" from "said to be empty".
func (c *tableImport) query() url.Values {
	// Of the path only the last part: the service shows it as the source of the version,
	// and finds the kind of the file by its ending.
	q := url.Values{"name": {filepath.Base(c.File)}, "publish": {strconv.FormatBool(c.Publish)}}
	for name, value := range map[string]string{"sheet": c.Sheet, "delimiter": c.Delimiter, "encoding": c.Encoding} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for _, n := range c.Numbers {
		q.Add("numbers", n)
	}
	for _, d := range c.Dates {
		q.Add("dates", d)
	}
	if c.HeaderRow > 0 {
		q.Set("headerRow", strconv.Itoa(c.HeaderRow))
	}
	for name, value := range map[string]bool{"confirm": c.Confirm, "force": c.Force, "exported": c.Exported} {
		if value {
			q.Set(name, "true")
		}
	}
	return q
}

// printUploaded says in a few lines what became of an upload.
func printUploaded(w io.Writer, u *shape.Uploaded) error {
	var b strings.Builder
	state := "not published"
	if u.Live {
		state = "live"
	}
	// All columns are named: a delimiter that was guessed wrongly shows here at once.
	names := make([]string, len(u.Columns))
	for i, c := range u.Columns {
		names[i] = c.Name
	}
	fmt.Fprintf(&b, "%s version %d: %d rows, columns %s (%s)\n", u.Table, u.Version, u.Rows, strings.Join(names, ", "), state)
	b.WriteString(findings(u.Findings))
	_, err := io.WriteString(w, b.String())
	return err
}

// tableName makes a table's name of a file's name.
func tableName(file string) string {
	// What a name may have is the service's rule; what is left of a strange file name here
	// may still be refused there, and --name is the way out.
	base := filepath.Base(file)
	base = strings.ToLower(strings.TrimSuffix(base, filepath.Ext(base)))
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, base)
	return strings.TrimLeft(name, "._-")
}

// A tableList prints a line for each table, also for those of which nothing is live.
type tableList struct {
	client
	Deleted bool `help:"List what was deleted and can be restored."`
}

func (c *tableList) Run(ctx context.Context, s streams) error {
	if c.Deleted {
		return ask(ctx, &c.client, s, http.MethodGet, "/tables?deleted=true", nil, func(w io.Writer, list *shape.Tables) error {
			return printDeleted(w, "TABLE", list.Deleted)
		})
	}
	return ask(ctx, &c.client, s, http.MethodGet, "/tables", nil, func(w io.Writer, list *shape.Tables) error {
		rows, dead := [][]string{{"TABLE", "LIVE", "ROWS", "COLUMNS", "LOOKUPS"}}, ""
		for i := range list.Tables {
			t := &list.Tables[i]
			rows = append(rows, []string{t.Name, liveOf(t.Live), strconv.Itoa(t.Rows), strconv.Itoa(len(t.Columns)), strconv.Itoa(len(t.Lookups))})
			if len(t.DeadColumns) > 0 {
				dead += fmt.Sprintf("%s: its lookups use columns that the live version lacks: %s\n", t.Name, strings.Join(t.DeadColumns, ", "))
			}
		}
		if err := printTable(w, rows); err != nil {
			return err
		}
		_, err := io.WriteString(w, dead)
		return err
	})
}

// liveOf is the number of a live version, a dash where none is.
func liveOf(version *int) string {
	if version == nil {
		return "-"
	}
	return strconv.Itoa(*version)
}

// A tableShow prints all that is known of a table but its rows.
type tableShow struct {
	client
	Table string `arg:"" help:"Name of the table."`
}

func (c *tableShow) Run(ctx context.Context, s streams) error {
	return ask(ctx, &c.client, s, http.MethodGet, tablePath(c.Table), nil, printWholeTable)
}

// printWholeTable prints three tables below each other, each aligned for itself. Figures of
// columns are of the live version, and LONGEST is in bytes of UTF-8.
func printWholeTable(w io.Writer, t *shape.WholeTable) error {
	if _, err := fmt.Fprintf(w, "%s: live version %s, %d rows\n\n", t.Name, liveOf(t.Live), t.Rows); err != nil {
		return err
	}
	columns := [][]string{{"COLUMN", "TYPE", "WRITTEN", "EMPTY", "DISTINCT", "LONGEST"}}
	for _, col := range t.Columns {
		columns = append(columns, []string{col.Name, col.Type, written(&col), strconv.Itoa(col.Empty), strconv.Itoa(col.Distinct), strconv.Itoa(col.MaxBytes)})
	}
	lookups := [][]string{{"\nLOOKUP", "VERSION", "MATCHES", "WRITES"}}
	for i := range t.Lookups {
		lookups = append(lookups, describeLookup(&t.Lookups[i]))
	}
	versions := [][]string{{"\nVERSION", "LIVE", "ROWS", "CREATED", "BY", "FILE"}}
	for _, v := range t.Versions {
		live := ""
		if v.Live {
			live = "live"
		}
		versions = append(versions, []string{strconv.Itoa(v.Version), live, strconv.Itoa(v.Rows), v.Created.Format(time.RFC3339), v.By, v.Source})
	}
	return errors.Join(printTable(w, columns), printTable(w, lookups), printTable(w, versions))
}

// written is how the numbers and dates of a column are written, a dash where it has none.
func written(c *shape.Column) string {
	return cmp.Or(strings.Join(slices.DeleteFunc([]string{c.Numbers, c.Dates, c.Unit}, func(s string) bool { return s == "" }), " "), "-")
}

// describeLookup is a lookup as a row of texts: its name, what it matches, what it writes.
// A guessed one was made from the columns of the table, and is changed by setting it.
func describeLookup(l *shape.Lookup) []string {
	name, version := l.Name, strconv.Itoa(l.Version)
	if l.Guessed {
		name, version = name+" (guessed)", "-"
	}
	return []string{name, version, matches(l), writes(l)}
}
