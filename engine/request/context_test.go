package request_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/request"
	"tablestep/tables/column"
)

// inContext is what the leads have under a name of a context, as texts; "-" is nothing.
func inContext(b *request.Batch, c request.Context, name string) []string {
	var builder column.Builder
	b.ContextVector(c, name, all(b), &builder)
	return texts(b, builder.Vector())
}

func texts(b *request.Batch, v column.Vector) []string {
	list := make([]string, b.Len())
	for i := range list {
		if list[i] = v.At(i).Text; v.At(i).Kind == column.Null {
			list[i] = "-"
		}
	}
	return list
}

func TestCustomFieldsOfMembersAreReadInBothForms(t *testing.T) {
	t.Parallel()
	var b request.Batch
	require.NoError(t, b.Decode([]byte(`{"callbackUrl":"u","objectData":[
		{"objectContext":{"id":1},"programMemberContext":{"status":"Registered","pmcf":{"Registration Code":"R1","status":"custom","Seats":3}}},
		{"objectContext":{"id":2},"programMemberContext":{"pmcf":{"registration code":"R2","status":"custom"},"Registration Code":"own"}},
		{"objectContext":{"id":3},"programMemberContext":{"status":null,"pmcf":null}},
		{"objectContext":{"id":4},"programMemberContext":{"pmcf":["Registration Code"]}},
		{"objectContext":{"id":5}}]}`)))
	custom := func(name string) []string {
		var builder column.Builder
		b.MemberVector(name, all(&b), &builder)
		return texts(&b, builder.Vector())
	}
	require.Equal(t, []string{"R1", "own", "-", "-", "-"}, inContext(&b, request.Member, "Registration Code"))
	require.Equal(t, []string{"R1", "R2", "-", "-", "-"}, custom("Registration Code"))
	require.Equal(t, []string{"Registered", "custom", "-", "-", "-"}, inContext(&b, request.Member, "status"), "Marketo's own field wins")
	require.Equal(t, []string{"custom", "custom", "-", "-", "-"}, custom("status"))
	require.Equal(t, []string{"3", "-", "-", "-", "-"}, inContext(&b, request.Member, "Seats"))
	require.Equal(t, []string{"-", "-", "-", "-", "-"}, custom("absent"))
}

func TestNamesInContextsAreFoundInAnyCaseWhereOneIsSoCalled(t *testing.T) {
	t.Parallel()
	var b request.Batch
	require.NoError(t, b.Decode([]byte(`{"callbackUrl":"u","objectData":[
		{"objectContext":{"id":1},"triggeringContext":{"Trigger Name":"a"}},
		{"objectContext":{"id":2},"triggeringContext":{"TRIGGER NAME":"b","trigger name":"c"}},
		{"objectContext":{"id":3},"triggeringContext":{"TRIGGER NAME":"d","Trigger name":"e"}},
		{"objectContext":{"id":4},"triggeringContext":{"TRIGGER NAME":"f","TRIGGER NAME":"g"}},
		{"objectContext":{"id":5},"triggeringContext":{"TRIGGER NAMES":"h"}},
		{"objectContext":{"id":6},"triggeringContext":{"TRIGGER NAME":"x","Trigger NAME":"y","trigger name":"z"}},
		{"objectContext":{"id":7},"triggeringContext":{"trigger name":"i","TRIGGER NAME":"j"}}]}`)))
	require.Equal(t, []string{"a", "c", "-", "g", "-", "z", "i"}, inContext(&b, request.Trigger, "trigger name"))
}

func TestTokensAreFoundWithAndWithoutTheirPrefix(t *testing.T) {
	t.Parallel()
	var b request.Batch
	require.NoError(t, b.Decode([]byte(`{"callbackUrl":"u","objectData":[
		{"objectContext":{"id":1},"myTokenContext":{"Event Date":"1","my.Event Date":"2"}},
		{"objectContext":{"id":2},"myTokenContext":{"my.Event Date":"2"}},
		{"objectContext":{"id":3},"myTokenContext":{"{{my.Event Date}}":"3"}},
		{"objectContext":{"id":4},"myTokenContext":{"Event":"4"}}]}`)))
	require.Equal(t, []string{"1", "2", "3", "-"}, inContext(&b, request.My, "Event Date"))
}

func TestGlobalParametersAreThoseOfTheAdminAndHeaders(t *testing.T) {
	t.Parallel()
	var b request.Batch
	require.NoError(t, b.Decode([]byte(`{"callbackUrl":"u","context":{"admin":{"Region":"emea","x-tenant":"t1","flag":true},"headers":{"x-tenant":"t2","x-mode":"m"}},
		"objectData":[{"objectContext":{"id":1}},{"objectContext":{"id":2}}]}`)))
	for name, want := range map[string]string{"Region": "emea", "region": "emea", "x-tenant": "t1", "X-Mode": "m", "flag": "true", "absent": "-"} {
		require.Equal(t, []string{want, want}, inContext(&b, request.Global, name), name)
	}
	require.NoError(t, b.Decode([]byte(`{"callbackUrl":"u","context":{"admin":{"Region":"emea"}},"context":{},"objectData":[{"objectContext":{"id":1}}]}`)))
	require.Equal(t, []string{"-"}, inContext(&b, request.Global, "Region"), "the later context holds")
}
