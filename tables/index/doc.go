// Package index finds the rows of a table whose cells match the values of a batch of leads.
//
// Its nouns:
//
//   - A Part is one column of a key and the mode in which it is compared.
//   - An Index answers for a list of parts, all of which must hold, or a number of
//     them (BuildSome). It is immutable and serves any number of goroutines.
//   - A tuple is one key to look for: a value for each part. Tuples come in a
//     batch, each once, because the caller has codes for equal ones.
//   - Hits are the rows that match, tuple by tuple, with scores and ranks.
//   - An entry is a distinct cell of a column, in the form of its mode; a kernel
//     knows which entries match a value.
//
// The flow:
//
//	columns ──Build──► Index ──Probe(batch of tuples)──► Hits
//	                     │
//	   parts that are equal or not          the other parts
//	   hash: one hash table                 entries ◄── kernel, one for each mode
//	          └────────────── mixed: joins them ──────────────┘
//
// A key whose parts are all compared for equality is one hash table, unless cells of it
// mean anything: of rows (hash.go), or, in modes Loose and Company, in which a cell may have
// two keys, of rows and keys (keyed.go).
// Any other one is a mixed index: for each tuple it takes the part that leaves fewest rows
// and verifies the others row by row, or, where all leave many, ands bitmaps of rows. Parts
// of mode Loose and Company have a kernel there (spelt.go). Where n of m parts must hold
// (some.go), a row that hits is one of those of any m-n+1 parts: the rows of the parts that
// leave fewest are looked at, or the parts that hold are counted in bitmaps (some_count.go).
// A part of mode Range at now (valid.go) has a kernel of its own: its value is a moment, and its
// cells say when a row is valid.
// Each mode has its file with its kernel; specOf, in kernel.go, is where a new one is tied in.
//
// What is done for a batch is counted in units of work by a Meter against a Budget
// (budget.go). Every loop over entries, rows or places of a value spends; a kernel
// that is out of budget, or whose context has ended, stops within some milliseconds,
// in the middle of a value, and the tuples before have their hits:
//
//	Budget ──Start──► Meter ──Spend──► kernels      a piece of 32,768 units, then a
//	   ▲                 │                          look at budget and context, and a rest
//	   └──────Stop───────┘
//
// Beside the flow: CheckCell and CheckRange refuse a cell that a mode does not understand,
// with its place and the right spelling; HintOf tells what a cell that is a text may have
// been meant as; Unread names cells of older versions that are no longer understood; Anything
// knows the cells that mean anything; Duplicates, Covered and Overlaps find rows that stand
// in each other's way; Nearest explains a miss, and Nearly one of a key of which not all
// parts must hold.
//
// Caveats: rows are counted from 0. An empty cell matches nothing but an empty
// value, and that only where the Part says so; white space is empty but in mode
// Exact. Mode Condition has its own rule: an empty cell, as `-`, matches
// anything. All modes but Exact and Regex compare normal forms, Loose and Company those that
// go on from there (package spelling), as Fuzzy does where its Part says so. Parts of mode AtLeast or
// AtMost look only at the rows that all other parts leave, and of several indexes, each of
// other rows, only those with the closest limits count (CompareLimits).
package index
