package schema

import (
	"errors"
	"fmt"
	"strings"
)

// The parameters by which a person lifts a guard.
const (
	LiftConfirm = "confirm"
	LiftForce   = "force"
	LiftAs      = "as"      // another name
	LiftReplace = "replace" // what is scheduled
)

// A Guard is a reason why a version does not go live until a person says that it may.
type Guard struct {
	Code    string // CodeColumnMissing, CodeLargeLoss and so on
	Lift    string // the parameter that lifts it; empty: another name does
	Lookup  string // that would be hurt; empty: none by name
	Column  string // likewise
	Message string // names the thing and the way out
}

// A Refusal is why a version does not go live, or is not even stored: every reason at once.
type Refusal struct {
	Table   string
	Lookup  string   // not empty: it is a version of this lookup, and not of the rows
	Version int      // that is stored and stays as it is; 0: nothing was stored
	Guards  []Guard  // each has a parameter that lifts it
	Blocks  Findings // findings that must be mended
}

// Refuse is nil where there is no reason.
func Refuse(table string, version int, guards []Guard, blocks Findings) error {
	if len(guards) == 0 && blocks.Total() == 0 {
		return nil
	}
	return &Refusal{Table: table, Version: version, Guards: guards, Blocks: blocks}
}

// Is says that a refusal is ErrConflict, but for an upload whose file must be mended.
func (r *Refusal) Is(target error) bool {
	return errors.Is(target, ErrConflict) && !r.Unprocessable()
}

// Unprocessable says that it is the file that has to be mended: nothing of it was stored.
func (r *Refusal) Unprocessable() bool { return r.Version == 0 && r.Blocks.Total() > 0 }

// Error names all reasons; of the findings that block the first one and how many there are.
func (r *Refusal) Error() string {
	var reasons []string
	for _, g := range r.Guards {
		reasons = append(reasons, g.Message)
	}
	if len(r.Blocks.List) > 0 {
		first := r.Blocks.List[0]
		place := (&UploadError{Row: first.Row, Column: first.Column, Message: first.Message}).Error()
		if total := r.Blocks.Total(); total > 1 {
			place = fmt.Sprintf("%d findings block it, the first: %s", total, place)
		}
		reasons = append(reasons, place)
	}
	text := strings.Join(reasons, "; ")
	if r.Version > 0 && r.Lookup != "" {
		return fmt.Sprintf("version %d of lookup %q of table %q cannot go live: %s", r.Version, Excerpt(r.Lookup), Excerpt(r.Table), text)
	}
	if r.Version > 0 {
		return fmt.Sprintf("version %d of table %q cannot go live: %s", r.Version, Excerpt(r.Table), text)
	}
	return text
}
