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
	beside   []beside // contexts of the leads that have any; the first is that of those that have none
	values   []span   // of all fields of all leads, one lead after the other
	keys     []key    // of all shapes, one shape after the other
	shapes   []shape
	flowOf   map[string]uint32
	flowText int // bytes that Flows and the keys of flowOf hold at most

	count int  // items of objectData, noted or not
	over  over // why no more are noted

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
func (b *Batch) Decode(body []byte) error { return b.DecodeWithin(body, Limits{}) }

// DecodeWithin is Decode with limits. Beyond them it fails with a *LimitError. Then
// the Batch has its envelope and no leads, and Count says how many there are.
func (b *Batch) DecodeWithin(body []byte, limits Limits) error {
	limits = limits.withDefaults()
	b.reset(body)
	s := newScanner(body)
	if s.peek() != '{' {
		return &FieldError{Message: "the body is not a JSON object"}
	}
	err := s.object(0, func(start, end int, escaped bool) error {
		switch string(s.unquoted(start, end, escaped)) {
		case "token":
			return s.stringField("token", true, &b.Token)
		case "apiCallBackKey":
			return s.stringField("apiCallBackKey", true, &b.APICallbackKey)
		case "batchid":
			return s.labelField("batchid", &b.BatchID)
		case "callbackUrl":
			return s.stringField("callbackUrl", false, &b.CallbackURL)
		case "campaignId":
			return s.integerField(&b.CampaignID)
		case "context":
			return b.requestContexts(s)
		case "objectData":
			b.hasLeads, b.count, b.over = true, 0, within
			b.leads, b.values = b.leads[:0], b.values[:0]
			b.head, b.tail = nil, nil
			if s.peek() != '[' {
				return &FieldError{Field: "objectData", Message: "must be an array of leads"}
			}
			return s.array(1, func(int) error { return b.item(s, &limits) })
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
	case b.over != within:
		return b.limitError(&limits)
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
		beside: append(b.beside[:0], beside{}), shapes: append(b.shapes[:0], shape{}), flowOf: b.flowOf,
	}
}

// Len returns how many leads there are to be answered.
func (b *Batch) Len() int { return len(b.leads) }

// Count returns how many leads the request has, noted or not.
func (b *Batch) Count() int { return b.count }

// ID returns the id of lead i as the digits that were received; it is empty if
// the lead has no id that is a 64-bit integer.
func (b *Batch) ID(i int) []byte { return b.body[b.leads[i].id.start:b.leads[i].id.end] }

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
