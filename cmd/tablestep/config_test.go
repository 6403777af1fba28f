package main_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// statusWith is what the service answers to a key.
func statusWith(t *testing.T, p *process, key string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.url+"/status", nil)
	require.NoError(t, err)
	r.Header.Set("x-api-key", key)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

func TestACommaInAKeyIsACharacter(t *testing.T) {
	const one, other, third = "a-key,with,commas-in-it", "another-key-0123456789", "key=of,a,name-0123456789"
	p := serve(t, t.TempDir(), "--api-key", one, "--api-key", other)
	for _, key := range []string{one, other, testAPIKey} {
		require.Equal(t, http.StatusOK, statusWith(t, p, key), key)
	}
	for _, key := range []string{"a-key", "with", "commas-in-it"} {
		require.Equal(t, http.StatusUnauthorized, statusWith(t, p, key), key)
	}
	for _, several := range []string{strings.Join([]string{one, other, third}, "\n"), one + " " + other + "\t" + third + "\n"} {
		addr := freePort(t)
		cmd := exec.Command(binary, "serve")
		cmd.Env = append(os.Environ(), "TABLESTEP_ADDR="+addr, "TABLESTEP_DATA="+t.TempDir(), "TABLESTEP_API_KEY="+several)
		require.NoError(t, cmd.Start())
		p := &process{t: t, cmd: cmd, url: "http://" + addr}
		p.waitReady()
		for _, key := range []string{one, other, third} {
			require.Equal(t, http.StatusOK, statusWith(t, p, key), key)
		}
		p.kill()
	}
}

func TestConnectionsBeyondTheDescriptorLimitAreToldAtTheStart(t *testing.T) {
	p := serve(t, t.TempDir(), "--max-connections", "100000000")
	p.stop()
	require.Contains(t, p.log.String(), "--max-connections is more than the limit of open files has room for")
	require.Contains(t, p.log.String(), `"msg":"descriptors"`)
}
