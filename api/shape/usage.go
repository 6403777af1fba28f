package shape

import "time"

// Usage is who uses a table.
type Usage struct {
	Campaigns List[CampaignUse] `json:"campaigns" doc:"Of the last 30 days, as far as invocations are kept, the latest first."`
	RuleSets  List[string]      `json:"ruleSets" doc:"Live ones that look up in the table."`
	Chains    List[string]      `json:"chains" doc:"Live lookups of other tables that go on to one of this table, by then or else."`
}

// A CampaignUse is a campaign whose leads were looked up in a table.
type CampaignUse struct {
	ID    int64     `json:"id" doc:"Of the campaign in Marketo."`
	Leads int       `json:"leads" doc:"Of its invocations that used the table."`
	Last  time.Time `json:"last" doc:"When the last of them was accepted."`
}
