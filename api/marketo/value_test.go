package marketo_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

func TestValuesFollowTheirTypes(t *testing.T) {
	const good = marketo.Rule("")
	n := func(text string) json.Number { return json.Number(text) }
	for _, c := range []struct {
		dataType string
		value    any
		want     marketo.Rule
	}{
		{"string", strings.Repeat("x", 255), good},
		{"string", strings.Repeat("x", 256), marketo.ValueTooLong},
		{"string", strings.Repeat("€", 85), good},
		{"string", strings.Repeat("€", 86), marketo.ValueTooLong},
		{"string", n("5"), marketo.ValueType},
		{"string", nil, good},
		{"url", strings.Repeat("x", 256), marketo.ValueTooLong},
		{"text", strings.Repeat("x", 2000), good},
		{"text", strings.Repeat("x", 2001), marketo.ValueTooLong},
		{"text", true, marketo.ValueType},
		{"integer", n("-2147483648"), good},
		{"integer", n("2147483647"), good},
		{"integer", n("2147483648"), marketo.ValueType},
		{"integer", n("-2147483649"), marketo.ValueType},
		{"integer", n("99999999999999999999"), marketo.ValueType},
		{"integer", n("1e3"), marketo.ValueType},
		{"integer", "5", marketo.ValueType},
		{"float", n("1e3"), good},
		{"float", n("-0.5"), good},
		{"float", n("1e999"), marketo.ValueType},
		{"float", "0.5", marketo.ValueType},
		{"boolean", false, good},
		{"boolean", nil, good},
		{"boolean", "false", marketo.ValueType},
		{"boolean", n("0"), marketo.ValueType},
		{"date", "2024-02-29", good},
		{"date", "2023-02-29", marketo.ValueType},
		{"date", "2024-2-9", marketo.ValueType},
		{"date", "2024-02-29T00:00:00Z", marketo.ValueType},
		{"date", n("20240229"), marketo.ValueType},
		{"datetime", "2024-02-29T12:30:00Z", good},
		{"datetime", "2024-02-29T12:30:00.123+02:00", good},
		{"datetime", "2024-02-29T12:30:00+0200", good},
		{"datetime", "2024-02-29T12:30:00", good},
		{"datetime", "2024-02-29 12:30:00", marketo.ValueType},
		{"datetime", "2024-02-29", marketo.ValueType},
		{"score", "+5", good},
		{"score", "-5", good},
		{"score", "5", good},
		{"score", n("5"), good},
		{"score", "", marketo.ValueType},
		{"score", "+", marketo.ValueType},
		{"score", "-+5", marketo.ValueType},
		{"score", "5.5", marketo.ValueType},
		{"score", true, marketo.ValueType},
		{"email", "ada@example.com", good},
		{"email", "", good},
		{"email", "Ada <ada@example.com>", marketo.ValueType},
		{"email", "ada", marketo.ValueType},
		{"email", strings.Repeat("a", 250) + "@example.com", marketo.ValueTooLong},
		{"", strings.Repeat("x", 5000), good},
		{"", n("5"), good},
		{"", []any{}, marketo.ValueType},
		{"", marketo.Fields{}, marketo.ValueType},
	} {
		rule, why := marketo.CheckValue(c.dataType, c.value)
		require.Equal(t, c.want, rule, "%s %v: %s", c.dataType, c.value, why)
		require.Equal(t, c.want == good, why == "")
	}
}
