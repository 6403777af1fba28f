package ssfs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
	"tablestep/api/ssfs"
	"tablestep/engine"
)

func TestTheStatusNamesFieldsThatALookupLooksAtAndThatAreNotSent(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	warned := func(sent ...string) (list []string) {
		for _, w := range ssfs.StatusOf(s.Store.Catalog(), engine.Mapping{Invocation: sent, Callback: []string{"a", "b", "c"}}, engine.Stats{}, nil).Warnings {
			if strings.Contains(w, "look") {
				list = append(list, w)
			}
		}
		return list
	}
	careful := `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"a","write":"ifEmpty"},{"value":"x","field":"b","write":"ifDifferent"},{"column":"code","field":"c","write":"always"}]}`
	s.Table(t, "t", codes, careful)
	require.Equal(t, []string{`Lookup "t" looks at a, b before it writes, not among the outgoing fields mapped in Marketo, so it is never written.`}, warned("country"))
	require.Equal(t, []string{`Lookup "t" looks at b before it writes, not among the outgoing fields mapped in Marketo, so it is never written.`}, warned("A"))
	require.Empty(t, warned("a", "b"))
	require.Empty(t, warned(), "nobody knows yet what is sent")
	for i := range 11 {
		require.Equal(t, 200, s.Send(t, "PUT", fmt.Sprintf("/api/v1/tables/t/lookups/u%d", i), strings.NewReader(careful)).Status)
	}
	list := warned("country")
	require.Len(t, list, 11)
	require.Equal(t, "2 more lookups look at fields that are not mapped in Marketo.", list[10])
}
