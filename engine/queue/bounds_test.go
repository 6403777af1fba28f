package queue_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
)

func TestBoundsThatAreNotSetAreTheDefaults(t *testing.T) {
	t.Parallel()
	b, err := queue.Bounds{}.Filled()
	require.NoError(t, err)
	require.Equal(t, queue.Bounds{Limit: 100_000, Keep: 64 << 20, Running: 1024, RunningBytes: 64 << 20, DeliveringBytes: 256 << 20}, b)
	set := queue.Bounds{Limit: 1, Keep: -1, Running: 2, RunningBytes: 3, DeliveringBytes: 4}
	b, err = set.Filled()
	require.NoError(t, err)
	require.Equal(t, set, b)
	for _, b := range []queue.Bounds{{Limit: -1}, {Running: -1}, {RunningBytes: -1}, {DeliveringBytes: -1}} {
		_, err := b.Filled()
		require.ErrorIs(t, err, queue.ErrInvalid)
	}
}

func TestAListHasALengthAndAKnownState(t *testing.T) {
	t.Parallel()
	f, err := queue.Filter{}.Filled()
	require.NoError(t, err)
	require.Equal(t, 100, f.Limit)
	for _, ok := range []queue.Filter{{Limit: 1}, {Limit: queue.MaxList}, {State: queue.Available, Limit: 5}, {State: queue.Dead, Limit: 5}} {
		f, err := ok.Filled()
		require.NoError(t, err)
		require.Equal(t, ok, f)
	}
	for _, bad := range []queue.Filter{{Limit: -1}, {Limit: queue.MaxList + 1}, {State: queue.Dead + 1}} {
		_, err := bad.Filled()
		require.ErrorIs(t, err, queue.ErrInvalid)
	}
}

func TestTheBoundsOfAnInvocation(t *testing.T) {
	t.Parallel()
	secret, name := strings.Repeat("s", queue.MaxSecret), strings.Repeat("n", queue.MaxName)
	largest := queue.Invocation{
		Payload: make([]byte, queue.MaxBody), CallbackURL: secret, APIKey: secret, Token: secret, MunchkinID: secret, BatchID: name,
	}
	require.NoError(t, largest.Check())
	for what, change := range map[string]func(in *queue.Invocation){
		"payload":      func(in *queue.Invocation) { in.Payload = make([]byte, queue.MaxBody+1) },
		"callback URL": func(in *queue.Invocation) { in.CallbackURL += "x" },
		"key":          func(in *queue.Invocation) { in.APIKey += "x" },
		"token":        func(in *queue.Invocation) { in.Token += "x" },
		"munchkin id":  func(in *queue.Invocation) { in.MunchkinID += "x" },
		"batch id":     func(in *queue.Invocation) { in.BatchID += "x" },
		"-1 leads":     func(in *queue.Invocation) { in.Leads = -1 },
	} {
		in := largest
		change(&in)
		require.ErrorIs(t, in.Check(), queue.ErrInvalid, what)
		require.ErrorContains(t, in.Check(), what)
	}
}

func TestTheHostIsAllThatShowsOfACallbackURL(t *testing.T) {
	t.Parallel()
	for url, host := range map[string]string{
		"https://user:pass@mkto.adobe.io:8443/path?key=1": "mkto.adobe.io",
		"http://[::1]:80/": "::1",
		"":                 "",
		"https://a b/%zz":  "",
		"https://" + strings.Repeat("h", 300) + "/": strings.Repeat("h", 255),
	} {
		in := queue.Invocation{CallbackURL: url}
		require.Equal(t, host, in.Host(), url)
	}
}

func TestTextsAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	require.Equal(t, "abc", queue.Cut("abc", 3))
	require.Equal(t, "ab", queue.Cut("abc", 2))
	require.Equal(t, "a", queue.Cut("aä", 2))
	require.Equal(t, "aä", queue.Cut("aä", 3))
	require.Empty(t, queue.Cut("ä", 1))
	require.Empty(t, queue.Cut("\x80\x80", 1), "bytes that are no character")
}
