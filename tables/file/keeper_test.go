package file_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
)

func TestTheFileKeepsThePromisesOfAKeeper(t *testing.T) {
	keepertest.Run(t, func(t *testing.T) keepertest.Place {
		path := filepath.Join(t.TempDir(), "tables.db")
		return keepertest.Place{Open: func(t testing.TB) tables.Keeper {
			k, err := file.Open(path, file.Options{})
			require.NoError(t, err)
			return k
		}}
	})
}
