package index

// newSuffix makes the kernel of mode Suffix: the normal form of the cell is the
// end of that of the value.
func newSuffix(entries *texts, _ Part, m *Meter) (kernel, error) {
	return affix{newAffixes(entries, true, false, m)}, nil
}
