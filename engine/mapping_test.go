package engine_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
)

func TestTheMappingIsKnownAfterARestart(t *testing.T) {
	dir := t.TempDir()
	h := open(t, dir, engine.Options{})
	require.Empty(t, h.Mapping())
	want := engine.Mapping{Invocation: []string{"country"}, Callback: []string{"countryCode", "leadScore"}}
	require.NoError(t, h.SetMapping(want))
	require.NoError(t, h.SetMapping(want))
	require.NoError(t, h.SetMapping(engine.Mapping{}), "Marketo tells nothing")
	require.Equal(t, want, h.Mapping())
	h.close(t)
	h = open(t, dir, engine.Options{})
	defer h.close(t)
	require.Equal(t, want, h.Mapping())
	want.Callback = []string{"countryCode"}
	require.NoError(t, h.SetMapping(engine.Mapping{Callback: want.Callback}))
	require.Equal(t, want, h.Mapping(), "one side changes, the other stays")
}

func TestAMappingThatCannotBeKeptIsNotUsed(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"country"}}))
	require.NoError(t, h.store.Close())
	require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"country"}}), "nothing is to be written")
	err := h.SetMapping(engine.Mapping{Invocation: []string{"state"}})
	require.ErrorIs(t, err, tables.ErrClosed)
	require.ErrorContains(t, err, "keep field mapping")
	require.Equal(t, []string{"country"}, h.Mapping().Invocation)
	require.NoError(t, h.Close())
}

func TestAMappingThatCannotBeReadStopsTheStart(t *testing.T) {
	store, err := file.OpenStore(filepath.Join(t.TempDir(), "tables.db"), tables.Options{})
	require.NoError(t, err)
	require.NoError(t, store.SetSetting("fieldMapping", []byte("{")))
	_, err = engine.NewEvaluator(store)
	require.ErrorContains(t, err, "load field mapping")
	require.NoError(t, store.Close())
	_, err = engine.NewEvaluator(store)
	require.ErrorIs(t, err, tables.ErrClosed)
}
