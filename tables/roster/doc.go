// Package roster reads how the rows of a table take turns: by which name each is known over
// versions, its weight, its cap, and the days on which it is away.
//
// Its nouns:
//
//   - Columns are those that a lookup of hit policy rotate names, found in a version.
//   - A Row is what the cells of one row say.
//   - A Roster is all rows of a version, in their order.
//   - A Problem is a cell that says nothing that could be used.
//
// The cells:
//
//	name    any text, white space around it left out; no two rows may have the same
//	weight  a whole number from 0 to MaxWeight; empty is 1, and 0 takes the row out
//	cap     a whole number from 0 to MaxCap; empty is no cap, and 0 is always full
//	away    spans of days as in mode range, several with a semicolon between them
//
// Numbers and dates are read as their columns are written. A row with a cell that cannot be
// used is out: nobody knows how often it would get its turn. Such cells keep an upload from
// going live and a lookup from being set, so only versions that are older than the lookup
// have them.
package roster
