// Package answers looks up batches of tuples in versions of tables, from memory where
// there is room for a version and else from wherever its rows are kept.
//
// Its nouns:
//
//   - A Snapshot is one version ready to be matched: with its columns and indexes in
//     memory, or without, when it is answered for block by block through a scan.Reader.
//   - A Batch is what Snapshot.Answer gives for a batch of tuples: of each what was Found,
//     and the texts of the lookup's outputs.
//   - A Cache holds snapshots within a budget of memory. It asks its owner for a Reader
//     of a version and for what is live in a table, and nothing else.
//   - A Budget bounds the work of Answer. A Pace is what a lookup takes for a thousand
//     leads, counted on samples: deterministic, so that nothing is refused because the
//     machine is busy.
//
// Answer takes the key columns of a batch. The index of the key (package index) says
// which rows match; a fold, which is the hit policy at work, makes one answer of them:
//
//	keys ──Index──► hits of a tuple, in row order ──fold──► Found, texts
//
// A version for which there is no room goes through the same fold block by block:
//
//	         ┌─ in the cache, or room for it ──► columns and index in memory
//	Snapshot ┤
//	         └─ else, from the disk ─┬─ key compared for equality: hashes of all rows
//	                                 │  from a scratch file ──► the rows that may hit
//	                                 └─ other modes: row group by row group
//
// What is in memory or on its way there counts against Options.Budget until the garbage
// collector has it, and nobody waits for room: who finds none is answered from the disk,
// and a version takes the place of others in the background when it is asked for much
// more often (cache_memory.go, cache_admission.go).
//
// Find is Answer without the texts, All lists the hits of one tuple, and Gather fetches
// cells of given rows. Nearest explains a miss.
//
// Caveats: rows are counted from 0. A Snapshot never changes. One in memory outlives its
// version; another ends with the error of its Reader once the version is gone. Texts
// that an answer gives may be kept, but one from memory keeps its whole block there.
package answers
