// Package strict reads the JSON of a request into a shape, and says where it does not fit.
//
//	text ──► encoding/json, strictly ──► the value
//	                 └── refused ──► walk along text and shape ──► Mistake: line, column, caret, way out
//
// Its nouns:
//
//   - A shape is a pointer to a Go value, whose json tags name its keys.
//   - A Mistake is the first place at which the text is no JSON, has a key that the shape
//     has not, or a value of another kind.
//
// What is wrong only for who knows more than the shape (a mode that is none, a column that
// the table has not) is given its place by Place.
//
// The text is looked at a second time only where it was refused, so what is right costs no
// more than encoding/json takes. A mark U+FEFF at the beginning, which some editors write,
// is not counted as text. Lines and columns are from 1, columns in characters.
package strict
