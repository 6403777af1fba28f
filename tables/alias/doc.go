// Package alias holds the aliases of a lookup against one version of its table.
//
// An alias (schema.Alias) says what is meant by values of leads that the lookup has no row for: a row, which
// it names by cells and never by a number, or that they are known to have none. Two nouns make an answer of it:
//
//   - A Search finds the rows that the aliases name, in one walk over the columns that they name rows by. It
//     compares cells as they are, to the byte. An alias whose row is not there, or there several times, is lost
//     in that version, and says why.
//   - A Book is asked for the values of a lead: it compares them as the lookup's match entries do where they
//     compare texts (exactly, normalized, loose, company), and normalized where they measure or look for parts.
//
// The flow:
//
//	Aliases, version ──Search──► Rows ──Book──► Find(values of a lead that the lookup has missed)
//
// Nobody asks a Book for a lead that the lookup has a row for, so aliases cost such a lead nothing.
package alias
