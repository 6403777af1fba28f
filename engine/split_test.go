package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

const interests = "interest,team,region,size\nGolf,Sport,EU,5\nSki,Sport,US,7\nWine,Food,EU,\nBeer,null,US,9\nJazz, Ska ,EU,1\n"

func splitLookup(more string) string {
	return `{"match":[{"column":"interest","field":"interests","split":";"}],"outputs":[{"column":"team","field":"teams","type":"text"},{"value":"yes","field":"known"},{"column":"size","field":"sizes"}]` + more + `}`
}

func TestEachPartOfAValueIsLookedUpAndTheAnswersAreJoined(t *testing.T) {
	h := newHouse(t)
	h.table(t, "i", interests, splitLookup(""))
	for _, c := range []struct {
		lead, want, first string
		row               int
		parts             []engine.TracePart
	}{
		{`"golf"`, `"teams":"Sport","known":"yes","sizes":"5"`, "Sport", 1, []engine.TracePart{{Value: "golf", Row: 1}}},
		{`" ski ; golf;; WINE ;"`, `"teams":"Sport;Food","known":"yes","sizes":"7;5"`, "Sport;Food", 2, []engine.TracePart{{Value: "ski", Row: 2}, {Value: "golf", Row: 1}, {Value: "WINE", Row: 3}}},
		{`"chess;wine"`, `"teams":"Food","known":"yes"`, "Food", 3, []engine.TracePart{{Value: "chess"}, {Value: "wine", Row: 3}}},
		{`"golf;golf"`, `"teams":"Sport","known":"yes","sizes":"5"`, "Sport", 1, []engine.TracePart{{Value: "golf", Row: 1}}},
		{`"beer;golf"`, `"teams":"Sport","known":"yes","sizes":"9;5"`, "Sport", 4, []engine.TracePart{{Value: "beer", Row: 4}, {Value: "golf", Row: 1}}},
		{`"jazz;golf"`, `"teams":" Ska ;Sport","known":"yes","sizes":"1;5"`, " Ska ;Sport", 5, []engine.TracePart{{Value: "jazz", Row: 5}, {Value: "golf", Row: 1}}},
	} {
		written, activity, trace := h.answeredOne(t, `{"interests":`+c.lead+`}`, `{"table":"i"}`)
		require.JSONEq(t, `{"id":1,`+c.want+`}`, written, c.lead)
		require.Equal(t, c.first, activity["returnVal"], c.lead)
		require.InDelta(t, c.row, activity["matchedRow"], 0, "the row of the first part that hits")
		require.Equal(t, c.parts, trace.Parts)
	}
	_, activity, _ := h.answeredOne(t, `{"interests":"ski;golf"}`, `{"table":"i"}`)
	require.Equal(t, "table=i version=1 interest=ski;golf", activity["searchParams"])

	_, activity, trace := h.answeredOne(t, `{"interests":"chess; gulf"}`, `{"table":"i"}`)
	require.Equal(t, "LOOKUP_VALUE_NOT_FOUND", activity["errorCode"])
	require.Equal(t, `no row of i (version 1) has interest = "chess; gulf"`, activity["reason"])
	require.Equal(t, []engine.TracePart{{Value: "chess"}, {Value: "gulf"}}, trace.Parts)
	_, activity, trace = h.answeredOne(t, `{"interests":"gulf; chess"}`, `{"table":"i"}`)
	require.Equal(t, "LOOKUP_VALUE_NOT_FOUND", activity["errorCode"])
	require.NotNil(t, trace.Nearest, "the nearest row is that of the first part")
	require.Equal(t, 1, trace.Nearest.Row)
	for _, empty := range []string{`";; ; "`, `""`, `null`, `" "`} {
		_, activity, trace = h.answeredOne(t, `{"interests":`+empty+`}`, `{"table":"i"}`)
		require.Equal(t, "LOOKUP_KEY_EMPTY", activity["errorCode"], empty)
		require.Empty(t, trace.Parts, empty)
	}

	written, _, _ := h.answeredOne(t, `{"interests":"a; b"}`, `{"table":"i","defaultValue":"none"}`)
	require.JSONEq(t, `{"id":1,"teams":"none"}`, written, "a default where no part hits")
	written, _, _ = h.answeredOne(t, `{"interests":"x"}`, `{"table":"i","keyValue":"wine; golf"}`)
	require.JSONEq(t, `{"id":1,"teams":"Food;Sport","known":"yes","sizes":"5"}`, written, "what the flow step gives is taken apart, too")
	written, _, _ = h.answeredOne(t, `{"interests":"eu; us"}`, `{"table":"i","keyName":"region","lookupField":"interest","returnField":"first"}`)
	require.JSONEq(t, `{"id":1,"first":"Golf;Ski"}`, written)
}

