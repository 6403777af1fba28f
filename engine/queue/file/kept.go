package file

import "tablestep/engine/queue"

// keep leaves the body with the entry if the bound allows it. It is called with the
// lock held.
func (q *Queue) keep(e *entry, b *queue.Body) {
	if q.shelf.Add(b) {
		e.kept = b
	}
}

// takeKept takes what was kept away from the entry, nil if nothing was. It is
// called with the lock held.
func (q *Queue) takeKept(e *entry) *queue.Body {
	b := e.kept
	if b == nil {
		return nil
	}
	q.shelf.Remove(b)
	e.kept = nil
	return b
}

// mayKeep says whether there is room now, so that nothing is copied for nothing.
func (q *Queue) mayKeep(size int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.shelf.Fits(size)
}
