package ui_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
)

const hostile = `<img src=x onerror=window.harmed=1>`

func TestBrowserFromFileToAnswer(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.do(chromedp.Navigate(v.base + "/ui"))
	v.sees("Admin key")
	v.picture("login")
	v.fill("Admin key", "wrong-key\r")
	v.sees("This key is not the admin key of this service.")
	v.fill("Admin key", apitest.AdminKey+"\r")
	v.sees("There is no table yet.")
	v.picture("empty")
	require.Equal(t, "Tables", eval[string](v, `document.activeElement.textContent`), "the heading has the focus after a change of views")

	// A file comes in: its name is made valid, and nothing is published yet.
	v.offer("Länder & Co 2024.CSV", "country,alpha-2\nGermany,DE\nFrance,FR\n\""+hostile+"\",XX\n\""+hostile+"\",YY\nNowhere,\n")
	v.sees("Name of the table")
	require.Equal(t, "lander-co-2024", eval[string](v, `document.querySelector('main form input').value`))
	v.picture("name")
	v.fill("Name of the table", "countries")
	v.press("Read the file")
	v.sees("countries, version 1")
	v.sees("Duplicate key")
	v.sees(hostile)
	v.sees("row 4, column “country”")
	v.sees("All 5 rows.")
	v.sees("Different values")
	v.picture("findings")
	require.Zero(t, eval[int](v, `document.querySelectorAll('main img').length`), "a cell became markup")
	require.False(t, eval[bool](v, `'harmed' in window`), "a cell was run")

	// Read it differently, then as before: each reading is a version.
	v.press("Not right? Read it differently")
	v.choose("Columns separated by (CSV)", ";")
	v.press("Read it again")
	v.sees("countries, version 2")
	v.sees("semicolon")
	v.press("Not right? Read it differently")
	v.choose("Columns separated by (CSV)", "")
	v.press("Read it again")
	v.sees("countries, version 3")
	uploads := v.wire.of(http.MethodPost, "/versions")
	require.Len(t, uploads, 3)
	require.Equal(t, []string{"false"}, uploads[1].query["publish"])
	require.Equal(t, ";", uploads[1].query.Get("delimiter"))
	require.NotContains(t, uploads[2].query, "delimiter")
	require.NotContains(t, uploads[2].query, "confirm")

	v.press("Publish")
	v.sees("Version 3 of countries is live.")
	v.sees("This is a suggestion made from the columns.")

	v.fill("To lead field", "countryCode2")
	v.choose("When no row matches", "default")
	v.fill("If nothing matches", "ZZ")
	v.press("Save the lookup")
	v.sees("The lookup is saved.")
	saved := v.wire.of(http.MethodPut, "/lookups/countries")
	require.Len(t, saved, 1)
	require.JSONEq(t, `{"label":"","hitPolicy":"first","onNoMatch":"default",
		"match":[{"column":"country","field":"country","mode":"normalized"}],
		"outputs":[{"column":"alpha-2","field":"countryCode2","type":"string","default":"ZZ"}]}`, saved[0].body)

	// A lead: the id is sent digit by digit, and the trace is an object.
	v.press("More fields of the lead")
	v.fill("As JSON", `{"id": 9007199254740993}`)
	v.fill("country", " germany")
	v.press("Look it up")
	v.sees("success")
	v.sees("matchedRow")
	v.press("How it came to this")
	v.sees("hitPolicy")
	v.sees("normalized")
	leads := v.wire.of(http.MethodPost, "/evaluate")
	require.JSONEq(t, `{"leads":[{"country":" germany","id":9007199254740993}],"flow":{"table":"countries"}}`, leads[0].body)
	require.Contains(t, leads[0].body, "9007199254740993")
	v.picture("table")
	v.fill("country", "Atlantis")
	v.press("Look it up")
	v.sees("ZZ")
	v.fill("As JSON", `{"country": "x"}`)
	v.press("Look it up")
	v.sees("country is given twice")

	// Back to an earlier version, which the service asks about, and the list.
	v.press("Publish")
	v.sees("cannot go live")
	v.press("Publish version 2 all the same")
	v.sees("Version 2 of countries is live.")
	v.press("Tables")
	v.sees(time.Now().Format("2006"))
	v.picture("tables")

	require.Equal(t, "tablestep.adminKey", eval[string](v, `Object.keys(sessionStorage).join()`))
	require.Empty(t, eval[string](v, `Object.keys(localStorage).join() + document.cookie`))
	require.NotContains(t, eval[string](v, `location.href`), apitest.AdminKey)
	v.press("Log out")
	v.sees("You are logged out.")
	require.Zero(t, eval[int](v, `sessionStorage.length`))
	v.requireNoComplaints()
}

