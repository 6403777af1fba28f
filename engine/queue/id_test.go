package queue_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine/queue"
)

func TestIDsKeepOrderAndText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var a, b queue.ID
		copy(a[:], rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "a"))
		copy(b[:], rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "b"))
		require.Equal(t, strings.Compare(a.String(), b.String()), a.Compare(b))
		parsed, err := queue.ParseID(a.String())
		require.NoError(t, err)
		require.Equal(t, a, parsed)
	})
	for _, s := range []string{"", "00", strings.Repeat("0", 23), strings.Repeat("0", 25), strings.Repeat("g", 24)} {
		_, err := queue.ParseID(s)
		require.ErrorIs(t, err, queue.ErrInvalid, s)
	}
}

func TestAnIDIsItsTimeAndItsNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		millis := rapid.Int64Range(0, 1<<48-2).Draw(t, "millis")
		number := rapid.Uint64Range(0, 1<<48-1).Draw(t, "number")
		id := queue.MakeID(millis, number)
		require.Equal(t, millis, id.Millis())
		require.Equal(t, number, id.Sequence())
		require.Equal(t, time.UnixMilli(millis), id.Time())
		require.Equal(t, millis|int64(number) == 0, id.IsZero())
		first := queue.FirstID(id.Time())
		require.LessOrEqual(t, first.Compare(id), 0)
		require.Positive(t, queue.FirstID(id.Time().Add(time.Millisecond)).Compare(id))
	})
	require.True(t, queue.FirstID(time.Time{}).IsZero(), "a time before all others is no overflow")
	require.Equal(t, "0000000000010000000000ff", queue.MakeID(1, 255).String())
}

func TestIDsAndStatesStandInJSONAsWords(t *testing.T) {
	t.Parallel()
	type row struct {
		ID    queue.ID
		State queue.State
	}
	in := row{queue.MakeID(5, 6), queue.ProbablyDelivered}
	text, err := json.Marshal(in)
	require.NoError(t, err)
	require.JSONEq(t, `{"ID":"000000000005000000000006","State":"probably_delivered"}`, string(text))
	var out row
	require.NoError(t, json.Unmarshal(text, &out))
	require.Equal(t, in, out)
	for _, bad := range []string{`{"ID":"5"}`, `{"State":"asleep"}`} {
		require.ErrorIs(t, json.Unmarshal([]byte(bad), &out), queue.ErrInvalid)
		require.Equal(t, in, out, "what cannot be read changes nothing")
	}
}

func TestStatesHaveWords(t *testing.T) {
	t.Parallel()
	finished := 0
	for s := queue.Available; s <= queue.Dead; s++ {
		parsed, err := queue.ParseState(s.String())
		require.NoError(t, err)
		require.Equal(t, s, parsed)
		if s.Finished() {
			finished++
		}
	}
	require.Equal(t, 3, finished)
	for _, s := range []queue.State{0, queue.Dead + 1} {
		require.False(t, s.Finished())
		_, err := queue.ParseState(s.String())
		require.ErrorIs(t, err, queue.ErrInvalid)
	}
}
