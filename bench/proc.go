package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// clockTick is the unit of processor times in /proc. The kernel has told 100 a
// second to all programs for decades, whatever it counts with.
const clockTick = 10 * time.Millisecond

// procField returns the value of one line of a file of "name: value" lines. It
// reports false where there is no such file or line.
func procField(path, name string) (string, bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer func() { _ = f.Close() }() // nothing was written
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// Fields of /proc/PID/status.
const (
	residentNow  = "VmRSS"
	residentPeak = "VmHWM"
	anonymousNow = "RssAnon"
)

// memoryOf returns one of the sizes of a process in bytes, 0 where they are not told.
func memoryOf(pid int, field string) int64 {
	value, ok := procField("/proc/"+strconv.Itoa(pid)+"/status", field)
	if !ok {
		return 0
	}
	kib, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// watchMemory samples one of the sizes of a process until the returned function is
// called, which gives the largest one.
func watchMemory(pid int, field string) (stop func() int64) {
	peak := memoryOf(pid, field)
	done := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for {
			peak = max(peak, memoryOf(pid, field))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	return func() int64 {
		close(done)
		watcher.Wait()
		return peak
	}
}

// resetPeak makes the peak of a process start anew from what it has now. It
// reports whether the system can do that.
func resetPeak(pid int) bool {
	return os.WriteFile("/proc/"+strconv.Itoa(pid)+"/clear_refs", []byte("5"), 0) == nil
}

// cpuOf returns the processor time that a process has used, 0 where it is not told.
func cpuOf(pid int) time.Duration {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The second field is the program's name in brackets, which may have spaces.
	_, rest, ok := strings.Cut(string(raw), ") ")
	if !ok {
		return 0
	}
	fields := strings.Fields(rest)
	const user, system = 11, 12 // counted after the name
	if len(fields) <= system {
		return 0
	}
	ticks := int64(0)
	for _, i := range []int{user, system} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick
}
