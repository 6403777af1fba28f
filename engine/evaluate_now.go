package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// Rows that are valid for a time are matched with the moment of the occasion: the one in which
// the invocation was accepted, which is the same however often and however late it is evaluated,
// or the one that a person asks for who tries leads. It is no field of a lead, so no mapping has
// it, and a flow step that sets the key leaves it alone.

// nowColumn is the lead side of a match entry at now.
func (ws *Workspace) nowColumn(p *plan, leads []int32) column.Vector {
	moment := answers.Moment(p.at)
	ws.builder.Reset(len(leads))
	for range leads {
		ws.builder.Append(column.Text, moment)
	}
	return ws.builder.Vector()
}

// How many misses of a batch are explained by rows that are not valid: each is a lookup of its
// own, and of a version that is not in memory it reads the rows.
const (
	mostExplained         = 20
	mostExplainedFromDisk = 2
)

// explainWork is the part of a batch's work that explaining its misses may take.
const explainWork = 16

// missedByTime notes, of tuples without a hit, the row that they would hit if it were valid.
func (ws *Workspace) missedByTime(ctx context.Context, w *world, p *plan) error {
	clear(ws.untimely)
	l := &p.lookup
	if !l.Dated() || l.Some() || l.OnNoMatch == schema.NoMatchClear {
		return nil
	}
	left := mostExplained
	if !p.snapshot.InMemory() {
		left = mostExplainedFromDisk
	}
	budget := answers.NewBudget(w.of.work/explainWork, w.turn.rest)
	key := make([]string, len(ws.tuples.keys))
	for t := range ws.found.Found {
		if f := &ws.found.Found[t]; f.Row >= 0 || f.Unreached || f.Problem != "" {
			continue
		}
		if left--; left < 0 {
			return nil
		}
		for m := range key {
			key[m] = ws.tuples.keys[m][t]
		}
		missed, ok, err := p.snapshot.Missed(ctx, l, key, p.at, budget)
		switch {
		case errors.Is(err, answers.ErrSpent):
			return nil // There is an answer, whether or not it can be explained.
		case err != nil:
			return err
		case ok:
			if ws.untimely == nil {
				ws.untimely = map[int]answers.Missed{}
			}
			ws.untimely[t] = missed
		}
	}
	return nil
}

// appendUntimely says which row a tuple would hit at another moment, if that is known.
func (ws *Workspace) appendUntimely(b []byte, t int) []byte {
	missed, ok := ws.untimely[t]
	switch {
	case !ok:
		return b
	case missed.Over:
		return fmt.Appendf(b, "; row %d would hit, but it is over since %s", missed.Row+1, missed.Since)
	}
	return fmt.Appendf(b, "; row %d would hit, but it is valid only from %s on", missed.Row+1, missed.Since)
}

// appendNow says in words when a row had to be valid, by the day of the zone of match entry m. It is
// the same for all tuples, and finding the zone takes longer than all else.
func (p *plan) appendNow(b []byte, m int) []byte {
	if p.nowWords == nil {
		p.nowWords = make([]string, len(p.lookup.Match))
	}
	if p.nowWords[m] == "" {
		what, entry := "now", &p.lookup.Match[m]
		if p.asOf {
			what = "asOf"
		}
		p.nowWords[m] = fmt.Sprintf("%s = %s (%s)", entry.Valid(), p.at.In(p.snapshot.ZoneOf(entry)).Format(time.DateOnly), what)
	}
	return append(b, p.nowWords[m]...)
}

// overrideKey puts the key of the flow step in place of the lookup's: column, lead field, or a
// value. It is about what a lead is asked for; when a row is valid stays as the lookup has it.
func (p *plan) overrideKey(c *choice) *failure {
	l := &p.lookup
	if c.keyName != "" {
		own := schema.Match{Column: c.keyName, Mode: schema.ModeNormalized}
		if i := l.KeyEntry(); i >= 0 {
			own.NameFields(l.Match[i].Fields())
			own.Split = l.Match[i].Split
		} else if c.keyValField == "" && !c.literalKey {
			return &failure{CodeFieldNotFound, fmt.Sprintf("lookup %q matches nothing by itself: with a key column the flow step has to name the field of its value, or give the value", p.name)}
		}
		entries := make([]schema.Match, 1, len(l.Match)+1)
		named := false
		for _, m := range l.Match {
			switch {
			case m.AtNow():
				entries = append(entries, m)
			case !named && strings.EqualFold(m.Column, c.keyName):
				own, named = m, true
			}
		}
		entries[0] = own
		l.Match, l.Aliases = entries, nil // which are for the lookup's own entries
		l.Require = 0                     // The only key has to hold, however many of the lookup's own had to.
	}
	key := l.KeyEntry()
	switch {
	case c.keyValField == "" && !c.literalKey:
		return nil
	case key < 0 && len(l.Match) > 0:
		return &failure{CodeColumnNotFound, fmt.Sprintf("lookup %q asks for nothing but the moment (%s), so there is no key whose value could be set; choose a key column", p.name, schema.Now)}
	case key < 0:
		return nil // It matches no column at all, which is told.
	}
	if c.keyValField == schema.Now {
		return &failure{CodeFieldNotFound, fmt.Sprintf("the flow step's key field %q is no field of a lead; when a row is valid is set in the lookup", schema.Now)}
	}
	if c.keyValField != "" {
		entries := append([]schema.Match(nil), l.Match...)
		entries[key].NameFields([]string{c.keyValField})
		l.Match = entries
	}
	if c.literalKey {
		p.literal = key
	}
	return nil
}

// timed adds the moment to what rules ask a table whose rows are valid for a time: they give
// values for the other match entries alone.
func (w *world) timed(l *schema.Lookup, questions [][]column.Value) [][]column.Value {
	if !l.Dated() {
		return questions
	}
	moment := column.Value{Kind: column.Text, Text: answers.Moment(w.now)}
	all := make([][]column.Value, len(questions))
	for i, question := range questions {
		whole := make([]column.Value, len(l.Match))
		for m := range l.Match {
			if l.Match[m].AtNow() {
				whole[m] = moment
				continue
			}
			whole[m], question = question[0], question[1:]
		}
		all[i] = whole
	}
	return all
}
