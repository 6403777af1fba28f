package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheServiceRunsInALimitedAddressSpace(t *testing.T) {
	for _, mebibytes := range []int{3000, 4500} { // less than the maps that would be asked for otherwise
		data, addr := t.TempDir(), freePort(t)
		args := serveCommand(addr, data).Args
		p := &process{t: t, url: "http://" + addr, data: data, log: new(bytes.Buffer)}
		p.cmd = exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -s 1024 && ulimit -v %d && exec "$@"`, mebibytes<<10), "sh"}, args...)...)
		p.cmd.Stderr = p.log
		require.NoError(t, p.cmd.Start())
		t.Cleanup(func() {
			if p.cmd.ProcessState == nil {
				p.kill()
			}
		})
		defer func() {
			if t.Failed() {
				p.kill()
				t.Log(p.log.String())
			}
		}()
		p.waitReady()
		sample(p)
		m := newMarketo(t, nil)
		for n := range 50 { // The files grow beyond their first maps.
			require.True(t, submit(p.url, m.URL, fmt.Sprint("token-", n), 1000))
		}
		p.stop()
		code, out, _ := command(t, "check", data)
		require.Zero(t, code, out)
	}
}

func TestTheMapsOfAServiceWithoutALimitAreRoomy(t *testing.T) {
	p := serve(t, t.TempDir())
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.cmd.Process.Pid))
	require.NoError(t, err)
	for name, least := range map[string]uint64{"tables.db": 4 << 30, "queue.db": 1 << 30} {
		line := regexp.MustCompile(`(?m)^([0-9a-f]+)-([0-9a-f]+) .*` + regexp.QuoteMeta(filepath.Join(p.data, name)) + `$`).FindSubmatch(maps)
		require.NotNil(t, line, name)
		from, err := strconv.ParseUint(string(line[1]), 16, 64)
		require.NoError(t, err)
		to, err := strconv.ParseUint(string(line[2]), 16, 64)
		require.NoError(t, err)
		require.GreaterOrEqual(t, to-from, least, name)
	}
	p.stop()
}
