// Package typos counts the typing errors between two texts: the least number of
// insertions, deletions, substitutions and swaps of neighbours that make one of the other
// (Damerau and Levenshtein). It is the unrestricted number: a place may be edited twice, so
// "ca" and "abc" are two errors apart, a swap and an insertion between the two.
//
// Its nouns:
//
//   - Masks hold one text, the pattern, against which others are compared.
//   - Nearest is the name that a word was most likely meant to be.
//
// Characters are counted, not bytes. Who wants case and look-alike spaces to count for
// nothing compares normal forms.
//
// # How a column is worked out at a time
//
// Let D[i][j] be the errors between the first i characters of the text, a, and the first j
// of the pattern, b. Neighbours in this matrix differ by at most one, and D[i][j] is
// D[i-1][j-1] or one more. So a column is a few words of bits, one bit a row: where it goes
// up or down by one from row to row, and where it is the same as up left. How those follow
// from the column before, for insertions, deletions and substitutions, is Hyyrö's form of
// Myers' algorithm (H. Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau
// edit distances", Nordic Journal of Computing 10, 2003). That paper has swaps of
// neighbours that nobody edits again; here are the others as well.
//
// A swap makes D[i][j] at most D[k-1][l-1] + (i-k-1) + 1 + (j-l-1), where a[k] = b[j] and
// a[i] = b[l]: what stands between goes, or comes. It matters only where that is
// D[i-1][j-1], since D[i][j] is no more than one above that anyhow.
//
// Characters between on both sides never pay: with s in the one text and t in the other,
// substitutions and what is left over come to max(s,t)+2, and the swap to s+t+1.
//
// Let only the pattern have t between, so k = i-1. From D[i-2][l-1] it is a step of the
// diagonal to D[i-1][l], of at most one, and t steps down to D[i-1][j-1], of at most one
// each. The swap costs t+1, so it matters exactly if each of those steps is one. That is a
// start in the rows l where column i-1 is one more than up left and b[l] = a[i], carried on
// through rows where column i-1 goes up, to a row with b[j] = a[i-1]. An addition carries
// it: adding the starts to the rows that go up runs through each stretch of ones. Where
// nothing is between there is nothing to carry: that is the other case with s = 0.
//
// Let only the text have s between, so l = j-1. The steps are the diagonal one from
// D[k-1][j-2] to D[k][j-1], and s to the right in row j-1. So row j is opened in column k
// where row j-1 is one more than up left and b[j] = a[k]; it stays open while row j-1 goes
// up from column to column, and matters in a column i with b[j-1] = a[i].
//
// A row that is the same as up left by a swap never goes on into the row below as one that
// is so by a match does: b[j] is a character of the text further left, a match there, and
// from this follows that column i-1 does not go up in row j.
//
// The distance is read on the diagonal that ends in the last cell. What it has gone up by is
// what it will at least end with, which is where a limit cuts off.
package typos
