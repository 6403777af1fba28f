package shape

import (
	"encoding/json"
	"time"
)

// Superseded is the body of a 412: somebody has changed, since it was read, what was to be
// changed.
type Superseded struct {
	Error   Error           `json:"error"`
	Current json.RawMessage `json:"current,omitempty" doc:"What it is now, as GET shows it, of a table only the version that is live; left out: it was deleted."`
	Changed List[string]    `json:"changed" doc:"What differs from the state that the request named: fields of a lookup, rules of a rule set, rows of a table; empty where that state is not kept any more."`
	By      string          `json:"by,omitempty" doc:"Who changed it last."`
	At      *time.Time      `json:"at,omitempty" doc:"And when."`
}
