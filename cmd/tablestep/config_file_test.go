package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// withFile parses a command line with a file of settings.
func withFile(t *testing.T, text string, args ...string) (c *cli, file string, err error) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "tablestep.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	c = new(cli)
	parser, err := kong.New(c, kong.Name("tablestep"), kong.DefaultEnvars("TABLESTEP"))
	require.NoError(t, err)
	_, err = parser.Parse(append(args, "--config", file))
	return c, file, err
}

func TestAFileOfSettingsStandsBelowVariablesAndFlags(t *testing.T) {
	t.Setenv("TABLESTEP_STEP_NAME", "By variable")
	t.Setenv("TABLESTEP_MAX_LEADS", "7")
	c, _, err := withFile(t, `# a service
addr: 127.0.0.1:9
step-name: By file
max-leads: 5
max-body: 3MiB
give-up-after: 2h
enforce-picklist: false
callback-allow-private: true
api-key:
  - one-key-0123456789,0123
  - other-key-0123456789
callback-hosts: ["*.example.com", "b,c.example"]
my-tokens: Event Date,Owner
trusted-proxies: [10.0.0.0/8, 127.0.0.1]
time-zone: Europe/Berlin
provider-name: "007"
server: http://example.com
`, "serve", "--max-body", "2MiB")
	require.NoError(t, err)
	s := c.Serve
	require.Equal(t, "127.0.0.1:9", s.Addr)
	require.Equal(t, "By variable", s.StepName)
	require.Equal(t, 7, s.MaxLeads)
	require.Equal(t, size(2<<20), s.MaxBody)
	require.Equal(t, span(2*time.Hour), s.GiveUpAfter)
	require.False(t, s.EnforcePicklist)
	require.True(t, s.CallbackPrivate)
	require.Equal(t, []string{"one-key-0123456789,0123", "other-key-0123456789"}, s.APIKeys)
	require.Equal(t, []string{"*.example.com", "b,c.example"}, s.CallbackHosts)
	require.Equal(t, []string{"Event Date", "Owner"}, s.MyTokens)
	require.Len(t, s.TrustedProxies, 2)
	require.Equal(t, "Europe/Berlin", s.TimeZone.String())
	require.Equal(t, "007", s.ProviderName, "a text keeps its digits")
	require.Equal(t, "tablestep", s.APIName, "what the file leaves out is as without it")
}

// One file serves the service and those who ask it: each takes the settings that it has.
func TestAFileOfSettingsServesSeveralCommands(t *testing.T) {
	text := "addr: 127.0.0.1:9\nserver: http://example.com\nadmin-key: [first-key-0123456789, second-key-0123456789]\n"
	c, _, err := withFile(t, text, "table", "list")
	require.NoError(t, err)
	require.Equal(t, "http://example.com", c.Table.List.Server)
	require.Equal(t, "first-key-0123456789", c.Table.List.AdminKey)
	c, _, err = withFile(t, text, "serve")
	require.NoError(t, err)
	require.Equal(t, []string{"first-key-0123456789", "second-key-0123456789"}, c.Serve.AdminKeys)
	_, _, err = withFile(t, "# nothing yet\n", "serve")
	require.NoError(t, err)
}

func TestTheVariableNamesAFileOfSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.yaml")
	require.NoError(t, os.WriteFile(file, []byte("max-leads: 9\n"), 0o600))
	t.Setenv("TABLESTEP_CONFIG", file)
	c := new(cli)
	parser, err := kong.New(c, kong.DefaultEnvars("TABLESTEP"))
	require.NoError(t, err)
	_, err = parser.Parse([]string{"serve"})
	require.NoError(t, err)
	require.Equal(t, 9, c.Serve.MaxLeads)
}

func TestAWrongSettingIsNamedWithItsLineAndTheWayOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"addr: 127.0.0.1:9\npublic_url: x\n":             `line 2: there is no setting "public_url"; did you mean public-url?`,
		"max-lead: 5\n":                                  `line 1: there is no setting "max-lead"; did you mean max-leads?`,
		"TABLESTEP_MAX_LEADS: 5\n":                       `line 1: there is no setting "TABLESTEP_MAX_LEADS"; did you mean max-leads?`,
		"colour: red\n":                                  `line 1: there is no setting "colour"; the names are those of the flags without their dashes`,
		"help: true\n":                                   `line 1: there is no setting "help"`,
		"config: other.yaml\n":                           `line 1: there is no setting "config"`,
		"\n--addr: x\n":                                  "line 2: flags stand here without their dashes; write addr",
		"step: full\naddr: 127.0.0.1:1\nstep: simple\n":  "line 3: step stands in line 1, too; use one",
		"max-leads: many\n":                              `line 1: expected a valid 64 bit int but got "many"`,
		"max-body: 3 cows\n":                             "line 1: ",
		"step-name: x\nstep: half\n":                     `line 2: "half" is not one of full, simple`,
		"addr: [a, b]\n":                                 "line 1: addr takes one value and no list",
		"addr:\n":                                        "line 1: addr has no value that can be used",
		"my-tokens:\n  - a\n  - {b: c}\n":                "line 3: my-tokens has no value that can be used",
		"- addr\n":                                       "line 1: settings are lines such as",
		"serve\n":                                        "line 1: settings are lines such as",
		"addr: 'x\n":                                     "found unexpected end of stream",
		"addr: 127.0.0.1:1\n---\nstep: full\n":           "there is more than one YAML document",
		"enforce-picklist: perhaps\n":                    "line 1: ",
		"trusted-proxies: [10.0.0.0/8, not-a-network]\n": "line 1: ",
	} {
		_, file, err := withFile(t, text, "serve")
		require.ErrorContains(t, err, file, "%q", text)
		require.Regexp(t, `^--[a-z-]+: /`, err.Error(), "the flag comes first")
		require.ErrorContains(t, err, want, "%q", text)
	}
}
