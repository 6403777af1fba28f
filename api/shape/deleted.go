package shape

import "time"

// A Deleted is a table or rule set that was deleted and can be restored.
type Deleted struct {
	Name     string       `json:"name" doc:"Several may have one name; the one that was deleted last is restored first."`
	Versions int          `json:"versions" doc:"How many come back with it."`
	Lookups  List[string] `json:"lookups,omitzero" doc:"Of a table: those that a person had set."`
	Deleted  time.Time    `json:"deleted"`
	Until    time.Time    `json:"until" doc:"It can be restored until then."`
}
