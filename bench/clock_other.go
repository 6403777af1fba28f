//go:build !unix

package main

import "time"

var started = time.Now()

// processorTime is the time that has passed: there is no better one here.
func processorTime() time.Duration { return time.Since(started) }
