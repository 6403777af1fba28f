package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

// sheets is a workbook of sheets called S1, S2, …: lines of cells with | between them, an
// empty line is a row that is not there. A sheet that begins with "hidden" is.
func sheets(all ...string) map[string]string {
	p := parts("")
	var list, relations strings.Builder
	for i, content := range all {
		state := ""
		if rest, hidden := strings.CutPrefix(content, "hidden\n"); hidden {
			content, state = rest, ` state="hidden"`
		}
		var data strings.Builder
		for n, line := range strings.Split(content, "\n") {
			if line == "" {
				continue
			}
			fmt.Fprintf(&data, `<row r="%d">`, n+1)
			for j, cell := range strings.Split(line, "|") {
				if cell != "" {
					fmt.Fprintf(&data, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+j, n+1, cell)
				}
			}
			data.WriteString("</row>")
		}
		p[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)] = sheetXML(data.String())
		fmt.Fprintf(&list, `<sheet name="S%d" sheetId="%d"%s r:id="s%d"/>`, i+1, i+1, state, i+1)
		fmt.Fprintf(&relations, `<Relationship Id="s%d" Type="%sworksheet" Target="worksheets/sheet%d.xml"/>`, i+1, relTypes, i+1)
	}
	p["xl/workbook.xml"] = xmlHead + `<workbook ` + mainNS + `><sheets>` + list.String() + `</sheets></workbook>`
	p["xl/_rels/workbook.xml.rels"] = xmlHead + `<Relationships ` + relNS + `>` + relations.String() + `</Relationships>`
	return p
}

func TestACoverIsNotTakenWhereAnotherSheetLooksLikeATable(t *testing.T) {
	t.Parallel()
	const data = "zip|state|rep\n1|MA|Ada\n2|NY|Bob\n3|CA|Cy"
	for name, c := range map[string]struct {
		sheets []string
		want   string
		cover  bool
	}{
		"a note":                             {[]string{"note\nReadMe", data}, "S2", true},
		"a title":                            {[]string{"Territories 2026", data}, "S2", true},
		"sentences":                          {[]string{"Territories\n\nThis workbook is kept by the sales team and is updated once a month.\nPlease do not change it", data}, "S2", true},
		"labels":                             {[]string{"Report|Territories\nAuthor|Jane\nDate|2024-01-05\nVersion|3", data}, "S2", true},
		"labels with colons below a title":   {[]string{"Territories\n\nMade for:|Acme\nMade by:|Jane", data}, "S2", true},
		"an empty sheet":                     {[]string{"", data}, "S2", true},
		"a cover, then one more":             {[]string{"Acme", "How to read this\n\nEach zip code has one rep.", data}, "S3", true},
		"a table is taken":                   {[]string{data, data}, "S1", false},
		"a table below a title is taken":     {[]string{"Territories\n\n" + data, data}, "S1", false},
		"a short table is taken":             {[]string{"zip|state\n1|MA", data}, "S1", false},
		"one column is taken":                {[]string{"domain\nacme.example\nglobex.example\ninitech.example", data}, "S1", false},
		"keys and descriptions are taken":    {[]string{"code|what it means for the one who reads it\nA|This one is for companies that have signed a contract\nB|That one is for all the others in the world", data}, "S1", false},
		"a cover alone among covers":         {[]string{"note\nReadMe\nMore", "note\nReadMe"}, "S1", false},
		"a hidden table is not looked for":   {[]string{"note\nReadMe", "hidden\n" + data}, "S1", false},
		"the first one that is seen matters": {[]string{"hidden\n" + data, "note\nReadMe", data}, "S3", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readBook(t, sheets(c.sheets...), ingest.Options{})
			require.NoError(t, err)
			require.Equal(t, c.want, got.used.Sheet)
			require.Equal(t, c.cover, strings.Contains(strings.Join(codes(got.warnings), " "), "COVER_SHEET"), "%v", got.warnings)
		})
	}
}

func TestACoverThatIsNamedIsRead(t *testing.T) {
	t.Parallel()
	got, err := readBook(t, sheets("note\nReadMe", "a|b\n1|2\n3|4"), ingest.Options{Sheet: "S1"})
	require.NoError(t, err)
	require.Equal(t, []string{"note"}, got.columns)
	got, err = readBook(t, sheets("note\nReadMe", "a|b\n1|2\n3|4"), ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"COVER_SHEET", "OTHER_SHEETS"}, codes(got.warnings))
	require.Contains(t, got.warnings[0].Message, `sheet "S1", the first one, looks like a cover and is not read, but sheet "S2"`)
	// A sheet that cannot be read is refused if it is the one that is taken.
	p := sheets("note\nReadMe", "a|b\n1|2")
	p["xl/worksheets/sheet2.xml"] = "<worksheet><sheetData><row>"
	got, err = readBook(t, p, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, "S1", got.used.Sheet)
	p["xl/worksheets/sheet1.xml"] = "<worksheet><sheetData><row>"
	_, err = readBook(t, p, ingest.Options{})
	require.Equal(t, "DAMAGED", refused(t, err).Code)
}
