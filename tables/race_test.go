//go:build race

package tables_test

// racing says that the race detector looks on, which makes a loop over bytes twenty times
// as long: what is such a loop and has no second goroutine is done less often.
const racing = true
