package marketo

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Definition is the service definition as Marketo reads it at installation.
type Definition struct {
	APIName          string          `json:"apiName"`
	I18n             map[string]I18n `json:"i18n"`
	PrimaryAttribute string          `json:"primaryAttribute"`
	Invocation       InvocationDef   `json:"invocationPayloadDef"`
	Callback         CallbackDef     `json:"callbackPayloadDef"`
}

// I18n holds the texts that people see, in one language.
type I18n struct {
	Name        string `json:"name,omitempty"`
	FilterName  string `json:"filterName,omitempty"`
	TriggerName string `json:"triggerName,omitempty"`
	Description string `json:"description,omitempty"`
	UITooltip   string `json:"uiTooltip,omitempty"`
}

// InvocationDef says what the service wants to be sent.
type InvocationDef struct {
	GlobalAttributes  []Attribute `json:"globalAttributes,omitempty"`
	FlowAttributes    []Attribute `json:"flowAttributes,omitempty"`
	Fields            []Mapping   `json:"fields,omitempty"`
	Headers           []Header    `json:"headers,omitempty"`
	UserDrivenMapping bool        `json:"userDrivenMapping"`
	MyTokens          []string    `json:"myTokenContext,omitempty"`
}

// CallbackDef says what the service may send back.
type CallbackDef struct {
	Attributes        []Attribute `json:"attributes,omitempty"`
	Fields            []Mapping   `json:"fields,omitempty"`
	UserDrivenMapping bool        `json:"userDrivenMapping"`
}

// Attribute is a parameter of the flow step or a value of the activity.
type Attribute struct {
	APIName  string          `json:"apiName"`
	I18n     map[string]I18n `json:"i18n"`
	DataType string          `json:"dataType"`
	PicklistUse
	// Required and IsRequired are two spellings of one thing, in the schema
	// and in what live services found to work.
	Required   *bool `json:"required,omitempty"`
	IsRequired *bool `json:"isRequired,omitempty"`
}

// Header is a parameter that the service wants among the global ones.
type Header struct {
	Name string `json:"name"`
	PicklistUse
}

// PicklistUse says whether the values of a parameter are offered in a list.
type PicklistUse struct {
	// HasPicklist and PicklistURL are two ways of saying that there is one:
	// the schema's and the documentation's.
	HasPicklist *bool  `json:"hasPicklist,omitempty"`
	PicklistURL string `json:"picklistUrl,omitempty"`
	// Enforce says that a value must be one of the list.
	Enforce bool `json:"enforcePicklistSelect,omitempty"`
}

// Picklist reports whether the parameter has a list.
func (u PicklistUse) Picklist() bool {
	return u.PicklistURL != "" || (u.HasPicklist != nil && *u.HasPicklist)
}

// Mapping is a lead field that the service names itself.
type Mapping struct {
	ServiceAttribute string `json:"serviceAttribute"`
	Suggested        string `json:"suggestedMarketoAttribute,omitempty"`
	DataType         string `json:"dataType"`
	Required         *bool  `json:"required,omitempty"`
	IsRequired       *bool  `json:"isRequired,omitempty"`
}

// Mandatory reports whether either spelling asks for the field.
func (m Mapping) Mandatory() bool {
	return (m.Required != nil && *m.Required) || (m.IsRequired != nil && *m.IsRequired)
}

// ReadDefinition reads and checks a service definition. The error says that
// its shape is another one and nothing could be read.
func ReadDefinition(body []byte) (*Definition, []Problem, error) {
	var d Definition
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, nil, fmt.Errorf("read the service definition: %w", err)
	}
	c := definitionCheck{definition: &d}
	c.run()
	return &d, c.problems, nil
}

// definitionCheck collects what is wrong with a definition.
type definitionCheck struct {
	definition *Definition
	problems   []Problem
}

func (c *definitionCheck) complain(rule Rule, where, format string, args ...any) {
	c.problems = append(c.problems, Problem{Rule: rule, Where: where, Message: fmt.Sprintf(format, args...)})
}

