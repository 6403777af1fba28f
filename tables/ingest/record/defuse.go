package record

// Defuse makes a text safe for programs that take a cell beginning with one of
// = + - @ TAB CR for a formula, or the text #N/A for an error: an apostrophe goes
// before it. One goes before cells as well that already look like that, so that
// Undefuse can tell them apart: Undefuse(Defuse(s)) is s for every s.
func Defuse(s string) string {
	if Dangerous(s) {
		return "'" + s
	}
	return s
}

// Undefuse takes away the apostrophe that Defuse put before a text.
func Undefuse(s string) string {
	if s != "" && s[0] == '\'' && Dangerous(s) {
		return s[1:]
	}
	return s
}

// Dangerous tells whether the first character that is no apostrophe begins a
// formula, or the text of an error, which a reader would take for one.
func Dangerous(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '\'':
			continue
		case '=', '+', '-', '@', '\t', '\r':
			return true
		case '#', 'E', 'F':
			return ErrorText(s[i:])
		}
		return false
	}
	return false
}
