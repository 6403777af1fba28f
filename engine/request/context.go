package request

import (
	"bytes"

	"tablestep/tables/column"
)

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
	Global                      // context.admin: the global parameters, those marked as headers among them
	Headers                     // context.headers, where a sender keeps those apart

	leadContexts = int(My) + 1
	contexts     = int(Headers) + 1
)

// customFields is the member of programMemberContext that holds the custom fields of
// the program's members.
const customFields = "pmcf"

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
			if v := member(b.context(b.contexts[Subscription]), "munchkinId"); len(v) > 0 && v[0] == '"' {
				_, id := value(v)
				b.MunchkinID = string(id)
			}
			return nil
		case "admin":
			return s.span(2, &b.contexts[Global])
		case "headers":
			return s.span(2, &b.contexts[Headers])
		default:
			return s.skip(2)
		}
	})
}

// member returns the literal of one member of an object, the last one of that name, else
// the only one whose name differs by case; nil if there is none.
func member(object []byte, name string) (literal []byte) {
	if len(object) == 0 || object[0] != '{' {
		return nil
	}
	var (
		exact, several bool
		other          []byte // the key that differs by case
	)
	s := newScanner(object)
	// The bytes have been accepted before, so this walk cannot fail.
	_ = s.object(3, func(start, end int, escaped bool) error {
		s.peek()
		at := s.i
		if err := s.skip(4); err != nil {
			return err
		}
		switch key := s.unquoted(start, end, escaped); {
		case string(key) == name:
			exact, literal = true, object[at:s.i]
		case exact || len(key) != len(name) || !bytes.EqualFold(key, []byte(name)):
		case other == nil || bytes.Equal(other, key):
			other, literal = key, object[at:s.i]
		default:
			several = true
		}
		return nil
	})
	if several && !exact {
		return nil
	}
	return literal
}

// context is the bytes of an object of the request.
func (b *Batch) context(at span) []byte { return b.body[at.start:at.end] }

// MemberVector fills v with a custom field of the program's members.
func (b *Batch) MemberVector(name string, leads []int32, v *column.Builder) {
	b.vector(Member, leads, v, func(object []byte) []byte { return member(member(object, customFields), name) })
}

// ContextVector fills v with a member of a context, for the given leads in their
// order. Contexts of the request are the same for all of them. A member of Member
// that Marketo has none of is looked for among the custom fields.
func (b *Batch) ContextVector(c Context, name string, leads []int32, v *column.Builder) {
	find := func(object []byte) []byte { return member(object, name) }
	switch c {
	case Member:
		find = func(object []byte) []byte {
			if own := member(object, name); own != nil {
				return own
			}
			return member(member(object, customFields), name)
		}
	case My:
		// Tokens are asked for by their bare names. In which form they come back is not
		// written anywhere, so those of a campaign are taken, too.
		prefixed, braced := "my."+name, "{{my."+name+"}}"
		find = func(object []byte) []byte {
			for _, name := range [...]string{name, prefixed, braced} {
				if literal := member(object, name); literal != nil {
					return literal
				}
			}
			return nil
		}
	case Global:
		find = func(object []byte) []byte {
			if literal := member(object, name); literal != nil {
				return literal
			}
			return member(b.context(b.contexts[Headers]), name)
		}
	}
	b.vector(c, leads, v, find)
}

// vector fills v with what find takes out of a context. Leads that share theirs share
// the search, too.
func (b *Batch) vector(c Context, leads []int32, v *column.Builder, find func(object []byte) []byte) {
	v.Reset(len(leads))
	var literal []byte
	if int(c) >= leadContexts {
		literal = find(b.context(b.contexts[c]))
	}
	known, of := false, uint32(0)
	for _, i := range leads {
		if int(c) < leadContexts {
			if beside := b.leads[i].beside; !known || beside != of {
				known, of = true, beside
				literal = find(b.context(b.beside[beside][c]))
			}
		}
		if len(literal) == 0 {
			v.AppendNull()
			continue
		}
		v.AppendBytes(value(literal))
	}
}
