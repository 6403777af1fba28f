package api

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// A keyring holds the keys that are valid; two are while one is rotated. Keys are
// compared by their hashes, in a time that does not depend on them.
type keyring [][sha256.Size]byte

func newKeyring(keys []string) keyring {
	var r keyring
	for _, k := range keys {
		r = append(r, sha256.Sum256([]byte(k)))
	}
	return r
}

func (r keyring) holds(key []byte) bool {
	hash := sha256.Sum256(key)
	found := 0
	for i := range r {
		found |= subtle.ConstantTimeCompare(r[i][:], hash[:])
	}
	return found == 1
}

// A side is whom a key is for.
type side uint8

const (
	marketo side = 1 << iota // API keys
	people                   // admin keys
)

// keys are all that are valid, by side.
type keys struct{ api, admin keyring }

// sides tells for which sides a request has shown a right key.
func (k *keys) sides(h *fasthttp.RequestHeader) side {
	var s side
	if key := h.Peek("X-Api-Key"); len(key) > 0 && k.api.holds(key) {
		s |= marketo
	}
	// RFC 6750.
	scheme, token, _ := bytes.Cut(h.Peek(fiber.HeaderAuthorization), []byte(" "))
	if len(token) > 0 && bytes.EqualFold(scheme, []byte("Bearer")) && k.admin.holds(bytes.TrimSpace(token)) {
		s |= people
	}
	return s
}

// require lets through requests with a right key of one of the sides, and refuses
// others in the words of the first.
func (k *keys) require(any side) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if k.sides(&c.Request().Header)&any == 0 {
			return refuse(c, any)
		}
		if conn := connOf(c); conn != nil {
			conn.Prove()
		}
		return c.Next()
	}
}

func refuse(c *fiber.Ctx, any side) error {
	if any&marketo != 0 {
		return fiber.NewError(fiber.StatusUnauthorized, "the API key in the header x-api-key is missing or wrong")
	}
	c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	return fiber.NewError(fiber.StatusUnauthorized, "the admin key is missing or wrong; send it as \"Authorization: Bearer KEY\"")
}
