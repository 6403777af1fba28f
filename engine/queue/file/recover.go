package file

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"tablestep/engine/queue"
)

// metaLines is the row of the meta bucket that holds lines.
const metaLines = "lines"

// lines say how the process that wrote them claims for evaluation: in two lines, of
// large bodies and of others, each in the order of acceptance. While there are
// suspects nothing is claimed from them.
type lines struct {
	running int // how many may run at once; 0 until the first is claimed that is no suspect
	large   int // bytes beyond which a payload is large
}

func encodeLines(l lines) []byte {
	return binary.BigEndian.AppendUint64(encodeNumber(uint64(l.running)), uint64(l.large))
}

// lines reads what the process before wrote. One that wrote nothing had one line and
// no bound.
func (b *buckets) lines() (lines, error) {
	row := b.meta.Get([]byte(metaLines))
	switch len(row) {
	case 0:
		return lines{math.MaxInt, math.MaxInt}, nil
	case 16:
		most := func(b []byte) int { return int(min(binary.BigEndian.Uint64(b), math.MaxInt)) }
		return lines{most(row[:8]), most(row[8:])}, nil
	}
	return lines{}, fmt.Errorf("meta row %q has %d bytes: %w", metaLines, len(row), queue.ErrDamaged)
}

// A muster tells, invocation by invocation in the order of acceptance, which of them
// may have been running when the process died; see doc.go, Leases.
type muster struct {
	ran          lines
	small, large int // ordered ones that were met in each line
}

func (m *muster) mayHaveRun(r *record) bool {
	if !r.ordered() {
		return r.has(flagStarted)
	}
	n := &m.small
	if r.payloadBytes > m.ran.large {
		n = &m.large
	}
	*n++
	return *n <= m.ran.running
}

// recoverOpen takes the unfinished invocations into the index. After an
// unclean stop it writes down what that may have interrupted.
func (q *Queue) recoverOpen(b *buckets, found *Recovered, ran lines, now time.Time) error {
	rewritten := make(map[queue.ID]*record)
	m := muster{ran: ran}
	c := b.open.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		id, err := idFromKey(k)
		if err != nil {
			return err
		}
		rec, err := b.record(id)
		if err != nil || rec.state.Finished() {
			found.Damaged = append(found.Damaged, id)
			continue
		}
		if rec.state == queue.Available && rec.recover(found, &m, now) {
			rewritten[id] = &rec
		}
		// Where the clock has been set back since, nobody waits longer than was meant.
		if latest := now.Add(max(rec.due.Sub(rec.updated), 0)); rec.due.After(latest) {
			rec.due = latest
		}
		if rec.state == queue.Retryable && !found.Clean && !rec.due.After(now) {
			found.Interrupted++
			if !rec.has(flagAmbiguous) {
				rec.set(flagAmbiguous, true)
				rewritten[id] = &rec
			}
		}
		e := &entry{
			id: id, state: rec.state, at: onClock(rec.due, now),
			accepted: onClock(id.Time(), now), since: onClock(rec.since, now), ambiguous: rec.has(flagAmbiguous),
			bytes: rec.bytes(), ordered: rec.ordered(), crashes: rec.crashes,
			suspect: rec.state == queue.Available && (rec.crashes > 0 || rec.has(flagStarted)),
		}
		if e.suspect {
			found.Suspects++
		}
		q.index.add(e, now)
	}
	for id, rec := range rewritten {
		if err := b.putRecord(id, rec, now); err != nil {
			return err
		}
	}
	found.Available, found.Retryable = q.index.counts[queue.Available], q.index.counts[queue.Retryable]
	return nil
}

// recover brings the row of an available invocation up to date after the process
// before, and says whether it has changed.
func (r *record) recover(found *Recovered, m *muster, now time.Time) (changed bool) {
	if found.Clean {
		changed = r.has(flagStarted)
		r.set(flagStarted|flagAlone, false)
		return changed
	}
	mayHaveRun := m.mayHaveRun(r)
	if r.has(flagAlone) {
		r.set(flagAlone, false)
		changed = true
		if !found.Stopping {
			r.crashes++
			r.updated, r.due = now, now.Add(time.Duration(r.crashes)*queue.CrashPause)
			r.reason = queue.ReasonCrashed
		}
	}
	// The suspicion is kept in the row, as the next crash may come before its turn.
	if mayHaveRun && !r.has(flagStarted) {
		r.set(flagStarted, true)
		changed = true
	}
	return changed
}
