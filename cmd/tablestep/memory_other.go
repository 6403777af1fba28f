//go:build !linux

package main

// availableMemory is not told by the systems that are no servers.
func availableMemory() memoryLimit { return memoryLimit{} }
