// Command mutate breaks the program on purpose, one line at a time, and looks whether
// a test says so.
//
//	go run ./bench/mutate [--only PREFIX,…] [--changes N] [--seed N] [--jobs N]
//	                      [--timeout D] [--accepted FILE] [--out FILE] [--list]
//
// Its nouns:
//
//   - A Change is one small edit of one file: a condition that is turned round, a bound
//     that is moved, a return that is dropped. The tree is not touched: the go command
//     reads the changed file through an overlay.
//   - A Room is a package whose changes are counted together.
//   - An Outcome is what the tests made of a change: Found, Survived, or NoProgram where
//     it does not compile; those of the last kind are replaced by others.
//
// The way of a change:
//
//	files of a room ──find──► candidates ──shuffle by seed──► change ──overlay──► go test ──► outcome
//
// First the tests of the room itself run, then, if they say nothing, those of the rooms
// that import it directly. A survivor is a promise without a test, or a change that
// changes nothing that anybody can see. One of the second sort is named with its reason
// in the file of accepted survivors (a line: FILE: OLD => NEW -- reason), which the
// report repeats. The same seed takes the same changes as long as the files are the same.
//
// # How to read it
//
// A room should find at least 85 of 100 of its changes. The figure says nothing of the
// tests' worth beyond that: a test that only runs a line does not find what was done to
// it, but one that repeats the line does.
package main
