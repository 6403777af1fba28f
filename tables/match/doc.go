// Package match holds a lookup's match entries against the columns of a version: which
// cells a value is compared with, what that takes, and which rows have the same key.
//
// Its nouns:
//
//   - A Key is the match entries of one lookup with their columns found in one version;
//     a Part is one entry. From it an index is made (package index), and its Cost is what
//     that index takes in memory, known before it is made.
//   - A Hasher gives rows hashes of some of their cells, and Numbers remembers which row
//     had a hash first: so rows with the same key are found in one walk. In the modes loose
//     and company a cell may have two keys, and a row more than one hash.
//
// The way of a row that is held against others:
//
//	chunks ──Hasher──► one hash a row, or several ──Numbers──► the first row with it
//
// Caveats: hashes have 64 bits and a random seed for each Hasher. They tell rows apart
// where rows are counted or warned of, and are never the reason for an answer.
package match
