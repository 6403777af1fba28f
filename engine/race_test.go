//go:build race

package engine_test

// slowdown is about what the race detector costs: work is counted and not timed, so what
// takes two seconds takes so many times as long.
const slowdown = 10
