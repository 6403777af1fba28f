package file

import (
	"bytes"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
	"tablestep/tables/boltfile"
)

// A Finding is one thing that is wrong with a file.
type Finding = boltfile.Finding

// A CheckReport is what Check found.
type CheckReport struct {
	Bytes       int64     `json:"bytes"`
	Invocations int       `json:"invocations"`
	Unfinished  int       `json:"unfinished"` // of them
	Bodies      int       `json:"bodies"`     // opened with their keys
	Tokens      int       `json:"tokens"`
	Counters    int       `json:"counters"` // of rows that have had a turn
	Stuck       int       `json:"stuck"`    // leads that keep a row
	Findings    []Finding `json:"findings"`
}

// Check verifies a file that no process has open: its pages, every row, every body with
// its key, and that the buckets agree. It changes nothing and shows nothing of what
// the bodies hold. The error is for what keeps it from looking: ErrLocked, or no such
// file.
func Check(path string) (*CheckReport, error) {
	c := &checker{report: &CheckReport{Findings: []Finding{}}}
	size, findings, err := boltfile.Examine(path, c.run)
	if err != nil {
		return nil, fmt.Errorf("check queue: %w", err)
	}
	c.report.Bytes, c.report.Findings = size, slices.Insert(c.report.Findings, 0, findings...)
	return c.report, nil
}

// checker is one check under way.
type checker struct {
	report *CheckReport
	b      *buckets
	sealer queue.Sealer
	counts [stateCount]int
}

func (c *checker) find(place, format string, args ...any) {
	c.report.Findings = append(c.report.Findings, Finding{Place: place, Problem: fmt.Sprintf(format, args...)})
}

func (c *checker) run(tx *bolt.Tx) error {
	b, err := bucketsOf(tx, false)
	if err != nil {
		return err
	}
	c.b = b
	if v := b.meta.Get([]byte(metaFormat)); !bytes.Equal(v, []byte{formatVersion}) {
		return fmt.Errorf("format %v, want %d: %w", v, formatVersion, ErrFormat)
	}
	if err := tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
		if !slices.Contains(bucketNames(), string(name)) {
			c.find(fmt.Sprintf("bucket %q", name), "nobody knows what it is")
		}
		return nil
	}); err != nil {
		return err
	}
	c.invocations()
	c.leftovers("open", b.open, queue.IDBytes, func(id queue.ID, r *record, _ []byte) bool { return !r.state.Finished() })
	c.leftovers("unanswered", b.unanswered, queue.IDBytes, func(_ queue.ID, r *record, v []byte) bool {
		return (r.state == queue.Dead || r.state == queue.ProbablyDelivered) && bytes.Equal(v, []byte{codeOf(r.state)})
	})
	c.leftovers("key", b.key, queue.IDBytes, func(_ queue.ID, r *record, _ []byte) bool { return r.has(flagPayload) || r.has(flagCallback) })
	c.leftovers("payload", b.payload, queue.IDBytes+2, func(_ queue.ID, r *record, _ []byte) bool { return r.has(flagPayload) })
	c.leftovers("callback", b.callback, queue.IDBytes+2, func(_ queue.ID, r *record, _ []byte) bool { return r.has(flagCallback) })
	c.tokens()
	c.turns()
	c.meta()
	return nil
}

// invocations verifies every info row and all that must be there for it.
func (c *checker) invocations() {
	through := c.b.meta.Get([]byte(metaTokens))
	cursor := c.b.info.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		c.report.Invocations++
		if len(k) != queue.IDBytes {
			c.find(fmt.Sprintf("invocation %x", k), "its id has %d bytes", len(k))
			continue
		}
		id := queue.ID(k)
		place := "invocation " + id.String()
		r, err := decodeRecord(v)
		if err != nil {
			c.find(place, "%v", err)
			continue
		}
		c.counts[r.state]++
		if !r.state.Finished() {
			c.report.Unfinished++
			if c.b.open.Get(k) == nil {
				c.find(place, "it is %s, and is not among those to be worked on", r.state)
			}
		} else if r.state != queue.Delivered && c.b.unanswered.Get(k) == nil {
			c.find(place, "it is %s, and is not among the unanswered ones", r.state)
		}
		c.bodies(place, id, &r)
		if r.has(flagToken) && through != nil && bytes.Compare(k, through) <= 0 && !bytes.Equal(c.b.token.Get(r.token[:]), k) {
			c.find(place, "its token is missing: a request with it would be taken for a new one")
		}
		if seq := id.Sequence(); seq > c.b.info.Sequence() {
			c.find(place, "its number %d is above that of the file, %d", seq, c.b.info.Sequence())
		}
	}
}

