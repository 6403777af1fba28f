package engine

import (
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// maxJoined is the longest text, in bytes, that the answers to the parts of a value become:
// as long as a list of cells may be, and four times what any field of Marketo takes.
const maxJoined = 8 << 10

// parts take the values of one match entry apart. Each distinct part, beside the values of
// the other entries, is looked up once for all leads of a group:
//
//	tuples of leads ──take──► tuples of parts ──► Answer, respell ──join──► tuples of leads
//
// While parts are looked up they stand in the workspace's tuples, and those of the leads here.
type parts struct {
	entry  int             // that is split, -1 if none is
	codes  []uint32        // of the entry's value of each lead
	kinds  []column.Kind   // of each code
	whole  tupler          // those of the leads, and afterwards those of the parts
	starts []int32         // of[starts[t]:starts[t+1]] are the parts of tuple t
	of     []uint32        // tuples of parts, each once a tuple of leads
	empty  []bool          // tuple t has no part, or too many: it is looked up as an empty value
	many   []int32         // parts of tuple t where they are too many, else 0
	blame  []int32         // the tuple of parts that several rows hit, -1 for none
	rows   []int32         // of each tuple of parts, -1 for none
	asked  [][]string      // keys of the tuples of parts
	found  []answers.Found // in the making
	cells  [][]string
	text   []byte
}

// note keeps of the entry that is split what its tuples do not tell: which values are texts.
func (ps *parts) note(m int, v column.Vector) {
	if m != ps.entry {
		return
	}
	ps.codes = append(ps.codes[:0], v.Codes...)
	ps.kinds = ps.kinds[:0]
	for _, value := range v.Values {
		ps.kinds = append(ps.kinds, value.Kind)
	}
}

// partKey is what parts must share to be looked up together.
type partKey struct {
	rest          uint32 // which values the other entries have
	text, shorter string // shorter is the part's other spelling, see tupler
}

// take puts the parts in the place of the leads' tuples. A number, true, false, or anything
// else that is no text is one part.
func (ps *parts) take(tuples *tupler, sign string) {
	m := ps.entry
	rest := otherKeys(tuples, m)
	text := make([]bool, tuples.count)
	for k, t := range tuples.of {
		text[t] = ps.kinds[ps.codes[k]] == column.Text
	}
	n := &ps.whole // whose memory becomes that of the parts
	n.keys, n.shorter, n.count = n.keys[:0], n.shorter[:0], 0
	for range tuples.keys {
		n.next()
		n.keys[len(n.keys)-1] = n.keys[len(n.keys)-1][:0]
	}
	n.shorter = append(n.shorter, make([][]string, len(tuples.keys))...)
	known := make(map[partKey]uint32, tuples.count)
	ps.starts, ps.of = append(ps.starts[:0], 0), ps.of[:0]
	ps.empty = append(ps.empty[:0], make([]bool, tuples.count)...)
	ps.many = append(ps.many[:0], make([]int32, tuples.count)...)
	add := func(t int, part, shorter string) {
		key := partKey{rest[t], part, shorter}
		number, ok := known[key]
		if !ok {
			number = uint32(n.count)
			known[key] = number
			n.count++
			for e := range tuples.keys {
				value, other := tuples.keys[e][t], ""
				if tuples.shorter[e] != nil {
					other = tuples.shorter[e][t]
				}
				if e == m {
					value, other = part, shorter
				}
				n.keys[e] = append(n.keys[e], value)
				if tuples.shorter[e] != nil {
					n.shorter[e] = append(n.shorter[e], other)
				}
			}
		}
		if !slices.Contains(ps.of[ps.starts[t]:], number) {
			ps.of = append(ps.of, number)
		}
	}
	for t := range tuples.count {
		value := tuples.keys[m][t]
		count := 1
		if text[t] {
			count = countParts(value, sign)
		}
		switch {
		case count > schema.MaxParts:
			ps.many[t] = int32(count)
			fallthrough
		case count == 0:
			ps.empty[t] = true
			add(t, "", "")
		case !text[t]:
			other := ""
			if tuples.shorter[m] != nil {
				other = tuples.shorter[m][t]
			}
			add(t, value, other)
			ps.empty[t] = value == "" // null
		default:
			for part := range strings.SplitSeq(value, sign) {
				if part = strings.TrimSpace(part); part != "" {
					add(t, part, "")
				}
			}
		}
		ps.starts = append(ps.starts, int32(len(ps.of)))
	}
	*tuples, ps.whole = ps.whole, *tuples
}

// countParts is how many parts of a value are not empty.
func countParts(value, sign string) (n int) {
	for part := range strings.SplitSeq(value, sign) {
		if strings.TrimSpace(part) != "" {
			n++
		}
	}
	return n
}

// otherKeys numbers the distinct values of all match entries but m.
func otherKeys(tuples *tupler, m int) []uint32 {
	type pair struct {
		rest          uint32
		text, shorter string
	}
	rest := make([]uint32, tuples.count)
	for e, key := range tuples.keys {
		if e == m {
			continue
		}
		known := make(map[pair]uint32, len(rest))
		for t := range rest {
			p := pair{rest: rest[t], text: key[t]}
			if tuples.shorter[e] != nil {
				p.shorter = tuples.shorter[e][t]
			}
			number, ok := known[p]
			if !ok {
				number = uint32(len(known))
				known[p] = number
			}
			rest[t] = number
		}
	}
	return rest
}

// join makes the answers to the parts those to the tuples of leads, which it brings back. A
// tuple is not reached if one of its parts is not; it has the first problem of its parts, or
// else is ambiguous if one of them is. Of those that hit, the first gives the row, the least
// alike the score, and all of them the texts.
func (ps *parts) join(p *plan, tuples *tupler, found *answers.Batch) {
	*tuples, ps.whole = ps.whole, *tuples
	ps.asked = ps.whole.keys
	ps.rows, ps.found, ps.blame = ps.rows[:0], ps.found[:0], ps.blame[:0]
	for i := range found.Found {
		ps.rows = append(ps.rows, found.Found[i].Row)
	}
	for len(ps.cells) < len(found.Cells) {
		ps.cells = append(ps.cells, nil)
	}
	sign := p.lookup.Match[ps.entry].Split
	for o := range found.Cells {
		ps.cells[o] = append(ps.cells[o][:0], make([]string, tuples.count)...)
	}
	for t := range tuples.count {
		of := ps.of[ps.starts[t]:ps.starts[t+1]]
		f, blame := joinFound(found.Found, of)
		if n := ps.many[t]; n > 0 {
			f, blame = answers.Found{Row: -1, Other: -1}, -1
			f.Problem = fmt.Sprintf("%s has %d parts between %q, %d are the most", p.whose(ps.entry), n, sign, schema.MaxParts)
		}
		for o := range found.Cells {
			if f.Row < 0 || f.Ambiguous || f.Problem != "" {
				break
			}
			text, longer := ps.joined(found.Cells[o], of, sign)
			if longer != "" {
				out := &p.lookup.Outputs[o]
				f.Problem = fmt.Sprintf("%s: with %q the answers become longer than %d bytes", out.Source(), cut(longer, shown), maxJoined)
			}
			ps.cells[o][t] = text
		}
		ps.found, ps.blame = append(ps.found, f), append(ps.blame, blame)
	}
	found.Found, ps.found = ps.found, found.Found
	for o := range found.Cells {
		found.Cells[o], ps.cells[o] = ps.cells[o], found.Cells[o]
		clear(ps.cells[o]) // They keep the version that they are of.
	}
}

// joinFound is what the answers to some parts are together; blame is the part that is
// ambiguous, -1 for none. An alias has answered where no part has a row of its own; that the value
// is to be ignored it has said only where it says so of all parts.
func joinFound(all []answers.Found, of []uint32) (f answers.Found, blame int32) {
	f, blame = answers.Found{Row: -1, Other: -1}, -1
	ignored, none := len(of) > 0, 0 // whether all parts are, and the alias that says so of the first
	for _, i := range of {
		part := &all[i]
		switch {
		case part.Unreached:
			return answers.Found{Row: -1, Other: -1, Unreached: true}, -1
		case part.Row < 0 && part.Problem == "":
			ignored = ignored && part.Alias != 0
			if none == 0 {
				none = part.Alias
			}
			continue
		case f.Row < 0:
			f.Row, f.Score, f.Alias = part.Row, part.Score, part.Alias
		case part.Alias == 0:
			f.Alias = 0 // A row hit by itself.
		}
		f.Hits += part.Hits
		f.Score = min(f.Score, part.Score)
		if f.Problem == "" {
			f.Problem = part.Problem
		}
		if part.Ambiguous && blame < 0 {
			blame = int32(i)
		}
	}
	if blame >= 0 && f.Problem == "" {
		part := &all[blame]
		f.Ambiguous, f.Row, f.Other = true, part.Row, part.Other
	}
	if f.Row < 0 && f.Problem == "" && ignored {
		f.Alias = none
	}
	return f, blame
}

// joined is the texts of some parts, each once, in their order. What would write nothing by
// itself, an empty cell or the text null, is left out. longer is the text with which it would
// become too long.
func (ps *parts) joined(cells []string, of []uint32, sign string) (text, longer string) {
	one := -1
	for i, part := range of {
		if !isEmpty(cells[part]) {
			if one >= 0 {
				one = -1
				break
			}
			one = i
		}
	}
	if one >= 0 {
		return cells[of[one]], "" // no text is made
	}
	ps.text = ps.text[:0]
	for i, part := range of {
		cell := cells[part]
		if isEmpty(cell) || slices.ContainsFunc(of[:i], func(earlier uint32) bool { return cells[earlier] == cell }) {
			continue
		}
		if len(ps.text)+len(sign)+len(cell) > maxJoined {
			return "", cell
		}
		if len(ps.text) > 0 {
			ps.text = append(ps.text, sign...)
		}
		ps.text = append(ps.text, cell...)
	}
	return string(ps.text), ""
}

// whose says whose value a match entry has.
func (p *plan) whose(m int) string {
	if m == p.literal {
		return "the key value of the flow step"
	}
	if fields := p.lookup.Match[m].Fields(); len(fields) > 1 {
		return "the first of the lead's fields " + quotedList(fields, "and") + " that is not empty"
	}
	return fmt.Sprintf("the lead's field %q", p.lookup.Match[m].Field)
}

// none says that entry m of tuple t is split and has no part.
func (ps *parts) none(m, t int) bool { return m == ps.entry && ps.empty[t] }

// sought is the keys by which a message explains tuple t, and where they stand: of a split
// tuple that is ambiguous, those of the part that is; else those of the leads.
func (ws *Workspace) sought(t int) (keys [][]string, at int) {
	if ws.parts.entry >= 0 && ws.parts.blame[t] >= 0 {
		return ws.parts.asked, int(ws.parts.blame[t])
	}
	return ws.tuples.keys, t
}

// key is what the nearest row of a tuple without a hit is looked for by: of a split one, its
// first part.
func (ws *Workspace) key(t int) []string {
	keys := ws.tuples.keys
	if ps := &ws.parts; ps.entry >= 0 && ps.starts[t] < ps.starts[t+1] {
		keys, t = ps.asked, int(ps.of[ps.starts[t]])
	}
	key := make([]string, 0, len(keys))
	for _, values := range keys {
		key = append(key, values[t])
	}
	return key
}

// A TracePart is a part of a value that was taken apart.
type TracePart struct {
	Value string `json:"value"`
	Row   int    `json:"row,omitempty"` // that it hit, from 1; 0 for none
}

// traceParts tells what became of the parts of tuple t; nil where it is not split.
func (ws *Workspace) traceParts(t int) []TracePart {
	ps := &ws.parts
	if ps.entry < 0 || ps.empty[t] {
		return nil
	}
	var list []TracePart
	for _, i := range ps.of[ps.starts[t]:ps.starts[t+1]] {
		list = append(list, TracePart{ps.asked[ps.entry][i], int(ps.rows[i]) + 1})
	}
	return list
}
