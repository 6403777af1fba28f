package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// filesOf are files in a folder, by their names.
func filesOf(t *testing.T, files map[string]string) (at func(name string) string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return func(name string) string { return filepath.Join(dir, name) }
}

func TestFilesNamedInOtherScriptsBecomeTablesOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	at := filesOf(t, map[string]string{
		"مناطق.csv":                     "البلد,المنطقة,المسؤول\nمصر,شمال أفريقيا,منى\n",
		"都道府県.csv":                      "都道府県,地域,担当\n東京都,関東,佐藤\n大阪府,近畿,鈴木\n",
		"Territories Q3 (final) v2.csv": "Country,Sales Region\nGermany,DACH\n",
		"none.csv":                      "a,b\n1,2\n",
	})
	require.Contains(t, p.client("table", "import", at("都道府県.csv")), "du-dao-fu-xian version 1: 2 rows, columns 都道府県, 地域, 担当 (live)")
	require.Contains(t, p.client("table", "import", at("مناطق.csv")), "mntq version 1: 1 rows")
	require.Contains(t, p.client("table", "import", at("Territories Q3 (final) v2.csv")), "territories-q3-final-v2 version 1")
	require.Contains(t, p.client("table", "import", at("none.csv")), "table version 1", "none stands for no table")
	require.Contains(t, p.client("table", "import", at("都道府県.csv")), "du-dao-fu-xian version 2", "the same file again")
	require.Contains(t, p.client("table", "import", at("مناطق.csv"), "--name", "regions"), "regions version 1")
	require.Contains(t, p.client("table", "import", at("مناطق.csv"), "--name", "zones", "--label", "Zonen"), "zones version 1")
	require.Equal(t, `TABLE                    LIVE  ROWS  COLUMNS  LOOKUPS            LABEL
table                    1     1     2        1 (not confirmed)  none
regions                  1     1     3        1 (not confirmed)
territories-q3-final-v2  1     1     2        1 (not confirmed)  Territories Q3 (final) v2
zones                    1     1     3        1 (not confirmed)  Zonen
mntq                     1     1     3        1 (not confirmed)  مناطق
du-dao-fu-xian           2     2     3        1 (not confirmed)  都道府県
`, p.client("table", "list"))
	require.Contains(t, p.client("table", "show", "mntq"), "mntq (مناطق): live version 1, 1 rows\n")
	p.client("table", "import", at("مناطق.csv"), "--label", "Regionen")
	require.Contains(t, p.client("table", "show", "mntq"), "mntq (Regionen): live version 2, 1 rows\n")
	require.Contains(t, p.client("table", "import", at("مناطق.csv")), "mntq-2 version 1", "people know the other one as something else now")
	p.stop()
}

