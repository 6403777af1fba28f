package request

import "strings"

// A Flow is what a marketer chose in the flow step, with tokens resolved: one
// distinct flowStepContext. Absent, null and empty settings are all empty. Values
// are trimmed but for those that may be meant: KeyValue, DefaultValue and the
// parameters.
type Flow struct {
	Table        string // submitted value of the table picklist
	RuleSet      string
	KeyName      string // column
	KeyValField  string // lead field
	KeyValue     string // literal or resolved token
	LookupField  string // column
	ReturnField  string // lead field
	OnNoMatch    string
	DefaultValue string
	Param1       string
	Param2       string
	Param3       string
}

// intern returns the number of the flow with these bytes. Leads of one campaign
// mostly have the same bytes, so each distinct one is read once.
func (b *Batch) intern(raw []byte) uint32 {
	if n, ok := b.flowOf[string(raw)]; ok {
		return n
	}
	n := uint32(len(b.Flows))
	b.flowOf[string(raw)] = n
	b.flowText += 2 * len(raw)
	b.Flows = append(b.Flows, parseFlow(raw))
	return n
}

// parseFlow reads a flowStepContext that the scanner has accepted; what is not an
// object has no settings, and keys that are not ours are left alone.
func parseFlow(raw []byte) Flow {
	var f Flow
	if len(raw) == 0 || raw[0] != '{' {
		return f
	}
	s := newScanner(raw)
	// The bytes have been accepted before, so this walk cannot fail.
	_ = s.object(3, func(start, end int, escaped bool) error {
		key := string(s.unquoted(start, end, escaped))
		s.space()
		at := s.i
		if err := s.skip(4); err != nil {
			return err
		}
		_, text := value(raw[at:s.i])
		f.set(key, string(text))
		return nil
	})
	return f
}

// set takes the value of a setting; names that are not ours are left alone.
func (f *Flow) set(name, text string) {
	to := f.setting(name)
	if to == nil {
		return
	}
	switch to {
	case &f.KeyValue, &f.DefaultValue, &f.Param1, &f.Param2, &f.Param3:
		*to = text
	default:
		*to = strings.TrimSpace(text)
	}
}

// Value returns a setting by its name in the flow step; empty if there is none.
func (f *Flow) Value(name string) string {
	if of := f.setting(name); of != nil {
		return *of
	}
	return ""
}

// setting gives the place of a setting by its name in the flow step, nil if there
// is none of that name.
func (f *Flow) setting(name string) *string {
	switch name {
	case "table":
		return &f.Table
	case "ruleSet":
		return &f.RuleSet
	case "keyName":
		return &f.KeyName
	case "keyValField":
		return &f.KeyValField
	case "keyValue":
		return &f.KeyValue
	case "lookupField":
		return &f.LookupField
	case "returnField":
		return &f.ReturnField
	case "onNoMatch":
		return &f.OnNoMatch
	case "defaultValue":
		return &f.DefaultValue
	case "param1":
		return &f.Param1
	case "param2":
		return &f.Param2
	case "param3":
		return &f.Param3
	}
	return nil
}

// Settings are the names of the flow step's settings.
func Settings() []string {
	return []string{"table", "ruleSet", "keyName", "keyValField", "keyValue", "lookupField", "returnField", "onNoMatch", "defaultValue", "param1", "param2", "param3"}
}

// Setting returns the name of a setting of the flow step, which may be written in any
// case. It reports false if there is none.
func Setting(name string) (string, bool) {
	for _, setting := range Settings() {
		if strings.EqualFold(setting, name) {
			return setting, true
		}
	}
	return "", false
}
