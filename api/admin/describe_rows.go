package admin

import (
	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/ingest"
	"tablestep/tables/view"
)

func describeRows(p *view.Page) shape.Rows {
	return shape.Rows{Version: p.Version, Total: p.Total, Columns: p.Columns, Rows: each(p.Rows, describeRow)}
}

func describeRow(r *view.Row) shape.Row { return shape.Row{Row: r.Row, Cells: r.Cells} }

func describeValues(v *view.Values) shape.Values {
	return shape.Values{
		Version: v.Version, Column: v.Column, Rows: v.Rows, Empty: v.Empty, Rest: v.Rest, Unsure: v.Unsure,
		Values: each(v.Values, func(v *view.Value) shape.Value { return shape.Value{Value: v.Text, Cut: v.Cut, Count: v.Count} }),
	}
}

func describeFound(f *tables.Found) shape.Found {
	return shape.Found{
		Searched: f.Searched,
		Tables: each(f.Tables, func(t *view.Found) shape.FoundTable {
			return shape.FoundTable{Table: t.Table, Version: t.Version, Total: t.Total, Rows: each(t.Rows, describeFoundRow)}
		}),
		Unsearched: each(f.Unsearched, func(u *tables.Unsearched) shape.Unsearched {
			return shape.Unsearched{Table: u.Table, Reason: u.Reason}
		}),
	}
}

func describeFoundRow(r *view.FoundRow) shape.FoundRow {
	return shape.FoundRow{Row: r.Row, Cells: each(r.Cells, func(c *view.FoundCell) shape.FoundCell {
		return shape.FoundCell{Column: c.Column, Text: c.Text}
	})}
}

func describePreview(p *ingest.Preview) shape.Preview {
	return shape.Preview{
		Format: string(p.Format), Sheet: p.Sheet, Encoding: p.Encoding, Delimiter: p.Delimiter, HeaderRow: p.HeaderRow,
		Lines: each(p.Lines, func(line *[]string) shape.List[string] { return *line }),
		Sheets: each(p.Sheets, func(s *ingest.PreviewSheet) shape.PreviewSheet {
			described := shape.PreviewSheet{Name: s.Name, Hidden: s.Hidden}
			if s.Rows >= 0 {
				described.Rows = &s.Rows
			}
			return described
		}),
	}
}

// patchOf is the change that a request asks for.
func patchOf(p *shape.Patch) view.Patch {
	patch := view.Patch{DeleteRows: p.DeleteRows, Upsert: p.Upsert, Delete: p.Delete}
	for _, s := range p.Set {
		patch.Set = append(patch.Set, view.SetRow(s))
	}
	for _, i := range p.Insert {
		patch.Insert = append(patch.Insert, view.InsertRow(i))
	}
	return patch
}
