package admin_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/admin"
	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/ingest"
	"tablestep/tables/schema"
)

// A filler gives every field that it can reach a value of its own. What it collects is
// how those look in JSON.
type filler struct {
	next   int
	values []string // but for those that are true
	trues  int
}

func (f *filler) number() int {
	f.next++
	return 10_000 + f.next
}

// fill sets a value and all below it. Lists and maps get two entries.
func (f *filler) fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.Date(2026, 1, 1, 0, 0, f.number(), 0, time.UTC)
		return
	case *json.RawMessage:
		*at = json.RawMessage(fmt.Sprintf(`{"raw":%d}`, f.number()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text" + strconv.Itoa(f.number()))
	case reflect.Int, reflect.Int64, reflect.Uint64:
		v.Set(reflect.ValueOf(f.number()).Convert(v.Type()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(f.number()))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			f.fill(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(t, key)
			f.fill(t, value)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(t, v.Field(i))
			}
		}
	default:
		require.Fail(t, "a value that cannot be filled", "%s", v.Type())
	}
}

// told requires that each value of a domain type is found in the JSON of its shape, but
// for the fields that are named, which people are not told of.
func told[From, To any](t *testing.T, describe func(*From) To, kept ...string) {
	t.Helper()
	var from From
	f := &filler{}
	f.fill(t, reflect.ValueOf(&from).Elem())
	for _, name := range kept {
		field := reflect.ValueOf(&from).Elem()
		for part := range strings.SplitSeq(name, ".") {
			if field.Kind() == reflect.Pointer {
				field = field.Elem()
			}
			field = field.FieldByName(part)
		}
		require.True(t, field.IsValid(), "%T has no field %s", from, name)
		field.SetZero()
	}
	still := &filler{} // what was taken out again is not looked for
	still.collect(reflect.ValueOf(from))
	raw, err := json.Marshal(describe(&from))
	require.NoError(t, err)
	for _, value := range still.values {
		require.Contains(t, string(raw), value, "%T", from)
	}
	require.Equal(t, still.trues, strings.Count(string(raw), "true"), "%T: %s", from, raw)
}

// collect keeps the values that are set.
func (f *filler) collect(v reflect.Value) {
	switch at := v.Interface().(type) {
	case time.Time:
		if !at.IsZero() {
			f.values = append(f.values, at.Format(time.RFC3339))
		}
		return
	case json.RawMessage:
		f.values = append(f.values, string(at))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			f.trues++
		}
	case reflect.Pointer:
		if !v.IsNil() {
			f.collect(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			f.collect(v.Index(i))
		}
	case reflect.Map:
		for at := v.MapRange(); at.Next(); {
			f.collect(at.Key())
			f.collect(at.Value())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.collect(v.Field(i))
			}
		}
	default:
		if !v.IsZero() {
			f.values = append(f.values, fmt.Sprint(v.Interface()))
		}
	}
}

// Whatever the store and the engine tell of a thing is in its shape: a field that is new
// there and forgotten here fails this.
func TestTheShapesForgetNothing(t *testing.T) {
	told(t, admin.DescribeLookup, "Aliases") // they stand beside it
	told(t, admin.DescribeFinding)
	told(t, func(e *[]tables.Event) shape.History { return admin.DescribeHistory(*e) })
	told(t, admin.DescribeImported, "Findings.Under")
	told(t, admin.DescribeUsed)
	told(t, admin.DescribeRows)
	told(t, admin.DescribeDiff)
	told(t, func(s *engine.Stats) shape.Stats { return admin.DescribeStats(*s) })
	told(t, func(d *[]tables.Damage) shape.List[shape.Damage] { return admin.DescribeDamage(*d) })
	told(t, admin.DescribeReport)
	told(t, admin.DescribeRuleDiff)
	told(t, func(v *tables.RuleSetVersion) shape.List[shape.RuleSetVersion] {
		return admin.DescribeRuleTexts(&tables.RuleSet{}, []tables.RuleSetVersion{*v})
	})
	told(t, admin.DescribeLookupText, "Lookup.Aliases")
	told(t, admin.DescribeDeleted, "Kind") // it is told by the list that it stands in
	told(t, admin.DescribeResult)
	told(t, admin.DescribeInvocation)
	told(t, func(v *schema.Version) shape.List[shape.Version] {
		return admin.DescribeVersions(&tables.Table{}, []schema.Version{*v})
	}, "Bytes", "Memory", "Key", "Findings", "Table", "KeyGiven", "Storage", "Groups", "Starts")
}

// A request for a lookup becomes one with every setting that a lookup has.
func TestALookupSurvivesBothWays(t *testing.T) {
	var l schema.Lookup
	new(filler).fill(t, reflect.ValueOf(&l).Elem())
	l.Aliases = nil // They stand beside it.
	described := admin.DescribeLookup(&l)
	require.Equal(t, l, admin.SettingsOf(&described))
}

func TestATableIsDescribedByItsLiveVersionAndItsDamage(t *testing.T) {
	at := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	live := &schema.Version{Number: 3, Rows: 7, Created: at, Columns: []schema.Column{{Name: "a", Type: schema.TypeInteger, Empty: 1, Distinct: 2, MaxBytes: 3}}}
	got := admin.DescribeTable(&tables.Table{Name: "t", Live: live, Lookups: []schema.Lookup{{Name: "t"}}})
	require.Equal(t, shape.Table{
		Name: "t", Live: &live.Number, Rows: 7, Updated: &at,
		Columns: shape.List[shape.Column]{{Name: "a", Type: "integer", Empty: 1, Distinct: 2, MaxBytes: 3}},
		Lookups: shape.List[shape.Lookup]{{Name: "t", Match: shape.List[shape.Match]{}, Outputs: shape.List[shape.Output]{}}},
	}, got)
	got = admin.DescribeTable(&tables.Table{Name: "t", Damage: &tables.Damage{Problem: "it is damaged"}})
	require.Equal(t, "it is damaged", got.Damage)
	require.Nil(t, got.Live)
	raw, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"t","live":null,"rows":0,"updated":null,"columns":[],"lookups":[],"damage":"it is damaged"}`, string(raw))

	versions := admin.DescribeVersions(&tables.Table{Live: live}, []schema.Version{*live, {Number: 2}})
	require.True(t, versions[0].Live)
	require.False(t, versions[1].Live)

	set := admin.DescribeRuleSet(&tables.RuleSet{Name: "r", Live: &tables.RuleSetVersion{Number: 4}})
	require.Equal(t, 4, *set.Live)
	require.Empty(t, set.Damage)
	texts := admin.DescribeRuleTexts(&tables.RuleSet{Live: &tables.RuleSetVersion{Number: 4}}, []tables.RuleSetVersion{{Number: 4}, {Number: 3}})
	require.True(t, texts[0].Live)
	require.False(t, texts[1].Live)
	set = admin.DescribeRuleSet(&tables.RuleSet{Name: "r", Damage: &tables.Damage{Problem: "gone"}})
	require.Equal(t, shape.RuleSet{Name: "r", Damage: "gone"}, set)
}

func TestAnUploadTellsHowItWasRead(t *testing.T) {
	got := admin.DescribeUsed(&ingest.Used{Format: ingest.CSV, HeaderRow: 1})
	raw, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, `{"format":"csv","headerRow":1,"sheets":[]}`, string(raw))
}
