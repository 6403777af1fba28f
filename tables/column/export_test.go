package column

// AppendSlowly is the way of a text beyond ASCII that the table of letters is held against.
func AppendSlowly(dst []byte, s string) []byte { return appendSlowly(dst, s) }
