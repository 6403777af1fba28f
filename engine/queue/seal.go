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
	// maxSealed bounds the stored form of a body: secrets, compression that gains
	// nothing, nonce and tag.
	maxSealed = MaxBody + MaxBody/4 + 8*maxSecret
)

// bodyKind is bound into the seal, so that a payload never opens as a callback.
type bodyKind byte

const (
	payloadBody  bodyKind = 1
	callbackBody bodyKind = 2
)

// secrets are what a callback needs besides its body.
type secrets struct {
	callbackURL, apiKey, token, munchkinID string
}

func (in Invocation) secrets() secrets {
	return secrets{in.CallbackURL, in.APIKey, in.Token, in.MunchkinID}
}

// sealing is what is kept in memory of a running job, so that its callback can
// be sealed with the same key and the same secrets.
type sealing struct {
	key     [keyBytes]byte
	secrets secrets
}

// sealer compresses and seals bodies. Its scratch buffers are reused; a buffer
// is always overwritten up to the length that is read.
type sealer struct {
	scratch sync.Pool // of *[]byte
}

// maxScratch is the largest buffer that goes back to the pool.
const maxScratch = 4 << 20

// newKey makes the key of one invocation.
func newKey() [keyBytes]byte {
	var key [keyBytes]byte
	rand.Read(key[:]) // Never fails: it ends the process where there is no randomness.
	return key
}

// seal compresses body and seals it with the secrets. The result is of exact
// size and belongs to the caller.
func (s *sealer) seal(kind bodyKind, with *sealing, body []byte) ([]byte, error) {
	gcm, err := newGCM(with.key[:])
	if err != nil {
		return nil, err
	}
	buf, _ := s.scratch.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	plain := (*buf)[:0]
	for _, v := range []string{with.secrets.callbackURL, with.secrets.apiKey, with.secrets.token, with.secrets.munchkinID} {
		plain = appendString(plain, v)
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

// open is the inverse of seal. It decrypts into sealed, which must belong to the caller.
func (s *sealer) open(kind bodyKind, key, sealed []byte, bodyBytes int) (secrets, []byte, error) {
	var out secrets
	if len(key) != keyBytes {
		return out, nil, fmt.Errorf("key row of %d bytes: %w", len(key), ErrDamaged)
	}
	if len(sealed) < 1+nonceBytes+tagBytes {
		return out, nil, fmt.Errorf("sealed body of %d bytes: %w", len(sealed), ErrDamaged)
	}
	if sealed[0] != sealVersion {
		return out, nil, fmt.Errorf("sealed body of version %d: %w", sealed[0], ErrDamaged)
	}
	gcm, err := newGCM(key)
	if err != nil {
		return out, nil, err
	}
	nonce, text := sealed[1:1+nonceBytes], sealed[1+nonceBytes:]
	plain, err := gcm.Open(text[:0], nonce, text, []byte{sealVersion, byte(kind)})
	if err != nil {
		return out, nil, fmt.Errorf("sealed body does not open: %w", ErrDamaged)
	}
	return parseBody(plain, bodyBytes)
}

// parseBody reads what was sealed: the secrets, then the compressed body, which
// must have the size that the info row claims.
func parseBody(plain []byte, bodyBytes int) (secrets, []byte, error) {
	var out secrets
	d := decoder{b: plain}
	for _, v := range []*string{&out.callbackURL, &out.apiKey, &out.token, &out.munchkinID} {
		*v = d.text(maxSecret)
	}
	if d.err != nil {
		return secrets{}, nil, fmt.Errorf("sealed secrets: %w: %w", d.err, ErrDamaged)
	}
	// Checked before anything is allocated.
	if n, err := s2.DecodedLen(d.b); err != nil || n != bodyBytes || n > MaxBody {
		return secrets{}, nil, fmt.Errorf("compressed body of %d bytes instead of %d: %w", n, bodyBytes, ErrDamaged)
	}
	body, err := s2.Decode(nil, d.b)
	if err != nil {
		return secrets{}, nil, fmt.Errorf("compressed body: %w: %w", err, ErrDamaged)
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

// keyVersion is the first byte of every key row.
const keyVersion = 1

func encodeKey(key [keyBytes]byte) []byte { return append([]byte{keyVersion}, key[:]...) }

func decodeKey(row []byte) ([keyBytes]byte, error) {
	var key [keyBytes]byte
	if len(row) != 1+keyBytes || row[0] != keyVersion {
		return key, fmt.Errorf("key row of %d bytes: %w", len(row), ErrDamaged)
	}
	copy(key[:], row[1:])
	return key, nil
}

// tokenKey is the first half of the SHA-256 of a token. 128 bits are far more
// than what would let two tokens of one file collide by chance.
type tokenKey [16]byte

func makeTokenKey(hash [32]byte) tokenKey { return tokenKey(hash[:16]) }

// encodeNumber and decodeNumber are the form of the numbers in the meta bucket.
func encodeNumber(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func decodeNumber(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("number of %d bytes: %w", len(b), ErrDamaged)
	}
	return binary.BigEndian.Uint64(b), nil
}
