package ssfs

// PicklistPath is where Marketo asks for the choices of an attribute.
const PicklistPath = "/getPicklist"

// Names are what Marketo will know the flow step by. Once used in a subscription
// they can never be used again, so they are settings of the deployment.
type Names struct {
	API      string // identifier, such as tablestepLookup
	Step     string // in the flow palette
	Trigger  string
	Filter   string
	Provider string
	Support  string // e-mail address or page
}

type stepTexts struct {
	Name        string `json:"name"`
	FilterName  string `json:"filterName"`
	TriggerName string `json:"triggerName"`
	Description string `json:"description"`
}

type attributeTexts struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Tooltip     string `json:"uiTooltip,omitempty"`
}

// An attribute is declared for the flow step or for the callback. Sources
// disagree on hasPicklist or picklistUrl and on required or isRequired, so both
// of each pair are told.
type attribute struct {
	APIName  string                    `json:"apiName"`
	I18n     map[string]attributeTexts `json:"i18n"`
	DataType string                    `json:"dataType"`

	HasPicklist     *bool  `json:"hasPicklist,omitempty"`
	PicklistURL     string `json:"picklistUrl,omitempty"`
	EnforcePicklist *bool  `json:"enforcePicklistSelect,omitempty"`
	Required        *bool  `json:"required,omitempty"`
	IsRequired      *bool  `json:"isRequired,omitempty"`
}

type invocationDefinition struct {
	FlowAttributes       []attribute `json:"flowAttributes"`
	GlobalAttributes     []attribute `json:"globalAttributes"`
	Fields               []struct{}  `json:"fields"`
	Headers              []struct{}  `json:"headers"`
	UserDrivenMapping    bool        `json:"userDrivenMapping"`
	ProgramContext       bool        `json:"programContext"`
	CampaignContext      bool        `json:"campaignContext"`
	TriggerContext       bool        `json:"triggerContext"`
	ProgramMemberContext bool        `json:"programMemberContext"`
	SubscriptionContext  bool        `json:"subscriptionContext"`
	MyTokenContext       []string    `json:"myTokenContext"`
}

type callbackDefinition struct {
	Attributes        []attribute `json:"attributes"`
	Fields            []struct{}  `json:"fields"`
	UserDrivenMapping bool        `json:"userDrivenMapping"`
}

type serviceDefinition struct {
	APIName              string               `json:"apiName"`
	I18n                 map[string]stepTexts `json:"i18n"`
	PrimaryAttribute     string               `json:"primaryAttribute"`
	InvocationPayloadDef invocationDefinition `json:"invocationPayloadDef"`
	CallbackPayloadDef   callbackDefinition   `json:"callbackPayloadDef"`
}

// The attributes of the flow step that have a picklist.
const (
	attrTable       = "table"
	attrRuleSet     = "ruleSet"
	attrKeyName     = "keyName"
	attrKeyValField = "keyValField"
	attrLookupField = "lookupField"
	attrReturnField = "returnField"
	attrOnNoMatch   = "onNoMatch"
)

// A flowAttribute is one input of the flow step.
type flowAttribute struct {
	name, dataType, label, description, tooltip string
	picklist, required                          bool
	simple                                      bool // also shown by the simple step
}

// flowAttributes is frozen with the first release.
func flowAttributes() []flowAttribute {
	return []flowAttribute{
		{attrTable, "string", "Table", "Lookup table that the lead is matched against.", "Pick a table, or none to run rules alone. A new table appears after the picklist refresh.", true, true, true},
		{attrRuleSet, "string", "Rule set", "Rules that run over the result of the lookup.", "Leave empty to use the lookup's own rule set.", true, false, true},
		{attrKeyName, "string", "Key column", "Column of the table to search in.", "Leave empty to use the lookup's own setting.", true, false, false},
		{attrKeyValField, "string", "Key field", "Lead field whose value is searched for.", "Leave empty to use the lookup's own setting.", true, false, false},
		{"keyValue", "text", "Key value", "Text or token that is searched for instead of a lead field.", "For example {{lead.Country}}. Leave empty to use a lead field.", false, false, false},
		{attrLookupField, "string", "Return column", "Column of the table whose value is returned.", "Leave empty to use the lookup's own outputs.", true, false, false},
		{attrReturnField, "string", "Return field", "Lead field that the value is written to.", "Leave empty to use the lookup's own outputs.", true, false, false},
		{attrOnNoMatch, "string", "If nothing matches", "Keep the fields as they are, write default values, or clear the fields.", "Leave empty to use the lookup's own setting.", true, false, true},
		{"defaultValue", "text", "Default value", "Value to write if nothing matches.", "Used with: write default values.", false, false, false},
		{"param1", "text", "Parameter 1", "Text or token that rules can read.", "", false, false, true},
		{"param2", "text", "Parameter 2", "Text or token that rules can read.", "", false, false, false},
		{"param3", "text", "Parameter 3", "Text or token that rules can read.", "", false, false, false},
	}
}

