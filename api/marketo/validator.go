package marketo

import (
	"fmt"
	"slices"
	"strconv"
)

// maxDefaults bounds the default values of a callback that are applied.
const maxDefaults = 1000

// Validator checks the bodies of callbacks against a service definition. It
// does not change and can be used from several goroutines.
type Validator struct {
	attributes map[string]string // Declared activity attributes and their data types.
	fields     map[string]string // Declared or known lead fields and their data types.
	declared   bool              // Whether lead fields must be declared.
	mapped     map[string]bool   // Lead fields that are written; nil where that is not known.
}

// NewValidator makes a validator. The mapped fields and the types of fields
// count where the mapping is driven by users, as in Options.CallbackFields and
// Options.FieldTypes.
func NewValidator(d *Definition, mapped []string, types map[string]string) *Validator {
	v := &Validator{attributes: make(map[string]string), fields: types, declared: !d.Callback.UserDrivenMapping}
	for _, a := range d.Callback.Attributes {
		v.attributes[a.APIName] = a.DataType
	}
	if v.declared {
		v.fields = make(map[string]string, len(d.Callback.Fields))
		for _, m := range d.Callback.Fields {
			v.fields[m.ServiceAttribute] = m.DataType
		}
		return v
	}
	if len(mapped) > 0 {
		v.mapped = make(map[string]bool, len(mapped))
		for _, name := range mapped {
			v.mapped[name] = true
		}
	}
	return v
}

// Expected says what a callback answers.
type Expected struct {
	// Batch is the number that problems are marked with.
	Batch int
	Leads []Lead
	Token string
	// MunchkinID is compared where it is not empty.
	MunchkinID string
}

// Answer is a callback as Marketo would understand it.
type Answer struct {
	// ErrorCode and ErrorMessage are those of the whole chunk. With a code no
	// lead was processed.
	ErrorCode    string
	ErrorMessage string
	// Leads are in the order of the leads expected.
	Leads []LeadAnswer
	// Problems holds the first ones of each rule, warnings among them.
	Problems []Problem
	findings findings
}

// LeadAnswer is what a callback says of one lead.
type LeadAnswer struct {
	// Answered says that the lead was found in the callback by its exact id.
	Answered bool
	Success  bool
	// ErrorCode and Reason are the activity's.
	ErrorCode string
	Reason    string
	// Written are the lead fields that came back, without the id, and Activity
	// the values of the activity, without success, reason and errorCode. The
	// callback's default values are among both.
	Written  Fields
	Activity Fields
}

// Check reads and checks the body of a callback. The error says that it is no
// JSON object; everything else that is wrong is among the problems.
func (v *Validator) Check(body []byte, want Expected) (Answer, error) {
	root, duplicates, err := readDocument(body)
	if err != nil {
		return Answer{}, fmt.Errorf("read the callback: %w", err)
	}
	object, ok := root.(Fields)
	if !ok {
		return Answer{}, fmt.Errorf("read the callback: it is not an object but %s", kindOf(root))
	}
	c := &callbackCheck{Validator: v, want: want, answer: Answer{Leads: make([]LeadAnswer, len(want.Leads))}}
	c.index = make(map[string]int, len(want.Leads))
	for i := range want.Leads {
		c.index[strconv.FormatInt(want.Leads[i].ID, 10)] = i
	}
	for _, where := range duplicates {
		c.complain(KeyTwice, where, "", "the key stands twice in its object, the later value holds")
	}
	c.envelope(object)
	if c.answer.ErrorCode == "" {
		c.records(object)
	}
	c.answer.findings = c.findings
	c.answer.Problems = slices.Concat(c.findings.problems, c.findings.warnings)
	return c.answer, nil
}

// callbackCheck is one callback being checked.
type callbackCheck struct {
	*Validator
	want     Expected
	index    map[string]int // Place of each expected lead by its id.
	inexact  map[int]bool   // Places of leads whose id came back in another form.
	lead     Fields         // Default lead fields.
	activity Fields         // Default activity values.
	unmapped map[string]bool
	findings findings
	answer   Answer
}

func (c *callbackCheck) complain(rule Rule, where, lead, format string, args ...any) {
	c.findings.add(Problem{Rule: rule, Where: where, Batch: c.want.Batch, Lead: lead, Message: fmt.Sprintf(format, args...)})
}

