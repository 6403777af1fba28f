// Package keepertest is what tables.Keeper promises, as tests, and a keeper in memory for tests.
//
// Run holds a keeper against the promises. A Memory is a shared store without a disk: each
// Owner that opens it is a keeper of its own, as a process would be, hears of what the others
// change, and fails at whatever call a test wants, before or after that call has done its work.
// A Sheet is a table to import, and Publish, Cells and Find are what tests of a store do most.
package keepertest
