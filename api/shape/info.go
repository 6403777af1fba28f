package shape

// Info is what there is to say of the service itself.
type Info struct {
	Version       string       `json:"version"`
	PublicURL     string       `json:"publicURL"`
	UptimeSeconds int          `json:"uptimeSeconds"`
	Tables        int          `json:"tables" doc:"How many there are."`
	Invocations   Stats        `json:"invocations"`
	Damaged       List[Damage] `json:"damaged" doc:"What is set aside."`
}

// Stats count the invocations by what they wait for.
type Stats struct {
	Waiting   int `json:"waiting" doc:"For evaluation."`
	Retrying  int `json:"retrying" doc:"Evaluated, to be delivered."`
	Delivered int `json:"delivered"`
	Probably  int `json:"probablyDelivered"`
	Dead      int `json:"dead"`
	Damaged   int `json:"damaged" doc:"That cannot be read, since the start."`

	DamagedTurns int `json:"damagedTurns,omitempty" doc:"Counters of rows that take turns, and leads that keep a row, that cannot be read, since the start: they count as new."`

	FailedBatches     int    `json:"failedBatches" doc:"Answered with an error as a whole, since the start."`
	FailedBatch       string `json:"failedBatch" doc:"The last one."`
	FailedEvaluations int    `json:"failedEvaluations" doc:"Since the start."`
	FailedEvaluation  string `json:"failedEvaluation" doc:"The last one."`
}

// A Damage is something stored that is not what was written. It is not used.
type Damage struct {
	Kind    string `json:"kind"`
	Name    string `json:"name,omitempty"`
	Version int    `json:"version,omitempty" doc:"Left out: all of it."`
	Problem string `json:"problem" doc:"What was found, what follows from it, and the way out."`
}

// Functions is the list of functions that rules can call.
type Functions struct {
	Functions List[Function] `json:"functions" doc:"By group and name."`
}

// A Function is one that rules can call.
type Function struct {
	Name      string        `json:"name"`
	Signature string        `json:"signature"`
	Text      string        `json:"text" doc:"What it does."`
	Group     string        `json:"group"`
	Examples  List[Example] `json:"examples"`
}

// An Example is an expression and what it yields.
type Example struct {
	Expression string `json:"expression"`
	Result     string `json:"result"`
}
