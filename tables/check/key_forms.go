package check

import (
	"context"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Rows whose keys differ in normal form may be one in the modes loose and company: Zürich and
// Zurich, Acme and Acme, Inc. A lead with either finds both. What is said of them:
//
//   - Where the outputs are the same, or the policy means several rows to be there, it is
//     KEY_VARIANT: nothing but knowledge.
//   - Where the outputs differ and one row answers, it is DUPLICATE_KEY: leads get the first.
//   - Where the policy then gives neither of them, it is OVERLAP, as for equal keys.
//
// Two rows of which either is written without a mark (Zurich and Zuerich) are not one: only
// a lead with the mark finds both. Of them nothing is said.

// oneKey is two rows with keys that are one in a form. The earlier row may be of a group that
// is gone, so that its key is read again at the end.
type oneKey struct {
	row, other int // from 1
	key        string
	code, says string
}

// oneInForm notes two rows whose keys differ in normal form and are one in their modes.
func (k *keyLook) oneInForm(number, other int, chunks []*column.Chunk, row int) {
	code, says := schema.WarnKeyVariant, "a lead with either hits both, and their outputs are the same"
	differ := k.differ(number, other)
	switch {
	case k.policy == schema.PolicyUnique:
		code, says = schema.WarnOverlap, "hit policy unique gives a lead with either neither of them"
	case k.policy == schema.PolicyPriority, k.policy == schema.PolicyCollect, k.policy == schema.PolicyRotate:
		says = "a lead with either hits both"
	case k.policy == schema.PolicyAny && differ:
		code, says = schema.WarnOverlap, "hit policy any gives a lead with either neither of them, because their outputs differ"
	case differ:
		code, says = schema.WarnDuplicateKey, "a lead with either hits both and gets the outputs of the first, which differ"
	}
	if k.ones == nil {
		k.ones = map[string]int{}
	}
	if k.ones[code]++; k.ones[code] > maxWarningsPerCode {
		return // It is counted at the end.
	}
	k.one = append(k.one, oneKey{row: number, other: other, key: keyText(chunks, row), code: code, says: says})
}

// writeOne tells of the rows that oneInForm noted, each with both spellings.
func (k *keyLook) writeOne(ctx context.Context) error {
	if len(k.one) == 0 {
		return nil
	}
	rows, cells := make([]int32, len(k.one)), make([][]string, len(k.columns))
	for i, o := range k.one {
		rows[i] = int32(o.other - 1)
	}
	for c := range cells {
		cells[c] = make([]string, len(rows))
	}
	if err := new(scan.Picker).Gather(ctx, k.reader, k.columns, rows, cells); err != nil {
		return err
	}
	other := make([]string, len(k.columns))
	for i, o := range k.one {
		for c := range cells {
			other[c] = cells[c][i]
		}
		k.warnings.Add(o.row, k.where, o.code, "the key (%s) is one with that of row %d (%s) in mode %s%s: %s", o.key, o.other, quoted(other), k.modes(), k.whose, o.says)
	}
	for code, count := range k.ones {
		k.warnings.Skip(code, max(count-maxWarningsPerCode, 0))
	}
	return nil
}

// modes names the modes that make keys one.
func (k *keyLook) modes() string {
	var modes []string
	for _, mode := range schema.Forms() {
		if mode.Paired() && k.Has(mode) {
			modes = append(modes, string(mode))
		}
	}
	return strings.Join(modes, " and ")
}
