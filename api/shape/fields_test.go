package shape_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

func TestFieldsAreATextOrAListOfTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		fields shape.Fields
		told   string
	}{
		`"phone"`:                 {shape.Fields{"phone"}, `"phone"`},
		`["phone"]`:               {shape.Fields{"phone"}, `"phone"`},
		`["mobilePhone","phone"]`: {shape.Fields{"mobilePhone", "phone"}, `["mobilePhone","phone"]`},
		`""`:                      {shape.Fields{""}, `""`},
		`[]`:                      {shape.Fields{}, `""`},
		`null`:                    {nil, `""`},
		`"a<b"`:                   {shape.Fields{"a<b"}, `"a\u003cb"`},
	} {
		fields := shape.Fields{"before"}
		require.NoError(t, json.Unmarshal([]byte(text), &fields), text)
		require.Equal(t, want.fields, fields, text)
		told, err := json.Marshal(fields)
		require.NoError(t, err)
		require.Equal(t, want.told, string(told), text)
	}
	for _, text := range []string{`5`, `{}`, `true`, `["a",5]`, `["a",null]`, `[["a"]]`} {
		var fields shape.Fields
		require.ErrorContains(t, json.Unmarshal([]byte(text), &fields), "name a lead field", text)
	}
}
