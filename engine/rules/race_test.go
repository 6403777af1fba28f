//go:build race

package rules_test

// slowdown is what the race detector may cost.
const slowdown = 15
