package marketo

import (
	"encoding/json"
	"fmt"
	"math"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// The data types of attributes and mapped fields.
const (
	TypeBoolean  = "boolean"
	TypeInteger  = "integer"
	TypeDate     = "date"
	TypeDatetime = "datetime"
	TypeEmail    = "email"
	TypeFloat    = "float"
	TypeScore    = "score"
	TypeString   = "string"
	TypeURL      = "url"
	TypeText     = "text"
)

// Bounds of text in bytes of UTF-8; Marketo cuts longer values silently.
const (
	maxStringBytes = 255
	maxTextBytes   = 2000
)

// knownType reports whether the interface has the data type.
func knownType(name string) bool {
	switch name {
	case TypeBoolean, TypeInteger, TypeDate, TypeDatetime, TypeEmail, TypeFloat, TypeScore, TypeString, TypeURL, TypeText:
		return true
	default:
		return false
	}
}

// CheckValue checks a decoded JSON value against a data type. It gives the
// rule that is broken and why, or "" where the value is good. Null is good for
// every type. For a type that is unknown, any value that is not nested is good.
func CheckValue(dataType string, value any) (rule Rule, why string) {
	if value == nil {
		return "", ""
	}
	switch dataType {
	case TypeBoolean:
		if _, ok := value.(bool); !ok {
			return wrongType(dataType, value)
		}
	case TypeInteger:
		return checkInteger(value)
	case TypeFloat:
		number, ok := value.(json.Number)
		if !ok {
			return wrongType(dataType, value)
		}
		if _, err := number.Float64(); err != nil {
			return ValueType, fmt.Sprintf("%s is beyond the range of a float", shorten(number.String()))
		}
	case TypeString, TypeURL:
		return checkText(dataType, value, maxStringBytes)
	case TypeText:
		return checkText(dataType, value, maxTextBytes)
	case TypeEmail:
		return checkEmail(value)
	case TypeDate:
		return checkTime(dataType, value, time.DateOnly)
	case TypeDatetime:
		return checkTime(dataType, value, time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999")
	case TypeScore:
		return checkScore(value)
	default:
		if kind := kindOf(value); kind == "object" || kind == "array" {
			return ValueType, "a field takes one value, not an " + kind
		}
	}
	return "", ""
}

func wrongType(dataType string, value any) (Rule, string) {
	return ValueType, fmt.Sprintf("the type is %s, the value is a JSON %s", dataType, kindOf(value))
}

func checkInteger(value any) (Rule, string) {
	number, ok := value.(json.Number)
	if !ok {
		return wrongType(TypeInteger, value)
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil {
		return ValueType, shorten(number.String()) + " is not written as an integer"
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return ValueType, fmt.Sprintf("%d is beyond 32 bits", n)
	}
	return "", ""
}

func checkText(dataType string, value any, limit int) (Rule, string) {
	text, ok := value.(string)
	if !ok {
		return wrongType(dataType, value)
	}
	if len(text) > limit {
		return ValueTooLong, fmt.Sprintf("%d bytes are over the %d of %s: %s", len(text), limit, dataType, shorten(text))
	}
	return "", ""
}

func checkEmail(value any) (Rule, string) {
	if rule, why := checkText(TypeEmail, value, maxStringBytes); rule != "" {
		return rule, why
	}
	text, _ := value.(string)
	address, err := mail.ParseAddress(text)
	if text != "" && (err != nil || address.Address != text) {
		return ValueType, shorten(text) + " is not an e-mail address"
	}
	return "", ""
}

func checkTime(dataType string, value any, layouts ...string) (Rule, string) {
	text, ok := value.(string)
	if !ok {
		return wrongType(dataType, value)
	}
	for _, layout := range layouts {
		if _, err := time.Parse(layout, text); err == nil {
			return "", ""
		}
	}
	return ValueType, fmt.Sprintf("%s is not a %s in ISO form", shorten(text), dataType)
}

// checkScore takes "+5" and "-5", which change a score, and "5" or 5, which set it.
func checkScore(value any) (Rule, string) {
	var text string
	switch v := value.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return wrongType(TypeScore, value)
	}
	digits := strings.TrimPrefix(text, "-")
	if digits == text {
		digits = strings.TrimPrefix(text, "+")
	}
	if _, err := strconv.ParseUint(digits, 10, 31); err != nil {
		return ValueType, shorten(text) + " is not a score: write 5, +5 or -5"
	}
	return "", ""
}
