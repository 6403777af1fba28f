package queue

// Decoded is what a caller made of a payload and wants to have again with the Job,
// so that it need not be made twice. The queue never looks into it.
type Decoded interface {
	// Size is about how many bytes of memory it takes.
	Size() int
	// Release is called when the queue lets go of it without giving it to a Job. It
	// must not call the queue.
	Release()
}

// kept is a body that stays in memory after it has been stored, until it is claimed
// for the first time: mostly that is soon, and reading, opening and decompressing it
// again cost more than storing did.
type kept struct {
	sealing *sealing
	body    []byte
	decoded Decoded // of a payload; nil where the caller gave none
}

func (k *kept) size() int {
	size := len(k.body)
	if k.decoded != nil {
		size += k.decoded.Size()
	}
	return size
}

// keep leaves the body with the entry if the bound allows it. It is called with the
// lock held.
func (q *Queue) keep(e *entry, k *kept) {
	if size := k.size(); q.keptBytes+size <= q.opts.Keep {
		q.keptBytes += size
		e.kept = k
		return
	}
	if k.decoded != nil {
		k.decoded.Release()
	}
}

// takeKept takes what was kept away from the entry, nil if nothing was. It is
// called with the lock held.
func (q *Queue) takeKept(e *entry) *kept {
	k := e.kept
	if k == nil {
		return nil
	}
	q.keptBytes -= k.size()
	e.kept = nil
	return k
}

// mayKeep says whether there is room now, so that nothing is copied for nothing.
func (q *Queue) mayKeep(size int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.keptBytes+size <= q.opts.Keep
}
