package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"tablestep/api/shape"
	"tablestep/cmd/tablestep/terminal"
)

// A tableCommand holds the commands of tables. All of them ask a running service, which is
// the only one that may open the data folder.
type tableCommand struct {
	Import   tableImport   `cmd:"" help:"Upload a CSV or XLSX file as a new version."`
	List     tableList     `cmd:"" help:"List the tables."`
	Show     tableShow     `cmd:"" help:"Show a table: its columns, lookups and versions."`
	Find     tableFind     `cmd:"" help:"Find a text in the live versions of all tables."`
	Check    tableCheck    `cmd:"" help:"Print what was found in a version."`
	Export   tableExport   `cmd:"" help:"Write a version into a CSV or XLSX file."`
	Diff     tableDiff     `cmd:"" help:"Compare two versions."`
	Publish  tablePublish  `cmd:"" help:"Make a version the live one, with versions of lookups in one step."`
	Rollback tableRollback `cmd:"" help:"Make the version live that was so before."`
	Set      tableSet      `cmd:"" help:"Change what people see of a table, whether marketers can choose it, and its place in lists."`
	Copy     tableCopy     `cmd:"" help:"Make a new table of the live version of a table, with its lookups and settings."`
	Rename   tableRename   `cmd:"" help:"Give a table another name; campaigns and rules find it by both."`
	Delete   tableDelete   `cmd:"" help:"Delete a table with all its versions; for 30 days it can be restored."`
	Restore  tableRestore  `cmd:"" help:"Bring back a table that was deleted, as it was."`
	Usage    tableUsage    `cmd:"" help:"Show who uses a table: campaigns of the last 30 days, and rule sets."`
	Alias    tableAlias    `cmd:"" help:"Say what is meant by values that a lookup has no row for."`
	Counters tableCounters `cmd:"" help:"Show or set what rows have been given that take turns (hit policy rotate)."`
	Lookup   tableLookup   `cmd:"" help:"Show, set, confirm, delete or restore a lookup of a table, or list its versions."`
}

// A tableImport uploads a file. What it does not say of the file (sheet, header, delimiter,
// encoding) the service finds out, and says what it took.
type tableImport struct {
	client
	File      string   `arg:"" help:"CSV or XLSX file to upload; - is standard input, with --name."`
	Name      string   `help:"Name of the table. Default: made of the file's name, and never that of another table." placeholder:"TABLE"`
	Label     string   `help:"What people see of the table. Default: as it is; of a new one the file's name, where the table's is made of it." placeholder:"TEXT"`
	Publish   bool     `default:"true" negatable:"" help:"Make it the live version at once."`
	Sheet     string   `help:"Name or number of the sheet of an XLSX file."`
	HeaderRow *int     `name:"header-row" help:"Line of the header, from 1; 0: there is none, and the columns are called A, B, C."`
	Fill      string   `help:"MERGED_CELLS: the text of cells that are merged over rows of a sheet is read in each of these rows." placeholder:"FINDING"`
	Delimiter string   `help:"comma, semicolon, tab, pipe or the character itself."`
	Encoding  string   `help:"Character set, such as windows-1252."`
	Confirm   bool     `help:"Publish even though most rows are gone."`
	Force     bool     `help:"Publish even though a lookup needs a column that is gone."`
	Numbers   []string `sep:"none" help:"How the numbers of a column are written, such as price:1.234,5; may be given several times." placeholder:"COLUMN:CONVENTION"`
	Dates     []string `sep:"none" help:"How the dates of a column are written: ymd, mdy, dmy or yyyymmdd; may be given several times." placeholder:"COLUMN:ORDER"`
	LeaveOut  []string `name:"leave-out" help:"Leave out the rows with these findings, such as LONG_ROW or FOOTER; each is reported with its text." placeholder:"CODE,…"`
	Join      []string `help:"Join the cells of rows with these findings where that is plain: LONG_ROW." placeholder:"LONG_ROW"`
	Message   string   `help:"What the version is for; shown in the list of versions." placeholder:"TEXT"`
	Exported  bool     `help:"The file is an export that was edited: take away the apostrophes before formulas."`

	relabel       bool // the label is what a person asks for
	ConfirmLookup bool `name:"confirm-lookup" help:"Confirm the lookup that is suggested for the columns, so that it writes."`
}