func TestBrowserASuggestedLookupIsConfirmedWithOneKey(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.service.Table(t, "codes", "country,alpha-2\nGermany,DE\n", "")
	v.logIn()
	v.sees("not confirmed")
	v.press("codes")
	v.sees("Leads are matched by the suggested lookup, and nothing is written.")
	v.picture("unconfirmed")
	v.fill("country", "Germany")
	v.press("Look it up")
	v.sees("lookup codes is not confirmed: nothing was written")
	v.sees("No field is written")

	// What stands in the form is not what was suggested: only saving it is left.
	v.fill("To lead field", "other")
	require.NotContains(t, v.text(), "Confirm the lookup")
	require.Contains(t, v.text(), "Save the lookup")
	v.do(chromedp.Reload())
	v.press("Add a field to write")
	require.NotContains(t, v.text(), "Confirm the lookup")

	v.do(chromedp.Reload())
	v.press("Confirm the lookup")
	v.sees("The lookup is confirmed.")
	require.NotContains(t, v.text(), "not confirmed")
	require.NotContains(t, v.text(), "Confirm the lookup")
	require.Len(t, v.wire.of(http.MethodPost, "/lookups/codes/confirm"), 1)
	require.Empty(t, v.wire.of(http.MethodPut, "/lookups/codes"))
	table, _ := v.service.Store.Catalog().Table("codes")
	l, _ := table.Lookup("")
	require.Equal(t, []any{1, false, "alpha2"}, []any{l.Version, l.Guessed, l.Outputs[0].Field})
	v.press("Tables")
	v.sees("Live version")
	require.NotContains(t, v.text(), "not confirmed")
	v.requireNoComplaints()
}

func TestBrowserFilesInOtherScriptsBecomeTablesOfTheirOwn(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.logIn()
	for _, c := range []struct{ file, name, label string }{
		{"都道府県.csv", "du-dao-fu-xian", "都道府県"},
		{"مناطق.csv", "mntq", "مناطق"},
		{"Territories Q3 (final) v2.csv", "territories-q3-final-v2", "Territories Q3 (final) v2"},
		{"都道府县.csv", "du-dao-fu-xian-2", "都道府县"},
	} {
		v.sees("Drop a CSV or XLSX file here")
		v.offer(c.file, "k,v\n1,2\n")
		v.sees("Name of the table")
		require.Equal(t, c.name, eval[string](v, `document.querySelector('main form input').value`))
		v.press("Read the file")
		v.sees(c.name + ", version 1")
		v.press("Publish")
		v.sees("Campaigns know it as " + c.name + ".")
		require.Contains(t, eval[string](v, `document.querySelector('h1').textContent`), c.label)
		table, ok := v.service.Store.Catalog().Table(c.name)
		require.True(t, ok)
		require.Equal(t, c.label, table.Label)
		v.press("Tables")
	}
	v.sees("Live version")
	v.picture("labels")

	// The same file again is the same table; a name that a person types has no label.
	v.offer("مناطق.csv", "k,v\n1,3\n")
	v.sees("mntq exists: the file becomes a new version of it.")
	v.fill("Name of the table", "regions")
	v.press("Read the file")
	v.sees("regions, version 1")
	table, _ := v.service.Store.Catalog().Table("regions")
	require.Empty(t, table.Label)
	v.requireNoComplaints()
}