type callbackAttribute struct {
	name, dataType, label, description string
}

// callbackAttributes is frozen with the first release.
func callbackAttributes() []callbackAttribute {
	return []callbackAttribute{
		{"returnVal", "text", "Returned value", "Value of the first output column."},
		{"searchParams", "text", "Search parameters", "Table, version and values that were searched for."},
		{"matched", "boolean", "Matched", "Whether a row of the table matched."},
		{"matchedRow", "integer", "Matched row", "Number of the row that matched; the first row below the header is 1."},
		{"matchScore", "float", "Match score", "How well the row matched, from 0 to 1."},
		{"matchMode", "string", "Match mode", "How the row was matched, such as normalized or fuzzy; of several columns each mode once."},
		{"lookup", "string", "Lookup", "Table, or table/lookup, that was searched in, as in the table picklist."},
		{"tableVersion", "integer", "Table version", "Version of the table that answered."},
		{"rulesFired", "string", "Rules fired", "Names of the rules that held."},
		{"ruleSetVersion", "integer", "Rule set version", "Version of the rule set that ran."},
		{"value1", "text", "Value 1", "Text that a rule has set."},
		{"value2", "text", "Value 2", "Text that a rule has set."},
		{"value3", "text", "Value 3", "Text that a rule has set."},
		{"value4", "text", "Value 4", "Text that a rule has set."},
		{"value5", "text", "Value 5", "Text that a rule has set."},
		{"number1", "float", "Number 1", "Number that a rule has set."},
		{"number2", "float", "Number 2", "Number that a rule has set."},
		{"number3", "float", "Number 3", "Number that a rule has set."},
		{"date1", "date", "Date 1", "Date that a rule has set."},
		{"flag1", "boolean", "Flag 1", "Yes or no that a rule has set."},
		{"flag2", "boolean", "Flag 2", "Yes or no that a rule has set."},
		{"outputs", "text", "Outputs", "Fields that were written, as JSON."},
	}
}

// define makes the service definition from what may differ a deployment.
func define(o Options) *serviceDefinition {
	names := o.Names
	d := &serviceDefinition{
		APIName: names.API,
		I18n: map[string]stepTexts{"en_US": {
			Name: names.Step, FilterName: names.Filter, TriggerName: names.Trigger,
			Description: "Matches a lead against an uploaded table and writes what it finds.",
		}},
		PrimaryAttribute: attrTable,
		InvocationPayloadDef: invocationDefinition{
			GlobalAttributes: []attribute{}, Fields: []struct{}{}, Headers: []struct{}{},
			UserDrivenMapping: true,
			ProgramContext:    true, CampaignContext: true, TriggerContext: true,
			ProgramMemberContext: true, SubscriptionContext: true,
			// Marketo sends no token that is not named here; an empty list is none at all.
			MyTokenContext: append([]string{}, o.MyTokens...),
		},
		CallbackPayloadDef: callbackDefinition{Fields: []struct{}{}, UserDrivenMapping: true},
	}
	attributes := flowAttributes()
	for i := range attributes {
		f := &attributes[i]
		if o.Simple && !f.simple {
			continue
		}
		a := attribute{
			APIName:     f.name,
			I18n:        map[string]attributeTexts{"en_US": {f.label, f.description, f.tooltip}},
			DataType:    f.dataType,
			HasPicklist: &f.picklist, Required: &f.required, IsRequired: &f.required,
		}
		if f.picklist {
			a.PicklistURL = PicklistPath
			a.EnforcePicklist = &o.EnforcePicklist
		}
		d.InvocationPayloadDef.FlowAttributes = append(d.InvocationPayloadDef.FlowAttributes, a)
	}
	for _, c := range callbackAttributes() {
		d.CallbackPayloadDef.Attributes = append(d.CallbackPayloadDef.Attributes, attribute{
			APIName: c.name, I18n: map[string]attributeTexts{"en_US": {Name: c.label, Description: c.description}}, DataType: c.dataType,
		})
	}
	return d
}
