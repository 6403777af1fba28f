// Package charset tells in which character set a text is written that is not UTF-8.
//
// Its nouns:
//
//   - A candidate is a character set that is tried, and the languages that people write
//     in it. What a single byte means stands in a table; characters of two bytes are cut
//     by the rules of their set.
//   - A language knows how often its letters beyond ASCII follow each other and its plain
//     letters. That is counted in words.txt when the first text is judged; no generated
//     file stands between the words and the answer, and whoever adds a language adds words.
//   - A tally is how often two bytes stand side by side in the text. Sets of single bytes
//     are judged by it alone, so that a long text costs what a short one does.
//
// The way of a text:
//
//	bytes ──► tally ──► each single-byte set × its languages ──┐
//	  └─────► characters of two bytes of each East Asian set ──┴──► the likeliest reading
//
// A reading is worth the logarithm of its probability: of each letter beyond ASCII after
// what stands before it, and of what follows it. Letters that the language lacks, signs
// within words, capitals behind small letters and bytes without a meaning make a reading
// unlikely. To this comes how often the set is met at all: windows-1252 is what a few
// letters are read as, and other sets need evidence.
//
// ISO-2022-JP is all ASCII with escapes and is told by its form. What is not read, because
// golang.org/x/text has no decoder: Mac Central European, cp737, cp775 and cp857.
package charset
