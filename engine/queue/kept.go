package queue

// A Body is one that stays in memory after it has been stored, until it is claimed
// for the first time: mostly that is soon, and reading, opening and decompressing it
// again cost more than storing did.
type Body struct {
	Sealing *Sealing
	Plain   []byte
	Decoded Decoded // of a payload; nil where the caller gave none
}

// Size is what it takes, in bytes.
func (b *Body) Size() int {
	size := len(b.Plain)
	if b.Decoded != nil {
		size += b.Decoded.Size()
	}
	return size
}

// Drop lets go of a body that nobody gets; nil is none.
func (b *Body) Drop() {
	if b != nil && b.Decoded != nil {
		b.Decoded.Release()
	}
}

// A Shelf counts the bodies that an owner keeps in memory, within Bounds.Keep. It is
// guarded by whoever has it; the bodies stand with what they belong to.
type Shelf struct {
	Most int // bytes; nothing where it is negative
	used int
}

// Fits says whether there is room now, so that nothing is copied for nothing.
func (s *Shelf) Fits(size int) bool { return s.used+size <= s.Most }

// Add takes a body in, or drops it where there is no room.
func (s *Shelf) Add(b *Body) bool {
	size := b.Size()
	if !s.Fits(size) {
		b.Drop()
		return false
	}
	s.used += size
	return true
}

// Remove counts a body out that goes to its job, or is dropped.
func (s *Shelf) Remove(b *Body) { s.used -= b.Size() }
