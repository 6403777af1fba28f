package marketo_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

func TestOnlyWhatTheDefinitionAsksForIsSent(t *testing.T) {
	f := newFake(t)
	f.definition = func(o object) {
		o["invocationPayloadDef"].(object)["myTokenContext"] = []any{"Event Date", "Owner"}
		o["invocationPayloadDef"].(object)["globalAttributes"] = []any{object{
			"apiName": "region", "dataType": "string", "i18n": object{"en_US": object{"name": "Region"}},
		}}
	}
	o := options(t, f)
	o.Tokens = map[string]string{"Event Date": "2024-05-31", "event date": "x", "Venue": "Rome"}
	o.Globals = map[string]any{"region": "emea", "tenant": "t1"}
	report := run(t, o)
	require.Empty(t, report.Problems)
	require.Equal(t, object{"region": "emea"}, f.lastBody()["context"].(object)["admin"])
	for _, entry := range f.lastBody()["objectData"].([]any) {
		require.Equal(t, object{"Event Date": "2024-05-31"}, entry.(object)["myTokenContext"])
	}
	var told []string
	for _, w := range report.Warnings {
		require.Equal(t, marketo.NotAskedFor, w.Rule)
		told = append(told, w.Where)
	}
	require.Equal(t, []string{
		"invocationPayloadDef.globalAttributes tenant", "invocationPayloadDef.myTokenContext Venue", "invocationPayloadDef.myTokenContext event date",
	}, told)
	require.True(t, report.OK())
}

func TestWithoutTokensAskedForNoneAreSent(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Tokens = map[string]string{"Event Date": "2024-05-31"}
	report := run(t, o)
	require.Len(t, report.Warnings, 1)
	require.Contains(t, report.Warnings[0].Message, "the service does not ask for the token")
	for _, entry := range f.lastBody()["objectData"].([]any) {
		require.NotContains(t, entry, "myTokenContext")
	}
}

func TestNamesOfTokensAreChecked(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]marketo.Rule{
		"Event Date": "", "": marketo.NameMissing, " ": marketo.NameMissing, "{{my.Event Date}}": marketo.DefinitionInvalid,
		"my.Event Date": marketo.DefinitionInvalid, "Owner": marketo.NameTwice,
	} {
		definition := fakeDefinition()
		definition["invocationPayloadDef"].(object)["myTokenContext"] = []any{"Owner", name}
		body, err := json.Marshal(definition)
		require.NoError(t, err)
		_, problems, err := marketo.ReadDefinition(body)
		require.NoError(t, err)
		if rule == "" {
			require.Empty(t, problems)
			continue
		}
		require.Len(t, problems, 1, name)
		require.Equal(t, rule, problems[0].Rule, name)
		require.Equal(t, "invocationPayloadDef.myTokenContext[1]", problems[0].Where)
	}
}
