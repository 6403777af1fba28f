package file

import (
	"time"

	"tablestep/tables"
)

// scheduleRecord is what of a table goes live at a time, in its head.
type scheduleRecord struct {
	Version  int            `json:"version,omitempty"`
	Lookups  map[string]int `json:"lookups,omitempty"`
	Confirm  bool           `json:"confirm,omitempty"`
	Force    bool           `json:"force,omitempty"`
	At       time.Time      `json:"at"`
	By       string         `json:"by,omitempty"`
	Asked    time.Time      `json:"asked"`
	Base     int            `json:"base,omitempty"`
	Tried    time.Time      `json:"tried"`
	Revision uint64         `json:"revision,omitempty"`
	Refusals []reasonRecord `json:"refusals,omitempty"`
	Refused  *time.Time     `json:"refused,omitempty"`
}

type reasonRecord struct {
	Code    string `json:"code"`
	Lift    string `json:"lift,omitempty"`
	Lookup  string `json:"lookup,omitempty"`
	Row     int    `json:"row,omitempty"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message,omitempty"`
	More    int    `json:"more,omitempty"`
}

func newScheduleRecord(s *tables.Schedule) *scheduleRecord {
	if s == nil {
		return nil
	}
	r := &scheduleRecord{
		Version: s.Version, Lookups: s.Lookups, Confirm: s.Confirm, Force: s.Force, At: s.At, By: s.By, Asked: s.Asked, Base: s.Base,
		Tried: s.Tried, Revision: s.Revision,
	}
	for _, reason := range s.Refusals {
		r.Refusals = append(r.Refusals, reasonRecord(reason))
	}
	if !s.Refused.IsZero() {
		r.Refused = &s.Refused
	}
	return r
}

func (r *scheduleRecord) schedule() *tables.Schedule {
	if r == nil {
		return nil
	}
	s := &tables.Schedule{
		Version: r.Version, Lookups: r.Lookups, Lift: tables.Lift{Confirm: r.Confirm, Force: r.Force}, At: r.At, By: r.By, Asked: r.Asked, Base: r.Base,
		Tried: r.Tried, Revision: r.Revision,
	}
	for _, reason := range r.Refusals {
		s.Refusals = append(s.Refusals, tables.Reason(reason))
	}
	if r.Refused != nil {
		s.Refused = *r.Refused
	}
	return s
}
