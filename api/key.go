package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/gofiber/fiber/v2"
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

func (r keyring) holds(key string) bool {
	hash := sha256.Sum256([]byte(key))
	found := 0
	for i := range r {
		found |= subtle.ConstantTimeCompare(r[i][:], hash[:])
	}
	return found == 1
}

// requireAPIKey lets through requests with a valid key in the header that the API
// definition names.
func requireAPIKey(r keyring) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if key := c.Get("x-api-key"); key == "" || !r.holds(key) {
			return fiber.NewError(fiber.StatusUnauthorized, "the API key in the header x-api-key is missing or wrong")
		}
		return c.Next()
	}
}

// requireAdmin lets through requests with the admin key as bearer token (RFC 6750).
func requireAdmin(r keyring) fiber.Handler {
	return func(c *fiber.Ctx) error {
		scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
		if !strings.EqualFold(scheme, "Bearer") || !r.holds(strings.TrimSpace(token)) {
			c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
			return fiber.NewError(fiber.StatusUnauthorized, "the admin key is missing or wrong; send it as \"Authorization: Bearer KEY\"")
		}
		return c.Next()
	}
}
