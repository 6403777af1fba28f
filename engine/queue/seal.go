package queue

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/klauspost/compress/s2"
)

// sealVersion is the first byte of every sealed body.
const sealVersion = 1

const (
	keyBytes   = 32
	nonceBytes = 12
	tagBytes   = 16
	// MaxSealed bounds the stored form of a body: secrets, compression that gains
	// nothing, nonce and tag.
	MaxSealed = MaxBody + MaxBody/4 + 8*MaxSecret
)

// BodyKind is bound into the seal, so that a payload never opens as a callback.
type BodyKind byte

// The two bodies of an invocation.
const (
	PayloadBody  BodyKind = 1
	CallbackBody BodyKind = 2
)

// Secrets are what a callback needs besides its body.
type Secrets struct {
	CallbackURL, APIKey, Token, MunchkinID string
}

// Key is that of one invocation. Whoever deletes it has deleted the bodies.
type Key [keyBytes]byte

// NewKey makes the key of one invocation.
func NewKey() Key {
	var key Key
	rand.Read(key[:]) // Never fails: it ends the process where there is no randomness.
	return key
}

// Sealing is what is kept in memory of a running job, so that its callback can
// be sealed with the same key and the same secrets.
type Sealing struct {
	Key     Key
	Secrets Secrets
}

// Sealer compresses and seals bodies; FORMAT.md draws the result. The zero value is
// ready, and may be used at once by many. Its scratch buffers are reused; a buffer is
// always overwritten up to the length that is read.
type Sealer struct {
	scratch sync.Pool // of *[]byte
}

// maxScratch is the largest buffer that goes back to the pool.
const maxScratch = 4 << 20

// Seal compresses body and seals it with the secrets. The result is of exact
// size and belongs to the caller.
func (s *Sealer) Seal(kind BodyKind, with *Sealing, body []byte) ([]byte, error) {
	gcm, err := newGCM(with.Key[:])
	if err != nil {
		return nil, err
	}
	buf, _ := s.scratch.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	plain := (*buf)[:0]
	for _, v := range []string{with.Secrets.CallbackURL, with.Secrets.APIKey, with.Secrets.Token, with.Secrets.MunchkinID} {
		plain = append(binary.AppendUvarint(plain, uint64(len(v))), v...)
	}
	// The body is compressed apart from the secrets, so that its compressed size
	// says nothing about them.
	head, need := len(plain), s2.MaxEncodedLen(len(body))
	if cap(plain) < head+need {
		plain = append(make([]byte, 0, head+need), plain...)
	}
	plain = plain[:head+len(s2.Encode(plain[head:head+need], body))]

	sealed := make([]byte, 1+nonceBytes, 1+nonceBytes+len(plain)+tagBytes)
	sealed[0] = sealVersion
	rand.Read(sealed[1:]) // Never fails.
	sealed = gcm.Seal(sealed, sealed[1:], plain, []byte{sealVersion, byte(kind)})

	if cap(plain) <= maxScratch {
		*buf = plain
		s.scratch.Put(buf)
	}
	return sealed, nil
}

// Open is the inverse of Seal; size is that of the body. It decrypts into sealed, which
// must belong to the caller. What does not open is ErrDamaged.
func (s *Sealer) Open(kind BodyKind, key Key, sealed []byte, size int) (Secrets, []byte, error) {
	if len(sealed) < 1+nonceBytes+tagBytes {
		return Secrets{}, nil, fmt.Errorf("sealed body of %d bytes: %w", len(sealed), ErrDamaged)
	}
	if sealed[0] != sealVersion {
		return Secrets{}, nil, fmt.Errorf("sealed body of version %d: %w", sealed[0], ErrDamaged)
	}
	gcm, err := newGCM(key[:])
	if err != nil {
		return Secrets{}, nil, err
	}
	nonce, text := sealed[1:1+nonceBytes], sealed[1+nonceBytes:]
	plain, err := gcm.Open(text[:0], nonce, text, []byte{sealVersion, byte(kind)})
	if err != nil {
		return Secrets{}, nil, fmt.Errorf("sealed body does not open: %w", ErrDamaged)
	}
	return parseBody(plain, size)
}

// parseBody reads what was sealed: the secrets, then the compressed body, which
// must have the size that is known of it.
func parseBody(plain []byte, size int) (Secrets, []byte, error) {
	var out Secrets
	for _, v := range []*string{&out.CallbackURL, &out.APIKey, &out.Token, &out.MunchkinID} {
		length, n := binary.Uvarint(plain)
		if n <= 0 || length > MaxSecret || length > uint64(len(plain)-n) {
			return Secrets{}, nil, fmt.Errorf("sealed secrets cut short or out of bounds: %w", ErrDamaged)
		}
		end := n + int(length)
		*v, plain = string(plain[n:end]), plain[end:]
	}
	// Checked before anything is allocated.
	if n, err := s2.DecodedLen(plain); err != nil || n != size || n > MaxBody {
		return Secrets{}, nil, fmt.Errorf("compressed body of %d bytes instead of %d: %w", n, size, ErrDamaged)
	}
	body, err := s2.Decode(nil, plain)
	if err != nil {
		return Secrets{}, nil, fmt.Errorf("compressed body: %w: %w", err, ErrDamaged)
	}
	return out, body, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("prepare key: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("prepare seal: %w", err)
	}
	return gcm, nil
}
