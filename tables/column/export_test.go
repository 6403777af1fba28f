package column

// AppendSlowly is the way of a text beyond ASCII that the table of letters is held against.
var AppendSlowly = appendSlowly
