package api

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tablestep/api/route"
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

// keys are all that are valid, by whose they are.
type keys struct{ api, admin keyring }

// shown tells whose right keys a request has shown. password says that the admin key may
// have come as the password of a browser that asked its user.
func (k *keys) shown(h *fasthttp.RequestHeader, password bool) route.Keys {
	var who route.Keys
	if key := h.Peek("X-Api-Key"); len(key) > 0 && k.api.holds(key) {
		who |= route.Marketo
	}
	// RFC 6750, RFC 7617.
	scheme, token, _ := bytes.Cut(h.Peek(fiber.HeaderAuthorization), []byte(" "))
	token = bytes.TrimSpace(token)
	if password && bytes.EqualFold(scheme, []byte("Basic")) {
		plain, err := base64.StdEncoding.AppendDecode(nil, token)
		if err != nil {
			return who
		}
		_, token, _ = bytes.Cut(plain, []byte(":"))
	} else if !bytes.EqualFold(scheme, []byte("Bearer")) {
		return who
	}
	if len(token) > 0 && k.admin.holds(token) {
		who |= route.Admin
	}
	return who
}

// opens says whether a request has shown a key that opens a route.
func (k *keys) opens(h *fasthttp.RequestHeader, r *route.Route) bool {
	return k.shown(h, r.Password)&r.Keys != 0
}

// require lets through requests with a right key for a route, and refuses others in the
// words of the first side that has one.
func (k *keys) require(r *route.Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !k.opens(&c.Request().Header, r) {
			return refuse(c, r)
		}
		if conn := connOf(c); conn != nil {
			conn.Prove()
		}
		return c.Next()
	}
}

func refuse(c *fiber.Ctx, r *route.Route) error {
	if r.Keys&route.Marketo != 0 {
		return fiber.NewError(fiber.StatusUnauthorized, "the API key in the header x-api-key is missing or wrong")
	}
	c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	if r.Password {
		c.Set(fiber.HeaderWWWAuthenticate, `Basic realm="Tablestep: any name, the admin key as password", charset="UTF-8"`)
	}
	return fiber.NewError(fiber.StatusUnauthorized, "the admin key is missing or wrong; send it as \"Authorization: Bearer KEY\"")
}
