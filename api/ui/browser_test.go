package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

const hostile = `<img src=x onerror=window.harmed=1>`

func TestBrowserFromFileToAnswer(t *testing.T) {
	api := newAdmin("right-key")
	v := visit(t, api)

	v.do(chromedp.Navigate(v.base + "/ui"))
	v.sees("Admin key")
	v.picture("login")
	v.fill("Admin key", "wrong-key\r")
	v.sees("This key is not the admin key of this service.")
	v.fill("Admin key", "right-key\r")
	v.sees("There is no table yet.")
	v.picture("empty")
	require.Equal(t, "Tables", eval[string](v, `document.activeElement.textContent`), "the heading has the focus after a change of views")

	// A file comes in: its name is made valid, and nothing is published yet.
	v.offer("Länder & Co 2024.CSV", "country,alpha-2\nGermany,DE\nFrance,FR\n\""+hostile+"\",XX\nNowhere,\n")
	v.sees("Name of the table")
	require.Equal(t, "lander-co-2024", eval[string](v, `document.querySelector('main form input').value`))
	v.picture("name")
	v.fill("Name of the table", "countries")
	v.press("Read the file")
	v.sees("countries, version 1")
	v.sees("Key variant")
	v.sees("the key " + hostile + " looks odd")
	v.sees("row 3, column “country”")
	v.sees("There are 7 findings; 1 of them are listed.")
	v.sees("All 4 rows.")
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
	uploads, _, _ := api.seen(t)
	require.Len(t, uploads, 3)
	require.Equal(t, []string{"false"}, uploads[1]["publish"])
	require.Equal(t, ";", uploads[1].Get("delimiter"))
	require.NotContains(t, uploads[2], "delimiter")
	require.NotContains(t, uploads[2], "confirm")

	v.press("Publish")
	v.sees("Version 3 of countries is live.")
	v.sees("This is a suggestion made from the columns.")

	// The lookup: what the page does not know of it is kept.
	v.fill("To lead field", "countryCode2")
	v.choose("When no row matches", "default")
	v.fill("If nothing matches", "ZZ")
	v.press("Save the lookup")
	v.sees("The lookup is saved.")
	_, saved, _ := api.seen(t)
	require.Len(t, saved, 1)
	require.Equal(t, fiber.Map{
		"label": "", "hitPolicy": "first", "onNoMatch": "default", "ruleSet": "tiers",
		"match":   []any{map[string]any{"column": "country", "field": "country", "mode": "normalized", "threshold": 0.5}},
		"outputs": []any{map[string]any{"column": "alpha-2", "field": "countryCode2", "type": "string", "default": "ZZ"}},
	}, saved[0])

	// A lead: the id is sent digit by digit.
	v.press("More fields of the lead")
	v.fill("As JSON", `{"id": 9007199254740993}`)
	v.fill("country", " germany")
	v.press("Look it up")
	v.sees("success")
	v.sees("matchedRow")
	v.press("How it came to this")
	v.sees("look up")
	_, _, leads := api.seen(t)
	require.JSONEq(t, `{"leads":[{"country":" germany","id":9007199254740993}],"flow":{"table":"countries"}}`, leads[0])
	require.Contains(t, leads[0], "9007199254740993")
	v.picture("table")
	v.fill("country", "Atlantis")
	v.press("Look it up")
	v.sees("LOOKUP_VALUE_NOT_FOUND")
	v.sees("No field is written")
	v.fill("As JSON", `{"country": "x"}`)
	v.press("Look it up")
	v.sees("country is given twice")

	// Back to an earlier version, and the list.
	v.press("Publish")
	v.sees("is live.")
	v.press("Tables")
	v.sees("31, 2026")
	v.picture("tables")

	require.Equal(t, "tablestep.adminKey", eval[string](v, `Object.keys(sessionStorage).join()`))
	require.Equal(t, "", eval[string](v, `Object.keys(localStorage).join() + document.cookie`))
	require.NotContains(t, eval[string](v, `location.href`), "right-key")
	v.press("Log out")
	v.sees("You are logged out.")
	require.Zero(t, eval[int](v, `sessionStorage.length`))
	v.requireNoComplaints()
}

func TestBrowserAKeyThatIsNoLongerGoodLeadsBackToTheLogin(t *testing.T) {
	api := newAdmin("first-key")
	v := visit(t, api)
	v.logIn("first-key")
	v.sees("There is no table yet.")
	v.offer("a.csv", "k,v\n1,2\n")
	v.sees("Name of the table")
	api.setKey("second-key")
	v.press("Read the file")
	v.sees("The key is no longer accepted. Log in again.")
	require.Zero(t, eval[int](v, `sessionStorage.length`))
	v.fill("Admin key", "second-key\r")
	v.sees("Name of the table")
	v.press("Read the file")
	v.sees("a, version 1")
	v.requireNoComplaints()
}

