package rules

import (
	"errors"

	"github.com/expr-lang/expr/ast"

	"tablestep/tables/column"
)

// Tables are asked for many leads at once. An expression that comes to a lookup whose
// answer is not known notes the question and stops there; once all rows have been gone
// through, the tables are asked what was noted, and the rows that wait are evaluated
// again. So a question is asked for those leads only that reach it, wherever in an
// expression it stands, and equal ones are asked once a run. What comes out is what
// comes out where each lead asks by itself, because tables answer the same question the
// same way during a run.

// errAsked stops an evaluation that waits for an answer. No lead fails with it.
var errAsked = errors.New("the table has not been asked yet")

// errAlone is the answer to a question that must be asked by itself: among others it
// was the end of all of them.
var errAlone = errors.New("the table is to be asked by this lead alone")

const (
	// maxRounds is how often the tables are asked for one expression; what is still open
	// then, as in a loop over a list, each lead asks by itself.
	maxRounds = 8
	// maxAnswers is how many answers are kept; a unit that begins with more forgets them.
	maxAnswers = 1 << 16
	// keptAnswers is how many of a group leave their memory to the next run.
	keptAnswers = 1 << 13
)

// An asker has what the leads of a run have asked.
type asker struct {
	taking bool // questions without an answer are noted; else they are asked at once
	groups map[askedOf]*asked
	order  []*asked // the groups with questions, in the order of the first ones
	last   *asked   // of groups
	kept   int      // answers
	key    []byte   // the name of the question at hand
}

// askedOf is what the questions of one call of Tables have in common.
type askedOf struct {
	table       string
	limit, keys int
}

// asked is the questions to a table. Those without an answer stand at the end.
type asked struct {
	askedOf
	numbers   [column.Other + 1]map[string]int32 // of questions by the kind of their first key, and their keys
	questions [][]column.Value
	memory    []column.Value // of questions
	answers   []Answer
}

// of is the questions to a table.
func (a *asker) of(table string, limit, keys int) *asked {
	name := askedOf{table, limit, keys}
	if a.last != nil && a.last.askedOf == name {
		return a.last
	}
	g, ok := a.groups[name]
	if !ok {
		if a.groups == nil {
			a.groups = make(map[askedOf]*asked)
		}
		g = &asked{askedOf: name}
		a.groups[name] = g
	}
	a.last = g
	return g
}

// note takes a question down, whose name among those of its group is given.
func (a *asker) note(g *asked, keys []column.Value, name string) {
	kind := keys[0].Kind
	if g.numbers[kind] == nil {
		g.numbers[kind] = make(map[string]int32)
	}
	if len(g.questions) == 0 {
		a.order = append(a.order, g)
	}
	g.numbers[kind][name] = int32(len(g.questions))
	from := len(g.memory)
	g.memory = append(g.memory, keys...)
	g.questions = append(g.questions, g.memory[from:len(g.memory):len(g.memory)])
}

// answer is what a table has answered. Where it was not asked, and questions are taken,
// the error is errAsked; else ok is false, and it is to be asked at once.
func (a *asker) answer(table string, keys []column.Value, limit int) (answer Answer, ok bool, err error) {
	g := a.of(table, limit, len(keys))
	var (
		n     int32
		asked bool
		kind  = keys[0].Kind
	)
	// Most questions have one key, whose text is their name.
	if len(keys) == 1 {
		n, asked = g.numbers[kind][keys[0].Text]
	} else {
		a.name(keys)
		n, asked = g.numbers[kind][string(a.key)]
	}
	if asked {
		if int(n) >= len(g.answers) {
			return Answer{}, false, errAsked
		}
		answer = g.answers[n]
		return answer, !errors.Is(answer.Err, errAlone), nil
	}
	if !a.taking {
		return Answer{}, false, nil
	}
	if len(keys) == 1 {
		a.note(g, keys, keys[0].Text)
	} else {
		a.note(g, keys, string(a.key))
	}
	return Answer{}, false, errAsked
}

// name writes the name of a question of several keys to a.key.
func (a *asker) name(keys []column.Value) {
	a.key = a.key[:0]
	for i := range keys {
		n := len(keys[i].Text)
		a.key = append(a.key, byte(keys[i].Kind), byte(n), byte(n>>8), byte(n>>16))
		a.key = append(a.key, keys[i].Text...)
	}
}

// forget drops all questions and answers, and memory that only a large batch needed.
func (a *asker) forget() {
	for name, g := range a.groups {
		if len(g.questions) > keptAnswers || len(g.questions) == 0 {
			delete(a.groups, name)
			continue
		}
		for kind := range g.numbers {
			clear(g.numbers[kind])
		}
		clear(g.questions)
		clear(g.memory)
		clear(g.answers)
		g.questions, g.memory, g.answers = g.questions[:0], g.memory[:0], g.answers[:0]
	}
	clear(a.order)
	a.last, a.order, a.kept, a.taking = nil, a.order[:0], 0, false
}

// ask asks the tables what was noted.
func (r *runner) ask() {
	for _, g := range r.m.asker.order {
		if len(g.questions) > len(g.answers) {
			open := len(g.questions) - len(g.answers)
			g.answers = append(g.answers, r.inquire(g)...)
			r.m.asker.kept += open
		}
	}
}

// inquire has the answers to the questions that have none. A panic on one of them must
// not be that of all leads: each asks by itself then.
func (r *runner) inquire(g *asked) (answers []Answer) {
	open := g.questions[len(g.answers):]
	each := func(err error) []Answer {
		list := make([]Answer, len(open))
		for i := range list {
			list[i].Err = err
		}
		return list
	}
	defer func() {
		if p := recover(); p != nil {
			answers = each(errAlone)
		}
	}()
	left := r.left()
	if left <= 0 {
		return each(errLate)
	}
	answers, err := r.m.tables.Lookup(r.m.ctx, g.table, open, g.limit, left)
	switch {
	case err != nil:
		return each(err)
	case len(answers) != len(open):
		panic("rules: a table has not answered every question")
	}
	return answers
}

// inRounds evaluates a unit for rows and, as long as some of them wait for an answer, asks
// the tables and evaluates it for those again. evaluate leaves the rows that wait in
// r.waiting.
func (r *runner) inRounds(u *unit, rows []int32, evaluate func(rows []int32)) {
	a := r.m.asker
	if a == nil || u.asks == 0 || len(u.support) == 0 || r.m.tables == nil {
		evaluate(rows)
		return
	}
	if a.kept > maxAnswers {
		a.forget()
	}
	for round := 0; len(rows) > 0; round++ {
		a.taking = round < min(u.asks, maxRounds)
		r.waiting = r.rowLists.take(len(rows))[:0]
		evaluate(rows)
		rows = r.waiting
		r.ask()
	}
	a.taking, r.waiting = false, nil
}

// asks counts the calls in a tree that ask tables.
func (c *compiler) asks(n ast.Node) int {
	count := 0
	ast.Walk(&n, visitor(func(n ast.Node) {
		if call, ok := n.(*ast.CallNode); ok {
			if f := c.functionOf(call); f != nil && f.group == "table" {
				count++
			}
		}
	}))
	return count
}
