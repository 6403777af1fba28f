// Package typos counts the typing errors between two texts.
//
// Its nouns:
//
//   - A Counter gives the exact number, and stops early beyond a limit.
//   - Masks give a number that is never too small, many times faster, for short texts;
//     what they find too far away, a Counter need not look at.
//
// Both are working memory that is used again, and count characters, not bytes. Who wants
// case and look-alike spaces to count for nothing compares normal forms.
package typos
