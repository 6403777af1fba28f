//go:build !race

package tables_test

// racing says that the race detector looks on.
const racing = false