func (c *definitionCheck) run() {
	d := c.definition
	if d.APIName == "" {
		c.complain(NameMissing, "apiName", "the service has no API name")
	}
	texts := d.I18n["en_US"]
	for _, text := range []Field{{"name", texts.Name}, {"filterName", texts.FilterName}, {"triggerName", texts.TriggerName}} {
		if text.Value == "" {
			c.complain(NameMissing, "i18n.en_US."+text.Name, "it is missing")
		}
	}
	if len(d.Invocation.FlowAttributes) == 0 {
		c.complain(DefinitionInvalid, "invocationPayloadDef.flowAttributes", "the flow step has no attributes, so none can be the primary one")
	}
	flow := c.attributes("invocationPayloadDef.flowAttributes", d.Invocation.FlowAttributes)
	c.attributes("invocationPayloadDef.globalAttributes", d.Invocation.GlobalAttributes)
	callback := c.attributes("callbackPayloadDef.attributes", d.Callback.Attributes)
	for i, attribute := range d.Callback.Attributes {
		if flow[attribute.APIName] {
			c.complain(NameShared, fmt.Sprintf("callbackPayloadDef.attributes[%d]", i), "%s is a flow attribute too", shorten(attribute.APIName))
		}
	}
	switch {
	case !flow[d.PrimaryAttribute]:
		c.complain(PrimaryAttribute, "primaryAttribute", "%s is not a flow attribute", shorten(d.PrimaryAttribute))
	case callback[d.PrimaryAttribute]:
		c.complain(PrimaryAttribute, "primaryAttribute", "%s may not be a callback attribute", shorten(d.PrimaryAttribute))
	}
	if !d.Invocation.UserDrivenMapping {
		c.mappings("invocationPayloadDef.fields", d.Invocation.Fields)
	}
	if !d.Callback.UserDrivenMapping {
		c.mappings("callbackPayloadDef.fields", d.Callback.Fields)
	}
	c.tokens(d.Invocation.MyTokens)
	for i, header := range d.Invocation.Headers {
		if header.Name == "" {
			c.complain(NameMissing, fmt.Sprintf("invocationPayloadDef.headers[%d].name", i), "it is missing")
		}
	}
}

// tokens checks the names of the my tokens, which stand without braces and prefix.
func (c *definitionCheck) tokens(names []string) {
	seen := make(map[string]bool, len(names))
	for i, name := range names {
		where := fmt.Sprintf("invocationPayloadDef.myTokenContext[%d]", i)
		switch {
		case strings.TrimSpace(name) == "":
			c.complain(NameMissing, where, "it is missing")
		case strings.ContainsAny(name, "{}") || strings.HasPrefix(name, "my."):
			c.complain(DefinitionInvalid, where, "%s must be the name alone: {{my.Event Date}} is Event Date", shorten(name))
		case seen[name]:
			c.complain(NameTwice, where, "%s stands twice in the list", shorten(name))
		}
		seen[name] = true
	}
}

// attributes checks one list and gives its names.
func (c *definitionCheck) attributes(list string, attributes []Attribute) map[string]bool {
	names := make(map[string]bool, len(attributes))
	for i, a := range attributes {
		where := fmt.Sprintf("%s[%d]", list, i)
		switch {
		case a.APIName == "":
			c.complain(NameMissing, where+".apiName", "it is missing")
		case reservedAttribute(a.APIName):
			c.complain(NameReserved, where+".apiName", "%s is in every activity already", shorten(a.APIName))
		case names[a.APIName]:
			c.complain(NameTwice, where+".apiName", "%s stands twice in the list", shorten(a.APIName))
		}
		names[a.APIName] = true
		if !knownType(a.DataType) {
			c.complain(DataTypeUnknown, where+".dataType", "%s is no data type", shorten(a.DataType))
		}
		if a.I18n["en_US"].Name == "" {
			c.complain(NameMissing, where+".i18n.en_US.name", "it is missing")
		}
		if a.Picklist() && (a.HasPicklist == nil || !*a.HasPicklist || a.PicklistURL == "") {
			c.complain(SpellingOfOneKind, where, "only one of hasPicklist and picklistUrl is set; sources conflict on which is read")
		}
		c.spelling(where, a.Required, a.IsRequired)
	}
	return names
}

// mappings checks one list of fields.
func (c *definitionCheck) mappings(list string, mappings []Mapping) {
	names := make(map[string]bool, len(mappings))
	for i, m := range mappings {
		where := fmt.Sprintf("%s[%d]", list, i)
		switch {
		case m.ServiceAttribute == "":
			c.complain(NameMissing, where+".serviceAttribute", "it is missing")
		case m.ServiceAttribute == "id":
			c.complain(NameReserved, where+".serviceAttribute", "id is the lead's own")
		case names[m.ServiceAttribute]:
			c.complain(NameTwice, where+".serviceAttribute", "%s stands twice in the list", shorten(m.ServiceAttribute))
		}
		names[m.ServiceAttribute] = true
		if !knownType(m.DataType) {
			c.complain(DataTypeUnknown, where+".dataType", "%s is no data type", shorten(m.DataType))
		}
		c.spelling(where, m.Required, m.IsRequired)
	}
}

// spelling checks that the two spellings of required say the same.
func (c *definitionCheck) spelling(where string, required, isRequired *bool) {
	if (required == nil) != (isRequired == nil) || (required != nil && *required != *isRequired) {
		c.complain(SpellingOfOneKind, where, "required and isRequired differ; sources conflict on which is read")
	}
}

// reservedAttribute reports whether every activity has the name without declaring it.
func reservedAttribute(name string) bool {
	return name == "success" || name == "reason" || name == "errorCode"
}
