package main

import (
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// availableMemory is the least of the machine's memory and the limits of the
// control groups that the process is in; 0 where nothing is told.
func availableMemory() memoryLimit { return availableIn(os.DirFS("/")) }

// availableIn reads a tree of files like that of the system.
func availableIn(root fs.FS) memoryLimit {
	var least memoryLimit
	found := func(bytes int64, source string) {
		if bytes > 0 && (least.bytes == 0 || bytes < least.bytes) {
			least = memoryLimit{bytes, source}
		}
	}
	found(machineMemory(root), "the machine")
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return least // a kernel without control groups
	}
	for line := range strings.Lines(string(groups)) {
		// number:controllers:path, with no controllers in version 2
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		switch {
		case parts[1] == "":
		case hasController(parts[1], "memory"):
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		// A group has the limits of those above it, too. Inside a container the
		// path may be the one outside, and only the top of the mount is there.
		for at := path.Clean("/" + parts[2]); ; at = path.Dir(at) {
			name := path.Join(mount, at, file)
			if raw, err := fs.ReadFile(root, name); err == nil {
				// "max", and a number near the largest in version 1, are none.
				if bytes, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64); err == nil {
					found(bytes, "/"+name)
				}
			}
			if at == "/" {
				break
			}
		}
	}
	return least
}

func hasController(list, name string) bool {
	for controller := range strings.SplitSeq(list, ",") {
		if controller == name {
			return true
		}
	}
	return false
}

// machineMemory is the MemTotal of the system.
func machineMemory(root fs.FS) int64 {
	raw, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		rest, ok := strings.CutPrefix(line, "MemTotal:")
		if !ok {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err != nil {
			return 0
		}
		return kib << 10
	}
	return 0
}
