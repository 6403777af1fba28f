package marketo

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// records checks objectData and that no lead is left out.
func (c *callbackCheck) records(object Fields) {
	value := valueOf(object, "objectData")
	list, ok := value.([]any)
	if !ok {
		c.complain(BodyInvalid, "objectData", "", "it is not an array but a JSON %s", kindOf(value))
	}
	for i, entry := range list {
		if i == 2*len(c.want.Leads)+maxProblems {
			c.complain(BodyInvalid, "objectData", "", "%d records are far more than the %d leads; the rest was not read", len(list), len(c.want.Leads))
			break
		}
		c.record(fmt.Sprintf("objectData[%d]", i), entry)
	}
	for i := range c.answer.Leads {
		if !c.answer.Leads[i].Answered && !c.inexact[i] {
			c.complain(LeadUnanswered, "objectData", strconv.FormatInt(c.want.Leads[i].ID, 10), "the callback has no record of it, and the token is used up")
		}
	}
}

// record checks one entry of objectData.
func (c *callbackCheck) record(where string, entry any) {
	object, ok := entry.(Fields)
	if !ok {
		c.complain(BodyInvalid, where, "", "it is not an object but a JSON %s", kindOf(entry))
		return
	}
	lead, ok := valueOf(object, "leadData").(Fields)
	if !ok {
		c.complain(LeadIDMissing, where+".leadData", "", "there is no object with the lead's id")
		return
	}
	place, id := c.identify(where, lead)
	var activity Fields
	if value := valueOf(object, "activityData"); value != nil {
		if activity, ok = value.(Fields); !ok {
			c.complain(BodyInvalid, where+".activityData", id, "it is not an object but a JSON %s", kindOf(value))
		}
	}
	c.checkFields(where+".leadData", id, lead)
	c.checkActivity(where+".activityData", id, activity)
	if place < 0 {
		return
	}
	answer := &c.answer.Leads[place]
	if answer.Answered {
		c.complain(LeadTwice, where, id, "the callback had a record of it before; the first one counts")
		return
	}
	answer.Answered = true
	c.outcome(where, id, answer, lead, activity)
}

// identify finds the lead of a record. The place is -1 where Marketo could not
// say which lead is meant.
func (c *callbackCheck) identify(where string, lead Fields) (place int, id string) {
	where += ".leadData.id"
	value := valueOf(lead, "id")
	if value == nil {
		c.complain(LeadIDMissing, where, "", "without the id Marketo cannot tell whose record it is")
		return -1, ""
	}
	id = pathName(textOf(value))
	_, number := value.(json.Number)
	place, known := c.index[textOf(value)]
	switch {
	case known && number:
		return place, id
	case known:
		c.complain(LeadIDNotExact, where, id, "the id went out as an integer and came back as a JSON %s", kindOf(value))
	default:
		if place, known = c.near(textOf(value)); !known {
			c.complain(LeadUnknown, where, id, "no lead of the batch has this id")
			return -1, id
		}
		c.complain(LeadIDNotExact, where, id, "the id %d came back as %s", c.want.Leads[place].ID, id)
	}
	if c.inexact == nil {
		c.inexact = make(map[int]bool)
	}
	c.inexact[place] = true
	return -1, id
}

// near finds the lead whose id the text is another form of: 7.0, 7e0, or an id
// that went through a 64-bit float and lost its last digits.
func (c *callbackCheck) near(text string) (place int, ok bool) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) {
		return 0, false
	}
	const exact = 1 << 53 // Whole numbers below it survive a float.
	if math.Abs(value) < exact {
		if value != math.Trunc(value) {
			return 0, false
		}
		place, ok = c.index[strconv.FormatInt(int64(value), 10)]
		return place, ok && !c.answer.Leads[place].Answered
	}
	for i := range c.want.Leads {
		if float64(c.want.Leads[i].ID) == value && !c.answer.Leads[i].Answered {
			return i, true
		}
	}
	return 0, false
}

// outcome fills in the answer of one lead and checks that it makes sense.
func (c *callbackCheck) outcome(where, id string, answer *LeadAnswer, lead, activity Fields) {
	for _, field := range lead {
		if field.Name != "id" {
			answer.Written = append(answer.Written, field)
		}
	}
	answer.Written = filled(answer.Written, c.lead)
	activity = filled(activity, c.activity)
	for _, field := range activity {
		if !reservedAttribute(field.Name) {
			answer.Activity = append(answer.Activity, field)
		}
	}
	answer.ErrorCode, answer.Reason = activity.Text("errorCode"), activity.Text("reason")
	success, ok := valueOf(activity, "success").(bool)
	answer.Success = success
	where += ".activityData"
	switch {
	case !ok:
		c.complain(SuccessMissing, where+".success", id, "it is not said whether the step succeeded for the lead")
	case success && answer.ErrorCode != "":
		c.complain(OutcomeContradicts, where, id, "success is true, yet the errorCode is %s", shorten(answer.ErrorCode))
	case !success && (answer.ErrorCode == "" || answer.Reason == ""):
		c.complain(FailureUnexplained, where, id, "a failure wants an errorCode and a reason")
	}
}

// filled adds the defaults that the fields do not have.
func filled(fields, defaults Fields) Fields {
	for _, field := range defaults {
		if fields.place(field.Name) < 0 {
			fields = append(fields, field)
		}
	}
	return fields
}
