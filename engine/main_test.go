package engine_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or in a child process what a test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TURNS_DIR"); dir != "" {
		batches, err := strconv.Atoi(os.Getenv("TURNS_BATCHES"))
		if err == nil {
			err = victim(dir, os.Getenv("TURNS_URL"), batches)
		}
		fmt.Fprintln(os.Stderr, "the engine that was to be killed ended:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
