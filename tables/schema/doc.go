// Package schema says what a table is and how it is used: names, columns, versions,
// lookups with their match modes and hit policies, and the values that go back to
// Marketo. It reads and writes nothing.
//
// Its nouns:
//
//   - A Version is the facts of one upload: columns, rows, when and by whom. The rows
//     themselves are elsewhere.
//   - A RowSource yields the Rows of a file that is taken in, with Warnings for what a
//     person should look at; an UploadError is why a file is refused.
//   - A Lookup says which columns are matched with which lead fields, in which Mode,
//     what several hits mean (HitPolicy, Aggregate) and which columns are written
//     where (Output, Type). Settle holds one that a person has set against a version; Guess
//     suggests one where nobody has.
//   - A label is what people call a table. NameOf makes a name of one, in letters that a name
//     may have; several labels may come to one name.
//   - A Notation is how numbers and dates of a column are written. Number and Date read its
//     cells, NumberOf and DateOf the values of leads that are held against them.
//   - AppendJSON makes the text of a cell the JSON value of a Type, as Marketo takes it.
//
// Texts of strangers go into messages through Excerpt, which shortens them.
package schema