func TestBrowserALeadThatIsNotFoundIsToldAsOne(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.service.Table(t, "codes", "country,alpha-2\nGermany,DE\n", `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"alpha-2","field":"code"}]}`)
	v.logIn()
	v.press("codes")
	v.sees("Try a lead")
	v.fill("country", "Germani")
	v.press("Look it up")
	v.sees("LOOKUP_VALUE_NOT_FOUND")
	v.sees("No field is written")
	v.press("How it came to this")
	v.sees("nearest")
	v.requireNoComplaints()
}

func TestBrowserAKeyThatIsNoLongerGoodLeadsBackToTheLogin(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.logIn()
	v.sees("There is no table yet.")
	v.offer("a.csv", "k,v\n1,2\n")
	v.sees("Name of the table")
	v.do(chromedp.Evaluate[chromedp.Void](`sessionStorage.setItem('tablestep.adminKey', 'a-key-that-was-revoked')`))
	v.press("Read the file")
	v.sees("The key is no longer accepted. Log in again.")
	require.Zero(t, eval[int](v, `sessionStorage.length`))
	v.fill("Admin key", apitest.OldKey+"\r")
	v.sees("Name of the table")
	v.press("Read the file")
	v.sees("a, version 1")
	v.requireNoComplaints()
}

func TestBrowserWhatTheServiceRefusesIsShownWithItsCodeAndDetails(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.logIn()
	v.sees("There is no table yet.")

	v.offer("head.csv", "k,k\n1,2\n")
	v.sees("Name of the table")
	v.press("Read the file")
	v.sees("DUPLICATE_COLUMN")
	v.sees("head.csv")
	v.sees("column “k”")
	v.picture("refused")
	v.press("Cancel")
	v.sees("There is no table yet.")

	v.offer("t.csv", "k,v\n"+strings.Repeat("1,2\n", 10))
	v.sees("Name of the table")
	v.press("Read the file")
	v.press("Publish")
	v.sees("Version 1 of t is live.")

	// Far fewer rows are only taken from a person who says so.
	v.offer("other name.csv", "k,v\n1,2\n")
	v.sees("t exists: the file becomes a new version of it.")
	v.press("Read the file")
	v.sees("Is this what you want?")
	v.sees("CONFLICT")
	v.do(chromedp.Click(chromedp.CSS("#accept-rows")))
	v.press("Read it all the same")
	v.sees("t, version 2")
	v.sees("Against the live version:")
	v.press("Publish")
	v.sees("is live.")
	v.requireNoComplaints()
}

func TestBrowserWhatIsDiscardedIsGone(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.service.Table(t, "t", "k,v\n1,2\n3,4\n", "")
	v.logIn()
	v.press("t")
	v.sees("version 1 is live")
	v.offer("other.csv", "k,v\n1,2\n3,5\n6,7\n")
	v.sees("Name of the table")
	v.press("Read the file")
	v.sees("t, version 2")
	v.sees("Against the live version: 1 row added, 0 removed, 1 changed.")
	v.press("Discard")
	v.sees("Version 2 stays unpublished.")
	v.sees("version 1 is live")

	// A table that only the discarded upload made goes with it.
	v.press("Tables")
	v.sees("Drop a CSV or XLSX file here")
	v.offer("new.csv", "k,v\n1,2\n")
	v.sees("Name of the table")
	v.press("Read the file")
	v.sees("new, version 1")
	v.press("Discard")
	v.sees("new was discarded.")
	v.sees("Live version") // of the list: the notice is there before the view is
	require.NotContains(t, v.text(), "not published")
	_, there := v.service.Store.Catalog().Table("new")
	require.False(t, there)

	v.do(chromedp.Navigate(v.base+"/ui/#/table/nothing%20here"), chromedp.Reload())
	v.sees("TABLE_NOT_FOUND")
	v.do(chromedp.Navigate(v.base+"/ui/#/upload"), chromedp.Reload())
	v.sees("No file chosen")

	v.do(chromedp.Navigate(v.base+"/ui/#/table/t"), chromedp.Reload())
	v.press("Delete this table…")
	v.sees("This cannot be undone.")
	v.press("Cancel")
	v.press("Delete this table…")
	v.press("Delete the table")
	v.sees("t is deleted.")
	_, there = v.service.Store.Catalog().Table("t")
	require.False(t, there)
	v.requireNoComplaints()
}

