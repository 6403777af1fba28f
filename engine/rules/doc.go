// Package rules compiles rule sets that marketing people write and runs them over
// whole batches of leads.
//
// Its nouns:
//
//   - A RuleSet is ordered rules as their author wrote them, in YAML or JSON; an
//     Expression of it remembers its place in the source.
//   - A Problem is one mistake with rule, line, column and a caret under the place.
//   - A Program is a compiled rule set: immutable, for any number of goroutines, to
//     be kept as long as anybody likes. It knows its Fields, its Tables and its
//     Targets, so that the engine takes only those out of a request.
//   - A Batch is leads as columns (column.Vector), lent by reference; Results are
//     what was written, as columns again, with the rules that Fired and a Failure
//     for each lead that failed.
//   - The language is two tables: operations (operator.go) and functions
//     (function_*.go). Operators and Functions tell them to people.
//   - A unit is a part of an expression that is evaluated at once; a plan puts units
//     together for a batch.
//   - A Trace is how the rules came to their result for one lead; a Cost is the work
//     that they take.
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
// Files are named by their part of the way: parse_ reads a source, compile_ checks it,
// plan_ says how a condition is evaluated, run_ does it for a batch; function_ and
// operator_ are the language, kernel_ what is made of it, value_ what it works on.
//
// # The tables of the language
//
// An entry of the table of operations has its names, what may stand on its sides,
// the static type of what comes out, what nil makes of it, the operator on two
// values, short cuts for two plain texts or whole numbers, and what it does, with
// examples. An entry of the table of functions has its signature, the kinds of its
// arguments, the type of its result, what it makes of nil, the function itself and
// the same words for people. From these the checker refuses what is wrong, kernels
// and tests on columns are made, and RULES.md is written; whoever adds an operator or
// a function adds an entry and nothing else.
//
// # How expressions are evaluated
//
// A condition is taken apart at and, or, not and ?: where its parts read different
// fields; each part is a unit and sees only the rows for which it matters. A unit
// that reads one field is evaluated once for each distinct value of that field, one
// that reads several once for each distinct tuple where that pays. There are two
// ways to evaluate a unit:
//
//   - A kernel (kernel*.go) is closures, one for each node of the tree, over values.
//     It can do everything. A call that is written more than once and reads one field
//     is worked out once a distinct value for the whole rule set.
//   - A test on a column (plan_direct.go) decides a condition on one field by the column's
//     own values, by the short cuts of the table: a field compared with a literal,
//     in, contains, lower(x) and their combinations. What is not the common case it
//     leaves pending, and the kernel decides.
//
// A lookup is one question to a table for all leads of a batch that come to it. An evaluation
// that comes to a lookup whose answer is not known notes the question and stops; once the rows
// of the unit have been gone through, the table is asked all questions together, and the rows
// that wait are evaluated again (run_ask.go). A lead gets what it gets alone, and its work is
// counted once.
//
// Both are held against an oracle in the tests, which works expressions out node by
// node and leaves each operation to expr's own VM, but where the list of differences
// says otherwise.
//
// # What expressions mean
//
// The language is that of github.com/expr-lang/expr, whose parser reads it; its VM
// and its optimizer have no part in a run. Where expr gives a result, so does this
// package, and the same one, but for the differences that RULES.md lists; that list
// is data of the tests. What expr leaves an error is given a meaning where leads need
// one:
//
//   - A field that is absent is nil. nil is never an error by itself: <, <=, > and
//     >= with nil are false, arithmetic with nil gives nil, nil is false as a
//     condition, "a" + nil is "a", and every text function reads nil as "".
//   - A text beside a number in <, <=, >, >=, +, -, *, / and % is read as a number the
//     way number(x) reads it: "120" > 100 is true. A text that is no number fails
//     the lead there, so that "n/a" is not taken for small; number(x) gives nil for
//     it, and with that false. A blank text beside a number counts as nil, because
//     that is how a form sends a field that nobody filled in.
//   - + joins instead where a text is written out beside it that is no number, or is
//     joined with one: "Score: " + 5 is a text. That is decided while compiling.
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
//   - Numbers without a fraction that fit 64 bits are integers, others are floats, also
//     where a sum, a difference or a product of integers runs over.
//
// Not part of the language are methods, bytes, from:to, ranges beyond the limit of
// lists, expr's own functions but those with a predicate, and $env.
//
// A value that is nil is not written; clear() empties a field. Expressions see the
// lead as it came, not what rules before them wrote.
//
// # What is told while compiling
//
// A text is parsed by expr's parser; where it fails, the text is looked through for the
// slips of people who come from elsewhere (compile_slips*.go), and none of the parser's own
// messages is passed on. The checker then follows types, dates, and rows of tables through
// the tree, and tries what is written out in calls. What would fail every lead that gets
// there is a Problem; with Options.Stored, for a rule set that was saved before, it is a
// warning, so that a newer release stops no rule set that runs.
//
// # Work
//
// What rules take is counted in units of work and not timed, so that the same rule
// set is refused or not, and the same leads are reached or not, however busy the
// machine is; see Second. An expression that takes more than SlowAfter a lead is
// refused by CheckCost, an evaluation ends beyond Limits.Effort, and a batch that
// runs into Limits.Work fails the leads that were not reached.
//
// # Caveats
//
// Rules are written by anyone and must not harm the service: an expression is
// bounded in length and nesting before a parser sees it, and texts and lists that it
// makes are capped. An error or a panic fails one lead, whose writes are all
// withdrawn. Places in a source are found by an index and not by walking its lines,
// because a program writes a whole rule set on one. Time zones need the zone database
// of the system or time/tzdata.
package rules