// Run streams the file, so its size is bounded by the service's --max-upload alone. The
// version is there whole or not at all.
func (c *tableImport) Run(ctx context.Context, s streams) (err error) {
	if c.HeaderRow != nil {
		if err := notBelow(0, map[string]int{"--header-row": *c.HeaderRow}); err != nil {
			return err
		}
	}
	switch {
	case c.ConfirmLookup && !c.Publish:
		return usagef("--confirm-lookup does not go with --no-publish: a lookup is confirmed for what is live")
	case c.Name == "" && c.File == stdin:
		return usagef("standard input has no name: name the table with --name TABLE")
	case c.Name != "":
		if err := checkName("--name", c.Name); err != nil {
			return err
		}
	}
	in, err := openInput(s, c.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	if err := c.suggest(ctx); err != nil {
		return err
	}
	// The bar is of bytes sent; of standard input it knows no end. The import begins behind
	// them, and has no bar.
	bar := progressbar.NewOptions64(in.size, progressbar.OptionSetWriter(s.err), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription("uploading"), progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(terminal.Is(s.err)))
	body := &sent{Reader: io.TeeReader(in, bar)}
	err = ask(ctx, &c.client, s, http.MethodPost, tablePath(c.Name, "versions")+"?"+c.query().Encode(), body, printUploaded)
	if err != nil {
		return errors.Join(uploadStopped(ctx, err, c.Name, body.whole), bar.Clear()) // else the words stand behind it
	}
	return c.settle(ctx, s)
}

// query is the flags as the service names them. What was not given is left out, so that the
// service tells "not said" from "said to be empty".
func (c *tableImport) query() url.Values {
	// Of the path only the last part: the service shows it as the source of the version,
	// and finds the kind of the file by its ending.
	q := url.Values{"publish": {strconv.FormatBool(c.Publish)}}
	if c.File != stdin {
		q.Set("name", filepath.Base(c.File))
	}
	for name, value := range map[string]string{"label": c.Label, "sheet": c.Sheet, "fill": c.Fill, "delimiter": c.Delimiter, "encoding": c.Encoding} {
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
	for name, codes := range map[string][]string{"leaveOut": c.LeaveOut, "join": c.Join} {
		if len(codes) > 0 {
			q.Set(name, strings.Join(codes, ","))
		}
	}
	if c.Message != "" {
		q.Set("message", c.Message)
	}
	if c.HeaderRow != nil {
		q.Set("headerRow", strconv.Itoa(*c.HeaderRow))
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
		rows, dead := [][]string{{"TABLE", "LIVE", "ROWS", "COLUMNS", "LOOKUPS", "LABEL"}}, ""
		owned := slices.ContainsFunc(list.Tables, func(t shape.Table) bool { return t.Owner != "" || t.Hidden })
		if owned {
			rows[0] = append(rows[0][:5:5], "SHOWN", "OWNER", "LABEL")
		}
		for i := range list.Tables {
			t := &list.Tables[i]
			row := []string{t.Name, liveOf(t.Live), strconv.Itoa(t.Rows), strconv.Itoa(len(t.Columns)), lookupsOf(t)}
			if owned {
				row = append(row, shown(t), t.Owner)
			}
			rows = append(rows, append(row, t.Label))
			if len(t.DeadColumns) > 0 {
				dead += fmt.Sprintf("%s: its lookups use columns that the live version lacks: %s\n", t.Name, strings.Join(t.DeadColumns, ", "))
			}
			dead += endings(t)
		}
		if err := printTable(w, withoutEmptyLast(rows)); err != nil {
			return err
		}
		for i := range list.Tables {
			dead += scheduledLines(list.Tables[i].Name, list.Tables[i].Scheduled)
		}
		if _, err := io.WriteString(w, dead); err != nil {
			return err
		}
		if len(list.Tables) == 0 {
			return hint(s, "There is no table yet. Upload one: tablestep table import FILE.csv")
		}
		return nil
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
	label := ""
	if t.Label != "" {
		label = " (" + t.Label + ")"
	}
	if _, err := fmt.Fprintf(w, "%s%s: live version %s, %d rows\n%s\n", t.Name, label, liveOf(t.Live), t.Rows, tableSettings(&t.Table)); err != nil {
		return err
	}
	columns := [][]string{{"COLUMN", "TYPE", "WRITTEN", "EMPTY", "DISTINCT", "LONGEST"}}
	for _, col := range t.Columns {
		columns = append(columns, []string{col.Name, col.Type, written(&col), strconv.Itoa(col.Empty), strconv.Itoa(col.Distinct), strconv.Itoa(col.MaxBytes)})
	}
	lookups := [][]string{{"LOOKUP", "VERSION", "MATCHES", "WRITES"}}
	for i := range t.Lookups {
		lookups = append(lookups, describeLookup(&t.Lookups[i]))
	}
	versions := [][]string{{"VERSION", "LIVE", "ROWS", "CREATED", "BY", "FILE", "MESSAGE"}}
	for _, v := range t.Versions {
		live := ""
		if v.Live {
			live = "live"
		}
		versions = append(versions, []string{strconv.Itoa(v.Version), live, strconv.Itoa(v.Rows), v.Created.Format(time.RFC3339), v.By, v.Source, v.Message})
	}
	err := errors.Join(printTable(w, columns), newline(w), printTable(w, lookups), newline(w), printTable(w, withoutEmptyLast(versions)))
	if ends := endings(&t.Table); err == nil && ends != "" {
		_, err = io.WriteString(w, "\n"+ends)
	}
	if lines := scheduledLines(t.Name, t.Scheduled); err == nil {
		_, err = io.WriteString(w, lines)
	}
	return err
}

// endings says by which lookups no row of a table is valid any more soon, or now.
func endings(t *shape.Table) string {
	var lines strings.Builder
	for _, e := range t.Endings {
		said := "the last row ends with"
		if e.Over {
			said = "no row is valid any more; the last one ended with"
		}
		fmt.Fprintf(&lines, "%s, lookup %s: %s %s (%s)\n", t.Name, e.Lookup, said, e.Last, e.Columns)
	}
	return lines.String()
}

// withoutEmptyLast leaves out the last column of a table where no row has anything in it.
func withoutEmptyLast(rows [][]string) [][]string {
	last := len(rows[0]) - 1
	if slices.ContainsFunc(rows[1:], func(row []string) bool { return row[last] != "" }) {
		return rows
	}
	for i := range rows {
		rows[i] = rows[i][:last]
	}
	return rows
}

// written is how the numbers and dates of a column are written, a dash where it has none.
func written(c *shape.Column) string {
	return cmp.Or(strings.Join(slices.DeleteFunc([]string{c.Numbers, c.Dates, c.Unit}, func(s string) bool { return s == "" }), " "), "-")
}

// describeLookup is a lookup as a row of texts: its name, what it matches, what it writes.
// A guessed one was made from the columns of the table, and writes once it is confirmed.
func describeLookup(l *shape.Lookup) []string {
	name, version := l.Name, strconv.Itoa(l.Version)
	if l.Guessed {
		name, version = name+" (not confirmed)", "-"
	}
	return []string{name, version, matches(l), writes(l)}
}
