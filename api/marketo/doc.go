// Package marketo plays Marketo over HTTP: it installs a flow-step service, sends it leads, receives the callbacks and verifies every answer.
//
// Its nouns:
//
//   - A Simulator holds the Options of a simulation; Run plays it once and
//     gives a Report.
//   - A Lead is one person record that is sent, with the flow step's values
//     that were chosen for it.
//   - An APIDefinition, a Definition, a Picklist and a Status are what a
//     service says of itself; each has a Read function that checks it.
//   - A Validator checks callbacks against the Definition and the leads that
//     were Expected, and gives an Answer.
//   - A Problem is one violated rule of the interface.
//
// The way of a simulation:
//
//	openapi.json ─► status ─► definition ─► picklists
//	      │
//	      ▼
//	leads ─► batches ─► POST submitAsyncAction ─► service
//	                                                │
//	Report ◄─ results ◄─ Validator ◄─ receiver ◄────┘ callbacks
//
// Everything goes over real connections, the callbacks too: they come to a
// listener of the run's own. The package knows the service only through the
// published interface, so it judges any service, not one in particular.
//
// Caveats: what the interface leaves open is left open here. A callback whose
// body is not JSON is answered with 400 and does not use up its token; a token
// that is unknown or used up is answered with 404; a wrong x-api-key with 401.
// A service that is asked with wrong credentials is expected to say 401. The
// size of memory is that of the leads and their answers.
package marketo