func TestAValueOfTooManyPartsFailsItsLead(t *testing.T) {
	h := newHouse(t)
	h.table(t, "i", interests, splitLookup(`,"onNoMatch":"clear"`))
	hundred := strings.Repeat("x;", 99) + "golf"
	written, _, trace := h.answeredOne(t, `{"interests":";`+hundred+`;"}`, `{"table":"i"}`)
	require.JSONEq(t, `{"id":1,"teams":"Sport","known":"yes","sizes":"5"}`, written)
	require.Len(t, trace.Parts, 2, "each part once")
	_, activity, trace := h.answeredOne(t, `{"interests":"`+hundred+`;golf"}`, `{"table":"i"}`)
	require.Equal(t, "VALUE_INVALID", activity["errorCode"])
	require.Equal(t, `i (version 1): the lead's field "interests" has 101 parts between ";", 100 are the most`, activity["reason"])
	require.NotContains(t, activity, "matchedRow")
	require.Empty(t, trace.Parts)
	_, activity, _ = h.answeredOne(t, `{"interests":"golf"}`, `{"table":"i","keyValue":"`+hundred+`;golf"}`)
	require.Contains(t, activity["reason"], "the key value of the flow step has 101 parts")
}

// A part that fails fails the lead, and the reason names the part; the other way round it
// would depend on the order of the parts what a lead gets.
func TestAPartThatFailsFailsItsLead(t *testing.T) {
	h := newHouse(t)
	text := "k,n\na,1\nb,2\nb,3\nc,x\n"
	h.table(t, "u", text, `{"match":[{"column":"k","field":"ks","split":"|"}],"hitPolicy":"unique","outputs":[{"column":"n","field":"n"}]}`)
	_, activity, _ := h.answeredOne(t, `{"ks":"a|b|?"}`, `{"table":"u"}`)
	require.Equal(t, "LOOKUP_AMBIGUOUS", activity["errorCode"])
	require.Equal(t, `rows 2 and 3 of u (version 1) both have k = "b"`, activity["reason"])
	h.table(t, "s", text, `{"match":[{"column":"k","field":"ks","split":"|"}],"hitPolicy":"collect","aggregate":"sum","outputs":[{"column":"n","field":"n"}]}`)
	_, activity, _ = h.answeredOne(t, `{"ks":"a|c"}`, `{"table":"s"}`)
	require.Equal(t, "VALUE_INVALID", activity["errorCode"])
	written, _, _ := h.answeredOne(t, `{"ks":"b|a|B"}`, `{"table":"s"}`)
	require.JSONEq(t, `{"id":1,"n":"5;1"}`, strings.ReplaceAll(written, "|", ";"), "each part is summed up by itself")

	long := strings.Repeat("y", 4000)
	h.table(t, "l", "k,n\na,"+long+"1\nb,"+long+"2\nc,"+long+"3\n", `{"match":[{"column":"k","field":"ks","split":"|"}],"outputs":[{"column":"n","field":"n"}]}`)
	_, activity, _ = h.answeredOne(t, `{"ks":"a|b|c"}`, `{"table":"l"}`)
	require.Equal(t, "VALUE_INVALID", activity["errorCode"])
	require.Contains(t, activity["reason"], `l (version 1): column "n": with "yyy`)
	require.Contains(t, activity["reason"], "the answers become longer than 8192 bytes")

	h.SetBatchWork(1)
	h.table(t, "f", "k,n\ngolfing,1\nskiing,2\n", `{"match":[{"column":"k","field":"ks","split":"|","mode":"fuzzy"}],"outputs":[{"column":"n","field":"n"}]}`)
	_, activity, _ = h.answeredOne(t, `{"ks":"golfin|skiin"}`, `{"table":"f"}`)
	require.Equal(t, "LOOKUP_TOO_SLOW", activity["errorCode"])
}

