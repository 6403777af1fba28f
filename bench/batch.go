package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
)

// tokenBytes is the length of the token in every batch.
const tokenBytes = 24

// A batch is one rendered request.
type batch struct {
	body  []byte
	token int // where the token begins in body
	leads int
}

// tableName is what a table of so many rows is called.
func tableName(rows int) string { return fmt.Sprintf("accounts-%d", rows) }

// makeBatches renders n different requests of so many leads for the table of so
// many rows. Nine keys of ten are in the table, and one of four is spelled in
// another way than there.
func makeBatches(n, leads, rows int, callbackURL string) []batch {
	r := rand.New(rand.NewPCG(uint64(rows), uint64(leads)))
	out := make([]batch, n)
	for i := range out {
		out[i] = makeBatch(r, leads, rows, callbackURL)
	}
	return out
}

func makeBatch(r *rand.Rand, leads, rows int, callbackURL string) batch {
	b := []byte(`{"token":"`)
	at := len(b)
	b = append(b, bytes.Repeat([]byte{'0'}, tokenBytes)...)
	b = fmt.Appendf(b, `","apiCallBackKey":"0123456789abcdef0123456789abcdef","batchid":"bench","campaignId":1001,"callbackUrl":%q,`, callbackURL)
	b = append(b, `"context":{"subscription":{"munchkinId":"123-ABC-456","prefix":"example"},"admin":{}},"objectData":[`...)
	for i := range leads {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendLead(b, r, rows)
	}
	return batch{append(b, `]}`...), at, leads}
}

// appendLead adds a lead of about 369 bytes.
func appendLead(b []byte, r *rand.Rand, rows int) []byte {
	account := appendAccount(nil, r.IntN(rows+rows/9+1))
	if r.IntN(4) == 0 {
		account = append(bytes.ToUpper(account), ' ')
	}
	b = fmt.Appendf(b, `{"objectType":"lead","objectContext":{"id":%d,"email":"%08x@company%d.example",`, 1_000_000+r.IntN(9_000_000), r.Uint32(), r.IntN(1000))
	b = fmt.Appendf(b, `"firstName":"F%04x","lastName":"Last%06x","company":%q,`, r.IntN(1<<16), r.IntN(1<<24), account)
	b = fmt.Appendf(b, `"title":"Manager %d","country":"United States","state":"CA","postalCode":"%05d","phone":"+1 555 %07d","industry":"Media","leadScore":%d},`,
		r.IntN(100), r.IntN(100_000), r.IntN(10_000_000), r.IntN(100))
	return fmt.Appendf(b, `"flowStepContext":{"table":%q,"onNoMatch":"keep"}}`, tableName(rows))
}

// batchCount is how many different batches are sent in turns: enough that their
// keys are spread over the table.
func batchCount(leads int) int { return max(32, min(1024, 8192/leads)) }
