// Package ssfs is Marketo's side of the service: the interface of a Self-Service
// Flow Step, as Adobe's API definition describes it.
//
// Its nouns:
//
//   - The API definition (/openapi.json) tells Marketo where everything is and
//     how to authenticate.
//   - The service definition (/getServiceDefinition) declares the flow step's
//     attributes. Marketo reads it once and never again, so it is frozen: a golden
//     file guards it, and whatever varies goes into picklists.
//   - A picklist (/getPicklist) is the list of choices of one attribute. Marketo
//     asks every night and when a user presses refresh, and tells on that
//     occasion which lead fields the admin has mapped.
//   - The status (/status) lands in Marketo's service log each night.
//   - An invocation (/submitAsyncAction) is accepted and answered later.
//
// Marketo reads the API definition, the icons and the instructions without
// credentials; everything else needs the API key.
package ssfs
