package admin

import (
	"slices"

	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/ingest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// each describes every one of a list.
func each[From, To any](list []From, describe func(*From) To) shape.List[To] {
	described := make(shape.List[To], len(list))
	for i := range list {
		described[i] = describe(&list[i])
	}
	return described
}

func describeTable(t *tables.Table) shape.Table {
	info := shape.Table{
		Name: t.Name, Label: t.Label, Description: t.Description, Owner: t.Owner, Former: t.Former, Hidden: t.Hidden, Order: t.Order,
		Lookups: each(t.Lookups, describeLookup), Scheduled: describeScheduled(t),
	}
	for _, d := range t.DeadColumns() {
		if !slices.Contains(info.DeadColumns, d.Column) {
			info.DeadColumns = append(info.DeadColumns, d.Column)
		}
		for i := range info.Lookups {
			if info.Lookups[i].Name == d.Lookup {
				info.Lookups[i].DeadColumns = append(info.Lookups[i].DeadColumns, d.Column)
			}
		}
	}
	if t.Live != nil {
		info.Live = &t.Live.Number
		info.Rows = t.Live.Rows
		info.Updated = &t.Live.Created
		info.Columns = each(t.Live.Columns, describeColumn)
	}
	if t.Damage != nil {
		info.Damage = t.Damage.Problem
	}
	return info
}

func describeVersions(t *tables.Table, versions []schema.Version) shape.List[shape.Version] {
	return each(versions, func(v *schema.Version) shape.Version {
		return shape.Version{
			Version: v.Number, Live: t.Live != nil && t.Live.Number == v.Number, Rows: v.Rows, Columns: each(v.Columns, describeColumn),
			Created: v.Created, By: v.By, Source: v.Source, Message: v.Message, Patch: v.Patch,
			Findings: v.Findings.Total(), Blocking: v.Findings.Of(schema.SeverityBlock),
		}
	})
}

func describeColumn(c *schema.Column) shape.Column {
	return shape.Column{
		Name: c.Name, Type: string(c.Type), Empty: c.Empty, Distinct: c.Distinct, MaxBytes: c.MaxBytes,
		Notation: shape.Notation{Numbers: string(c.Numbers), Dates: string(c.Dates)}, Unit: c.Unit, Packed: c.Packed,
	}
}

func describeFinding(w *schema.Warning) shape.Finding {
	return shape.Finding{Row: w.Row, Column: w.Column, Code: w.Code, Severity: string(w.Severity), Message: w.Message, More: w.More}
}

func describeHistory(events []tables.Event) shape.History {
	return shape.History{History: each(events, func(e *tables.Event) shape.Event {
		return shape.Event{At: e.At, By: e.By, Action: string(e.Action), Version: e.Version, Lookup: e.Lookup, Lookups: e.Lookups, Note: e.Note, Before: e.Before, After: e.After}
	})}
}

func describeImported(i *tables.Imported) shape.Imported {
	info := shape.Imported{
		Table: i.Table, Version: i.Version, Live: i.Live, Rows: i.Rows, Columns: each(i.Columns, describeColumn),
		Findings: each(i.Findings.List, describeFinding), Counts: i.Findings.Counts,
	}
	if i.Diff != nil {
		count := describeCount(i.Diff)
		info.Diff = &count
	}
	return info
}

func describeUsed(u *ingest.Used) shape.Used {
	return shape.Used{Format: string(u.Format), Encoding: u.Encoding, Delimiter: u.Delimiter, HeaderRow: u.HeaderRow, Sheet: u.Sheet, Sheets: u.Sheets}
}

func describeDiff(d *view.Diff) shape.Diff {
	return shape.Diff{
		From: d.From, To: d.To, Count: describeCount(&d.Count), Key: d.Key, Columns: d.Columns,
		Added: each(d.Added, describeRow), Removed: each(d.Removed, describeRow), Truncated: d.Truncated,
		Changed: each(d.Changed, func(r *view.RowChange) shape.RowChange {
			return shape.RowChange{Row: r.Row, FromRow: r.FromRow, Cells: each(r.Cells, func(c *view.CellChange) shape.CellChange {
				return shape.CellChange{Column: c.Column, From: c.From, To: c.To}
			})}
		}),
	}
}

func describeCount(c *view.Count) shape.DiffCount {
	return shape.DiffCount{Added: c.Added, Removed: c.Removed, Changed: c.Changed, Unchanged: c.Unchanged}
}

// DescribeDamage describes what is set aside.
func DescribeDamage(list []tables.Damage) shape.List[shape.Damage] {
	return each(list, func(d *tables.Damage) shape.Damage {
		return shape.Damage{Kind: string(d.Kind), Name: d.Name, Version: d.Version, Problem: d.Problem}
	})
}

func describeStats(s engine.Stats) shape.Stats {
	return shape.Stats{
		Waiting: s.Waiting, Retrying: s.Retrying, Delivered: s.Delivered, Probably: s.Probably, Dead: s.Dead, Damaged: s.Damaged, DamagedTurns: s.DamagedTurns,
		FailedBatches: s.FailedBatches, FailedBatch: s.FailedBatch, FailedEvaluations: s.FailedEvaluations, FailedEvaluation: s.FailedEvaluation,
	}
}