// bodies opens what is stored of an invocation, and requires what its state needs.
func (c *checker) bodies(place string, id queue.ID, r *record) {
	switch {
	case r.state == queue.Available && !r.has(flagPayload):
		c.find(place, "it waits for its evaluation, and its payload is missing")
	case r.state == queue.Retryable && !r.has(flagCallback):
		c.find(place, "it waits for its delivery, and its answer is missing")
	case r.state == queue.Delivered && (r.has(flagPayload) || r.has(flagCallback)):
		c.find(place, "it is delivered, and data of its leads is still there")
	}
	for _, kind := range []queue.BodyKind{queue.PayloadBody, queue.CallbackBody} {
		flag, name := uint8(flagPayload), "payload"
		if kind == queue.CallbackBody {
			flag, name = flagCallback, "answer"
		}
		if !r.has(flag) {
			continue
		}
		c.report.Bodies++
		o := c.b.body(kind, id, nil)
		if _, _, err := o.open(&c.sealer, kind); err != nil {
			c.find(place, "its %s cannot be read: %v", name, err)
		}
	}
}

// leftovers looks for rows of a bucket that belong to no invocation, or to one that
// should not have them.
func (c *checker) leftovers(name string, bucket *bolt.Bucket, keyLength int, fits func(queue.ID, *record, []byte) bool) {
	cursor := bucket.Cursor()
	last, sound := queue.ID{}, true
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		if len(k) != keyLength {
			c.find("bucket "+name, "a row has the key %x", k)
			continue
		}
		id := queue.ID(k[:queue.IDBytes])
		if id == last && !sound {
			continue // told
		}
		last, sound = id, true
		place := "invocation " + id.String()
		r, err := c.b.record(id)
		switch {
		case err != nil && c.b.info.Get(id[:]) == nil:
			sound = false
			c.find(place, "there is a row of it in bucket %s, and no invocation", name)
		case err == nil && !fits(id, &r, v):
			sound = false
			c.find(place, "it is %s, which does not fit its row in bucket %s", r.state, name)
		}
	}
}

// tokens verifies that every token names an invocation that has it.
func (c *checker) tokens() {
	cursor := c.b.token.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		c.report.Tokens++
		place := fmt.Sprintf("token %x", k)
		if len(v) != queue.IDBytes || len(k) != len(tokenKey{}) {
			c.find(place, "a row of %d bytes", len(v))
			continue
		}
		id := queue.ID(v)
		r, err := c.b.record(id)
		if err == nil && (!r.has(flagToken) || !bytes.Equal(r.token[:], k)) || err != nil && c.b.info.Get(v) == nil {
			c.find(place, "it names invocation %s, which does not have it", id)
		}
	}
}

// meta verifies the numbers of the file.
func (c *checker) meta() {
	if _, err := c.b.number([]byte(metaOpens)); err != nil {
		c.find("the file", "%v", err)
	}
	for s := queue.Delivered; s <= queue.Dead; s++ {
		n, err := c.b.number(tallyKey(s))
		switch {
		case err != nil:
			c.find("the file", "%v", err)
		case n != uint64(c.counts[s]):
			c.find("the file", "%d invocations are %s, and %d are counted", c.counts[s], s, n)
		}
	}
	if v := c.b.meta.Get([]byte(metaClean)); len(v) != 1 || v[0] > markStopping {
		c.find("the file", "it does not say whether it was closed in good order (%x)", v)
	}
	if v := c.b.meta.Get([]byte(metaTokens)); v != nil && len(v) != queue.IDBytes {
		c.find("the file", "it does not say where its tokens are (%x)", v)
	}
}
