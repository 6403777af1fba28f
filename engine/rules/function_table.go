package rules

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/tables/column"
)

// Tables is how rules look rows up. An implementation must give the same answer
// for the same question during one Run. Columns are known when a rule set is
// compiled; see Options.
type Tables interface {
	// Lookup answers questions to a table, each of them the keys of one lead: it finds
	// rows by the table's default lookup, best hit first, at most limit for each. A key
	// that is a number is its literal, spelt as the lead has it or, where a rule has
	// calculated it, in the shortest way. The questions are lent. left is the work that the run has
	// left, a nanosecond for what takes about one; what a lookup takes is counted by the
	// tables and not by the run. There is an answer to each question, in their order, lent until the next question; an
	// error is the answer to all of them.
	Lookup(ctx context.Context, table string, questions [][]column.Value, limit int, left time.Duration) ([]Answer, error)
}

// An Answer is the rows that were found for a question. No row is no error; an error
// fails the leads that asked.
type Answer struct {
	Rows []Row
	Err  error
}

// A Row is a row of a table.
type Row interface {
	// Cell is the text of a column; ok is false if the table has no such column.
	Cell(column string) (text string, ok bool)
}

// tableRow is a row as a value.
type tableRow struct {
	row   Row
	table string
}

// row is a row as the other of a value. Rows are made some at a time: one by one they were
// as much work as the lookup of them.
func (m *machine) row(row Row, table string) *tableRow {
	const some = 64
	if len(m.rows) == 0 {
		m.rows = make([]tableRow, some)
	}
	r := &m.rows[0]
	m.rows = m.rows[1:]
	*r = tableRow{row, table}
	return r
}

// maxRows is the most rows lookupAll gives.
const maxRows = 100

// tableFunctions look rows up.
func tableFunctions() []*function {
	return []*function{
		{
			name: "lookup", signature: "lookup(table, key, …)", takes: "table text…", nils: "nil", result: unknown, group: "table",
			text:     "The row that the table's default lookup finds for the keys, one for each of its match entries but those at @now, or nil. Columns are read with a dot or in brackets. The table's name must be written out.",
			examples: []Example{{`lookup("territories", "CA").owner`, `"Ann"`}, {`lookup("territories", "ZZ").owner ?? "nobody"`, `"nobody"`}, {`lookup("territories", "CA")["owner email"]`, `"ann@example.com"`}},
			call: func(m *machine, args []value) (value, error) {
				rows, err := findRows(m, args, 1)
				if err != nil || len(rows) == 0 {
					return value{}, err
				}
				return value{kind: kindOther, other: m.row(rows[0], args[0].text)}, nil
			},
		},
		{
			name: "lookupAll", signature: "lookupAll(table, key, …)", takes: "table text…", nils: "[]", result: isList, group: "table",
			text:     "All rows that the table's default lookup finds, best first, at most 100.",
			examples: []Example{{`join(map(lookupAll("territories", "CA"), .owner), ", ")`, `"Ann, Bob"`}, {`len(lookupAll("territories", "ZZ"))`, `0`}},
			call: func(m *machine, args []value) (value, error) {
				rows, err := findRows(m, args, maxRows)
				if err != nil {
					return value{}, err
				}
				l := make([]any, len(rows))
				for i := range rows {
					l[i] = m.row(rows[i], args[0].text)
				}
				return list(l), nil
			},
		},
		{
			name: "exists", signature: "exists(table, key, …)", takes: "table text…", nils: "false", result: isBool, group: "table",
			text:     "Whether the table's default lookup finds a row for the keys.",
			examples: []Example{{`exists("territories", "CA")`, `true`}, {`exists("territories", nil)`, `false`}},
			call: func(m *machine, args []value) (value, error) {
				rows, err := findRows(m, args, 1)
				return boolean(len(rows) > 0), err
			},
		},
	}
}

func findRows(m *machine, args []value, limit int) ([]Row, error) {
	if m.tables == nil {
		return nil, errors.New("there are no tables here")
	}
	keys := m.keys[:0]
	for i := range args[1:] {
		key, ok := asKey(args[i+1])
		if !ok {
			return nil, noText(args, i+1)
		}
		if len(key.Text) > m.limits.Text {
			return nil, m.tooLong()
		}
		keys = append(keys, key)
	}
	m.keys = keys
	var (
		answer Answer
		known  bool
	)
	if m.asker != nil {
		var err error
		if answer, known, err = m.asker.answer(args[0].text, keys, limit); err != nil {
			return nil, err
		}
	}
	if err := m.spend(200); err != nil {
		return nil, err
	}
	left := m.left()
	if left <= 0 {
		return nil, errLate
	}
	if !known {
		answers, err := m.tables.Lookup(m.ctx, args[0].text, [][]column.Value{keys}, limit, left)
		switch {
		case err != nil:
			answer.Err = err
		case len(answers) != 1:
			panic("rules: a table has not answered the question")
		default:
			answer = answers[0]
		}
	}
	if answer.Err != nil {
		return nil, fmt.Errorf("table %s: %w", args[0].text, answer.Err)
	}
	return answer.Rows[:min(len(answer.Rows), limit)], nil
}
