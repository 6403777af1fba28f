package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tablestep/api/shape"
	"tablestep/cmd/tablestep/starter"
)

// A starterUpdate brings the rows that ship now to a table that an earlier program made.
//
// What people changed is found by three states: the rows as they shipped, which are a version
// of the table that its message tells, the live rows, and those of this program. So the
// state that is brought is stored as a version, too: the next update compares with that. Who
// rolls an update back has decided against it, and the next one keeps that.
type starterUpdate struct {
	client
	lifting
	Table     string `arg:"" help:"Name of the table."`
	Conflicts string `enum:"mine,shipped," default:"" help:"Whose rows hold where both changed them: mine (those of the table) or shipped." placeholder:"SIDE"`
	DryRun    bool   `name:"dry-run" help:"Say what would change, and change nothing."`
}

// An updatedStarter is what became of an update, as JSON.
type updatedStarter struct {
	Table     string             `json:"table"`
	Starter   string             `json:"starter"`
	Version   int                `json:"version,omitempty"` // the one that is live now; left out: nothing was changed
	Rows      int                `json:"rows"`
	Added     int                `json:"added"`
	Removed   int                `json:"removed"`
	Changed   int                `json:"changed"`
	Kept      int                `json:"kept"`
	Conflicts []starter.Conflict `json:"conflicts"`
	DryRun    bool               `json:"dryRun,omitempty"`
}

// Run changes nothing where a conflict waits for a decision.
func (c *starterUpdate) Run(ctx context.Context, s streams) error {
	versions, err := call[shape.Versions](ctx, &c.client, http.MethodGet, tablePath(c.Table, "versions"), nil)
	if err != nil {
		return fmt.Errorf("update %s: %w", c.Table, err)
	}
	name, base, ok := shippedVersion(versions.Versions)
	if !ok {
		return fmt.Errorf("no version of table %s holds the rows of a starter table as they shipped: it was not made by \"starter add\", or that version is no longer kept. Add the starter table under another name, and take over your own rows", c.Table)
	}
	from, err := starterNamed(name)
	if err != nil {
		return fmt.Errorf("update %s: %w", c.Table, err)
	}
	raw, err := from.CSV()
	if err != nil {
		return err
	}
	message := baseMessage(name, raw)
	if base.Message == message {
		return c.tell(s, &updatedStarter{Table: c.Table, Starter: name, Conflicts: []starter.Conflict{}},
			"%s has the rows of starter table %s that this program ships: there is nothing to bring\n", c.Table, name)
	}
	at := slices.IndexFunc(versions.Versions, func(v shape.Version) bool { return v.Live })
	if at < 0 {
		return fmt.Errorf("nothing of table %s is live: publish a version first, with \"tablestep table publish %s VERSION\"", c.Table, c.Table)
	}
	live := versions.Versions[at].Version
	m, err := c.merge(ctx, from, base.Version, live)
	if err != nil {
		return fmt.Errorf("update %s: %w", c.Table, err)
	}
	done := &updatedStarter{
		Table: c.Table, Starter: name, Rows: len(m.Sheet.Rows), Added: m.Added, Removed: m.Removed, Changed: m.Changed, Kept: m.Kept,
		Conflicts: append([]starter.Conflict{}, m.Conflicts...), DryRun: c.DryRun,
	}
	if len(m.Conflicts) > 0 || c.DryRun {
		return c.leave(s, done)
	}
	if done.Version, err = c.bring(ctx, name, message, live, raw, m); err != nil {
		return fmt.Errorf("update %s: %w", c.Table, err)
	}
	return c.tell(s, done, "%s version %d: %d rows (live)\n%s", c.Table, done.Version, done.Rows, told(done))
}

// leave tells what would be done, and is an error where a decision is missing.
func (c *starterUpdate) leave(s streams, would *updatedStarter) error {
	if err := c.tell(s, would, "%s%s", told(would), conflicts(would.Conflicts)); err != nil {
		return err
	}
	if len(would.Conflicts) > 0 && !c.DryRun {
		return fmt.Errorf("%d keys of table %s were changed by people and by what ships now, each otherwise; nothing was changed. Decide with --conflicts mine or --conflicts shipped", len(would.Conflicts), c.Table)
	}
	return nil
}

// merge reads two versions and joins them with the rows that ship now. Rows are told apart by
// what the lookup that ships matches, whatever lookups the table has by now.
func (c *starterUpdate) merge(ctx context.Context, from starter.Table, base, live int) (*starter.Merge, error) {
	next, err := from.Sheet()
	if err != nil {
		return nil, err
	}
	raw, err := from.Lookup()
	if err != nil {
		return nil, err
	}
	var lookup shape.Lookup
	if err := json.Unmarshal(raw, &lookup); err != nil {
		return nil, fmt.Errorf("read the lookup of starter table %s: %w", from.Name, err)
	}
	var key []string
	for _, m := range lookup.Match {
		key = append(key, m.Column)
	}
	was, err := c.rows(ctx, c.Table, base)
	if err != nil {
		return nil, err
	}
	is, err := c.rows(ctx, c.Table, live)
	if err != nil {
		return nil, err
	}
	side := map[string]starter.Side{"": starter.Undecided, "mine": starter.Mine, "shipped": starter.Shipped}[c.Conflicts]
	return starter.Join(was, is, next, key, side)
}

