package shape_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

func TestStickyIsATimeOrTrue(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]shape.Sticky{`"90d"`: "90d", `"true"`: "true", `true`: "true", `false`: "", `null`: "", `""`: ""} {
		l := shape.Lookup{Sticky: "before"}
		require.NoError(t, json.Unmarshal([]byte(`{"sticky":`+text+`}`), &l), text)
		require.Equal(t, want, l.Sticky, text)
	}
	for _, text := range []string{`5`, `{}`, `["90d"]`, `[true]`} {
		var l shape.Lookup
		require.ErrorContains(t, json.Unmarshal([]byte(`{"sticky":`+text+`}`), &l), "say how long", text)
	}
}