// An upload that would do harm is taken only from a person who says so.
func TestBrowserAnUploadThatWouldDoHarmIsAskedAbout(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.service.Table(t, "codes", "country,code\nGermany,DE\nFrance,FR\n", `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"code"}]}`)
	v.logIn()
	v.offer("codes.csv", "country\nGermany\nFrance\n")
	v.sees("codes exists: the file becomes a new version of it.")
	v.press("Read the file")
	v.sees("Is this what you want?")
	v.sees("CONFLICT")
	v.sees("code") // the column
	v.picture("conflict")
	v.do(chromedp.Click(chromedp.CSS("#accept-columns")))
	v.press("Read it all the same")
	v.sees("codes, version 2")
	uploads := v.wire.of(http.MethodPost, "/versions")
	require.Equal(t, "true", uploads[1].query.Get("force"))
	require.NotContains(t, uploads[1].query, "confirm")
	v.requireNoComplaints()
}

func TestBrowserManyFindingsAreCounted(t *testing.T) {
	v := visit(t, apitest.Settings{MaxUpload: 16 << 20})
	v.logIn()
	var csv strings.Builder
	csv.WriteString("k,v\n")
	for i := range 3000 {
		fmt.Fprintf(&csv, "key %d,x\n", i/2)
	}
	v.offer("many.csv", csv.String())
	v.sees("Name of the table")
	v.press("Read the file")
	v.sees("many, version 1")
	v.sees("of them are listed.")
	v.sees("more of this kind.")
	v.requireNoComplaints()
}

func TestBrowserAFileCanBeDropped(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.logIn()
	v.sees("There is no table yet.")
	drop := func(target, files string) {
		v.do(chromedp.Evaluate[chromedp.Void](`{
			const files = new DataTransfer();
			` + files + `.forEach((f) => files.items.add(f));
			document.querySelector(` + quoted(target) + `).dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
		}`))
	}
	drop("#file", `[new File(['a'], 'a.csv'), new File(['b'], 'b.csv')]`)
	v.sees("One file at a time, please")
	drop("#file", `[new File([], 'none.csv')]`)
	v.sees("none.csv is empty.")
	drop("footer", `[new File(['k,v\n1,2\n'], 'missed.csv')]`)
	v.sees("There is no table yet.")
	drop("#file", `[new File(['k,v\n1,2\n'], 'Country Codes.xlsx')]`)
	v.sees("Name of the table")
	require.Equal(t, "country-codes", eval[string](v, `document.querySelector('main form input').value`))
	v.requireNoComplaints()
}

