package tables_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// Where another owner was quicker, a change is made anew on what that one stored, and on nothing else.
func TestAChangeThatMovedEndsWhereWhatIsStoredCannotBeRead(t *testing.T) {
	t.Parallel()
	harm := errors.New("harm")
	s, owner := over(t, keepertest.NewMemory(), tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	keepertest.Publish(t, s, "t", keepertest.Countries())
	var commits atomic.Int64
	owner.Inject(func(call string) *keepertest.Fault {
		switch call {
		case "Commit":
			if commits.Add(1) == 1 {
				return &keepertest.Fault{Err: fmt.Errorf("%w: harm", tables.ErrMoved)}
			}
		case "Load":
			return &keepertest.Fault{Err: harm}
		}
		return nil
	})
	lookup := schema.Lookup{Match: []schema.Match{{Column: "country", Field: "c"}}}
	require.ErrorIs(t, s.SetLookup("t", lookup, "ann"), harm)
	require.EqualValues(t, 1, commits.Load())
	owner.Inject(nil)
	require.NoError(t, s.SetLookup("t", lookup, "ann"))
}
