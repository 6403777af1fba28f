package shape

import "time"

// Counters are what the rows have been given that take turns.
type Counters struct {
	Counters List[Counter] `json:"counters" doc:"In the order of the rows of the live version, then those of rows that are gone; lookup by lookup."`
}

// A Counter is that of one row.
type Counter struct {
	Lookup   string     `json:"lookup"`
	Instance string     `json:"instance"`
	Row      string     `json:"row" doc:"The cell of the column rowKey."`
	Number   int        `json:"number,omitempty" doc:"Of the row in the live version, from 1 below the header; absent: it has gone."`
	Leads    int64      `json:"leads" doc:"That it was given."`
	Share    float64    `json:"share" doc:"Of all leads of the lookup, 0 to 1."`
	Weight   int64      `json:"weight"`
	Cap      *int64     `json:"cap,omitempty" doc:"Absent: none."`
	InPeriod int64      `json:"inPeriod" doc:"Leads in the period."`
	Period   string     `json:"period,omitempty" doc:"The one of now: a day, a week of ISO 8601 or a month; absent: there are no caps."`
	Away     bool       `json:"away" doc:"Today."`
	Out      bool       `json:"out" doc:"It gets no leads now: it is away, full, without weight, cannot be read or has gone."`
	Last     *time.Time `json:"last,omitempty" doc:"When it was last given one."`
}

// SetCounters sets what is counted.
type SetCounters struct {
	Lookup   string           `json:"lookup,omitempty" doc:"Left out: the default one."`
	Instance string           `json:"instance,omitempty" doc:"Left out: default."`
	Reset    bool             `json:"reset,omitempty" doc:"Set all counters of the lookup to 0 first."`
	Rows     List[SetCounter] `json:"rows,omitempty"`
}

// SetCounter sets that of one row; what is left out stays.
type SetCounter struct {
	Row      string `json:"row" doc:"The cell of the column rowKey."`
	Leads    *int64 `json:"leads,omitempty" doc:"Turns go on as if it had had so many: with five less it gets five more before the others."`
	InPeriod *int64 `json:"inPeriod,omitempty" doc:"Of the period of now."`
}
