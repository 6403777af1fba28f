package api_test

import (
	"testing"

	"go.uber.org/goleak"
)

// Of fasthttp's own, one ticks the Date header for ever, and the cleaner of a
// stopped server's idle workers ends within ten seconds.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}
