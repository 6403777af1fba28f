package ssfs

// What Marketo is told, for tests that need no whole service to say what happened.
var (
	StatusOf   = statusOf
	PicklistOf = picklistOf
)

// Damaged adds what is set aside, and Endings the tables whose last row ends.
var (
	Damaged = (*status).damaged
	Endings = (*status).endings
)

// MaxPicklistRequest is the bound of a picklist request's body.
const MaxPicklistRequest = maxPicklistRequest