func TestAGuessedLookupIsConfirmedOnTheCommandLine(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	at := filesOf(t, map[string]string{"codes.csv": "country,code\nGermany,DE\n", "more.csv": "country,code\nGermany,DE\nFrance,FR\n"})
	waits := "codes version 1: 1 rows, columns country, code (live)\n" +
		"lookup codes is not confirmed: leads are matched, and nothing is written\n" +
		"  matches country = lead.country (normalized)\n  writes code to lead.code\n" +
		"  confirm it: tablestep table lookup codes --confirm\n"
	require.Equal(t, waits, p.client("table", "import", at("codes.csv")))
	require.Contains(t, p.client("table", "list"), "1 (not confirmed)")
	confirmed := "lookup codes of codes is confirmed: version 1 (live)\n  matches country = lead.country (normalized)\n  writes code to lead.code\n"
	require.Equal(t, confirmed, p.client("table", "lookup", "codes", "--confirm"))
	require.Equal(t, confirmed, p.client("table", "lookup", "codes", "codes", "--confirm"), "again it is what it was")
	require.NotContains(t, p.client("table", "list"), "not confirmed")
	require.Equal(t, "codes version 2: 2 rows, columns country, code (live)\n", p.client("table", "import", at("more.csv"), "--name", "codes"))

	out := p.client("table", "import", at("more.csv"), "--confirm-lookup")
	require.Contains(t, out, "lookup more of more is confirmed: version 1 (live)\n")
	require.NotContains(t, out, "not confirmed")
	var l struct {
		Guessed bool
		Version int
	}
	require.NoError(t, json.Unmarshal([]byte(p.client("table", "lookup", "more")), &l))
	require.False(t, l.Guessed)
	require.Equal(t, 1, l.Version)
	require.NotContains(t, p.client("table", "import", at("more.csv"), "--name", "third", "--no-publish"), "confirm", "nobody is matched yet")

	for _, args := range [][]string{
		{"table", "import", at("more.csv"), "--no-publish", "--confirm-lookup"},
		{"table", "lookup", "codes", "--confirm", "--delete", "--yes"},
		{"table", "lookup", "codes", "--confirm", "--versions"},
		{"table", "lookup", "codes", "--confirm", "--file", at("codes.csv")},
	} {
		code, _, errs := command(t, append(args, "--server", p.url, "--admin-key", testAdminKey)...)
		require.Equal(t, 2, code, "%v: %s", args, errs)
	}
	code, _, errs := command(t, "table", "lookup", "codes", "nothing", "--confirm", "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "LOOKUP_NOT_FOUND")
	p.stop()
}

// Fields, parts, constants and ways to write are told in words, and the command prints what it reads.
func TestALookupIsToldWithItsFieldsPartsAndConstants(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	lookup := `{"match": [{"column": "country", "field": ["country", "region"], "split": ";"}],
		"outputs": [{"column": "code", "field": "code", "write": "ifEmpty"}, {"value": "EMEA", "field": "area", "write": "ifDifferent"}, {"column": "country", "field": "c", "write": "always"}]}`
	at := filesOf(t, map[string]string{"codes.csv": "country,code\nGermany,DE\n", "lookup.json": lookup, "wrong.json": `{"match": [
  {"column": "country", "field": ["country", 5]}], "outputs": []}`})
	p.client("table", "import", at("codes.csv"))
	p.client("table", "lookup", "codes", "--file", at("lookup.json"))
	require.Contains(t, p.client("table", "show", "codes"), `country = each part of lead.country or lead.region between ";" (normalized)`)
	require.Contains(t, p.client("table", "lookup", "codes", "--versions"), `code to lead.code if it is empty, "EMEA" to lead.area if it differs, country to lead.c`)
	printed := p.client("table", "lookup", "codes")
	require.Contains(t, strings.Join(strings.Fields(printed), ""), `"field":["country","region"]`)
	again := filesOf(t, map[string]string{"printed.json": printed})
	require.Contains(t, p.client("table", "lookup", "codes", "--file", again("printed.json")), "version 1", "it is the same lookup")
	require.Contains(t, p.fails("table", "lookup", "codes", "--file", at("wrong.json")), `name a lead field, such as "phone", or several in a list`)
	p.stop()
}

// All entries are named with and, unless fewer have to hold.
func TestATableIsShownWithHowManyEntriesMustHold(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	at := filesOf(t, map[string]string{
		"codes.csv": "country,code\nGermany,DE\n",
		"one.json":  `{"match": [{"column": "country", "field": "country"}, {"column": "code", "field": "code", "mode": "loose"}], "require": 1, "outputs": []}`,
		"all.json":  `{"match": [{"column": "country", "field": "country"}, {"column": "code", "field": "code", "mode": "loose"}], "require": 2, "outputs": []}`,
	})
	p.client("table", "import", at("codes.csv"))
	p.client("table", "lookup", "codes", "--file", at("one.json"))
	require.Contains(t, p.client("table", "show", "codes"), "1 of country = lead.country (normalized), code = lead.code (loose)")
	p.client("table", "lookup", "codes", "--file", at("all.json"))
	require.Contains(t, p.client("table", "show", "codes"), "country = lead.country (normalized) and code = lead.code (loose)")
	require.Contains(t, p.client("table", "lookup", "codes", "--versions"), "1 of country = lead.country (normalized), code = lead.code (loose)")
	p.stop()
}
