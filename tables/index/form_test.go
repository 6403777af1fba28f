package index_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/index"
	"tablestep/tables/schema"
)

func TestAModeIsPairedWhereATextHasTwoKeysInItsForm(t *testing.T) {
	t.Parallel()
	for _, mode := range schema.Modes() {
		form, ok := index.FormOf(mode)
		require.Equal(t, mode.Form(), ok, mode)
		paired := ""
		if ok {
			_, paired = form.Keys("Zürich")
		}
		require.Equal(t, mode.Paired(), paired != "", mode)
	}
}
