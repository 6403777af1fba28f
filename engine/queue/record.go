package queue

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"time"
)

// recordVersion is the first byte of every info row.
const recordVersion = 1

// Flags of a record.
const (
	flagToken = 1 << iota
	flagAmbiguous
	flagStarted
	flagPayload
	flagCallback
	flagAlone
)

// record is the info row of an invocation: small, in the clear, and the truth
// about its state. FORMAT.md draws it.
type record struct {
	state State
	flags uint8
	token tokenKey // only with flagToken

	updated, due, evaluated, finished, since time.Time

	batchID    string
	campaignID int64
	leads      int
	host       string

	payloadBytes, payloadStored   int // before compression; as sealed
	callbackBytes, callbackStored int

	failures, crashes         int
	attempts, series, replays int
	reason                    string
	summary                   Summary
	recent                    []Attempt
}

func (r *record) has(flag uint8) bool { return r.flags&flag != 0 }

func (r *record) set(flag uint8, on bool) {
	r.flags &^= flag
	if on {
		r.flags |= flag
	}
}

// countLost adds failures of evaluations whose lease ran out.
func (r *record) countLost(n int) {
	if n > 0 {
		r.failures += n
		r.reason = "the evaluation did not end in time"
	}
}

// ordered says that the row tells nothing of an earlier claim; see doc.go, Leases.
func (r *record) ordered() bool {
	return r.state == Available && !r.has(flagStarted) && r.failures+r.crashes+r.replays == 0
}

// bytes is the size of the body that the next claim hands out.
func (r *record) bytes() int64 {
	if r.state == Retryable {
		return int64(r.callbackBytes)
	}
	return int64(r.payloadBytes)
}

// note adds an ended attempt.
func (r *record) note(a Attempt) {
	a.Err = cut(a.Err, maxText)
	r.attempts++
	r.series++
	r.set(flagAmbiguous, r.has(flagAmbiguous) || a.Ambiguous)
	r.recent = append(r.recent, a)
	if n := len(r.recent); n > maxAttempts {
		r.recent = r.recent[n-maxAttempts:]
	}
}

// info gives the public view of a stored row.
func (r *record) info(id ID) Info {
	return Info{
		ID: id, State: r.state,
		Accepted: id.Time(), Evaluated: r.evaluated, Finished: r.finished, Updated: r.updated, Due: r.due,
		BatchID: r.batchID, CampaignID: r.campaignID, Leads: r.leads, CallbackHost: r.host,
		PayloadBytes: r.payloadBytes, CallbackBytes: r.callbackBytes,
		HasPayload: r.has(flagPayload), HasCallback: r.has(flagCallback),
		Failures: r.failures, Crashes: r.crashes, Attempts: r.attempts, Replays: r.replays,
		Ambiguous: r.has(flagAmbiguous), Reason: r.reason, Summary: r.summary, Recent: r.recent,
	}
}

// appendRecord encodes r.
func appendRecord(b []byte, r *record) []byte {
	start := len(b)
	b = append(b, recordVersion, byte(r.state), r.flags)
	if r.has(flagToken) {
		b = append(b, r.token[:]...)
	}
	for _, t := range []time.Time{r.updated, r.due, r.evaluated, r.finished, r.since} {
		b = appendTime(b, t)
	}
	b = appendString(b, r.batchID)
	b = binary.AppendVarint(b, r.campaignID)
	b = appendCount(b, r.leads)
	b = appendString(b, r.host)
	for _, n := range []int{
		r.payloadBytes, r.payloadStored, r.callbackBytes, r.callbackStored,
		r.failures, r.crashes, r.attempts, r.series, r.replays,
	} {
		b = appendCount(b, n)
	}
	b = appendString(b, r.reason)
	b = appendCount(b, r.summary.Succeeded)
	b = appendCount(b, r.summary.Failed)
	b = appendCounts(b, r.summary.Codes)
	b = appendCounts(b, r.summary.TableVersions)
	b = appendCounts(b, r.summary.RuleSetVersions)
	b = appendCount(b, len(r.recent))
	for _, a := range r.recent {
		b = appendTime(b, a.Started)
		b = binary.AppendVarint(b, int64(a.Duration))
		b = appendCount(b, a.Status)
		b = appendString(b, a.Err)
		b = append(b, boolByte(a.Ambiguous))
	}
	return binary.BigEndian.AppendUint32(b, checksum(b[start:]))
}

