package request

import "fmt"

// Limits bound what Decode notes. The zero value means the defaults.
type Limits struct {
	// Leads is how many leads a request may have; 0 is no bound.
	Leads int
	// Bytes is how much memory what is noted may take, besides the body; 0 is
	// DefaultBytes.
	Bytes int
}

// DefaultBytes is the memory that a request may take, besides its body. A request of
// 16 MB whose 5,000 leads have 150 fields each takes 6 MB, as a field takes eight
// bytes; what takes more has next to nothing but commas and quotes in it.
const DefaultBytes = 64 << 20

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	return l
}

// A LimitError says which limit a request goes beyond whose envelope could be read.
type LimitError struct {
	Leads   int // that the request has
	Message string
}

// Error names the number, the limit and the way out.
func (e *LimitError) Error() string { return e.Message }

// Unwrap gives the answer to who only tries a request.
func (e *LimitError) Unwrap() error { return &FieldError{Field: "objectData", Message: e.Message} }

// over is the limit that a request goes beyond.
type over uint8

const (
	within over = iota
	overLeads
	overBytes
)

func (b *Batch) limitError(l *Limits) *LimitError {
	if b.over == overLeads {
		return &LimitError{b.count, fmt.Sprintf("the request has %d leads and may have %d; send smaller batches, or raise --max-leads", b.count, l.Leads)}
	}
	return &LimitError{b.count, fmt.Sprintf(
		"the %d leads of the request take more than %d MiB once they are read; send smaller batches, or fewer fields and contexts", b.count, l.Bytes>>20)}
}

// item notes one item of objectData, or only reads over it once there are too many.
func (b *Batch) item(s *scanner, l *Limits) error {
	if b.count++; b.count > l.Leads && l.Leads > 0 {
		b.stop(overLeads)
	}
	if b.over != within {
		return s.skip(2)
	}
	if err := b.lead(s); err != nil {
		return err
	}
	if b.noted() > l.Bytes {
		b.stop(overBytes)
	}
	return nil
}

// stop notes no more leads and gives back the memory of those before. Too many leads
// say more than too large ones.
func (b *Batch) stop(why over) {
	if b.over == within {
		*b = Batch{Envelope: b.Envelope, body: b.body, contexts: b.contexts, flowOf: map[string]uint32{}, beside: make([]beside, 1), shapes: make([]shape, 1), count: b.count}
	}
	if b.over != overLeads {
		b.over = why
	}
}

// Bytes of what is noted, each.
const (
	leadBytes   = 24
	valueBytes  = 8
	besideBytes = 24
	keyBytes    = 12
	shapeBytes  = 8
	flowBytes   = 192 + 64 // with its place in the map
)

// noted is how many bytes of memory are in use, besides the body.
func (b *Batch) noted() int {
	return len(b.leads)*leadBytes + len(b.values)*valueBytes + len(b.beside)*besideBytes +
		len(b.keys)*keyBytes + len(b.shapes)*shapeBytes + len(b.Flows)*flowBytes + b.flowText
}

// Size is about how many bytes of memory the Batch takes, without the body.
func (b *Batch) Size() int {
	const fixed = 1 << 10
	return fixed + cap(b.leads)*leadBytes + cap(b.values)*valueBytes + cap(b.beside)*besideBytes +
		cap(b.keys)*keyBytes + cap(b.shapes)*shapeBytes + cap(b.Flows)*flowBytes + b.flowText
}
