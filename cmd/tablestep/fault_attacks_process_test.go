//go:build fault && linux

package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mostMemory is what a process that is attacked may use before it is ended, so that
// the machine outlives it.
const mostMemory = 4 << 30

// watchMemory notes how much is used, until the process has ended or must.
func (s *target) watchMemory() {
	name := filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "statm") // to read smaps_rollup would stop the process for a while
	for !s.endsWithin(50 * time.Millisecond) {
		raw, _ := os.ReadFile(name) // gone with the process
		fields := strings.Fields(string(raw))
		if len(fields) < 2 {
			continue
		}
		pages, _ := strconv.ParseInt(fields[1], 10, 64)
		now := pages * int64(os.Getpagesize())
		s.most.Store(max(s.most.Load(), now))
		if now > mostMemory {
			s.kill()
			return
		}
	}
}

// peak is the most memory that was seen, in bytes.
func (s *target) peak() int64 { return s.most.Load() }

// memory is what the process has in memory now, in bytes, and of what kind. It is 0
// once the process has ended.
func (s *target) memory() (bytes int64, kinds string) {
	dir := filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid))
	status, _ := os.ReadFile(filepath.Join(dir, "status")) // gone with the process
	rollup, _ := os.ReadFile(filepath.Join(dir, "smaps_rollup"))
	return kilobytes(status, "VmRSS:") << 10, fmt.Sprintf("VmRSS %d, RssAnon %d, RssFile %d, Pss %d, Private_Dirty %d kB",
		kilobytes(status, "VmRSS:"), kilobytes(status, "RssAnon:"), kilobytes(status, "RssFile:"), kilobytes(rollup, "Pss:"), kilobytes(rollup, "Private_Dirty:"))
}

// kilobytes finds a line such as "VmRSS:   1024 kB".
func kilobytes(file []byte, label string) int64 {
	for line := range bytes.Lines(file) {
		if rest, ok := bytes.CutPrefix(line, []byte(label)); ok {
			n, err := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 64)
			if err == nil {
				return n
			}
		}
	}
	return 0
}

// ownWork is the time of processors that this process has used: it holds the
// attackers, the senders of plain batches, and the receiver.
func ownWork(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// worked is the time of processors that the process has used; 0 once it has ended.
func (s *target) worked() time.Duration {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "stat"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return 0
	}
	require.NoError(s.t, err)
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // from the third on: proc(5)
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(f, 10, 64)
		require.NoError(s.t, err)
		ticks += n
	}
	const ticksASecond = 100 // USER_HZ, the same on all of Linux that Go runs on
	return time.Duration(ticks) * time.Second / ticksASecond
}