// Other entries are as they are, scores are the lowest, and numbers keep their spellings.
func TestPartsGoWithOtherEntriesScoresAndNumbers(t *testing.T) {
	h := newHouse(t)
	h.table(t, "r", interests, `{"match":[{"column":"region","field":"region"},{"column":"interest","field":["none","interests"],"split":"/"}],"outputs":[{"column":"team","field":"teams"}]}`)
	for region, want := range map[string]string{"EU": `{"id":1,"teams":"Food/Sport"}`, "us": `{"id":1,"teams":"Sport"}`} {
		written, _, _ := h.answeredOne(t, `{"region":"`+region+`","none":"","interests":"Wine/Ski/Golf"}`, `{"table":"r"}`)
		require.JSONEq(t, want, written)
	}
	h.table(t, "two", interests, `{"match":[{"column":"region","field":"region"},{"column":"interest","field":"interests","split":"/"},{"column":"size","field":"size"}],"require":2,"outputs":[{"column":"team","field":"teams"}]}`)
	written, _, _ := h.answeredOne(t, `{"region":"EU","interests":"x/Wine","size":""}`, `{"table":"two"}`)
	require.JSONEq(t, `{"id":1,"teams":"Food"}`, written)

	h.table(t, "f", "k,n\ngolfing,1\nskiing,2\n", `{"match":[{"column":"k","field":"ks","split":"|","mode":"fuzzy","threshold":0.5}],"outputs":[{"column":"n","field":"n"}]}`)
	_, near, _ := h.answeredOne(t, `{"ks":"skiin"}`, `{"table":"f"}`)
	_, activity, _ := h.answeredOne(t, `{"ks":"golfing|skiin"}`, `{"table":"f"}`)
	require.InDelta(t, 1, activity["matchedRow"], 0)
	require.Equal(t, near["matchScore"], activity["matchScore"], "of the part that is least alike")
	require.Less(t, activity["matchScore"], 1.0)

	h.table(t, "n", "k,n\n5,five\n5.5,more\ntrue,yes\n", `{"match":[{"column":"k","field":"ks","split":"."}],"outputs":[{"column":"n","field":"n"}]}`)
	for value, want := range map[string]string{`5.0`: "five", `5.5`: "more", `true`: "yes", `"5.0"`: "five", `"5.5"`: "five"} {
		written, _, _ := h.answeredOne(t, `{"ks":`+value+`}`, `{"table":"n"}`)
		require.JSONEq(t, `{"id":1,"n":"`+want+`"}`, written, "a JSON number is no text and stays whole: %s", value)
	}

	h.table(t, "w", "k,n\ngolf,1\n,none\n*,other\n", `{"match":[{"column":"k","field":"ks","split":";","anything":["*"],"matchEmpty":true}],"outputs":[{"column":"n","field":"n"}]}`)
	for value, want := range map[string]string{"golf;ski": "1;other", ";": "none", "ski": "other"} {
		written, _, _ := h.answeredOne(t, `{"ks":"`+value+`"}`, `{"table":"w"}`)
		require.JSONEq(t, `{"id":1,"n":"`+want+`"}`, written, value)
	}
}

// A part that many leads have is looked up once, and each lead gets what it gets alone.
func TestPartsOfABatchAreWhatTheyAreAlone(t *testing.T) {
	h := newHouse(t)
	h.table(t, "i", interests, splitLookup(`,"onNoMatch":"default"`))
	var leads []json.RawMessage
	names := []string{"golf", "ski", "wine", "beer", "jazz", "chess", "", "7"}
	for i := range 200 {
		leads = append(leads, json.RawMessage(fmt.Sprintf(`{"id":%d,"interests":"%s;%s ; %s"}`, i+1, names[i%8], names[i/8%8], names[i/3%8])))
	}
	together, err := h.Try(t.Context(), leads, json.RawMessage(`{"table":"i"}`))
	require.NoError(t, err)
	for i := range leads {
		alone, err := h.Try(t.Context(), leads[i:i+1], json.RawMessage(`{"table":"i"}`))
		require.NoError(t, err)
		require.Equal(t, alone[0], together[i], "%s", leads[i])
	}
	// Rules see the row of the first part that hits.
	h.put(t, "name: fix\nrules:\n  - name: all\n    when: row != nil\n    set: {first: row.interest}\n")
	written, _, _ := h.answeredOne(t, `{"interests":"chess;wine;golf"}`, `{"table":"i","ruleSet":"fix"}`)
	require.JSONEq(t, `{"id":1,"first":"Wine","teams":"Food;Sport","known":"yes","sizes":"5"}`, written)
}
