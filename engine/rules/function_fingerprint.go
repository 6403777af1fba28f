package rules

import (
	"crypto/sha256"
	"encoding/hex"
)

// fingerprintFunctions tell others of a text without telling the text.
func fingerprintFunctions() []*function {
	return []*function{
		{
			name: "sha256", signature: "sha256(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The SHA-256 of the text in UTF-8, as 64 hexadecimal digits: as advertising networks take e-mail addresses, mostly of lower(trim(x)). The empty text and nil give the empty text, so that nobody is matched by them.",
			examples: []Example{{`sha256("abc")`, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`}, {`sha256("")`, `""`}},
			plain: func(s string) string {
				if s == "" {
					return ""
				}
				sum := sha256.Sum256([]byte(s))
				return hex.EncodeToString(sum[:])
			},
		},
	}
}
