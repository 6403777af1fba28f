package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A keyLook goes through the rows of a version for one keyCheck, and tells of those that
// cannot be found by their key, or not by it alone.
type keyLook struct {
	keyCheck
	version  *schema.Version
	reader   scan.Reader
	warnings Warnings
	columns  []int
	where    string // the names of the columns
	whose    string // the lookup, as messages have it
	alike    int    // rows without a key of their own

	hasher  *match.Hasher
	seen    *match.Numbers
	normal  *match.Hasher  // of keys with parts of mode exact: all parts in normal form
	forms   *match.Numbers // who had it first
	plain   *match.Hasher  // of keys in a form: the parts in a form in normal form
	plains  []uint64       // of all rows so far
	outputs *match.Hasher
	sums    []uint64       // of the outputs of all rows so far
	one     []oneKey       // to be written when the rows have been read
	ones    map[string]int // how many there were, by their code
}

func newKeyLook(k keyCheck, v *schema.Version, r scan.Reader) *keyLook {
	l := &keyLook{keyCheck: k, version: v, reader: r, columns: k.Columns()}
	l.where = v.NamesOf(l.columns)
	if k.Lookup != "" {
		l.whose = fmt.Sprintf(" in lookup %q", k.Lookup)
	}
	return l
}

// look looks at all rows.
func (k *keyLook) look() look {
	rows := int64(k.version.Rows)
	memory := match.NumbersBytes(k.version.Rows)
	if k.Has(schema.ModeExact) {
		memory *= 2
	}
	if k.Formed() {
		memory += match.NumbersBytes(k.version.Rows)/2 + 8*rows // Some rows have two keys.
	}
	if k.compared() {
		memory += 8 * rows
	}
	task := scan.Task{Columns: slices.Concat(k.columns, k.keyCheck.outputs), Take: k.take}
	return look{task: task, memory: memory, warnings: &k.warnings, end: k.end}
}

// compared says that it matters what rows with one key put out.
func (k *keyLook) compared() bool { return k.policy == schema.PolicyAny || k.Formed() }

// begin is not done before the rows come: another pass may come first.
func (k *keyLook) begin() {
	k.hasher, k.seen = match.NewHasher(), match.NewNumbers(k.version.Rows)
	if k.Has(schema.ModeExact) {
		k.normal, k.forms = match.NewHasher(), match.NewNumbers(k.version.Rows)
	}
	if k.Formed() {
		k.plain = match.NewHasher()
	}
	if k.compared() {
		k.outputs = match.NewHasher()
	}
}

// take looks at the rows of a group.
func (k *keyLook) take(first int, chunks []*column.Chunk) error {
	if k.hasher == nil {
		k.begin()
	}
	shown := chunks[len(k.Parts):]
	chunks = chunks[:len(k.Parts)]
	k.hash(k.hasher, chunks, func(p match.Part) schema.Mode { return p.Mode })
	if k.normal != nil {
		k.hash(k.normal, chunks, func(match.Part) schema.Mode { return schema.ModeNormalized })
	}
	if k.plain != nil {
		k.hash(k.plain, chunks, func(p match.Part) schema.Mode {
			if p.Mode == schema.ModeExact {
				return p.Mode
			}
			return schema.ModeNormalized
		})
		k.plains = append(k.plains, k.plain.Sums()...)
	}
	if k.outputs != nil {
		k.outputs.Start(chunks[0].Len())
		for _, chunk := range shown {
			k.outputs.Add(schema.ModeExact, true, chunk)
		}
		k.sums = append(k.sums, k.outputs.Sums()...)
	}
	blank, further := k.hasher.Blank(), k.hasher.Further()
	for row, sum := range k.hasher.Sums() {
		number := first + row + 1
		others := further
		for len(further) > 0 && further[0].Row == row {
			further = further[1:]
		}
		if blank[row] {
			k.alike++
			k.warnings.Add(number, k.where, schema.WarnEmptyKey, "no key%s: no lead can match this row", k.whose)
			continue
		}
		if other, again := k.earlier(number, sum, others[:len(others)-len(further)]); again {
			k.alike++
			k.same(number, other, chunks, row)
			continue
		}
		if k.normal == nil {
			continue
		}
		if other, again := k.forms.First(k.normal.Sums()[row], number); again {
			if k.warnings.Wants(schema.WarnKeyVariant) {
				k.warnings.Add(number, k.where, schema.WarnKeyVariant, "the key (%s) differs from that of row %d only by case, spaces, invisible characters or the kind of a dash, quote or apostrophe, which mode exact%s tells apart", keyText(chunks, row), other, k.whose)
			} else {
				k.warnings.Skip(schema.WarnKeyVariant, 1)
			}
		}
	}
	return nil
}

