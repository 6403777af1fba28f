package tables_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func TestTheKeyIsTheFirstColumnUnlessItIsPlainlyANumber(t *testing.T) {
	t.Parallel()
	const uuid = "6f1c2a1e-0f63-4a7e-9a52-0d1e6f3c8b%d%d"
	three := func(first ...string) (rows [][]string) {
		for i, cell := range first {
			rows = append(rows, []string{cell, []string{"Germany", "France", "Spain"}[i], "x"})
		}
		return rows
	}
	for _, c := range []struct {
		name string
		rows [][]string
		want string
	}{
		{"zip", three("1", "2", "3"), "first"}, // the cells alone say nothing
		{"Country", three("x", "x", "x"), "first"},
		{"#", three("1", "2", "3"), "Country"},
		{"No.", three("0", "1", "2"), "Country"},
		{"Row Number", three("17", "18", "19"), "Country"},
		{"lfd. Nr.", three("1", "2", "3"), "Country"},
		{"Unnamed: 0", three("0", "1", "2"), "Country"},
		{"序号", three("1", "2", "3"), "Country"},
		{"No.", three("1", "7", "4"), "first"}, // numbers of something
		{"No.", three("1", "2", ""), "first"},
		{"Position", three("CEO", "CFO", "CTO"), "first"},
		{"id", three("4711", "12", "500"), "Country"},
		{"ID", three("DE", "FR", "ES"), "first"}, // codes
		{"id", three("7", "7", "7"), "first"},    // it names no row
		{"Record ID", three("1", "5", "9"), "Country"},
		{"Account ID", three("0015g00000XyZ12AAB", "0015g00000XyZ13AAB", "0015g00000XyZ14AAB"), "Country"},
		{"territoryId", three("1", "2", "3"), "Country"},
		{"Store ID", three("101", "205", "317"), "first"}, // leads may carry it
		{"plan", three(fmt.Sprintf(uuid, 1, 1), fmt.Sprintf(uuid, 1, 2), fmt.Sprintf(uuid, 1, 3)), "Country"},
		{"plan", three(fmt.Sprintf(uuid, 1, 1), fmt.Sprintf(uuid, 1, 2), "none"), "first"},
	} {
		header := []string{c.name, "Country", "x"}
		if c.name == "Country" {
			header[1] = "other"
		}
		s := open(t, tables.Options{})
		keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: header, Rows: c.rows})
		table, _ := s.Catalog().Table("t")
		l, ok := table.Lookup("")
		require.True(t, ok)
		require.True(t, l.Guessed)
		want := c.want
		if want == "first" {
			want = c.name
		}
		require.Len(t, l.Match, 1)
		require.Equal(t, want, l.Match[0].Column, "%s: %v", c.name, c.rows)
		require.Equal(t, []string{want}, table.Live.Key)
	}
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"#", "id"}, Rows: [][]string{{"1", "1"}, {"2", "2"}}})
	table, _ := s.Catalog().Table("t")
	require.Equal(t, []string{"#"}, table.Live.Key, "all are plainly numbers: the first after all")
}

func TestAFirstUploadIsCheckedAgainstTheGuessedKey(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	im := keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"Country", "Code"}, Rows: [][]string{{"Germany", "1"}, {"germany ", "2"}, {"", "3"}}})
	require.Equal(t, map[string]int{schema.WarnDuplicateKey: 1, schema.WarnEmptyKey: 1}, im.Findings.Counts, "though the codes tell all rows apart")
	for _, w := range im.Findings.List {
		require.Equal(t, "Country", w.Column)
	}
}

func TestAKeyIsKeptThroughUploads(t *testing.T) {
	s := open(t, tables.Options{})
	up := func(want string, columns []string, rows ...[]string) {
		im := keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: columns, Rows: rows})
		table, _ := s.Catalog().Table("t")
		l, _ := table.Lookup("")
		require.Equal(t, want, l.Match[0].Column, "version %d", im.Version)
	}
	up("a", []string{"a", "b"}, []string{"1", "1"}, []string{"1", "2"}) // the first, whatever its cells
	up("a", []string{"b", "a"}, []string{"1", "1"}, []string{"2", "1"}) // in another order
	up("a", []string{"#", "a"}, []string{"1", "1"}, []string{"2", "1"})
	up("c", []string{"c", "b"}, []string{"1", "1"}, []string{"2", "1"}) // it is gone
}

