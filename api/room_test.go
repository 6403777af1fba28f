package api

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

func TestLargeBodiesAreBoundedTogetherAndSmallOnesAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom()
		const most = 16 << 20
		large := bytes.Repeat([]byte("x"), 2<<20)
		read := func(body []byte, size int) (*admitted, error) {
			a := r.admit(context.Background(), bytes.NewReader(body), size, most)
			_, err := io.Copy(io.Discard, a)
			return a, err
		}
		var inside []*admitted
		for range roomBytes / most {
			a, err := read(large, -1) // it does not say how large it is, so it counts as the largest
			require.NoError(t, err)
			inside = append(inside, a)
		}
		_, err := read(large[:1000], -1)
		require.NoError(t, err, "small ones need no room")

		start := time.Now()
		_, err = read(large, len(large))
		var busy *fiber.Error
		require.ErrorAs(t, err, &busy)
		require.Equal(t, fiber.StatusTooManyRequests, busy.Code)
		require.Equal(t, roomWait, time.Since(start), "it was waited for")

		time.AfterFunc(roomWait/2, inside[0].leave)
		a, err := read(large, len(large))
		require.NoError(t, err, "room that comes free is used")
		a.leave()
		a.leave()
		for _, a := range inside[1:] {
			a.leave()
		}
		require.True(t, r.free.TryAcquire(roomBytes), "all of it is given back, once")
	})
}
