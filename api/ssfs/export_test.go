package ssfs

// What Marketo is told, for tests that need no whole service to say what happened.
var (
	StatusOf   = statusOf
	PicklistOf = picklistOf
)

// Damaged adds what is set aside.
var Damaged = (*status).damaged

// MaxPicklistRequest is the bound of a picklist request's body.
const MaxPicklistRequest = maxPicklistRequest
