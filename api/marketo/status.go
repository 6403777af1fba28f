package marketo

import (
	"fmt"
)

// Status is what a service says of its health; it lands in Marketo's service log.
type Status struct {
	Info            []string `json:"info"`
	Warnings        []string `json:"warnings"`
	Errors          []string `json:"errors"`
	DeprecationDate string   `json:"deprecationDate,omitempty"`
	Deprecation     string   `json:"deprecationMessage,omitempty"`
}

// ReadStatus reads and checks the answer of status. The error says that it is no JSON object.
func ReadStatus(body []byte) (Status, []Problem, error) {
	root, _, err := readDocument(body)
	if err != nil {
		return Status{}, nil, fmt.Errorf("read the status: %w", err)
	}
	object, ok := root.(Fields)
	if !ok {
		return Status{}, nil, fmt.Errorf("read the status: it is not an object but %s", kindOf(root))
	}
	var (
		status   Status
		problems []Problem
	)
	complain := func(where, message string) {
		problems = append(problems, Problem{Rule: StatusInvalid, Where: where, Message: message})
	}
	for _, list := range []struct {
		name string
		into *[]string
	}{{"info", &status.Info}, {"warnings", &status.Warnings}, {"errors", &status.Errors}} {
		entries, ok := valueOf(object, list.name).([]any)
		if !ok && valueOf(object, list.name) != nil {
			complain(list.name, "it is not an array")
		}
		for i, entry := range entries {
			text, ok := entry.(string)
			if !ok {
				complain(fmt.Sprintf("%s[%d]", list.name, i), "it is not a string")
				continue
			}
			*list.into = append(*list.into, text)
		}
	}
	status.Deprecation = object.Text("deprecationMessage")
	status.DeprecationDate = object.Text("deprecationDate")
	if status.DeprecationDate != "" {
		if rule, why := CheckValue(TypeDatetime, status.DeprecationDate); rule != "" {
			if dateRule, _ := CheckValue(TypeDate, status.DeprecationDate); dateRule != "" {
				complain("deprecationDate", why)
			}
		}
	}
	return status, problems, nil
}