// envelope checks what stands around the records.
func (c *callbackCheck) envelope(object Fields) {
	munchkinID, ok := valueOf(object, "munchkinId").(string)
	switch {
	case !ok || munchkinID == "":
		c.complain(MunchkinIDMissing, "munchkinId", "", "the interface asks for it")
	case c.want.MunchkinID != "" && munchkinID != c.want.MunchkinID:
		c.complain(MunchkinIDMismatch, "munchkinId", "", "%s came back as %s", shorten(c.want.MunchkinID), shorten(munchkinID))
	}
	if token := valueOf(object, "token"); token != nil && token != c.want.Token {
		c.complain(TokenMismatch, "token", "", "the token of the body is not that of the header")
	}
	for _, name := range []string{"errorCode", "errorMessage"} {
		value := valueOf(object, name)
		if _, ok := value.(string); value != nil && !ok {
			c.complain(ValueType, name, "", "it is not a string but a JSON %s", kindOf(value))
		}
	}
	c.answer.ErrorCode, c.answer.ErrorMessage = object.Text("errorCode"), object.Text("errorMessage")
	if c.answer.ErrorCode != "" {
		c.complain(ChunkError, "errorCode", "", "%s: %s; none of %d leads was processed", printable(shorten(c.answer.ErrorCode)), printable(shorten(c.answer.ErrorMessage)), len(c.want.Leads))
		return
	}
	c.defaults(valueOf(object, "defaultValues"))
}

// defaults checks the default values and keeps those that can be applied.
func (c *callbackCheck) defaults(value any) {
	if value == nil {
		return
	}
	object, ok := value.(Fields)
	if !ok {
		c.complain(BodyInvalid, "defaultValues", "", "it is not an object but a JSON %s", kindOf(value))
		return
	}
	c.lead = c.defaultsOf(object, "leadDefaults")
	c.activity = c.defaultsOf(object, "activityDefaults")
	if c.lead.place("id") >= 0 {
		c.complain(NameReserved, "defaultValues.leadDefaults.id", "", "an id cannot be a default")
		c.lead = nil
	}
	c.checkFields("defaultValues.leadDefaults", "", c.lead)
	c.checkActivity("defaultValues.activityDefaults", "", c.activity)
}

func (c *callbackCheck) defaultsOf(object Fields, name string) Fields {
	value := valueOf(object, name)
	if value == nil {
		return nil
	}
	fields, ok := value.(Fields)
	switch {
	case !ok:
		c.complain(BodyInvalid, "defaultValues."+name, "", "it is not an object but a JSON %s", kindOf(value))
	case len(fields) > maxDefaults:
		c.complain(BodyInvalid, "defaultValues."+name, "", "%d values are more than %d", len(fields), maxDefaults)
		return nil
	}
	return fields
}

// checkFields checks values for lead fields.
func (c *callbackCheck) checkFields(where, id string, fields Fields) {
	for _, field := range fields {
		if field.Name == "id" {
			continue
		}
		dataType, known := c.fields[field.Name]
		if c.declared && !known {
			c.complain(FieldUndeclared, join(where, pathName(field.Name)), id, "callbackPayloadDef.fields has no such field, so Marketo drops it")
			continue
		}
		if c.mapped != nil && !c.mapped[field.Name] && !c.unmapped[field.Name] {
			if c.unmapped == nil {
				c.unmapped = make(map[string]bool)
			}
			c.unmapped[field.Name] = true
			c.complain(FieldUnmapped, pathName(field.Name), "", "the field is not mapped for writing, so Marketo drops it")
		}
		c.checkValue(where, id, dataType, field)
	}
}

// checkActivity checks values for the activity.
func (c *callbackCheck) checkActivity(where, id string, fields Fields) {
	for _, field := range fields {
		dataType, known := c.attributes[field.Name]
		switch {
		case field.Name == "success":
			dataType = TypeBoolean
		case field.Name == "reason" || field.Name == "errorCode":
			if _, ok := field.Value.(string); !ok && field.Value != nil {
				c.complain(ValueType, join(where, field.Name), id, "it is not a string but a JSON %s", kindOf(field.Value))
			}
			continue
		case !known:
			c.complain(AttributeUndeclared, join(where, pathName(field.Name)), id, "callbackPayloadDef.attributes has no such attribute, so it never shows up")
			continue
		}
		c.checkValue(where, id, dataType, field)
	}
}

func (c *callbackCheck) checkValue(where, id, dataType string, field Field) {
	if rule, why := CheckValue(dataType, field.Value); rule != "" {
		c.complain(rule, join(where, pathName(field.Name)), id, "%s", why)
	}
}

// join makes a path of a path and a name.
func join(path, name string) string { return path + "." + name }
