// Command mutate breaks the program on purpose, one line at a time, and looks whether
// a test says so.
//
//	go run ./bench/mutate [--only GROUP,…] [--changes N] [--seed N] [--jobs N]
//	                      [--timeout D] [--budget D] [--skip REGEXP] [--log FILE]
//	                      [--accepted FILE] [--out FILE] [--list] [--told]
//
// Its nouns:
//
//   - A Change is one small edit of one file: a condition that is turned round, a bound
//     that is moved, a return that is dropped. The tree is not touched: the go command
//     reads the changed file through an overlay.
//   - A Room is a package. A Group is what is named by --only: "engine" is that room,
//     "tables/...=8" is tables and all below it with eight changes a room. Changes are
//     counted by room and by group. A room that only tests import is left out.
//   - A Reach says which lines of a room are run by which test of a package. A change is
//     tried with those tests that run its line, the quick ones first; what runs no line
//     of it cannot notice it.
//   - A Board is a room with all its changes in it, each behind a switch that an
//     environment variable turns on. So tests are built once a room and package. What
//     cannot be switched (a constant, a return without which a function has no end) is
//     built and tried by itself.
//   - An Outcome is what the tests made of a change: Found, Survived, or NoProgram where
//     it does not compile; those of the last kind are replaced by others.
//   - A Log keeps the outcomes, so that a run that was ended goes on, and so that after
//     a new test only the survivors are tried again.
//
// The way of a change:
//
//	files of a room ──find──► candidates ──shuffle by seed──► change ──board──► tests of its reach ──► outcome
//
// First the tests of the room itself run, then, if they say nothing, those of the rooms
// of its quarter (engine, tables, api, …) that import it directly. A test that fails
// without any change is left out, and a failure counts when it comes twice, so that a
// busy machine finds nothing. The slowest tests are left out where all would take longer
// than --budget: a survivor may be found by one of those, or by a room of another quarter.
//
// A survivor is a promise without a test, or a change that changes nothing that anybody
// can see. One of the second sort is named with its reason in the file of accepted
// survivors (a line: FILE: OLD => NEW -- reason), which the report repeats. The same seed
// takes the same changes as long as the files are the same.
//
// # How to read it
//
// A group should find at least 85 of 100 of its changes. The figure says nothing of the
// tests' worth beyond that: a test that only runs a line does not find what was done to
// it, but one that repeats the line does.
package main
