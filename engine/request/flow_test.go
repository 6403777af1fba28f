package request_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/request"
)

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
