package file

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"tablestep/engine/queue"
)

// stateCount is the number of states, and 0.
const stateCount = int(queue.Dead) + 1

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
	state queue.State
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
	summary                   summaryRow
	recent                    []attemptRow
}

// summaryRow is a Summary as it is stored; its reason is the record's.
type summaryRow struct {
	succeeded, failed                     int
	codes, tableVersions, ruleSetVersions map[string]int
}

func summaryRowOf(s *queue.Summary) summaryRow {
	return summaryRow{s.Succeeded, s.Failed, s.Codes, s.TableVersions, s.RuleSetVersions}
}

func (s *summaryRow) summary() queue.Summary {
	return queue.Summary{
		Succeeded: s.succeeded, Failed: s.failed, Codes: s.codes, TableVersions: s.tableVersions, RuleSetVersions: s.ruleSetVersions,
	}
}

// attemptRow is an Attempt as it is stored.
type attemptRow struct {
	started   time.Time
	duration  time.Duration
	status    int
	err       string
	ambiguous bool
}

func (a *attemptRow) attempt() queue.Attempt {
	return queue.Attempt{Started: a.started, Duration: a.duration, Status: a.status, Err: a.err, Ambiguous: a.ambiguous}
}

// codeOf is the number by which a state is stored, 0 where it is not.
func codeOf(s queue.State) byte {
	switch s {
	case queue.Available:
		return 1
	case queue.Retryable:
		return 3
	case queue.Delivered:
		return 5
	case queue.ProbablyDelivered:
		return 6
	case queue.Dead:
		return 7
	}
	return 0
}

// stateOf is its inverse; false: no state is stored by that number.
func stateOf(code byte) (queue.State, bool) {
	switch code {
	case 1:
		return queue.Available, true
	case 3:
		return queue.Retryable, true
	case 5:
		return queue.Delivered, true
	case 6:
		return queue.ProbablyDelivered, true
	case 7:
		return queue.Dead, true
	}
	return 0, false
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
		r.reason = queue.ReasonLate
	}
}

// ordered says that the row tells nothing of an earlier claim; see doc.go, Leases.
func (r *record) ordered() bool {
	return r.state == queue.Available && !r.has(flagStarted) && r.failures+r.crashes+r.replays == 0
}

// bytes is the size of the body that the next claim hands out.
func (r *record) bytes() int64 {
	if r.state == queue.Retryable {
		return int64(r.callbackBytes)
	}
	return int64(r.payloadBytes)
}

// note adds an ended attempt.
func (r *record) note(a *queue.Attempt) {
	r.attempts++
	r.series++
	r.set(flagAmbiguous, r.has(flagAmbiguous) || a.Ambiguous)
	r.recent = append(r.recent, attemptRow{a.Started, a.Duration, a.Status, a.Err, a.Ambiguous})
	if n := len(r.recent); n > queue.MaxRecent {
		r.recent = r.recent[n-queue.MaxRecent:]
	}
}

// refused counts the attempts of this series that were answered with 401 or 403.
func (r *record) refused() int {
	n := 0
	for _, a := range r.recent[max(len(r.recent)-r.series, 0):] {
		if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
			n++
		}
	}
	return n
}

// info gives the public view of a stored row.
func (r *record) info(id queue.ID) queue.Info {
	info := queue.Info{
		ID: id, State: r.state,
		Accepted: id.Time(), Evaluated: r.evaluated, Finished: r.finished, Updated: r.updated, Due: r.due,
		BatchID: r.batchID, CampaignID: r.campaignID, Leads: r.leads, CallbackHost: r.host,
		PayloadBytes: r.payloadBytes, CallbackBytes: r.callbackBytes,
		HasPayload: r.has(flagPayload), HasCallback: r.has(flagCallback),
		Failures: r.failures, Crashes: r.crashes, Attempts: r.attempts, Replays: r.replays,
		Ambiguous: r.has(flagAmbiguous), Reason: r.reason, Summary: r.summary.summary(),
	}
	for i := range r.recent {
		info.Recent = append(info.Recent, r.recent[i].attempt())
	}
	return info
}

