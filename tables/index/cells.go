package index

import (
	"hash/maphash"
	"math/bits"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// cells is one column of a hash index: its texts, and for mode Normalized what
// is needed to compare a cell with a normal value without normalising the cell
// each time. Most cells are their own normal form but for the case of ASCII
// letters, which comparing sees through; only the normal forms of the others are
// kept.
type cells struct {
	mode       schema.Mode
	matchEmpty bool
	column     *column.Strings
	forms      []*forms // of a chunk; nil where no value needs one
}

// forms are the normal forms of those values of a chunk that differ from theirs
// by more than the case of ASCII letters.
type forms struct {
	set   []uint64 // bit v: value v has a form
	ranks []uint16 // forms before the word of set
	text  *column.Chunk
}

// of is the kept form of a value.
func (f *forms) of(value int) (string, bool) {
	word, bit := value>>6, uint64(1)<<(value&63)
	if f.set[word]&bit == 0 {
		return "", false
	}
	return f.text.Value(int(f.ranks[word]) + bits.OnesCount64(f.set[word]&(bit-1))), true
}

func (f *forms) bytes() int64 {
	return 8*int64(len(f.set)) + 2*int64(len(f.ranks)) + f.text.Bytes() + 64
}

// hashes sets dst to the hash of every value of a chunk, with the empty flag for
// a value that is empty, and finds the chunk's forms.
func (c *cells) hashes(seed maphash.Seed, chunk *column.Chunk, dst []hashed, scratch []byte) ([]hashed, []byte, *forms) {
	dst = dst[:0]
	if c.mode == schema.ModeExact {
		for v := range chunk.Values() {
			text := chunk.Value(v)
			dst = append(dst, hashed{maphash.String(seed, text), text == ""})
		}
		return dst, scratch, nil
	}
	keeper := formsKeeper{values: chunk.Values()}
	for v := range chunk.Values() {
		text := chunk.Value(v)
		var is bool
		if scratch, is = column.AppendUnlessNormal(scratch[:0], text); is {
			dst = append(dst, hashed{maphash.String(seed, text), text == ""})
			continue
		}
		dst = append(dst, hashed{maphash.Bytes(seed, scratch), len(scratch) == 0})
		if !equalFold(text, scratch) {
			keeper.keep(v, scratch)
		}
	}
	return dst, scratch, keeper.forms()
}

// formsKeeper gathers the forms of a chunk; without one kept there are none.
type formsKeeper struct {
	values int // of the chunk
	f      *forms
	texts  column.Cells
}

// keep keeps the form of a value. Values come in ascending order.
func (k *formsKeeper) keep(value int, form []byte) {
	if k.f == nil {
		k.f = &forms{set: make([]uint64, (k.values+63)/64)}
	}
	k.f.set[value>>6] |= 1 << (value & 63)
	k.texts.Append(string(form))
}

func (k *formsKeeper) forms() *forms {
	if k.f == nil {
		return nil
	}
	k.f.text = k.texts.Chunk()
	k.f.ranks = make([]uint16, len(k.f.set))
	rank := 0
	for word, set := range k.f.set {
		k.f.ranks[word] = uint16(rank)
		rank += bits.OnesCount64(set)
	}
	return k.f
}

// equal says that the cell of a row matches a value, which for mode Normalized
// is in normal form.
func (c *cells) equal(row int, value string) bool {
	at := c.column.ChunkOf(row)
	chunk, start := c.column.Chunk(at)
	v := chunk.Code(row - start)
	if c.forms != nil && c.forms[at] != nil {
		if form, ok := c.forms[at].of(v); ok {
			return form == value
		}
	}
	text := chunk.Value(v)
	return text == value || c.mode == schema.ModeNormalized && equalFold(text, value)
}

// normal is the text of a row as equal compares it, in scratch where it is not
// at hand.
func (c *cells) normal(row int, scratch []byte) (text string, _ []byte) {
	at := c.column.ChunkOf(row)
	chunk, start := c.column.Chunk(at)
	v := chunk.Code(row - start)
	if c.forms != nil && c.forms[at] != nil {
		if form, ok := c.forms[at].of(v); ok {
			return form, scratch
		}
	}
	text = chunk.Value(v)
	is := c.mode == schema.ModeExact
	if !is {
		scratch, is = column.AppendUnlessNormal(scratch[:0], text)
	}
	if is {
		return text, scratch
	}
	return string(scratch), scratch
}

// equalFold says that a text equals a normal one but for capital ASCII letters.
func equalFold[N string | []byte](text string, normal N) bool {
	if len(text) != len(normal) {
		return false
	}
	for i := 0; i < len(text); i++ {
		a := text[i]
		if a >= 'A' && a <= 'Z' {
			a += 'a' - 'A'
		}
		if a != normal[i] {
			return false
		}
	}
	return true
}

// hashed is the hash of one value.
type hashed struct {
	hash  uint64
	empty bool
}
