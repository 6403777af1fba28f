// Package rules compiles rule sets that marketing people write and runs them over
// whole batches of leads.
//
// Its nouns:
//
//   - A RuleSet is ordered rules as their author wrote them, in YAML or JSON; an
//     Expression of it remembers its place in the source.
//   - A Problem is one mistake with rule, line, column and a caret under the place.
//   - A Program is a compiled rule set: immutable, for any number of goroutines. It
//     knows its Fields, its Tables and its Targets, so that the engine takes only
//     those out of a request.
//   - A Batch is leads as columns (column.Vector), lent by reference; Results are
//     what was written, as columns again, with the rules that Fired and a Failure
//     for each lead that failed.
//   - A unit is a part of an expression that is evaluated at once, by a kernel or
//     by expr's VM; a plan puts units together for a batch.
//   - A Trace is how the rules came to their result for one lead; a Cost is what
//     they take.
//
// The way of a rule set, and of a batch through it:
//
//	bytes ──Parse──► RuleSet ──Compile──► Program ──RunTests, CheckCost──► published
//	                             │ guard, parse, check, plan
//	                             ▼
//	Batch ──► condition: units over the rows that are left ──► rows that it holds for ──► writes ──► Results
//	                             │                                    │
//	              once a distinct value or tuple            hit policy first: they are done
//
// # How expressions are evaluated
//
// A condition is taken apart at and, or, not and ?: where its parts read different
// fields; each part is a unit and sees only the rows for which it matters. A unit
// that reads one field is evaluated once for each distinct value of that field, one
// that reads several once for each distinct tuple where that pays. What a column
// can tell by itself (a field compared with a literal, in, contains, lower(x) and
// their combinations) is decided on the column's own values; other units run in
// kernels made of closures; mappings and searches from the end of a list run on
// expr's VM, reused, with an environment of which only what changed is set. A call
// that is written more than once and reads one field is worked out once a distinct
// value for the whole rule set.
//
// # What expressions mean
//
// The language is that of github.com/expr-lang/expr, without its optimizer. Where
// expr gives a result, so does this package, and the same one; a test compares
// both. What expr leaves an error is given a meaning where leads need one:
//
//   - A field that is absent is nil. nil is never an error by itself: <, <=, > and
//     >= with nil are false, arithmetic with nil gives nil, nil is false as a
//     condition, "a" + nil is "a", and every text function reads nil as "".
//   - A text beside a number in <, <=, >, >=, -, *, / and % is read as a number the
//     way number(x) reads it: "120" > 100 is true. A text that is no number fails
//     the lead there, so that "n/a" is not taken for small; number(x) gives nil for
//     it, and with that false. A blank text beside a number counts as nil, because
//     that is how a form sends a field that nobody filled in.
//   - == and in are as in expr: a text is never equal to a number, "120" == 120 is
//     false. A field that is compared so with a number is a warning of Compile:
//     write number(lead.x) == 120.
//   - "true" and "false" are read as conditions; any other text fails the lead.
//     Both sides of and and or are conditions, also the last one, which expr hands
//     on unread.
//   - contains, startsWith, endsWith, matches and the text functions read numbers as
//     decimals.
//   - A dot or an index on nil gives nil, and so does an element that a list does
//     not have. A column that a table does not have fails the lead.
//   - Numbers without a fraction that fit 64 bits are integers, others are floats.
//
// Not part of the language are methods, bytes, from:to, ranges beyond the limit of
// lists, expr's own functions but those with a predicate (all, any, none, one,
// filter, map, find…, count, sum), and $env. See Functions for the others.
//
// A value that is nil is not written; clear() empties a field. Expressions see the
// lead as it came, not what rules before them wrote.
//
// # Caveats
//
// Rules are written by anyone and must not harm the service: an expression is
// bounded in length and nesting before a parser sees it, texts and lists that it
// makes are capped, and what one evaluation does is counted and ended beyond
// Limits.Effort. A batch that runs into Limits.Milliseconds fails the leads that
// were not reached. An error or a panic fails one lead, whose writes are all
// withdrawn. Time zones need the zone database of the system or time/tzdata.
package rules