// appendRecord encodes r.
func appendRecord(b []byte, r *record) []byte {
	start := len(b)
	b = append(b, recordVersion, codeOf(r.state), r.flags)
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
	b = appendCount(b, r.summary.succeeded)
	b = appendCount(b, r.summary.failed)
	b = appendCounts(b, r.summary.codes)
	b = appendCounts(b, r.summary.tableVersions)
	b = appendCounts(b, r.summary.ruleSetVersions)
	b = appendCount(b, len(r.recent))
	for _, a := range r.recent {
		b = appendTime(b, a.started)
		b = binary.AppendVarint(b, int64(a.duration))
		b = appendCount(b, a.status)
		b = appendString(b, a.err)
		b = append(b, boolByte(a.ambiguous))
	}
	return binary.BigEndian.AppendUint32(b, checksum(b[start:]))
}

// decodeRecord reads an info row. It checks every length, the version and the
// checksum, and keeps nothing of b.
func decodeRecord(b []byte) (record, error) {
	var r record
	if len(b) < 7 {
		return r, fmt.Errorf("info row of %d bytes: %w", len(b), queue.ErrDamaged)
	}
	if b[0] != recordVersion {
		return r, fmt.Errorf("info row of version %d: %w", b[0], queue.ErrDamaged)
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if checksum(body) != sum {
		return r, fmt.Errorf("info row: checksum differs: %w", queue.ErrDamaged)
	}
	d := decoder{b: body[3:]}
	var known bool
	if r.state, known = stateOf(b[1]); !known {
		return r, fmt.Errorf("info row: state %d: %w", b[1], queue.ErrDamaged)
	}
	r.flags = b[2]
	if r.has(flagToken) {
		copy(r.token[:], d.take(len(r.token)))
	}
	for _, t := range []*time.Time{&r.updated, &r.due, &r.evaluated, &r.finished, &r.since} {
		*t = d.time()
	}
	r.batchID = d.text(queue.MaxName)
	r.campaignID = d.varint()
	r.leads = d.count(math.MaxInt32)
	r.host = d.text(queue.MaxName)
	r.payloadBytes, r.payloadStored = d.count(queue.MaxBody), d.count(queue.MaxSealed)
	r.callbackBytes, r.callbackStored = d.count(queue.MaxBody), d.count(queue.MaxSealed)
	for _, n := range []*int{&r.failures, &r.crashes, &r.attempts, &r.series, &r.replays} {
		*n = d.count(math.MaxInt32)
	}
	r.reason = d.text(queue.MaxText)
	r.summary.succeeded, r.summary.failed = d.count(math.MaxInt32), d.count(math.MaxInt32)
	r.summary.codes = d.counts()
	r.summary.tableVersions = d.counts()
	r.summary.ruleSetVersions = d.counts()
	for range d.count(queue.MaxRecent) {
		r.recent = append(r.recent, attemptRow{
			started: d.time(), duration: time.Duration(d.varint()), status: d.count(math.MaxInt32),
			err: d.text(queue.MaxText), ambiguous: d.flag(),
		})
	}
	if d.err == nil && len(d.b) != 0 {
		d.err = fmt.Errorf("%d bytes left over", len(d.b))
	}
	if d.err != nil {
		return record{}, fmt.Errorf("info row: %w: %w", d.err, queue.ErrDamaged)
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
	names = names[:min(len(names), queue.MaxNamed)]
	b = appendCount(b, len(names))
	for _, name := range names {
		b = appendString(b, queue.Cut(name, queue.MaxName))
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
	n := d.count(queue.MaxNamed)
	if n == 0 || d.err != nil {
		return nil
	}
	m := make(map[string]int, n)
	for range n {
		name := d.text(queue.MaxName)
		m[name] = d.count(math.MaxInt32)
	}
	return m
}
