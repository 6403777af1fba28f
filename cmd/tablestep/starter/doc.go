// Package starter holds the tables that ship with the program: reference data that most
// people would otherwise collect by hand, each with a lookup that is ready to be used.
//
// Its nouns:
//
//   - A Table is one of them: rows, the lookup that it is added with, and examples of what
//     that lookup writes. What it is for, where its facts come from and under which licence
//     they are stands in sources.json, the texts of the licences in NOTICES.md.
//   - A Sheet is rows under columns, as texts; cells are compared byte for byte.
//   - A Merge joins what people made of a table with a newer base.
//
// Where the files of a table stand:
//
//	tables/NAME.csv.gz                      rows that a test generates
//	tables/NAME.lookup.json, .examples.json its lookup, its examples
//	testdata/tables/NAME.*                  likewise, where the file is not here: a sample
//	                                        table that the demo shows is a starter table, too
//
// What is generated is written by, and compared at every run of the tests with,
//
//	go test ./cmd/tablestep/starter -run Generated -update
//
// Caveats: countries hold the names of CLDR 32, which golang.org/x/text carries, and the
// aliases of country-codes. A name of two countries has a row for each, and the column shared
// names the others; the policy is any, so such a name fails with LOOKUP_AMBIGUOUS instead of
// choosing one; so the codes AO and BI, which are Austria and Belgium in Vietnamese, wait until a
// person takes out the row that is not wanted. The codes AF, AS, GA, LA, ME, NA and SA are no names, because a form that
// says NA or SA rarely means Namibia or Saudi Arabia. Kosovo has XK, which ISO has not
// given, and no code of three letters. The offsets of time-zones are those of January and July
// of the year that the generator names. A merge knows rows by the columns that the lookup as
// shipped matches; a row whose key a person changes is one taken out and one added. The order of
// rows is the newer base's, also where people sorted them otherwise.
package starter
