package api

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"tablestep/api/route"
)

// No key is never a right one, even where an empty one was set by mistake.
func TestAnEmptyKeyOpensNothing(t *testing.T) {
	k := &keys{api: newKeyring([]string{""}), admin: newKeyring([]string{""})}
	for _, header := range []string{"Bearer ", "Bearer", "Basic Og==", ""} {
		var h fasthttp.RequestHeader
		h.Set("X-Api-Key", "")
		h.Set("Authorization", header)
		require.Zero(t, k.shown(&h, true), header)
	}
}

func TestAKeyIsKnownBySide(t *testing.T) {
	k := &keys{api: newKeyring([]string{"one"}), admin: newKeyring([]string{"two", "three"})}
	for _, c := range []struct {
		key, authorization string
		password           bool
		want               route.Keys
	}{
		{"one", "", false, route.Marketo},
		{"two", "Bearer one", false, 0},
		{"", "bearer  two ", false, route.Admin},
		{"one", "Bearer three", true, route.Marketo | route.Admin},
		{"", "Basic eDp0d28=", true, route.Admin},
		{"", "Basic eDp0d28=", false, 0},
		{"", "Basic dHdv", true, 0}, // a name without a password
		{"", "Basic two", true, 0},
		{"", "Token two", true, 0},
	} {
		var h fasthttp.RequestHeader
		h.Set("X-Api-Key", c.key)
		h.Set("Authorization", c.authorization)
		require.Equal(t, c.want, k.shown(&h, c.password), "%+v", c)
	}
}
