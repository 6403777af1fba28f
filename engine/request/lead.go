package request

import (
	"bytes"
	"strconv"
)

// A lead is what was noted of one item of objectData: 24 bytes, as there may be as
// many as the request has room for.
type lead struct {
	id     span // of the digits as received; empty if there is no usable id
	flow   uint32
	shape  uint32 // of its fields
	first  uint32 // their values are values[first:], as many as the shape has keys
	beside uint32 // which of Batch.beside; 0 if it has none of these contexts
}

// A beside is the contexts of a lead.
type beside [leadContexts]span

// A reading is a lead in the making.
type reading struct {
	lead
	contexts   beside
	settings   []byte // raw JSON of the flowStepContext
	start, end int    // of the objectContext; end is 0 while there was none
	others     bool   // a flowStepContext or a context came
	usual      bool   // there is one objectContext, and others come behind it
}

// lead notes one item of objectData. Leads of one request mostly differ in their
// objectContext only. So what stands before and behind it in one is kept as head and
// tail; where they stand again in the next, they are compared and not read.
func (b *Batch) lead(s *scanner) error {
	r := reading{lead: lead{first: uint32(len(b.values))}}
	if s.peek() != '{' {
		b.head, b.tail = nil, nil
		if err := s.skip(2); err != nil {
			return err
		}
		b.add(&r)
		return nil
	}
	begin, first := s.i, true
	if n := len(b.head); n > 0 && bytes.HasPrefix(s.b[begin:], b.head) {
		s.i, first = begin+n, false
		if err := b.objectContext(s, &r); err != nil {
			return err
		}
		if bytes.HasPrefix(s.b[s.i:], b.tail) {
			s.i += len(b.tail)
			before := &b.leads[len(b.leads)-1]
			r.flow, r.beside = before.flow, before.beside
			b.leads = append(b.leads, r.lead)
			return nil
		}
	} else {
		s.i++ // the brace
	}
	if err := s.members(first, func(start, end int, escaped bool) error {
		return b.part(s, &r, s.unquoted(start, end, escaped))
	}); err != nil {
		return err
	}
	b.add(&r)
	b.head, b.tail = nil, nil
	if r.usual {
		b.head, b.tail = s.b[begin:r.start], s.b[r.end:s.i]
	}
	return nil
}

// part reads the value of one key of a lead.
func (b *Batch) part(s *scanner, r *reading, key []byte) error {
	switch string(key) {
	case "objectContext":
		return b.objectContext(s, r)
	case "flowStepContext":
		return b.flowStepContext(s, r)
	case "programMemberContext":
		r.others = true
		return s.span(3, &r.contexts[Member])
	case "triggeringContext":
		r.others = true
		return s.span(3, &r.contexts[Trigger])
	case "myTokenContext":
		r.others = true
		return s.span(3, &r.contexts[My])
	default:
		return s.skip(3)
	}
}

// objectContext reads the fields of a lead, in place of those that came before.
func (b *Batch) objectContext(s *scanner, r *reading) error {
	b.values = b.values[:r.first]
	r.id, r.shape = span{}, 0
	r.usual = r.end == 0 && !r.others
	r.start = s.i
	err := b.fields(s, &r.lead)
	r.end = s.i
	return err
}

// flowStepContext finds the settings of a lead. An object that begins like the whole
// one of the lead before is that one.
func (b *Batch) flowStepContext(s *scanner, r *reading) error {
	r.others = true
	s.peek()
	at := s.i
	if n := len(b.lastFlow); n > 0 && bytes.HasPrefix(s.b[at:], b.lastFlow) {
		s.i += n
		r.settings = b.lastFlow
		return nil
	}
	if err := s.skip(3); err != nil {
		return err
	}
	r.settings = s.b[at:s.i]
	return nil
}

// add adds the lead and numbers its settings.
func (b *Batch) add(r *reading) {
	isObject := len(r.settings) > 0 && r.settings[0] == '{'
	if isObject && bytes.Equal(r.settings, b.lastFlow) {
		r.flow = b.lastFlowOf
	} else {
		r.flow = b.intern(r.settings)
		b.lastFlow, b.lastFlowOf = nil, r.flow
		if isObject {
			b.lastFlow = r.settings
		}
	}
	if r.contexts != (beside{}) {
		r.beside = uint32(len(b.beside))
		b.beside = append(b.beside, r.contexts)
	}
	b.leads = append(b.leads, r.lead)
}

// integerID returns the place of a literal if it is a signed 64-bit integer, else
// the empty one.
func (b *Batch) integerID(at span) span {
	literal := b.body[at.start:at.end]
	const always = 18 // digits that fit in any case
	if n := digits(literal); n == len(literal) && n > 0 && n <= always {
		return at
	}
	if _, err := strconv.ParseInt(string(literal), 10, 64); err != nil {
		return span{}
	}
	return at
}