// decodeRecord reads an info row. It checks every length, the version and the
// checksum, and keeps nothing of b.
func decodeRecord(b []byte) (record, error) {
	var r record
	if len(b) < 7 {
		return r, fmt.Errorf("info row of %d bytes: %w", len(b), ErrDamaged)
	}
	if b[0] != recordVersion {
		return r, fmt.Errorf("info row of version %d: %w", b[0], ErrDamaged)
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if checksum(body) != sum {
		return r, fmt.Errorf("info row: checksum differs: %w", ErrDamaged)
	}
	d := decoder{b: body[3:]}
	r.state, r.flags = State(b[1]), b[2]
	if !r.state.stored() {
		return r, fmt.Errorf("info row: state %d: %w", b[1], ErrDamaged)
	}
	if r.has(flagToken) {
		copy(r.token[:], d.take(len(r.token)))
	}
	for _, t := range []*time.Time{&r.updated, &r.due, &r.evaluated, &r.finished, &r.since} {
		*t = d.time()
	}
	r.batchID = d.text(maxName)
	r.campaignID = d.varint()
	r.leads = d.count(math.MaxInt32)
	r.host = d.text(maxName)
	r.payloadBytes, r.payloadStored = d.count(MaxBody), d.count(maxSealed)
	r.callbackBytes, r.callbackStored = d.count(MaxBody), d.count(maxSealed)
	for _, n := range []*int{&r.failures, &r.crashes, &r.attempts, &r.series, &r.replays} {
		*n = d.count(math.MaxInt32)
	}
	r.reason = d.text(maxText)
	r.summary.Succeeded, r.summary.Failed = d.count(math.MaxInt32), d.count(math.MaxInt32)
	r.summary.Codes = d.counts()
	r.summary.TableVersions = d.counts()
	r.summary.RuleSetVersions = d.counts()
	for range d.count(maxAttempts) {
		r.recent = append(r.recent, Attempt{
			Started: d.time(), Duration: time.Duration(d.varint()), Status: d.count(math.MaxInt32),
			Err: d.text(maxText), Ambiguous: d.flag(),
		})
	}
	if d.err == nil && len(d.b) != 0 {
		d.err = fmt.Errorf("%d bytes left over", len(d.b))
	}
	if d.err != nil {
		return record{}, fmt.Errorf("info row: %w: %w", d.err, ErrDamaged)
	}
	return r, nil
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(b, 0)
	}
	return binary.AppendVarint(b, t.UnixMilli())
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendCount holds to the bound that the decoder checks.
func appendCount(b []byte, n int) []byte {
	return binary.AppendUvarint(b, uint64(min(max(n, 0), math.MaxInt32)))
}

func appendCounts(b []byte, m map[string]int) []byte {
	names := slices.Sorted(maps.Keys(m))
	names = names[:min(len(names), maxNamed)]
	b = appendCount(b, len(names))
	for _, name := range names {
		b = appendString(b, cut(name, maxName))
		b = appendCount(b, m[name])
	}
	return b
}

func boolByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// decoder reads the fields of a row; after the first error everything is zero.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%s cut short or out of bounds", what)
	}
	d.b = nil
}

func (d *decoder) take(n int) []byte {
	if n > len(d.b) {
		d.fail("bytes")
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail("number")
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) count(most int) int {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > uint64(most) {
		d.fail("count")
		return 0
	}
	d.b = d.b[n:]
	return int(v)
}

func (d *decoder) text(most int) string { return string(d.take(d.count(most))) }

func (d *decoder) flag() bool {
	v := d.take(1)
	if len(v) == 1 && v[0] > 1 {
		d.fail("flag")
	}
	return len(v) == 1 && v[0] == 1
}

func (d *decoder) time() time.Time {
	ms := d.varint()
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func (d *decoder) counts() map[string]int {
	n := d.count(maxNamed)
	if n == 0 || d.err != nil {
		return nil
	}
	m := make(map[string]int, n)
	for range n {
		name := d.text(maxName)
		m[name] = d.count(math.MaxInt32)
	}
	return m
}
