package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables/schema"
)

// What a flow step does not say comes from the lookup, entry by entry.
func TestAFlowStepTakesWhatItDoesNotSayFromTheLookup(t *testing.T) {
	h := newHouse(t)
	h.table(t, "plans", "code,name,size,note\nde,Germany,10,x\nFR,France,20,y\n", "")
	require.NoError(t, h.store.SetLookup("plans", schema.Lookup{
		Name:  "plans",
		Match: []schema.Match{{Column: "code", Field: "c", Mode: schema.ModeExact}, {Column: "name", Field: "n", Mode: schema.ModeExact}},
		Outputs: []schema.Output{
			{Column: "size", Field: "planSize", Type: schema.TypeInteger, Default: "1"},
			{Column: "note", Field: "planNote", Type: schema.TypeText, Default: "none"},
		},
	}, "test"))
	for name, c := range map[string]struct {
		fields, flow string
		code         engine.Code
		want         map[string]string // beside the id
	}{
		"the first entry keeps its mode":          {`"c":"DE"`, `"keyName":"code"`, engine.CodeValueNotFound, nil},
		"and its field":                           {`"c":"de"`, `"keyName":"code"`, "", map[string]string{"planSize": "10", "planNote": `"x"`}},
		"in any case":                             {`"c":"de"`, `"keyName":"CODE"`, "", map[string]string{"planSize": "10", "planNote": `"x"`}},
		"the second entry keeps both":             {`"n":"france"`, `"keyName":"name"`, engine.CodeValueNotFound, nil},
		"and hits by them":                        {`"n":"France"`, `"keyName":"name"`, "", map[string]string{"planSize": "20", "planNote": `"y"`}},
		"another column is normalized":            {`"c":" X"`, `"keyName":"note"`, "", map[string]string{"planSize": "10", "planNote": `"x"`}},
		"a column of an output keeps the field":   {`"c":"de","n":"Germany"`, `"lookupField":"note"`, "", map[string]string{"planNote": `"x"`}},
		"and the type":                            {`"c":"de","n":"Germany"`, `"lookupField":"SIZE"`, "", map[string]string{"planSize": "10"}},
		"another column takes the first field":    {`"c":"de","n":"Germany"`, `"lookupField":"name"`, "", map[string]string{"planSize": `"Germany"`}},
		"and no default of the first":             {`"c":"?","n":"Germany"`, `"lookupField":"name","onNoMatch":"default"`, engine.CodeValueNotFound, nil},
		"a field of an output keeps the column":   {`"c":"de","n":"Germany"`, `"returnField":"planNote"`, "", map[string]string{"planNote": `"x"`}},
		"another field takes the first column":    {`"c":"de","n":"Germany"`, `"returnField":"other"`, "", map[string]string{"other": "10"}},
		"and its default":                         {`"c":"?","n":"Germany"`, `"returnField":"other","onNoMatch":"default"`, "", map[string]string{"other": "1"}},
		"a default is of the first output":        {`"c":"?","n":"Germany"`, `"defaultValue":"7"`, "", map[string]string{"planSize": "7", "planNote": `"none"`}},
		"and waits for default":                   {`"c":"?","n":"Germany"`, `"defaultValue":"7","onNoMatch":"keep"`, engine.CodeValueNotFound, nil},
		"a value of the flow step is the first's": {`"n":"Germany"`, `"keyValue":"de"`, "", map[string]string{"planSize": "10", "planNote": `"x"`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.answers(t, lead(`"id":1,`+c.fields, `"table":"plans",`+c.flow))[0]
			require.Equal(t, c.code, got.ActivityData.ErrorCode, got.ActivityData.Reason)
			require.Len(t, got.LeadData, 1+len(c.want))
			for field, value := range c.want {
				require.Equal(t, value, got.field(field))
			}
		})
	}
}

func TestALookupWithoutOutputsMatchesAndWritesNothing(t *testing.T) {
	h := newHouse(t)
	h.table(t, "seen", "k,v\na,1\n", `{"match":[{"column":"k","field":"k"}]}`)
	table, ok := h.store.Catalog().Table("seen")
	require.True(t, ok)
	l, ok := table.Lookup("")
	require.True(t, ok)
	require.Empty(t, l.Outputs)
	got := h.answers(t,
		lead(`"id":1,"k":"a"`, `"table":"seen"`), lead(`"id":2,"k":"b"`, `"table":"seen","onNoMatch":"clear"`),
		lead(`"id":3,"k":"b"`, `"table":"seen","defaultValue":"x"`), lead(`"id":4,"k":"a"`, `"table":"seen","lookupField":"v","returnField":"f"`))
	require.True(t, got[0].ActivityData.Success)
	require.Empty(t, got[0].ActivityData.ReturnVal)
	require.Empty(t, got[0].ActivityData.Outputs)
	require.True(t, got[1].ActivityData.Success)
	require.Equal(t, engine.CodeValueNotFound, got[2].ActivityData.ErrorCode)
	require.Contains(t, got[2].ActivityData.Reason, "the lookup has no default value to write")
	require.Equal(t, `"1"`, got[3].field("f"), "an output of the flow step alone is a string")
	for _, r := range got[:3] {
		require.Len(t, r.LeadData, 1)
	}
}

// A field that leads do not have is a miss where nothing can match, and a fault of the
// setup where Marketo does not send it at all.
func TestAFieldThatNoLeadHasIsToldByWhatItIsMatchedWith(t *testing.T) {
	h := newHouse(t)
	h.table(t, "tests", "rule,band,other\n>5,high,a\n,low,b\n", `{"match":[{"column":"rule","field":"n","mode":"condition"}],"outputs":[{"column":"band","field":"band"}]}`)
	h.table(t, "blanks", "k,v\n,1\n", `{"match":[{"column":"k","field":"k","matchEmpty":true}],"outputs":[{"column":"v","field":"f"}]}`)
	got := h.answers(t, lead(`"id":1`, `"table":"tests"`), lead(`"id":2`, `"table":"blanks"`), lead(`"id":3`, `"table":"points"`))
	require.NotEqual(t, engine.CodeFieldNotFound, got[0].ActivityData.ErrorCode, "a condition may ask for nothing")
	require.NotEqual(t, engine.CodeKeyEmpty, got[0].ActivityData.ErrorCode)
	require.Equal(t, `"1"`, got[1].field("f"))
	require.Equal(t, engine.CodeFieldNotFound, got[2].ActivityData.ErrorCode)
	require.Contains(t, got[2].ActivityData.Reason, "map it in the service's outgoing fields")
}