// What the page does not know of a lookup is kept as it came.
func TestBrowserALookupNewerThanThePageIsNotDamaged(t *testing.T) {
	v := visit(t, apitest.Settings{})
	settings := `{"label":"Tiers","hitPolicy":"priority","priorityColumn":"p","onNoMatch":"keep","ruleSet":"routing",
		"match":[{"column":"from","columnTo":"to","field":"size","mode":"range","matchEmpty":true}],
		"outputs":[{"column":"tier","field":"tier","type":"string","default":""}]}`
	v.service.Table(t, "tiers", "from,to,tier,p\n1,9,small,1\n", settings)
	got := v.service.Send(t, http.MethodPut, "/api/v1/tables/tiers/lookups/by-name", strings.NewReader(`{"match":[{"column":"tier","field":"tierName","mode":"fuzzy","threshold":0.5}],"outputs":[]}`))
	require.Equal(t, http.StatusOK, got.Status, "%s", got.Body)
	v.logIn()
	v.press("tiers")
	v.sees("This table also has: by-name.")
	v.press("Save the lookup")
	v.sees("The lookup is saved.")
	saved := v.wire.of(http.MethodPut, "/lookups/tiers")
	require.Len(t, saved, 1)
	require.JSONEq(t, settings, saved[0].body)

	v.choose("Lookup", "tiers/by-name")
	v.fill("tierName", "nothing like it")
	v.press("Look it up")
	v.sees("LOOKUP_VALUE_NOT_FOUND")
	require.JSONEq(t, `{"leads":[{"id":1,"tierName":"nothing like it"}],"flow":{"table":"tiers/by-name"}}`, v.wire.of(http.MethodPost, "/evaluate")[0].body)

	v.press("Add a condition")
	require.Equal(t, "SELECT", eval[string](v, `document.activeElement.tagName`), "a new line takes the focus")
	v.sees("Back to the suggestion")
	v.press("Back to the suggestion")
	v.sees("The lookup is back to the suggestion.")
	v.requireNoComplaints()
}

// Several fields, constants and ways to write stay what they are where nobody touches them.
func TestBrowserALookupKeepsItsFieldsConstantsAndWays(t *testing.T) {
	v := visit(t, apitest.Settings{})
	settings := `{"label":"Owners","hitPolicy":"first","onNoMatch":"keep",
		"match":[{"column":"phone","field":["mobilePhone","phone"],"mode":"normalized","split":";"}],
		"outputs":[{"column":"owner","field":"owner","type":"string","default":"","write":"ifEmpty"},{"value":"yes","field":"known","type":"string","default":""}]}`
	v.service.Table(t, "owners", "phone,owner\n491,Kim\n492,Lee\n", settings)
	v.logIn()
	v.press("owners")
	v.sees("Try a lead")
	v.fill("phone", "491; 492")
	v.press("Look it up")
	v.sees("Kim;Lee")
	require.JSONEq(t, `{"leads":[{"id":1,"phone":"491; 492"}],"flow":{"table":"owners"}}`, v.wire.of(http.MethodPost, "/evaluate")[0].body)
	v.press("Save the lookup")
	v.sees("The lookup is saved.")
	require.JSONEq(t, settings, v.wire.of(http.MethodPut, "/lookups/owners")[0].body)

	v.fill("Lead field", "mobilePhone, fax,")
	v.fill("Text", "known")
	v.press("Save the lookup")
	require.Eventually(t, func() bool { return len(v.wire.of(http.MethodPut, "/lookups/owners")) == 2 }, 10*time.Second, 20*time.Millisecond)
	changed := strings.Replace(strings.Replace(settings, `"phone"],`, `"fax"],`, 1), `"yes"`, `"known"`, 1)
	require.JSONEq(t, changed, v.wire.of(http.MethodPut, "/lookups/owners")[1].body)
	v.requireNoComplaints()
}

func TestBrowserAnUploadCanBeStopped(t *testing.T) {
	v := visit(t, apitest.Settings{})
	release := v.wire.holdUploads()
	t.Cleanup(release)
	v.logIn()
	v.sees("There is no table yet.")
	v.offer("big.csv", "k,v\n"+strings.Repeat("1,2\n", 100_000))
	v.sees("Name of the table")
	v.press("Read the file")
	v.sees("The file is there. Reading it…")
	v.press("Stop")
	v.sees("The upload was stopped. Nothing is published.")
	require.Zero(t, eval[int](v, `document.querySelectorAll('progress').length`))
	v.requireNoComplaints()
}