func (k *keyLook) hash(h *match.Hasher, chunks []*column.Chunk, mode func(match.Part) schema.Mode) {
	h.Start(chunks[0].Len())
	for i, chunk := range chunks {
		h.Add(mode(k.Parts[i]), k.Parts[i].MatchEmpty, chunk)
	}
}

// earlier is the first row that has a key of a row; of those that are first for several of its
// keys, it is one with other outputs, if there is one.
func (k *keyLook) earlier(number int, sum uint64, further []match.Further) (other int, again bool) {
	other, again = k.seen.First(sum, number)
	for _, f := range further {
		row, found := k.seen.First(f.Sum, number)
		if !found || row == number {
			continue
		}
		if !again || k.differ(row, number) && !k.differ(other, number) || k.differ(row, number) == k.differ(other, number) && row < other {
			other, again = row, true
		}
	}
	return other, again
}

// differ says that two rows have other outputs.
func (k *keyLook) differ(row, other int) bool { return k.sums[row-1] != k.sums[other-1] }

// same tells of a row of a group that has the key of an earlier one.
func (k *keyLook) same(number, other int, chunks []*column.Chunk, row int) {
	switch {
	case k.plain != nil && k.plains[number-1] != k.plains[other-1]:
		k.oneInForm(number, other, chunks, row)
	case k.policy == schema.PolicyAny && !k.differ(number, other):
	default:
		k.duplicate(number, other, chunks, row)
	}
}

// duplicate warns of two rows with the same key, unless the policy means them to be there.
func (k *keyLook) duplicate(number, other int, chunks []*column.Chunk, row int) {
	code, says := schema.WarnDuplicateKey, "a lead that wants one row gets the first"
	switch k.policy {
	case schema.PolicyUnique:
		code, says = schema.WarnOverlap, "hit policy unique gives a lead with it neither of them"
	case schema.PolicyAny:
		code, says = schema.WarnOverlap, "hit policy any gives a lead with it neither of them, because their outputs differ"
	case schema.PolicyPriority, schema.PolicyCollect, schema.PolicyRotate:
		return
	}
	if !k.warnings.Wants(code) {
		k.warnings.Skip(code, 1)
		return
	}
	k.warnings.Add(number, k.where, code, "the same key%s as row %d (%s): %s", k.whose, other, keyText(chunks, row), says)
}

// end writes what could not be written while the rows went by.
func (k *keyLook) end(ctx context.Context) error {
	if k.counted && k.alike == 0 {
		k.version.Columns[k.columns[0]].Distinct = k.version.Rows // what the description says of many is an estimate
	}
	return k.writeOne(ctx)
}

// keyText shows the key of a row of a group.
func keyText(chunks []*column.Chunk, row int) string {
	texts := make([]string, len(chunks))
	for i, chunk := range chunks {
		texts[i] = chunk.At(row)
	}
	return quoted(texts)
}

// quoted shows the cells of a key.
func quoted(cells []string) string {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = fmt.Sprintf("%q", schema.Excerpt(cell))
	}
	return strings.Join(texts, ", ")
}
