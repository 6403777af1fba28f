package alias

import (
	"encoding/binary"

	"tablestep/tables/index"
	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

// A Book says what values of leads are taken for. It is immutable.
type Book struct {
	forms   []form // of the match entries, those of the moment of acceptance left out
	entries map[string]Entry
	sieve   *sieve // nil: not in these forms
}

// form is how the values of a match entry are compared.
type form struct {
	entry int // its place in the lookup
	exact bool
	spelling.Form
}

// An Entry is what an alias comes to.
type Entry struct {
	ID  int   // of the alias
	Row int32 // from 0; -1: the values are known to have none
}

// NewBook is one of aliases and where they lead. Those that are lost are left out; of two with values that
// are compared as equal the later one counts.
func NewBook(as *schema.Aliases, rows []Row) *Book {
	b := &Book{forms: formsOf(as.Match), entries: make(map[string]Entry, len(as.List))}
	if sifts(b.forms) {
		b.sieve = newSieve(len(as.List))
	}
	for i := range as.List {
		if rows[i].Why != "" {
			continue
		}
		values, why := as.Of(&as.List[i])
		if why != "" {
			continue
		}
		if b.sieve != nil {
			b.sift(values)
		}
		b.each(values, nil, func(key []byte) {
			b.entries[string(key)] = Entry{as.List[i].ID, rows[i].Row}
		})
	}
	return b
}

func formsOf(match []schema.Match) (forms []form) {
	for m := range match {
		if match[m].Field == schema.Now {
			continue
		}
		mode := match[m].MatchMode()
		if mode == schema.ModeFuzzy {
			mode = match[m].Form
		}
		f, _ := index.FormOf(mode) // Normalized, where a mode has none of its own.
		forms = append(forms, form{entry: m, exact: mode == schema.ModeExact, Form: f})
	}
	return forms
}

// Find is what the values of a lead are taken for, one a match entry. Where their marks can be written in two
// ways, and there are aliases for both, it is that of the later one. room is memory of the caller's, which is given back.
func (b *Book) Find(values []string, room []byte) (e Entry, ok bool, _ []byte) {
	room = b.each(values, room, func(key []byte) {
		if other, there := b.entries[string(key)]; there && other.ID > e.ID {
			e, ok = other, true
		}
	})
	return e, ok, room
}

// maxPaired is how many of the values of one tuple are compared by both of the ways in which their
// marks can be written; what comes behind them only by the first one.
const maxPaired = index.MaxDoubled

// each gives the keys of some values, one at least: several where marks can be written in two ways. The key is
// lent until f returns.
func (b *Book) each(values []string, room []byte, f func(key []byte)) []byte {
	type ends struct{ from, second, to int }
	var few [8]ends
	places := few[:0]
	room = room[:0]
	paired := 0
	for i := range b.forms {
		from := len(room)
		text := values[b.forms[i].entry]
		if b.forms[i].exact {
			room = append(room, text...)
			places = append(places, ends{from, len(room), len(room)})
			continue
		}
		var second int
		room, second = b.forms[i].AppendKeys(room, text)
		if second < len(room) {
			if paired++; paired > maxPaired {
				room = room[:second]
			}
		}
		places = append(places, ends{from, second, len(room)})
	}
	if len(places) == 1 && places[0].second == places[0].to {
		f(room)
		return room
	}
	keys := len(room)
	for mask := range 1 << min(paired, maxPaired) {
		room = room[:keys]
		bit := 0
		for _, p := range places {
			key := room[p.from:p.second]
			if p.second < p.to {
				if mask&(1<<bit) != 0 {
					key = room[p.second:p.to]
				}
				bit++
			}
			if len(places) == 1 {
				room = append(room, key...)
				continue
			}
			room = append(binary.AppendUvarint(room, uint64(len(key))), key...)
		}
		f(room[keys:])
	}
	return room
}

// Same finds, of aliases, those with values that are compared as equal to some other values: the one that was
// added last. It is made once for many questions.
type Same struct {
	book  *Book
	match *schema.Aliases
}

// NewSame asks aliases, those that are lost too.
func NewSame(as *schema.Aliases) *Same { return &Same{NewBook(as, make([]Row, len(as.List))), as} }

// Of is the id of the alias with the values of another one; 0: there is none, or they do not fit the lookup.
func (s *Same) Of(a *schema.Alias) int {
	values, why := s.match.Of(a)
	if why != "" {
		return 0
	}
	e, _, _ := s.book.Find(values, nil)
	return e.ID
}

// Add takes one more in.
func (s *Same) Add(a *schema.Alias) {
	values, why := s.match.Of(a)
	if why != "" {
		return
	}
	s.book.each(values, nil, func(key []byte) {
		s.book.entries[string(key)] = Entry{ID: a.ID}
	})
}
