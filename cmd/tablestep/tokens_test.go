package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// askedTokens are the my tokens that a service asks Marketo for.
func askedTokens(t *testing.T, p *process) []string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.url+"/getServiceDefinition", nil)
	require.NoError(t, err)
	r.Header.Set("x-api-key", testAPIKey)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	var d struct {
		InvocationPayloadDef struct{ MyTokenContext []string }
	}
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&d))
	return d.InvocationPayloadDef.MyTokenContext
}

func TestTokensAreAskedForAsMarketoWantsThem(t *testing.T) {
	require.Empty(t, askedTokens(t, serve(t, t.TempDir())))
	p := serve(t, t.TempDir(), "--my-tokens", "Event Date, {{my.Default Owner}},,my.Venue", "--my-tokens", "Event Date")
	require.Equal(t, []string{"Event Date", "Default Owner", "Venue"}, askedTokens(t, p))

	addr := freePort(t)
	cmd := exec.Command(binary, "serve")
	cmd.Env = append(os.Environ(), "TABLESTEP_ADDR="+addr, "TABLESTEP_DATA="+t.TempDir(), "TABLESTEP_API_KEY="+testAPIKey, "TABLESTEP_MY_TOKENS=Event Date,Default Owner")
	require.NoError(t, cmd.Start())
	p = &process{t: t, cmd: cmd, url: "http://" + addr}
	p.waitReady()
	require.Equal(t, []string{"Event Date", "Default Owner"}, askedTokens(t, p))
	p.kill()

	for _, wrong := range []string{"{{lead.Name:default=x}}", "a\tb", strings.Repeat("x", 256)} {
		code, _, errs := command(t, "serve", "--my-tokens", wrong)
		require.Equal(t, 2, code, errs)
		require.Contains(t, errs, "--my-tokens")
	}
}

// A rule that reads tokens works with those that the service asks for, and a simulation
// sends no others, so that it does not work here and fail in earnest.
func TestASimulationSendsTheTokensThatAreAskedFor(t *testing.T) {
	dir := t.TempDir()
	rules, leads := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "leads.csv")
	require.NoError(t, os.WriteFile(rules, []byte(`name: tokens
rules:
  - name: x
    when: "true"
    set: {date: 'my["Event Date"]', owner: 'my["Default Owner"] ?? "nobody"'}
`), 0o600))
	require.NoError(t, os.WriteFile(leads, []byte("id,country\n1,Germany\n2,France\n"), 0o600))
	p := serve(t, t.TempDir(), "--my-tokens", "Event Date")
	code, out, errs := command(t, "rules", "apply", rules, "--server", p.url, "--admin-key", testAdminKey)
	require.Zero(t, code, errs)
	require.Contains(t, out+errs, `--my-tokens "Event Date,Default Owner"`)
	require.NotContains(t, out+errs, `{{my.Event Date}}`)

	code, out, errs = command(t, "simulate", "--server", p.url, "--api-key", testAPIKey, "--leads", leads, "--json",
		"--flow", "table=none", "--flow", "ruleSet=tokens", "--token", "Event Date=2024-05-31", "--token", "Default Owner=ann@example.com")
	require.Zero(t, code, errs)
	var report struct {
		Results  []struct{ Written map[string]any }
		Warnings []struct{ Rule, Where string }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report), out)
	require.Len(t, report.Results, 2)
	for _, r := range report.Results {
		require.Equal(t, map[string]any{"date": "2024-05-31", "owner": "nobody"}, r.Written)
	}
	var left []string
	for _, w := range report.Warnings {
		if w.Rule == "not_asked_for" {
			left = append(left, w.Where)
		}
	}
	require.Equal(t, []string{"invocationPayloadDef.myTokenContext Default Owner"}, left)
}
