// Package request finds in the bytes of a submitAsyncAction request what the
// engine reads of it, without building a tree of it.
//
// Its nouns:
//
//   - An Envelope is what acceptance needs: where the answer goes and with which
//     token.
//   - A Batch is one request: its Envelope and, for the evaluation, the id, the
//     flow step's settings and the fields of each lead.
//   - A Flow is one distinct flowStepContext; leads point to it by number.
//
// A Batch is filled by one pass that proves that the whole body is JSON and notes
// where each field of each lead stands; a field becomes a column only when
// somebody asks for it:
//
//	body ──Decode──► envelope ──Check──► accepted or refused
//	          └────► leads, flows, field positions ──Vector(field)──► column.Vector
//
// Caveats: a lead's id is kept as the digits that were received, because a
// 64-bit id does not survive float64. A Batch reads from the body it was given and
// is reused by the next Decode. Where an object has a key twice, the last one
// counts, as in encoding/json.
package request
