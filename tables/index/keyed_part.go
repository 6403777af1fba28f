package index

import (
	"cmp"
	"hash/maphash"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

// FormOf is the form in which a mode compares texts, of those modes that name one. Mode
// exact has none: its texts are compared as they are.
func FormOf(m schema.Mode) (form spelling.Form, ok bool) {
	switch m {
	case schema.ModeNormalized:
		return spelling.Normalized, true
	case schema.ModeLoose:
		return spelling.Loose, true
	case schema.ModeCompany:
		return spelling.Company, true
	}
	return 0, false
}

// MaxDoubled is how many parts whose cells may have two keys are hashed by both: a row, or a
// tuple, has eight hashes at most.
const MaxDoubled = 3

// Doubled says which of the parts whose cells may have two keys are hashed by both: those with
// the most different cells. The rest is left to be compared. It reorders parts.
func Doubled(parts []int, distinct func(part int) int) (hashed, rest []int) {
	slices.SortStableFunc(parts, func(a, b int) int { return cmp.Compare(distinct(b), distinct(a)) })
	n := min(len(parts), MaxDoubled)
	return parts[:n:n], parts[n:]
}

// keyPart is one column of a keyed index. Of its cells it keeps those first keys that are
// more than the text with small ASCII letters, and all second keys. Where most cells of a
// chunk are such, it keeps the first keys of all: then one look into memory finds them.
type keyPart struct {
	cells
	form     spelling.Form
	spelt    bool            // cells may have two keys
	bit      uint8           // in masks; 0 where cells have one key, or are verified
	verified bool            // and not hashed
	whole    []*column.Chunk // the first keys of all values of a chunk; nil where forms has those that differ
	paired   []*forms        // the second keys of a chunk; nil where there are none
}

func keyPartOf(p Part) keyPart {
	part := keyPart{cells: cells{mode: p.Mode, matchEmpty: p.MatchEmpty, column: p.Cells}, spelt: p.Mode.Paired()}
	part.form, _ = FormOf(p.Mode)
	if part.spelt {
		part.forms, part.paired = make([]*forms, p.Cells.Chunks()), make([]*forms, p.Cells.Chunks())
		part.whole = make([]*column.Chunk, p.Cells.Chunks())
	}
	return part
}

// values is about how many different cells there are.
func (p *keyPart) values() (n int) {
	for at := range p.column.Chunks() {
		chunk, _ := p.column.Chunk(at)
		n += chunk.Values()
	}
	return n
}

func (p *keyPart) bytes() (n int64) {
	n = 8 * int64(len(p.whole))
	for _, c := range p.whole {
		if c != nil {
			n += c.Bytes()
		}
	}
	for _, list := range [...][]*forms{p.forms, p.paired} {
		n += 8 * int64(len(list))
		for _, f := range list {
			if f != nil {
				n += f.bytes()
			}
		}
	}
	return n
}

// keyHash are the hashes of the keys of one text.
type keyHash struct {
	first, second uint64
	two           bool // there is a second key
	empty         bool
}

// keys adds the keys of a text to dst. Where there is one only, second is the length.
func (p *keyPart) keys(dst []byte, text string) (_ []byte, second int) {
	switch p.mode {
	case schema.ModeExact:
		dst = append(dst, text...)
	case schema.ModeNormalized:
		dst = column.AppendNormalized(dst, text)
	default:
		return p.form.AppendKeys(dst, text)
	}
	return dst, len(dst)
}

// hashOf are the hashes of the keys in keys.
func hashOf(seed maphash.Seed, keys []byte, second int) keyHash {
	h := keyHash{first: maphash.Bytes(seed, keys[:second]), empty: second == 0}
	if second < len(keys) {
		h.second, h.two = maphash.Bytes(seed, keys[second:]), true
	}
	return h
}

// read sets dst to the hashes of every value of a chunk, and keeps the keys that have to be.
func (p *keyPart) read(seed maphash.Seed, at int, dst []keyHash, scratch []byte) ([]keyHash, []byte) {
	chunk, _ := p.column.Chunk(at)
	dst = dst[:0]
	if !p.spelt {
		hashes, scratch, f := p.hashes(seed, chunk, make([]hashed, 0, chunk.Values()), scratch)
		for _, h := range hashes {
			dst = append(dst, keyHash{first: h.hash, empty: h.empty})
		}
		if f != nil {
			if p.forms == nil {
				p.forms = make([]*forms, p.column.Chunks())
			}
			p.forms[at] = f
		}
		return dst, scratch
	}
	first, paired := formsKeeper{values: chunk.Values()}, formsKeeper{values: chunk.Values()}
	var all column.Cells
	differ := 0
	for v := range chunk.Values() {
		text := chunk.Value(v)
		var second int
		scratch, second = p.keys(scratch[:0], text)
		h := hashOf(seed, scratch, second)
		dst = append(dst, h)
		all.Append(string(scratch[:second]))
		if !equalFold(text, scratch[:second]) {
			first.keep(v, scratch[:second])
			differ++
		}
		if h.two {
			paired.keep(v, scratch[second:])
		}
	}
	p.paired[at] = paired.forms()
	if 2*differ > chunk.Values() {
		p.whole[at] = all.Chunk()
	} else {
		p.forms[at] = first.forms()
	}
	return dst, scratch
}

// keyOf is the first key of a cell; as is false where it is text with small ASCII letters, or,
// of parts that have one key only, in normal form.
func (p *keyPart) keyOf(row int) (text string, as bool) {
	at := p.column.ChunkOf(row)
	chunk, start := p.column.Chunk(at)
	v := chunk.Code(row - start)
	if p.spelt && p.whole[at] != nil {
		return p.whole[at].Value(v), true
	}
	if p.forms != nil {
		if form, ok := p.forms[at].kept(v); ok {
			return form, true
		}
	}
	return chunk.Value(v), p.mode == schema.ModeExact
}

// secondOf is the second key of a cell, "" where there is none.
func (p *keyPart) secondOf(row int) string {
	at := p.column.ChunkOf(row)
	if p.paired[at] == nil {
		return ""
	}
	chunk, start := p.column.Chunk(at)
	form, _ := p.paired[at].of(chunk.Code(row - start))
	return form
}

// has says that a key is the first or the second one of a cell.
func (p *keyPart) has(row int, key []byte, second bool) bool {
	if second {
		form := p.secondOf(row)
		return form != "" && form == string(key)
	}
	text, as := p.keyOf(row)
	return text == string(key) || !as && equalFold(text, key)
}

// appendKey adds the first or the second key of a cell.
func (p *keyPart) appendKey(dst []byte, row int, second bool) []byte {
	if second {
		return append(dst, p.secondOf(row)...)
	}
	text, as := p.keyOf(row)
	if as {
		return append(dst, text...)
	}
	if !p.spelt {
		dst, _ = p.keys(dst, text)
		return dst
	}
	for i := range len(text) { // Else the key would have been kept.
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// touch reads a byte of what has reads for the first key of a cell.
func (p *keyPart) touch(row int) uint64 {
	if text, _ := p.keyOf(row); text != "" {
		return uint64(text[0])
	}
	return 0
}

// kept is the kept form of a value, if there is one; f may be nil.
func (f *forms) kept(value int) (string, bool) {
	if f == nil {
		return "", false
	}
	return f.of(value)
}