func TestBrowserDamageIsShownInEveryViewUntilItIsMended(t *testing.T) {
	dir, marker := t.TempDir(), strings.Repeat("a mark of the test ", 5)
	source := "name: routing\nrules:\n  - {name: all, when: 'true', set: {note: '\"" + marker + "\"'}}\n"
	t.Run("stored", func(t *testing.T) {
		s := apitest.Start(t, apitest.Settings{Dir: dir})
		got := s.Send(t, http.MethodPut, "/api/v1/rulesets/routing", strings.NewReader(source))
		require.Equal(t, http.StatusOK, got.Status, "%s", got.Body)
	})
	file := filepath.Join(dir, "tables.db")
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	changed := bytes.ReplaceAll(raw, []byte("a mark of the test"), []byte("a mark of the tent"))
	require.NotEqual(t, raw, changed)
	require.NoError(t, os.WriteFile(file, changed, 0o600))

	v := visit(t, apitest.Settings{Dir: dir})
	v.do(chromedp.Navigate(v.base + "/ui/"))
	v.sees("Admin key")
	require.NotContains(t, v.text(), "damaged")
	v.fill("Admin key", apitest.AdminKey+"\r")
	v.sees("Rule set routing, version 1 is damaged: it is live and was set aside")
	v.picture("damaged")
	got := v.service.Send(t, http.MethodDelete, "/api/v1/rulesets/routing", nil)
	require.Equal(t, http.StatusNoContent, got.Status, "%s", got.Body)
	v.offer("t.csv", "k,v\n1,2\n")
	v.sees("Name of the table")
	require.Eventually(t, func() bool { return !strings.Contains(v.text(), "is damaged") }, 5*time.Second, 10*time.Millisecond)
	v.requireNoComplaints()
}

// The page of the API's document works in a browser that was given the admin key as a
// password, within its own policy.
func TestBrowserTheDocumentOfTheAPIIsShown(t *testing.T) {
	v := visit(t, apitest.Settings{})
	v.do(chromedp.Navigate(strings.Replace(v.base, "http://", "http://anybody:"+apitest.AdminKey+"@", 1) + "/api/v1/docs"))
	v.sees("Tablestep admin API")
	v.sees("/api/v1/tables/{table}/versions")
	v.sees("Answers leads as a flow step would")
	require.NotEmpty(t, v.wire.of(http.MethodGet, "/api/v1/openapi.json"))
	v.requireNoComplaints()
}

// Names with a comma that nobody put in quotes, as in the sample of Adobe's proof of concept,
// keep a version from going live until they are joined or left out.
func TestBrowserRowsWithTooManyCellsAreJoinedOrLeftOutWithOneKey(t *testing.T) {
	const file = "country,code\nGermany,DE\nKorea, Republic of,KR\nFrance,FR\nTotal,3\n"
	v := visit(t, apitest.Settings{})
	v.logIn()
	v.offer("long.csv", file)
	v.press("Read the file")
	v.sees("long, version 1")
	v.sees("Long row")
	v.picture("long-rows")
	v.press("Publish")
	v.sees("LONG_ROW")
	v.press("Join cells that belong together")
	v.sees("long, version 2")
	v.sees("Joined")
	v.press("Leave these rows out") // the footer
	v.sees("long, version 3")
	v.press("Publish")
	v.sees("Version 3 of long is live.")
	uploads := v.wire.of(http.MethodPost, "/versions")
	require.Equal(t, []string{"LONG_ROW", "FOOTER"}, []string{uploads[2].query.Get("join"), uploads[2].query.Get("leaveOut")})
	table, _ := v.service.Store.Catalog().Table("long")
	require.Equal(t, 3, table.Live.Rows)

	v.offer("long.csv", file)
	v.press("Read the file")
	v.sees("long, version 4")
	v.press("Leave these rows out") // those with too many cells stand first
	v.sees("long, version 5")
	v.sees("Left out")
	v.requireNoComplaints()
}
