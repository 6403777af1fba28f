package request

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"tablestep/tables/column"
)

// A Batch is one request, found in its bytes. The zero value is ready; Decode
// may be called again and again on one Batch by one goroutine.
type Batch struct {
	Envelope
	Flows []Flow // distinct flow step settings; at least one where there is a lead

	body     []byte         // lent by the caller of Decode
	contexts [contexts]span // of the request
	leads    []lead
	values   []span // of all fields of all leads, one lead after the other
	keys     []key  // of all shapes, one shape after the other
	shapes   []shape
	flowOf   map[string]uint32

	latest     uint32 // shape of the last lead that had fields
	lastFlow   []byte // the settings of the lead before, if they are an object
	lastFlowOf uint32
	head, tail []byte // of the lead before, around its objectContext; nil if not usual
}

// Decode takes the envelope and notes where everything else stands, in one pass.
// It fails, with a *FieldError, on a body that is no JSON or has the wrong shape
// above the leads; a lead of the wrong shape is a lead without an id. What is
// missing for an answer is for Check to say.
//
// The Batch reads from the body until the next Decode, so the caller must leave
// it as it is.
func (b *Batch) Decode(body []byte) error {
	b.reset(body)
	s := &scanner{b: body}
	if s.peek() != '{' {
		return &FieldError{Message: "the body is not a JSON object"}
	}
	err := s.object(0, func(start, end int, escaped bool) error {
		switch string(s.unquoted(start, end, escaped)) {
		case "token":
			return s.stringField("token", &b.Token)
		case "apiCallBackKey":
			return s.stringField("apiCallBackKey", &b.APICallbackKey)
		case "batchid":
			return s.stringField("batchid", &b.BatchID)
		case "callbackUrl":
			return s.stringField("callbackUrl", &b.CallbackURL)
		case "campaignId":
			return s.integerField(&b.CampaignID)
		case "context":
			return b.requestContexts(s)
		case "objectData":
			b.leads, b.values, b.hasLeads = b.leads[:0], b.values[:0], true
			b.head, b.tail = nil, nil
			if s.peek() != '[' {
				return &FieldError{Field: "objectData", Message: "must be an array of leads"}
			}
			return s.array(1, func(int) error { return b.lead(s) })
		default:
			return s.skip(1)
		}
	})
	if s.space(); err == nil && s.i < len(body) {
		err = errSyntax
	}
	var field *FieldError
	switch {
	case errors.As(err, &field):
		return field
	case err != nil:
		return &FieldError{Message: fmt.Sprintf("the body is %v (at byte %d of %d)", err, s.i, len(body))}
	}
	return nil
}

// reset forgets the request before, but for the memory that it took.
func (b *Batch) reset(body []byte) {
	clear(b.flowOf)
	if b.flowOf == nil {
		b.flowOf = make(map[string]uint32)
	}
	*b = Batch{
		body: body, Flows: b.Flows[:0], leads: b.leads[:0], values: b.values[:0], keys: b.keys[:0],
		shapes: append(b.shapes[:0], shape{}), flowOf: b.flowOf,
	}
}

// Size is about how many bytes of memory the Batch takes, without the body.
func (b *Batch) Size() int {
	const fixed, aLead, aValue, aKey, aShape, aFlow, aFlowsText = 1 << 10, 64, 8, 12, 8, 192, 256
	return fixed + cap(b.leads)*aLead + cap(b.values)*aValue + cap(b.keys)*aKey + cap(b.shapes)*aShape +
		cap(b.Flows)*aFlow + len(b.flowOf)*aFlowsText
}

// Len returns how many leads there are.
func (b *Batch) Len() int { return len(b.leads) }

// ID returns the id of lead i as the digits that were received; it is empty if
// the lead has no id that is a 64-bit integer.
func (b *Batch) ID(i int) []byte { return b.leads[i].id }

// Flow returns the number of lead i's flow step settings in Flows.
func (b *Batch) Flow(i int) int { return int(b.leads[i].flow) }

// Resolve returns the name under which the leads have the field: the name itself,
// else the only one that differs by case. It reports false if no lead has it.
func (b *Batch) Resolve(name string) (string, bool) {
	other, several, seen := "", false, uint32(0)
	for i := range b.leads {
		if b.leads[i].shape == seen {
			continue
		}
		seen = b.leads[i].shape
		for _, k := range b.keysOf(seen) {
			key := b.text(k)
			switch {
			case string(key) == name:
				return name, true
			case len(key) != len(name) || !strings.EqualFold(string(key), name) || string(key) == other:
			case other == "":
				other = string(key)
			default:
				several = true
			}
		}
	}
	return other, other != "" && !several
}

// Vector fills v with the field of the given leads, in their order. A lead that
// does not have the field is null there.
func (b *Batch) Vector(name string, leads []int32, v *column.Builder) {
	v.Reset(len(leads))
	slot, of := -1, uint32(0) // where the leads of shape of have the field, -1 if nowhere
	for _, i := range leads {
		l := &b.leads[i]
		if l.shape != of {
			of, slot = l.shape, b.slot(l.shape, name)
		}
		if slot < 0 {
			v.AppendNull()
			continue
		}
		at := b.values[int(l.first)+slot]
		v.AppendBytes(value(b.body[at.start:at.end]))
	}
}

// value takes kind and text of a JSON literal that the scanner has accepted.
func value(literal []byte) (column.Kind, []byte) {
	switch literal[0] {
	case '"':
		text := literal[1 : len(literal)-1]
		if bytes.IndexByte(text, '\\') >= 0 {
			text = unescape(text)
		}
		return column.Text, text
	case 'n':
		return column.Null, nil
	case 't', 'f':
		return column.Bool, literal
	case '{', '[':
		return column.Other, literal
	default:
		return column.Number, literal
	}
}
