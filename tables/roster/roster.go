package roster

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// The bounds of cells.
const (
	MaxWeight = 100_000
	MaxCap    = 1_000_000_000
	MaxName   = 255 // bytes
)

// NoCap is the cap of a row that has none.
const NoCap = -1

// Columns are where the cells stand: their numbers, -1 for a column that the lookup does not name.
type Columns struct {
	Name, Weight, Cap, Away int
	version                 *schema.Version
}

// ColumnsOf finds those of a lookup. The error wraps ErrColumnNotFound.
func ColumnsOf(v *schema.Version, l *schema.Lookup) (Columns, error) {
	c := Columns{version: v}
	for _, s := range []struct {
		setting, column string
		to              *int
	}{{"rowKey", l.RowKey, &c.Name}, {"weightColumn", l.WeightColumn, &c.Weight}, {"capColumn", l.CapColumn, &c.Cap}, {"awayColumn", l.AwayColumn, &c.Away}} {
		*s.to = -1
		if s.column == "" {
			continue
		}
		n, ok := v.Column(s.column)
		if !ok {
			return c, fmt.Errorf("%w: %s %q in version %d", schema.ErrColumnNotFound, s.setting, schema.Excerpt(s.column), v.Number)
		}
		*s.to = n
	}
	if c.Name < 0 {
		return c, fmt.Errorf("%w: lookup %q has no rowKey", schema.ErrInvalid, schema.Excerpt(l.Name))
	}
	return c, nil
}

// List is the columns that there are, each once, in ascending order.
func (c Columns) List() (list []int) {
	for _, n := range [...]int{c.Name, c.Weight, c.Cap, c.Away} {
		if n >= 0 {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A Row is what the cells of one row say.
type Row struct {
	Name   string
	Weight int64
	Cap    int64 // leads in a period; NoCap is none
	Away   index.Days
	Broken bool // a cell cannot be used
}

// Free says that nothing in the table keeps the row from a turn at a moment, by the clock of its
// location. Whether its cap is reached, its counter tells.
func (r *Row) Free(at time.Time) bool { return !r.Broken && r.Weight > 0 && !r.Away.Has(at) }

// A Problem is a cell that cannot be used.
type Problem struct {
	Row     int // from 1
	Column  int
	Code    string // schema.CodeRowKey or schema.CodeBadTurn
	Message string // what is wrong and the way out
}

// A Roster is the rows of a version, by their number from 0. It grows while its columns are
// read, and never changes after that.
type Roster struct {
	Rows    []Row
	numbers map[string]int
	columns Columns
	memory  map[string]index.Days // absences that many rows share are read once
}

// New makes one without rows.
func New(c Columns) *Roster {
	return &Roster{columns: c, numbers: map[string]int{}, memory: map[string]index.Days{}}
}

// Number is the row of a name.
func (r *Roster) Number(name string) (int, bool) {
	n, ok := r.numbers[name]
	return n, ok
}

// Add reads the next rows: cells are the texts of a column, from the first of these rows on. What
// is wrong is told in the order of the rows.
func (r *Roster) Add(rows int, cells func(column, row int) string, tell func(Problem)) {
	for i := range rows {
		row := Row{Weight: 1, Cap: NoCap}
		number := len(r.Rows)
		wrong := func(column int, code, format string, args ...any) {
			row.Broken = true
			tell(Problem{number + 1, column, code, fmt.Sprintf(format, args...)})
		}
		row.Name = strings.TrimSpace(cells(r.columns.Name, i))
		switch other, double := r.numbers[row.Name]; {
		case row.Name == "":
			wrong(r.columns.Name, schema.CodeRowKey, "the cell is empty and so names no row: fill it in")
		case len(row.Name) > MaxName:
			wrong(r.columns.Name, schema.CodeRowKey, "a name of %d bytes, %d are the most: shorten it", len(row.Name), MaxName)
		case double:
			wrong(r.columns.Name, schema.CodeRowKey, "%q names row %d already: give each row a name of its own", schema.Excerpt(row.Name), other+1)
		default:
			row.Name = strings.Clone(row.Name) // it outlives the block of its cells
			r.numbers[row.Name] = number
		}
		if c := r.columns.Weight; c >= 0 {
			if row.Weight = r.whole(c, cells(c, i), 1, MaxWeight); row.Weight < 0 {
				wrong(c, schema.CodeBadTurn, "%q is no weight: write a whole number from 0, which takes the row out, to %d, or leave it empty for 1", schema.Excerpt(cells(c, i)), MaxWeight)
			}
		}
		if c := r.columns.Cap; c >= 0 && !column.Blank(cells(c, i)) {
			if row.Cap = r.whole(c, cells(c, i), 0, MaxCap); row.Cap < 0 {
				wrong(c, schema.CodeBadTurn, "%q is no cap: write a whole number from 0 to %d, or leave it empty for none", schema.Excerpt(cells(c, i)), MaxCap)
			}
		}
		if c := r.columns.Away; c >= 0 {
			days, err := r.away(c, cells(c, i))
			if row.Away = days; err != nil {
				wrong(c, schema.CodeBadTurn, "%s", reason(err))
			}
		}
		r.Rows = append(r.Rows, row)
	}
}

// whole is a number of a cell, -1 where it is none from 0 to most.
func (r *Roster) whole(c int, cell string, empty, most int64) int64 {
	if column.Blank(cell) {
		return empty
	}
	n, ok := r.columns.version.Columns[c].Notation.Number(cell)
	if !ok || n.Float != math.Trunc(n.Float) || n.Float < 0 || n.Float > float64(most) {
		return -1
	}
	return int64(n.Float)
}

func (r *Roster) away(c int, cell string) (index.Days, error) {
	if column.Blank(cell) {
		return nil, nil
	}
	if days, ok := r.memory[cell]; ok {
		return days, nil
	}
	cell = strings.Clone(cell)
	days, err := index.ReadDays(cell, r.columns.version.Columns[c].Notation)
	if err == nil {
		r.memory[cell] = days
	}
	return days, err
}

// reason is what is wrong with a cell, and below it the cell with a caret.
func reason(err error) string {
	var cause *index.CellError
	if !errors.As(err, &cause) {
		return err.Error()
	}
	return fmt.Sprintf("%s\n%s", cause.Message, cause.Caret())
}
