package admin

import (
	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

func describeLookup(l *schema.Lookup) shape.Lookup {
	return shape.Lookup{
		Tests: describeTests(l.Tests),
		Name:  l.Name, Version: l.Version, Label: l.Label, Require: l.Require, HitPolicy: string(l.HitPolicy), PriorityColumn: l.PriorityColumn,
		Aggregate: string(l.Aggregate), Separator: l.Separator, RowKey: l.RowKey, WeightColumn: l.WeightColumn, CapColumn: l.CapColumn, CapPeriod: string(l.CapPeriod), AwayColumn: l.AwayColumn,
		Sticky: shape.Sticky(l.Sticky), Then: l.Then, Else: l.Else, OnNoMatch: string(l.OnNoMatch), RuleSet: l.RuleSet, Guessed: l.Guessed,
		Match: each(l.Match, func(m *schema.Match) shape.Match {
			return shape.Match{
				Split:  m.Split,
				Column: m.Column, ColumnTo: m.ColumnTo, Field: m.Fields(), Mode: string(m.Mode), Threshold: m.Threshold, MaxErrors: m.MaxErrors, Form: string(m.Form), MatchEmpty: m.MatchEmpty, Anything: m.Anything,
				Numbers: string(m.Numbers), Dates: string(m.Dates), Zone: m.Zone,
			}
		}),
		Outputs: each(l.Outputs, func(o *schema.Output) shape.Output {
			return shape.Output{Column: o.Column, Value: o.Value, Write: string(o.Write), Field: o.Field, Type: string(o.Type), Default: o.Default}
		}),
	}
}

func describeLookupVersion(v *tables.LookupVersion) shape.LookupVersion {
	return shape.LookupVersion{Version: v.Number, Live: v.Live, Created: v.Created, By: v.By, Lookup: describeLookup(&v.Lookup)}
}

// settingsOf is the lookup that a request describes.
func settingsOf(l *shape.Lookup) schema.Lookup {
	return schema.Lookup{
		Tests: testsOf(l.Tests),
		Name:  l.Name, Version: l.Version, Label: l.Label, Require: l.Require, HitPolicy: schema.HitPolicy(l.HitPolicy), PriorityColumn: l.PriorityColumn,
		Aggregate: schema.Aggregate(l.Aggregate), Separator: l.Separator, RowKey: l.RowKey, WeightColumn: l.WeightColumn, CapColumn: l.CapColumn, CapPeriod: schema.CapPeriod(l.CapPeriod), AwayColumn: l.AwayColumn,
		Sticky: string(l.Sticky), Then: l.Then, Else: l.Else, OnNoMatch: schema.OnNoMatch(l.OnNoMatch), RuleSet: l.RuleSet, Guessed: l.Guessed,
		Match: each(l.Match, func(m *shape.Match) schema.Match {
			one := schema.Match{
				Split:  m.Split,
				Column: m.Column, ColumnTo: m.ColumnTo, Mode: schema.Mode(m.Mode), Threshold: m.Threshold, MaxErrors: m.MaxErrors, Form: schema.Mode(m.Form), MatchEmpty: m.MatchEmpty, Anything: m.Anything,
				Numbers: notation.Numbers(m.Numbers), Dates: notation.Dates(m.Dates), Zone: m.Zone,
			}
			one.NameFields(m.Field)
			return one
		}),
		Outputs: each(l.Outputs, func(o *shape.Output) schema.Output {
			return schema.Output{Column: o.Column, Value: o.Value, Write: schema.Write(o.Write), Field: o.Field, Type: schema.Type(o.Type), Default: o.Default}
		}),
	}
}