// bring makes the merged rows live, and then stores the rows as they ship, also where both are
// the same: whatever fails before the end, the next update still compares with the older state,
// and finds what was brought already on both sides.
func (c *starterUpdate) bring(ctx context.Context, name, message string, live int, raw []byte, m *starter.Merge) (version int, err error) {
	var merged bytes.Buffer
	w := csv.NewWriter(&merged)
	if err := w.WriteAll(append([][]string{m.Sheet.Columns}, m.Sheet.Rows...)); err != nil {
		return 0, fmt.Errorf("write the merged rows: %w", err)
	}
	u, err := c.upload(ctx, name, c.Table, basePrefix+name+", updated", merged.Bytes(), c.lifting)
	if err != nil {
		return 0, err
	}
	now, err := call[shape.WholeTable](ctx, &c.client, http.MethodGet, tablePath(c.Table), nil)
	if err != nil {
		return 0, err
	}
	if now.Live == nil || *now.Live != live {
		return 0, fmt.Errorf("another version went live meanwhile: version %d, which does not know of it, is not published. Update again", u.Version)
	}
	if _, err := call[shape.LiveTable](ctx, &c.client, http.MethodPost, tablePath(c.Table, "live")+c.query(), shape.PublishTable{Version: u.Version}); err != nil {
		return 0, fmt.Errorf("publish version %d: %w", u.Version, err)
	}
	// This version is to be compared with only: nothing that guards the live one is in its way.
	if _, err := c.upload(ctx, name, c.Table, message, raw, lifting{Confirm: true, Force: true}); err != nil {
		return 0, fmt.Errorf("version %d is live, but the rows as they ship are not stored beside it: %w. Update again", u.Version, err)
	}
	return u.Version, nil
}

// tell prints what was done.
func (c *starterUpdate) tell(s streams, done *updatedStarter, format string, args ...any) error {
	if c.JSON {
		return printJSON(s.out, done)
	}
	_, err := fmt.Fprintf(s.out, format, args...)
	return err
}

// told are the counts in one line.
func told(u *updatedStarter) string {
	return fmt.Sprintf("shipped since: %d added, %d removed, %d changed; kept as people made them: %d; conflicts: %d\n", u.Added, u.Removed, u.Changed, u.Kept, len(u.Conflicts))
}

// maxConflicts are the most that are listed for people; JSON has all.
const maxConflicts = 20

// conflicts has a paragraph for each.
func conflicts(list []starter.Conflict) string {
	var b strings.Builder
	for _, c := range list[:min(len(list), maxConflicts)] {
		fmt.Fprintf(&b, "%s\n", strings.Join(c.Key, " | "))
		for _, side := range []struct {
			name string
			rows [][]string
		}{{"was", c.Base}, {"mine", c.Mine}, {"shipped", c.Shipped}} {
			for _, r := range side.rows {
				fmt.Fprintf(&b, "  %-8s %s\n", side.name, strings.Join(r, " | "))
			}
			if len(side.rows) == 0 {
				fmt.Fprintf(&b, "  %-8s (no row)\n", side.name)
			}
		}
	}
	if more := len(list) - maxConflicts; more > 0 {
		fmt.Fprintf(&b, "… and %d more; --json lists all\n", more)
	}
	return b.String()
}

// rowsPage is how many rows are asked for at once, which is the most that the service gives.
const rowsPage = 1000

// rows reads a version.
func (c *client) rows(ctx context.Context, table string, version int) (*starter.Sheet, error) {
	sheet := &starter.Sheet{}
	for {
		q := url.Values{"version": {strconv.Itoa(version)}, "offset": {strconv.Itoa(len(sheet.Rows))}, "limit": {strconv.Itoa(rowsPage)}}
		page, err := call[shape.Rows](ctx, c, http.MethodGet, tablePath(table, "rows")+"?"+q.Encode(), nil)
		if err != nil {
			return nil, err
		}
		sheet.Columns = page.Columns
		for _, r := range page.Rows {
			sheet.Rows = append(sheet.Rows, r.Cells)
		}
		switch {
		case len(sheet.Rows) >= page.Total:
			return sheet, nil
		case len(page.Rows) == 0:
			return nil, fmt.Errorf("read version %d: %w", version, io.ErrUnexpectedEOF)
		}
	}
}

// basePrefix begins, and shipped divides, the message of a version that holds the rows of a
// starter table as they shipped: "starter NAME, as shipped, DIGEST".
const basePrefix, shipped = "starter ", ", as shipped, "

// baseMessage tells of a version that it holds these rows.
func baseMessage(name string, raw []byte) string {
	sum := sha256.Sum256(raw)
	return basePrefix + name + shipped + hex.EncodeToString(sum[:6])
}

// shippedVersion is the newest version with rows as they shipped, and the name of their
// starter table. The list has the newest first.
func shippedVersion(versions []shape.Version) (name string, v shape.Version, ok bool) {
	for _, v := range versions {
		rest, begins := strings.CutPrefix(v.Message, basePrefix)
		if name, _, ok := strings.Cut(rest, shipped); begins && ok && !v.Patch {
			return name, v, true
		}
	}
	return "", shape.Version{}, false
}
