package queue_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine/queue"
)

func TestWhatIsSealedOpensWithItsKeyAsItsKindOnly(t *testing.T) {
	t.Parallel()
	var s queue.Sealer
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 50, 200)
		with := &queue.Sealing{Key: queue.NewKey(), Secrets: queue.Secrets{
			CallbackURL: text.Draw(t, "url"), APIKey: text.Draw(t, "key"), Token: text.Draw(t, "token"), MunchkinID: text.Draw(t, "munchkin"),
		}}
		body := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "body"), rapid.IntRange(1, 100).Draw(t, "times"))
		changed, cut := rapid.IntRange(0, 1<<20).Draw(t, "changed"), rapid.IntRange(0, 1<<20).Draw(t, "cut")
		kind := rapid.SampledFrom([]queue.BodyKind{queue.PayloadBody, queue.CallbackBody}).Draw(t, "kind")
		sealed, err := s.Seal(kind, with, body)
		require.NoError(t, err)
		require.LessOrEqual(t, len(sealed), queue.MaxSealed)

		secrets, plain, err := s.Open(kind, with.Key, bytes.Clone(sealed), len(body))
		require.NoError(t, err)
		require.Equal(t, with.Secrets, secrets)
		require.True(t, bytes.Equal(body, plain))

		for what, open := range map[string]func() error{
			"the other kind": func() error {
				_, _, err := s.Open(3-kind, with.Key, bytes.Clone(sealed), len(body))
				return err
			},
			"another key": func() error {
				_, _, err := s.Open(kind, queue.NewKey(), bytes.Clone(sealed), len(body))
				return err
			},
			"another size": func() error {
				_, _, err := s.Open(kind, with.Key, bytes.Clone(sealed), len(body)+1)
				return err
			},
			"another version": func() error {
				bad := bytes.Clone(sealed)
				bad[0]++
				_, _, err := s.Open(kind, with.Key, bad, len(body))
				return err
			},
			"a changed byte": func() error {
				bad := bytes.Clone(sealed)
				bad[changed%len(bad)] ^= 1
				_, _, err := s.Open(kind, with.Key, bad, len(body))
				return err
			},
			"a part": func() error {
				_, _, err := s.Open(kind, with.Key, bytes.Clone(sealed[:cut%len(sealed)]), len(body))
				return err
			},
		} {
			require.ErrorIs(t, open(), queue.ErrDamaged, what)
		}
	})
}

func TestNothingOfABodyShowsThroughItsSeal(t *testing.T) {
	t.Parallel()
	var s queue.Sealer
	body := []byte(strings.Repeat("canary@example.com ", 100))
	with := &queue.Sealing{Key: queue.NewKey(), Secrets: queue.Secrets{CallbackURL: "https://canary/", APIKey: "canary-key", Token: "canary-token", MunchkinID: "canary-id"}}
	first, err := s.Seal(queue.PayloadBody, with, body)
	require.NoError(t, err)
	require.NotContains(t, string(first), "canary")
	require.Less(t, len(first), len(body)/4, "it is compressed")
	require.Equal(t, len(first), cap(first), "and takes no more memory than it needs")
	second, err := s.Seal(queue.PayloadBody, with, body)
	require.NoError(t, err)
	require.NotEqual(t, first[1:13], second[1:13], "each seal has a nonce of its own")
	one, other := queue.NewKey(), queue.NewKey()
	require.NotEqual(t, one, other)

	// The compressed size must say nothing about the secrets.
	with.Secrets.Token = string(body[:12])
	third, err := s.Seal(queue.PayloadBody, with, body)
	require.NoError(t, err)
	require.Len(t, third, len(first))
}

// The scratch buffers are used again, by bodies of other sizes and by many at once.
func TestBodiesOfAllSizesSealBesideEachOther(t *testing.T) {
	t.Parallel()
	var s queue.Sealer
	with := &queue.Sealing{Key: queue.NewKey(), Secrets: queue.Secrets{Token: "t"}}
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			for _, size := range []int{100_000, 0, 5 << 20, 1, 1000} {
				body := bytes.Repeat([]byte{byte(size)}, size)
				sealed, err := s.Seal(queue.CallbackBody, with, body)
				if err == nil {
					var plain []byte
					if _, plain, err = s.Open(queue.CallbackBody, with.Key, sealed, size); err == nil && !bytes.Equal(plain, body) {
						err = queue.ErrDamaged
					}
				}
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
}

func TestSecretsOfTheSealAreBounded(t *testing.T) {
	t.Parallel()
	var s queue.Sealer
	with := &queue.Sealing{Key: queue.NewKey(), Secrets: queue.Secrets{Token: strings.Repeat("t", queue.MaxSecret)}}
	sealed, err := s.Seal(queue.PayloadBody, with, nil)
	require.NoError(t, err)
	secrets, _, err := s.Open(queue.PayloadBody, with.Key, sealed, 0)
	require.NoError(t, err)
	require.Equal(t, with.Secrets, secrets)
	with.Secrets.Token += "t"
	sealed, err = s.Seal(queue.PayloadBody, with, nil)
	require.NoError(t, err)
	_, _, err = s.Open(queue.PayloadBody, with.Key, sealed, 0)
	require.ErrorIs(t, err, queue.ErrDamaged)
}

// FuzzOpenBody: strangers' bytes never open, and the inside of a seal never panics.
func FuzzOpenBody(f *testing.F) {
	var s queue.Sealer
	in := []byte(`{"objectData":[{"objectContext":{"id":1,"email":"lead1@example.com"}}]}`)
	with := &queue.Sealing{Key: queue.NewKey(), Secrets: queue.Secrets{CallbackURL: "https://host1.example.com/callback", APIKey: "key-1", Token: "token-1", MunchkinID: "123-ABC-456"}}
	sealed, err := s.Seal(queue.PayloadBody, with, in)
	require.NoError(f, err)
	good := sha256.Sum256(sealed)

	f.Add(sealed, len(in))
	f.Add([]byte{0, 0, 0, 0, 3, 8, 'a', 'b', 'c'}, 3)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		body, err := queue.ParseBody(b, size)
		if err == nil {
			require.Len(t, body, size)
		} else {
			require.ErrorIs(t, err, queue.ErrDamaged)
		}
		if sha256.Sum256(b) != good {
			_, _, err = s.Open(queue.PayloadBody, with.Key, bytes.Clone(b), size)
			require.ErrorIs(t, err, queue.ErrDamaged)
		}
	})
}