func TestGuessedFieldsAreCamelCaseAndNeverTheID(t *testing.T) {
	s := open(t, tables.Options{})
	columns := []string{"E-mail Address", "Company Size", "alpha-2", "id", "ISO code", "URLPath", "iso_code", "große Zahl", "%", "Owner ID", "leadScore"}
	row := []string{"a@example.com", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}
	keepertest.Publish(t, s, "some-table", &keepertest.Sheet{Header: columns, Rows: [][]string{row}})
	table, _ := s.Catalog().Table("some-table")
	l, _ := table.Lookup("some-table")
	require.Equal(t, "eMailAddress", l.Match[0].Field)
	fields := []string{}
	for _, o := range l.Outputs {
		fields = append(fields, o.Field)
	}
	require.Equal(t, []string{"companySize", "alpha2", "someTableId", "isoCode", "urlPath", "someTableIsoCode", "großeZahl", "value", "ownerId", "leadScore"}, fields)
}

func TestLongColumnsAreGuessedAsText(t *testing.T) {
	s := open(t, tables.Options{})
	im := keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", strings.Repeat("x", 256)}}})
	table, _ := s.Catalog().Table("t")
	l, _ := table.Lookup("")
	require.Equal(t, schema.TypeText, l.Outputs[0].Type)
	require.Equal(t, map[string]int{schema.WarnTooLong: 1}, codes(im.Findings.List))
	require.Contains(t, im.Findings.List[0].Message, "256 bytes")
}

func TestAGivenKeyIsCheckedAndUsed(t *testing.T) {
	s := open(t, tables.Options{})
	source := &keepertest.Sheet{Header: []string{"country", "state", "owner"}, Rows: [][]string{{"US", "CA", "a"}, {"CA", "CA", "b"}, {"us", "ca", "c"}}}
	im, err := s.Import(context.Background(), "t", source, tables.ImportOptions{Publish: true, Key: []string{"country", "state"}})
	require.NoError(t, err)
	require.Equal(t, []schema.Warning{{Row: 3, Column: "country + state", Code: schema.WarnDuplicateKey, Severity: schema.SeverityChange, Message: `the same key as row 1 ("us", "ca"): a lead that wants one row gets the first`}}, im.Findings.List)
	table, _ := s.Catalog().Table("t")
	l, _ := table.Lookup("")
	require.Len(t, l.Match, 2)
	require.Len(t, l.Outputs, 1)
	_, err = s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{Key: []string{"city"}})
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
}

func TestABadFileGivesNoMillionWarnings(t *testing.T) {
	s := open(t, tables.Options{})
	source := &keepertest.Sheet{Header: []string{"k", "v"}, Make: func(row int, cells []string) bool {
		cells[0], cells[1] = "same", "null"
		return row < 50_000
	}}
	for range 3000 {
		source.Findings = append(source.Findings, schema.Warning{Code: "SHORT_ROW"})
	}
	im := keepertest.Publish(t, s, "t", source)
	require.LessOrEqual(t, len(im.Findings.List), 1010)
	require.Equal(t, 3000+49_999+50_000, im.Findings.Total())
}

func TestAnUploadThatLosesMostRowsWantsConfirmation(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	few := func(n int) *keepertest.Sheet {
		source := keepertest.Countries()
		source.Rows = source.Rows[:n]
		return source
	}
	_, err := s.Import(context.Background(), "t", few(1), tables.ImportOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrConflict)
	require.ErrorContains(t, err, "1 rows")
	table, _ := s.Catalog().Table("t")
	require.Equal(t, 1, table.Live.Number)
	require.Equal(t, 1, table.Versions)
	im, err := s.Import(context.Background(), "t", few(2), tables.ImportOptions{Publish: true})
	require.NoError(t, err, "half is not most")
	require.Equal(t, &view.Count{Removed: 2, Unchanged: 2}, im.Diff)
	_, err = s.Import(context.Background(), "t", few(1), tables.ImportOptions{Publish: true, Confirm: true, Force: true})
	require.NoError(t, err)
}

func TestAnUploadWithoutAColumnOfALookupIsRefused(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	other := &keepertest.Sheet{Header: []string{"country", "CODE"}, Rows: keepertest.Countries().Rows}
	for i := range other.Rows {
		other.Rows[i] = other.Rows[i][:2]
	}
	keepertest.Publish(t, s, "t", other)
	table, _ := s.Catalog().Table("t")
	l, _ := table.Lookup("")
	require.Equal(t, "code", l.Outputs[0].Field, "what was guessed is guessed anew")

	require.NoError(t, s.SetLookup("t", schema.Lookup{Name: "codes", Match: []schema.Match{{Column: "code", Field: "c"}}}, ""))
	_, err := s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrConflict)
	require.ErrorContains(t, err, `lookup "codes"`)
	require.ErrorContains(t, err, `column "CODE"`)
	im, err := s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{Publish: true, Force: true})
	require.NoError(t, err)
	require.Equal(t, 3, im.Version)
	table, _ = s.Catalog().Table("t")
	_, ok := table.Lookup("codes")
	require.True(t, ok, "the lookup stays")
}

