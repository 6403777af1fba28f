package request_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/request"
)

// TestNamesOfAContextAreFoundInAnyCase: as those of fields are, over all leads of the
// request.
func TestNamesOfAContextAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	var b request.Batch
	require.NoError(t, b.Decode([]byte(`{"callbackUrl":"u","context":{"campaign":{"Name":"Enrich","\u0049d":7},"program":null},
		"objectData":[{"objectContext":{"id":1},"myTokenContext":{"Region Owner":"emea","Zone":"x"},"programMemberContext":{"Status":"Member"}},
		{"objectContext":{"id":2},"myTokenContext":{"Region Owner":"emea","Zone":"x"},"programMemberContext":{"Status":"Visited","STATUS":"Member","Reached":{"Status":1}}},
		{"objectContext":{"id":3},"myTokenContext":[],"programMemberContext":{"zone":"z"}},
		{"objectContext":{"id":4}}]}`)))
	for _, c := range []struct {
		context    request.Context
		name, want string
	}{
		{request.My, "Region Owner", "Region Owner"},
		{request.My, "region owner", "Region Owner"},
		{request.My, "ZONE", "Zone"},
		{request.My, "region", ""},
		{request.Member, "Status", "Status"},
		{request.Member, "STATUS", "STATUS"},
		{request.Member, "status", ""}, // two are so called
		{request.Member, "ZONE", "zone"},
		{request.Campaign, "name", "Name"},
		{request.Campaign, "ID", "Id"},
		{request.Program, "name", ""},
		{request.Trigger, "name", ""},
	} {
		got, ok := b.ResolveContext(c.context, c.name)
		require.Equal(t, c.want != "", ok, c.name)
		if ok {
			require.Equal(t, c.want, got)
		}
	}
}

func TestSettingsAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	for _, name := range request.Settings() {
		f := request.Flow{Table: "table", RuleSet: "ruleSet", KeyName: "keyName", KeyValField: "keyValField", KeyValue: "keyValue", LookupField: "lookupField", ReturnField: "returnField", OnNoMatch: "onNoMatch", DefaultValue: "defaultValue", Param1: "param1", Param2: "param2", Param3: "param3"}
		require.Equal(t, name, f.Value(name), "each name has its setting")
	}
	name, ok := request.Setting("PARAM1")
	require.True(t, ok)
	require.Equal(t, "param1", name)
	_, ok = request.Setting("parm1")
	require.False(t, ok)
}
