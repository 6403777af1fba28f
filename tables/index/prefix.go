package index

// newPrefix makes the kernel of mode Prefix: the normal form of the cell is the
// start of that of the value. So "new " is the start of "Newark"; a cell cannot
// ask for a space at its end.
func newPrefix(entries *texts, _ Part, m *Meter) (kernel, error) {
	return affix{newAffixes(entries, false, false, m)}, nil
}