func TestHeadersAndRowsThatDoNotFitAreRefused(t *testing.T) {
	s := open(t, tables.Options{})
	for code, source := range map[string]*keepertest.Sheet{
		"NO_HEADER":        {Header: []string{"a", ""}},
		"DUPLICATE_COLUMN": {Header: []string{"a", "b", "a"}},
		"TOO_LARGE":        {Header: []string{"a"}, Rows: [][]string{{strings.Repeat("x", 17<<20)}}},
		"RAGGED_ROW":       {Header: []string{"a", "b"}, Make: func(_ int, cells []string) bool { return cells[0] == "" }, Lent: []string{""}},
	} {
		_, err := s.Import(context.Background(), "t", source, tables.ImportOptions{})
		var upload *schema.UploadError
		require.ErrorAs(t, err, &upload, code)
		require.Equal(t, code, upload.Code)
	}
	_, err := s.Import(context.Background(), "t", &keepertest.Sheet{}, tables.ImportOptions{})
	var upload *schema.UploadError
	require.ErrorAs(t, err, &upload)
}

func TestAnUnpublishedUploadWaits(t *testing.T) {
	s := open(t, tables.Options{})
	im, err := s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{})
	require.NoError(t, err)
	require.False(t, im.Live)
	table, ok := s.Catalog().Table("t")
	require.True(t, ok)
	require.Nil(t, table.Live)
	require.Len(t, table.Lookups, 1, "it can be set up before it is published")
	_, err = s.Snapshot(context.Background(), "t", 0)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	_, err = s.Snapshot(context.Background(), "t", 1)
	require.NoError(t, err)
	require.NoError(t, s.Publish("t", 1, ""))
	_, err = s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
}

func TestHugeCellsAndWideTablesGoThroughInSmallGroups(t *testing.T) {
	s := open(t, tables.Options{})
	big := &keepertest.Sheet{Header: []string{"k", "v"}, Make: func(row int, cells []string) bool {
		cells[0], cells[1] = fmt.Sprint(row), strings.Repeat(fmt.Sprint(row%10), 1<<20)
		return row < 40
	}}
	keepertest.Publish(t, s, "big", big)
	got := keepertest.Cells(t, s, "big", 0)
	require.Len(t, got, 40)
	require.Equal(t, strings.Repeat("7", 1<<20), got[37][1])
	wide := &keepertest.Sheet{Make: func(row int, cells []string) bool {
		for i := range cells {
			cells[i] = fmt.Sprint(row * i)
		}
		return row < 300
	}}
	columns := 5000
	if racing {
		columns = 500
	}
	for i := range columns {
		wide.Header = append(wide.Header, fmt.Sprintf("column %d", i))
	}
	keepertest.Publish(t, s, "wide", wide)
	got = keepertest.Cells(t, s, "wide", 0)
	require.Len(t, got, 300)
	require.Equal(t, fmt.Sprint(299*(columns-1)), got[299][columns-1])
	requireSound(t, s)
}

func TestAnyTableComesBackCellForCell(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 2})
	rapid.Check(t, func(rt *rapid.T) {
		width := rapid.IntRange(1, 6).Draw(rt, "width")
		columns := rapid.SliceOfNDistinct(rapid.StringN(1, 10, 100), width, width, rapid.ID[string]).Draw(rt, "columns")
		cell := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "null", "004", "+5", " x ", "\x00", "\xff"}))
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 1, 50).Draw(rt, "rows")
		_, err := s.Import(context.Background(), "t", &keepertest.Sheet{Header: columns, Rows: rows}, tables.ImportOptions{Publish: true, Confirm: true, Force: true})
		require.NoError(rt, err)
		require.Equal(rt, rows, keepertest.Cells(t, s, "t", 0))
		page, err := s.Rows(context.Background(), "t", view.Query{})
		require.NoError(rt, err)
		require.Equal(rt, columns, page.Columns)
		require.Equal(rt, len(rows), page.Total)
	})
	requireSound(t, s)
}