func TestBrowserWhatTheServiceRefusesIsShownWithItsCodeAndDetails(t *testing.T) {
	api := newAdmin("k")
	v := visit(t, api)
	v.logIn("k")
	v.sees("There is no table yet.")

	v.offer("head.csv", "k,v\n")
	v.sees("Name of the table")
	v.press("Read the file")
	v.sees("the file has a header and no rows; add a row and upload it again")
	v.sees("NO_ROWS")
	v.sees("head.csv, row 1, column “k”")
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
	v.sees("more than half of the rows of t would be gone")
	v.picture("conflict")
	v.do(chromedp.Click(chromedp.CSS("#accept-rows")))
	v.press("Read it all the same")
	v.sees("t, version 2")
	v.sees("Against the live version: 1 row added, 10 removed, 0 changed.")
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
	v.requireNoComplaints()
}

func TestBrowserAFileCanBeDropped(t *testing.T) {
	v := visit(t, newAdmin("k"))
	v.logIn("k")
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

func TestBrowserALookupNewerThanThePageIsNotDamaged(t *testing.T) {
	api := newAdmin("k")
	settings := fiber.Map{
		"label": "Tiers", "hitPolicy": "priority", "priorityColumn": "p", "onNoMatch": "keep", "ruleSet": "routing",
		"match": []any{
			map[string]any{"column": "from", "columnTo": "gone", "field": "size", "mode": "range", "matchEmpty": true},
		},
		"outputs": []any{map[string]any{"column": "tier", "field": "tier", "type": "phone", "default": ""}},
	}
	lookup := fiber.Map{"name": "tiers"}
	for name, value := range settings {
		lookup[name] = value
	}
	api.tables["tiers"] = &adminTable{
		columns: []string{"from", "tier"}, versions: [][][]string{{{"1", "small"}}}, live: 1, lookup: lookup,
		others: []fiber.Map{{"name": "by-name", "match": []any{map[string]any{"column": "tier", "field": "tierName"}}, "outputs": nil}},
	}
	v := visit(t, api)
	v.logIn("k")
	v.press("tiers")
	v.sees("This table also has: by-name.")
	v.press("Save the lookup")
	v.sees("The lookup is saved.")
	api.mu.Lock()
	require.Equal(t, []fiber.Map{settings}, api.saved)
	api.mu.Unlock()

	v.choose("Lookup", "tiers/by-name")
	v.fill("tierName", "small")
	v.press("Look it up")
	v.sees("LOOKUP_VALUE_NOT_FOUND")
	api.mu.Lock()
	require.JSONEq(t, `{"leads":[{"id":1,"tierName":"small"}],"flow":{"table":"tiers/by-name"}}`, api.leads[0])
	api.mu.Unlock()

	v.press("Add a condition")
	require.Equal(t, "SELECT", eval[string](v, `document.activeElement.tagName`), "a new line takes the focus")
	v.sees("Back to the suggestion")
	v.press("Back to the suggestion")
	v.sees("The lookup is back to the suggestion.")
	v.requireNoComplaints()
}

func TestBrowserAnUploadCanBeStopped(t *testing.T) {
	api := newAdmin("k")
	api.hold = make(chan struct{})
	v := visit(t, api)
	t.Cleanup(func() { close(api.hold) })
	v.logIn("k")
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
	api := newAdmin("right-key")
	api.damaged = []fiber.Map{{"kind": "table", "name": "codes", "version": 3, "problem": "it was set aside " + hostile}, {"kind": "setting", "name": "fieldMapping", "problem": "it counts as not set"}}
	v := visit(t, api)
	v.do(chromedp.Navigate(v.base + "/ui/"))
	v.sees("Admin key")
	require.NotContains(t, v.text(), "damaged")
	v.fill("Admin key", "right-key\r")
	v.sees("Table codes, version 3 is damaged: it was set aside " + hostile + ".")
	v.sees("Setting fieldMapping is damaged: it counts as not set.")
	require.False(t, eval[bool](v, `'harmed' in window`), "a name was run")
	v.picture("damaged")
	api.mu.Lock()
	api.damaged = nil
	api.mu.Unlock()
	v.offer("t.csv", "k,v\n1,2\n")
	v.sees("Name of the table")
	require.Eventually(t, func() bool { return !strings.Contains(v.text(), "is damaged") }, 5*time.Second, 10*time.Millisecond)
	v.requireNoComplaints()
}
