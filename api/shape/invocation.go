package shape

import "time"

// Invocations is a list of invocations.
type Invocations struct {
	Invocations List[Invocation] `json:"invocations" doc:"The newest first."`
}

// An Invocation is what people may see of one: no secrets, no lead data.
type Invocation struct {
	ID         string        `json:"id"`
	State      string        `json:"state"`
	Accepted   time.Time     `json:"accepted"`
	Evaluated  *time.Time    `json:"evaluated" doc:"null: not yet."`
	Finished   *time.Time    `json:"finished" doc:"null: not yet."`
	Due        *time.Time    `json:"due" doc:"Next evaluation or attempt; null: there is none."`
	BatchID    string        `json:"batchId"`
	CampaignID int64         `json:"campaignId"`
	Host       string        `json:"callbackHost"`
	Leads      int           `json:"leads"`
	Summary    Summary       `json:"summary"`
	Attempts   int           `json:"attempts"`
	Failures   int           `json:"failures" doc:"Of evaluation."`
	Crashes    int           `json:"crashes" doc:"Of the service, while nothing but this was evaluated."`
	Replays    int           `json:"replays"`
	Ambiguous  bool          `json:"ambiguous" doc:"An attempt may have arrived without an answer."`
	Reason     string        `json:"reason"`
	Recent     List[Attempt] `json:"recentAttempts"`
}

// A Summary counts the leads of an invocation by what became of them.
type Summary struct {
	Succeeded int    `json:"succeeded"`
	Failed    int    `json:"failed"`
	Codes     Counts `json:"codes" doc:"Failed leads by code."`
	Tables    Counts `json:"tableVersions" doc:"Versions that answered, by table."`
	RuleSets  Counts `json:"ruleSetVersions" doc:"Versions that ran, by rule set."`
}

// An Attempt is one POST of a callback.
type Attempt struct {
	Started   time.Time `json:"started"`
	Millis    int64     `json:"durationMs"`
	Status    int       `json:"status" doc:"0: no answer."`
	Error     string    `json:"error"`
	Ambiguous bool      `json:"ambiguous" doc:"It may have arrived."`
}

// Replay asks for finished invocations to be delivered again.
type Replay struct {
	State string    `json:"state" required:"true" doc:"dead or probably_delivered."`
	From  time.Time `json:"from" required:"true" doc:"Accepted from this time on."`
	To    time.Time `json:"to" required:"true" doc:"Accepted before this time."`
}

// Replayed says how many will be.
type Replayed struct {
	Replayed int `json:"replayed"`
}
