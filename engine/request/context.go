package request

import "tablestep/tables/column"

// A Context is an object beside a lead's fields that rules can read.
type Context uint8

// The contexts. The first ones belong to a lead, the others to the request.
const (
	Member       Context = iota // programMemberContext
	Trigger                     // triggeringContext
	My                          // myTokenContext
	Campaign                    // context.campaign
	Program                     // context.program
	Subscription                // context.subscription

	leadContexts = int(My) + 1
	contexts     = int(Subscription) + 1
)

// A span is the place of a value in the body; empty if there is none.
type span struct{ start, end uint32 }

// span notes the place of a value of any kind and reads over it.
func (s *scanner) span(depth int, to *span) error {
	s.peek()
	start := s.i
	if err := s.skip(depth); err != nil {
		return err
	}
	*to = span{uint32(start), uint32(s.i)}
	return nil
}

// requestContexts notes the contexts of the request and takes the account id.
func (b *Batch) requestContexts(s *scanner) error {
	b.contexts, b.MunchkinID = [contexts]span{}, ""
	if s.peek() != '{' {
		return s.skip(1)
	}
	return s.object(1, func(start, end int, escaped bool) error {
		switch string(s.unquoted(start, end, escaped)) {
		case "campaign":
			return s.span(2, &b.contexts[Campaign])
		case "program":
			return s.span(2, &b.contexts[Program])
		case "subscription":
			if err := s.span(2, &b.contexts[Subscription]); err != nil {
				return err
			}
			b.MunchkinID = ""
			if v := b.member(b.contexts[Subscription], "munchkinId"); len(v) > 0 && v[0] == '"' {
				_, id := value(v)
				b.MunchkinID = string(id)
			}
			return nil
		default:
			return s.skip(2)
		}
	})
}

// member returns the literal of one member of an object in the body, the last one
// of that name; nil if there is none.
func (b *Batch) member(of span, name string) (literal []byte) {
	object := b.body[of.start:of.end]
	if len(object) == 0 || object[0] != '{' {
		return nil
	}
	s := newScanner(object)
	// The bytes have been accepted before, so this walk cannot fail.
	_ = s.object(3, func(start, end int, escaped bool) error {
		s.peek()
		at := s.i
		if err := s.skip(4); err != nil {
			return err
		}
		if string(s.unquoted(start, end, escaped)) == name {
			literal = object[at:s.i]
		}
		return nil
	})
	return literal
}

// ContextVector fills v with a member of a context, for the given leads in their
// order. Contexts of the request are the same for all of them.
func (b *Batch) ContextVector(c Context, name string, leads []int32, v *column.Builder) {
	v.Reset(len(leads))
	var literal []byte
	if int(c) >= leadContexts {
		literal = b.member(b.contexts[c], name)
	}
	for _, i := range leads {
		if int(c) < leadContexts {
			literal = b.member(b.beside[b.leads[i].beside][c], name)
		}
		if len(literal) == 0 {
			v.AppendNull()
			continue
		}
		v.AppendBytes(value(literal))
	}
}
