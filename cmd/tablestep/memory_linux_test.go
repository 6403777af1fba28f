package main

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestTheLeastLimitOfMachineAndControlGroupsCounts(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	meminfo := file("MemTotal:       16384000 kB\nMemFree:         1000000 kB\n")
	machine := memoryLimit{16384000 << 10, "the machine"}
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  memoryLimit
	}{
		"nothing is told": {fstest.MapFS{}, memoryLimit{}},
		"no groups":       {fstest.MapFS{"proc/meminfo": meminfo}, machine},
		"version 2, in a container": {fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("536870912\n"),
		}, memoryLimit{512 << 20, "/sys/fs/cgroup/memory.max"}},
		"version 2, no limit": {fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/a.slice/b.service\n"), "sys/fs/cgroup/a.slice/b.service/memory.max": file("max\n"),
		}, machine},
		"version 2, a group above is smaller": {fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/a.slice/b.service\n"),
			"sys/fs/cgroup/a.slice/b.service/memory.max": file("2147483648\n"), "sys/fs/cgroup/a.slice/memory.max": file("1073741824\n"),
		}, memoryLimit{1 << 30, "/sys/fs/cgroup/a.slice/memory.max"}},
		"version 1, the path is the one outside": {fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("11:cpu,cpuacct:/docker/x\n9:memory:/docker/x\n0::/system.slice\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("268435456\n"), "sys/fs/cgroup/cpu/memory.limit_in_bytes": file("1\n"),
		}, memoryLimit{256 << 20, "/sys/fs/cgroup/memory/memory.limit_in_bytes"}},
		"version 1, no limit": {fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("9:hugetlb,memory:/\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n"),
		}, machine},
		"garbage": {fstest.MapFS{
			"proc/meminfo": file("MemTotal: much\n"), "proc/self/cgroup": file("\n:\n0::\n"), "sys/fs/cgroup/memory.max": file("-1\n"),
		}, memoryLimit{}},
	} {
		require.Equal(t, c.want, availableIn(c.files), name)
	}
}

// FuzzControlGroups wants any answer for any files.
func FuzzControlGroups(f *testing.F) {
	f.Add("0::/../a\n", "MemTotal: 1 kB\n", "max")
	f.Add("9:memory:/docker/x\n", "MemTotal: 9223372036854775807 kB\n", "268435456\n")
	f.Fuzz(func(t *testing.T, groups, meminfo, limit string) {
		files := fstest.MapFS{
			"proc/self/cgroup": {Data: []byte(groups)}, "proc/meminfo": {Data: []byte(meminfo)},
			"sys/fs/cgroup/memory.max": {Data: []byte(limit)}, "sys/fs/cgroup/memory/memory.limit_in_bytes": {Data: []byte(limit)},
		}
		require.GreaterOrEqual(t, availableIn(files).bytes, int64(0))
	})
}
