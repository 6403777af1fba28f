// Package spelling gives the keys under which a text is found however it is spelled.
//
// Its nouns:
//
//   - A Form is a way to write texts down so that spellings of a thing meet: Normalized,
//     Loose or Company.
//   - A letter says what a character of a normalized text is, its plain form and its pair.
//   - A splitter takes a normalized text apart into words.
//   - A name is the words of a company's name of which legal forms are cut off.
//
// The way of a text:
//
//	text ──column.Normalize──► characters ──splitter──► words ──name──► words that are left
//	                                                      │                  │   (Company)
//	                                                      └────────┬─────────┘
//	                                              letters: ü is u │ ue
//	                                                               ▼
//	                                                    one key or two
//
// A text without marks has one key. One with marks has a plain key, and a paired one where a
// mark is also written as a second letter. Two texts match where one of the keys of the one
// is equal to one of the keys of the other. That is not transitive: Zürich is Zurich and
// Zuerich, and Zurich is not Zuerich. So what is equal hangs under keys, not under classes.
// A text has at most two keys: all of its letters are written in the same way (Mueller
// Jager does not find Müller-Jäger).
//
// # Loose
//
// The clauses of the mode, each with its test:
//
//  1. What is equal under Normalized is equal under Loose; a text that is not UTF-8, or that
//     would become empty, stays as Normalized gives it
//     (TestATextThatWouldBecomeEmptyStaysNormalized, TestATextThatIsNotUTF8StaysNormalized).
//  2. A Latin or Greek letter with a mark is its plain letter, or its pair. ё is е; й stays.
//     Hebrew points and Arabic vowel signs go, hamza stays. Marks of other scripts stay: が
//     is not か (TestALetterWithAMarkMeetsItsPlainLetterAndItsPair).
//  3. Apostrophes and points after single letters vanish: O'Neil, U.S.A. The grave accent is
//     an apostrophe here. One between two digits stays
//     (TestApostrophesAndPointsOfAbbreviationsVanish).
//  4. Signs stay between two digits; - + . (also -. +.) before a digit at the start or behind
//     white space; # before a digit; + and # right behind a letter or a digit, and behind such
//     a one (TestSignsThatMeanSomethingStay).
//  5. & is the word and, also between digits; so is + between spaces (TestAndIsAWord).
//  6. All other signs, of punctuation, currencies, mathematics and pictures, are one space
//     (TestOtherSignsAreOneSpace).
//
// # Company
//
// Loose, and before marks are written in one way or the other:
//
//  7. Legal forms at the end go, the longest first, again and again, with an and before them;
//     et, und, og, och and en only before Co and its like. A form does not go over a comma,
//     and does not begin within a run of single letters
//     (TestALegalFormAtTheEndGoes, TestLegalFormsGoAgainAndAgain).
//  8. In front they go in these very letters only, white space or a quote behind them
//     (TestAFormInFrontGoesInTheseVeryLettersOnly).
//  9. A country in brackets before the form goes, and a leading The
//     (TestALeadingTheAndACountryBeforeTheFormGo).
//  10. Nothing goes of which would be left nothing, one letter, an article, or a word that
//     everybody reads as a form: The Limited (TestANameIsNeverCutDownToNothing). And nothing
//     that only looks like a form (TestWhatOnlyLooksLikeAFormStays,
//     TestShortWordsAreNoForms).
//  11. Runs of single letters join: U S A is USA (TestRunsOfSingleLettersJoin).
//
// Because of 8, names that are equal under Normalized need not be so under Company.
//
// The forms stand in forms.txt with the laws that name them, the countries in countries.txt
// (TestEveryLegalFormOfTheDataGoes, TestEveryCountryOfTheDataGoesBeforeAForm).
//
// # Where the rules come from
//
// Normal forms: Unicode's UAX #15 (NFKC) and the full case folding of UAX #44; what is a letter,
// a mark, a digit or a sign: the general categories of the Unicode Character Database, as
// x/text and package unicode have them. Letters that have no decomposition there, though they
// look like one with a mark, are those whose Unicode names are LATIN SMALL LETTER … WITH STROKE,
// BAR, HOOK and the like, ligatures, and letters of single languages (ı, ŋ, þ, ð, ə); what is
// written for them is the custom of passports (ICAO Doc 9303 part 3, table 6 A) where it names
// them, else the letter they are named after. Pairs: ä ö ü as ae oe ue is German use (the same
// table), å as aa and ø as oe Danish and Norwegian use before 1948 and in addresses. ё as е is
// Russian use in print.
//
// Caveats: the tables are made when the first text beyond ASCII, or the first company, comes, in
// a few milliseconds. A key is for comparing: it is not for people to read, and is not kept on
// disk over versions of the program without the version of Unicode.
package spelling
