package admin

import (
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/route"
	"tablestep/api/shape"
)

// Routes are all of the interface.
func (a *API) Routes() []route.Route {
	routes := slices.Concat(a.serviceRoutes(), a.tableRoutes(), a.rowRoutes(), a.lookupRoutes(), a.ruleSetRoutes(), a.invocationRoutes())
	called := func(id string) route.Route {
		return routes[slices.IndexFunc(routes, func(r route.Route) bool { return r.ID == id })]
	}
	routes = append(routes, a.aliasRoutes()...)
	routes = append(routes, a.draftRoutes(called("uploadTable"), called("listRows"))...)
	for i := range routes {
		routes[i] = a.named(routes[i])
	}
	return routes
}

// people is a route that an admin key opens; body is the most bytes of its body.
func people(method, path string, role route.Role, handle fiber.Handler, body int64, d route.Doc) route.Route {
	return route.Route{Method: method, Path: Path + path, Handle: handle, Keys: route.Admin, Role: role, Limits: route.Limits{Body: body}, Doc: d}
}

// attended is a route whose work ends when its client goes away.
func attended(r route.Route) route.Route {
	r.Attended = true
	return r
}

// walking is a route that walks over rows.
func walking(r route.Route) route.Route {
	r.Work = walkTime
	return attended(r)
}

func ok(zero any) route.Answer { return route.Answer{Status: http.StatusOK, Shape: zero} }

func noContent() route.Answer { return route.Answer{Status: http.StatusNoContent} }

// Parameters that several routes have.

func versionQuery() route.Parameter {
	return route.Parameter{Name: "version", Type: "integer", Text: "Version; left out: the live one."}
}

func publishQuery() route.Parameter {
	return route.Parameter{Name: "publish", Type: "boolean", Text: "Make it the live version at once; true where it is left out."}
}

// publishedQuery is publishQuery where an editor may make a version that is not live.
func publishedQuery() route.Parameter {
	q := publishQuery()
	q.Role = route.Publisher
	return q
}

func messageQuery() route.Parameter {
	return route.Parameter{Name: "message", Text: "What the version is for; it is shown in the list of versions. At most 1,000 bytes."}
}

func forceQuery() route.Parameter {
	return route.Parameter{Name: "force", Type: "boolean", Text: "Also where it is far too slow for a batch."}
}

func confirmQuery() route.Parameter {
	return route.Parameter{Name: "confirm", Type: "boolean", Text: "Lifts LARGE_LOSS: more than half of the live version's rows may go."}
}

// liftQuery is the force of what brings rows live.
func liftQuery() route.Parameter {
	return route.Parameter{Name: "force", Type: "boolean", Text: "Lifts the other guards: COLUMN_MISSING, a lookup uses a column that is gone; CONVENTION_IN_USE; LOOKUP_TOO_SLOW."}
}

func deletedQuery() route.Parameter {
	return route.Parameter{Name: "deleted", Type: "boolean", Text: "Tell also what was deleted and can be restored."}
}

// usedQuery is for what may be in use.
func usedQuery() route.Parameter {
	return route.Parameter{Name: "force", Type: "boolean", Text: "Delete it although a rule set, a lookup or a campaign uses it."}
}

func purgeQuery() route.Parameter {
	return route.Parameter{Name: "purge", Type: "boolean", Role: route.Owner, Text: "Delete for good, also what was deleted under this name before; it then need not be there any more."}
}

func asQuery() route.Parameter {
	return route.Parameter{Name: "as", Text: "Name under which it comes back; left out: its own."}
}

func diffQuery() []route.Parameter {
	return []route.Parameter{
		{Name: "from", Type: "integer", Text: "Older version; left out: the newest one before to."},
		{Name: "to", Type: "integer", Text: "Newer version; left out: the live one."},
	}
}

func (a *API) serviceRoutes() []route.Route {
	backup := people("GET", "/backup", route.Owner, a.backup, 0, route.Doc{
		ID: "takeBackup", Summary: "Everything that is durable, of one moment, as a tar file.",
		Gives: route.Answer{Status: http.StatusOK, Media: []string{mediaTar}}, Fails: []int{http.StatusInsufficientStorage},
	})
	backup.Answer = backupTime
	return []route.Route{
		people("GET", "/info", route.Viewer, a.info, 0, route.Doc{
			ID: "showInfo", Summary: "What there is to say of the service itself.", Gives: ok(shape.Info{}),
		}),
		people("GET", "/functions", route.Viewer, a.functions, 0, route.Doc{
			ID: "listFunctions", Summary: "The functions that rules can call.", Gives: ok(shape.Functions{}),
		}),
		backup,
		attended(people("POST", "/evaluate", route.Viewer, a.evaluate, maxBody, route.Doc{
			ID: "evaluate", Summary: "Answers leads as a flow step would, at once; nothing is stored or sent.",
			Takes: route.Body{Shape: shape.Evaluate{}}, Gives: ok(shape.Results{}),
		})),
	}
}

func (a *API) tableRoutes() []route.Route {
	upload := people("POST", "/tables/:table/versions", route.Publisher, a.upload, a.options.MaxUpload, route.Doc{
		ID: "uploadTable", Summary: "Uploads a file as a new version; the table is made where there is none.",
		Query: []route.Parameter{
			{Name: "name", Text: "Name of the file, for messages."},
			{Name: "label", Text: "What people see of the table, if this upload makes it; one that is there keeps its own."},
			publishQuery(),
			{Name: "sheet", Text: "XLSX: name or number of the sheet; left out: the first one."},
			{Name: "headerRow", Type: "integer", Text: "Line of the header, from 1; 0: there is none, and the columns are called A, B, C; left out: it is found."},
			{Name: "fill", Text: "XLSX: MERGED_CELLS gives the text of cells that are merged over rows to each of these rows."},
			{Name: "delimiter", Text: "CSV: comma, semicolon, tab, pipe or the character itself; left out: it is found."},
			{Name: "encoding", Text: "CSV: the character set; left out: it is found."},
			confirmQuery(),
			liftQuery(),
			{Name: "numbers", Text: "COLUMN:CONVENTION, how the numbers of a column are written, such as price:1.234,5; may be given several times; left out: it is found in the cells."},
			{Name: "dates", Text: "COLUMN:ORDER, how its dates are written: ymd, mdy, dmy or yyyymmdd; may be given several times; left out: it is found in the cells."},
			{Name: "exported", Type: "boolean", Text: "The file is an export that was edited: take away the apostrophes before formulas."},
			{Name: "leaveOut", Text: "Codes of findings about rows, with commas between, such as LONG_ROW,FOOTER: rows with one of them are left out, each reported with its text."},
			{Name: "join", Text: "LONG_ROW: in rows with more cells than the header, cells with a space in front are joined with the cell before, if all these rows have equally many cells too many and exactly so many with a space."},
			messageQuery(),
		},
		Takes: route.Body{Media: []string{"application/octet-stream", "text/csv", "multipart/form-data"}},
		Gives: route.Answer{Status: http.StatusCreated, Shape: shape.Uploaded{}},
		Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
	})
	upload.Paced, upload.Setting = true, "--max-upload"
	preview := people("POST", "/preview", route.Editor, a.preview, a.options.MaxUpload, route.Doc{
		ID: "previewFile", Summary: "The first lines of a file, and how it would be read; nothing is stored. Of a CSV file its first part is enough, a workbook is sent whole.",
		Query: []route.Parameter{
			{Name: "name", Text: "Name of the file, for messages."},
			{Name: "sheet", Text: "XLSX: name or number of the sheet; left out: the first one."},
			{Name: "headerRow", Type: "integer", Text: "Line of the header, from 1; left out: it is found."},
			{Name: "delimiter", Text: "CSV: comma, semicolon, tab, pipe or the character itself; left out: it is found."},
			{Name: "encoding", Text: "CSV: the character set; left out: it is found."},
		},
		Takes: route.Body{Media: []string{"application/octet-stream", "text/csv", "multipart/form-data"}},
		Gives: ok(shape.Preview{}), Fails: []int{http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
	})
	preview.Paced, preview.Setting = true, "--max-upload"
	return []route.Route{
		people("GET", "/tables", route.Viewer, a.listTables, 0, route.Doc{
			ID: "listTables", Summary: "All tables.", Query: []route.Parameter{deletedQuery()}, Gives: ok(shape.Tables{}),
		}),
		people("GET", "/tables/:table", route.Viewer, a.showTable, 0, route.Doc{
			ID: "showTable", Summary: "A table with its versions.", Gives: ok(shape.WholeTable{}),
		}),
		people("PATCH", "/tables/:table", route.Publisher, a.changeTable, maxBody, route.Doc{
			ID: "changeTable", Summary: "Changes the label of a table, its description, its owner, whether it is hidden from Marketo, and its place; what is left out stays as it is.",
			Takes: route.Body{Shape: shape.ChangeTable{}}, Gives: ok(shape.Table{}),
			Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("POST", "/tables/:table/rename", route.Publisher, a.renameTable, maxBody, route.Doc{
			ID: "renameTable", Summary: "Gives a table another name. Campaigns and rules find it by the one that it had, which no other table gets but by force.",
			Query: []route.Parameter{nameForceQuery()}, Takes: route.Body{Shape: shape.NewName{}}, Gives: ok(shape.Table{}),
			Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("POST", "/tables/:table/copy", route.Publisher, a.copyTable, maxBody, route.Doc{
			ID: "copyTable", Summary: "Makes a new table of the live version of a table, its lookups and its settings, all live at once.",
			Query: []route.Parameter{nameForceQuery()}, Takes: route.Body{Shape: shape.NewName{}}, Gives: route.Answer{Status: http.StatusCreated, Shape: shape.Table{}},
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
		people("GET", "/suggest", route.Viewer, a.suggest, 0, route.Doc{
			ID: "suggestName", Summary: "A name for a table that is to be made of a file; never that of another table.",
			Query: []route.Parameter{{Name: "file", Text: "Name of the file."}}, Gives: ok(shape.Suggested{}),
		}),
		people("DELETE", "/tables/:table", route.Publisher, a.deleteTable, 0, route.Doc{
			ID: "deleteTable", Summary: "Deletes a table with all its versions; for 30 days it can be restored.", Query: []route.Parameter{purgeQuery(), usedQuery()},
			Gives: noContent(), Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("POST", "/tables/:table/restore", route.Publisher, a.restoreTable, 0, route.Doc{
			ID: "restoreTable", Summary: "Brings back the table of this name that was deleted last, as it was.", Query: []route.Parameter{asQuery(), liftQuery()},
			Gives: ok(shape.Table{}), Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("GET", "/tables/:table/versions", route.Viewer, a.listVersions, 0, route.Doc{
			ID: "listVersions", Summary: "The versions of a table.", Gives: ok(shape.Versions{}),
		}),
		people("GET", "/tables/:table/versions/:version/findings", route.Viewer, a.findings, 0, route.Doc{
			ID: "listFindings", Summary: "What was found in a version. Of the live one that is as its lookups are now.", Gives: ok(shape.Findings{}),
			Query: []route.Parameter{
				{Name: "code", Text: "Only these codes, several between commas; left out: all."},
				{Name: "severity", Text: "Only these severities (block, change, note), several between commas; left out: all."},
				{Name: "offset", Type: "integer", Text: "Findings to leave out."},
				{Name: "limit", Type: "integer", Text: "Findings at most; 100 where it is left out, 2,000 is the most."},
			},
		}),
		upload,
		preview,
		people("POST", "/tables/:table/live", route.Publisher, a.publish, maxBody, route.Doc{
			ID: "publishTable", Summary: "Makes a version live, with versions of lookups in one step if they are named, or rolls back; with at in the body, when that time has come.",
			Query: []route.Parameter{
				confirmQuery(), liftQuery(),
				{Name: "dryRun", Type: "boolean", Text: "Tell what would come of it now, and change nothing."},
				{Name: "replace", Type: "boolean", Text: "With at: in place of what is scheduled already."},
			},
			Takes: route.Body{Shape: shape.PublishTable{}}, Gives: ok(shape.LiveTable{}),
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
		people("DELETE", "/tables/:table/scheduled", route.Publisher, a.cancelScheduled, 0, route.Doc{
			ID: "cancelScheduled", Summary: "Takes away what goes live later, also what was refused when it was due.",
			Gives: noContent(), Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("GET", "/tables/:table/history", route.Viewer, a.history, 0, route.Doc{
			ID: "showTableHistory", Summary: "What was done to a table.", Gives: ok(shape.History{}),
		}),
		people("GET", "/tables/:table/usage", route.Viewer, a.usage, 0, route.Doc{
			ID: "showTableUsage", Summary: "Who uses a table: campaigns of the last 30 days, and live rule sets.", Gives: ok(shape.Usage{}),
		}),
		people("GET", "/tables/:table/counters", route.Viewer, a.counters, 0, route.Doc{
			ID: "showCounters", Summary: "What the rows have been given that take turns (hit policy rotate).", Gives: ok(shape.Counters{}), Fails: []int{http.StatusUnprocessableEntity},
			Query: []route.Parameter{
				{Name: "lookup", Text: "Of the table; left out: all whose rows take turns."},
				{Name: "instance", Text: "Whose leads they are; left out: default."},
			},
		}),
		people("PUT", "/tables/:table/counters", route.Publisher, a.setCounters, maxBody, route.Doc{
			ID: "setCounters", Summary: "Sets what is counted of some rows of a lookup. What is answered at this moment may not be counted.",
			Takes: route.Body{Shape: shape.SetCounters{}}, Gives: ok(shape.Counters{}), Fails: []int{http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
	}
}

func (a *API) rowRoutes() []route.Route {
	return []route.Route{
		walking(people("GET", "/tables/:table/rows", route.Viewer, a.rows, 0, route.Doc{
			ID: "listRows", Summary: "A page of rows. What the query asks of them must all hold.", Gives: ok(shape.Rows{}), Fails: []int{http.StatusUnprocessableEntity},
			Query: []route.Parameter{
				versionQuery(),
				{Name: "offset", Type: "integer", Text: "Rows to leave out."},
				{Name: "limit", Type: "integer", Text: "Rows at most; 50 where it is left out, 1,000 is the most."},
				{Name: "q", Text: "Rows with a cell that contains it, in any column, whatever its case and spaces."},
				{Name: "column", Text: "Rows with a cell in this column as contains or equals says, of which one belongs to it; may be given several times, the n-th column with the n-th of those."},
				{Name: "contains", Text: "With column: the cell contains it, whatever its case and spaces."},
				{Name: "equals", Text: "With column: the cell is it, whatever its case and spaces; empty: a cell without a text."},
				{Name: "finding", Text: "Rows of which a finding with this code tells, among those that are kept with the version."},
				{Name: "sort", Text: "A column, or -column for descending order; numbers by their value, equal cells in the order of the file; left out: the order of the file. Offset and limit together are at most 200,000 then."},
				{Name: "columns", Text: "Columns to show, between commas and in this order; a name with a comma is put in quotes; left out: all."},
			},
		})),
		people("PATCH", "/tables/:table/rows", route.Editor, a.patch, maxBody, route.Doc{
			ID: "changeRows", Summary: "Changes rows of the live version, by number or by key, into a new version.",
			Query: []route.Parameter{
				{Name: "version", Type: "integer", Text: "Version that the numbers of rows are of; 412 if another one is live."},
				publishedQuery(), messageQuery(), confirmQuery(), liftQuery(),
			},
			Takes: route.Body{Shape: shape.Patch{}}, Gives: ok(shape.Imported{}),
			Fails: []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
		walking(people("GET", "/tables/:table/columns/:column/values", route.Viewer, a.columnValues, 0, route.Doc{
			ID: "countValues", Summary: "The most frequent values of a column.", Gives: ok(shape.Values{}), Fails: []int{http.StatusUnprocessableEntity},
			Query: []route.Parameter{versionQuery(), {Name: "top", Type: "integer", Text: "Values at most; 20 where it is left out, 1,000 is the most."}},
		})),
		walking(people("GET", "/find", route.Viewer, a.find, 0, route.Doc{
			ID: "findText", Summary: "Where a text stands in the live versions of all tables.", Gives: ok(shape.Found{}), Fails: []int{http.StatusUnprocessableEntity},
			Query: []route.Parameter{
				{Name: "q", Text: "The text: rows with a cell that contains it, whatever its case and spaces."},
				{Name: "limit", Type: "integer", Text: "Rows of each table that are listed; 5 where it is left out, 100 is the most."},
			},
		})),
		people("POST", "/tables/:table/columns/:column", route.Publisher, a.setColumn, maxBody, route.Doc{
			ID: "setColumn", Summary: "Says how the numbers and dates of a column are written, in a new version, which is live at once.",
			Takes: route.Body{Shape: shape.Notation{}}, Gives: ok(shape.Imported{}),
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
		people("GET", "/tables/:table/diff", route.Viewer, a.diff, 0, route.Doc{
			ID: "diffTable", Summary: "Compares two versions.", Query: diffQuery(), Gives: ok(shape.Diff{}),
			Fails: []int{http.StatusConflict},
		}),
		people("GET", "/tables/:table/export", route.Viewer, a.export, 0, route.Doc{
			ID: "exportTable", Summary: "A version as a file.",
			Query: []route.Parameter{versionQuery(), {Name: "format", Text: "csv where it is left out.", Enum: []string{"csv", "xlsx"}}},
			Gives: route.Answer{Status: http.StatusOK, Media: []string{mediaCSV, mediaXLSX}},
			Fails: []int{http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
	}
}

func (a *API) lookupRoutes() []route.Route {
	return []route.Route{
		people("GET", "/tables/:table/lookups/:lookup", route.Viewer, a.showLookup, 0, route.Doc{
			ID: "showLookup", Summary: "A lookup.", Gives: ok(shape.Lookup{}),
		}),
		people("PUT", "/tables/:table/lookups/:lookup", route.Editor, a.setLookup, maxBody, route.Doc{
			ID: "setLookup", Summary: "Makes a new version of a lookup; one that is equal to the newest makes none.", Query: []route.Parameter{publishedQuery(), forceQuery()},
			Takes: route.Body{Shape: shape.Lookup{}}, Gives: ok(shape.SetLookup{}), IfMatch: true,
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
		people("DELETE", "/tables/:table/lookups/:lookup", route.Publisher, a.deleteLookup, 0, route.Doc{
			ID: "deleteLookup", Summary: "Deletes a lookup with its versions; for 30 days it can be restored. The table's own one is guessed again.", Query: []route.Parameter{usedQuery()}, Gives: noContent(), IfMatch: true,
			Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("POST", "/tables/:table/lookups/:lookup/confirm", route.Publisher, a.confirmLookup, 0, route.Doc{
			ID: "confirmLookup", Summary: "Agrees to a guessed lookup: it becomes its first version, and writes from now on. One that is set is confirmed already.",
			Gives: ok(shape.SetLookup{}),
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
		people("POST", "/tables/:table/lookups/:lookup/restore", route.Publisher, a.restoreLookup, 0, route.Doc{
			ID: "restoreLookup", Summary: "Brings back a lookup that was deleted, with its versions, as it was.", Gives: ok(shape.Lookup{}),
			Fails: []int{http.StatusBadRequest, http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("GET", "/tables/:table/lookups/:lookup/versions", route.Viewer, a.listLookupVersions, 0, route.Doc{
			ID: "listLookupVersions", Summary: "The versions of a lookup.", Gives: ok(shape.LookupVersions{}),
		}),
		people("POST", "/tables/:table/lookups/:lookup/live", route.Publisher, a.publishLookup, maxBody, route.Doc{
			ID: "publishLookup", Summary: "Makes a version of a lookup live, or rolls back.",
			Takes: route.Body{Shape: shape.Publish{}}, Gives: ok(shape.LiveLookup{}),
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
	}
}

func (a *API) ruleSetRoutes() []route.Route {
	const yaml = "application/yaml"
	return []route.Route{
		people("GET", "/rulesets", route.Viewer, a.listRuleSets, 0, route.Doc{
			ID: "listRuleSets", Summary: "All rule sets.", Query: []route.Parameter{deletedQuery()}, Gives: ok(shape.RuleSets{}),
		}),
		people("GET", "/rulesets/:ruleSet", route.Viewer, a.showRuleSet, 0, route.Doc{
			ID: "showRuleSet", Summary: "A rule set with its versions.", Query: []route.Parameter{versionQuery()}, Gives: ok(shape.WholeRuleSet{}),
		}),
		people("PUT", "/rulesets/:ruleSet", route.Editor, a.putRuleSet, maxBody, route.Doc{
			ID: "putRuleSet", Summary: "Checks a rule set, stores it as a new version and publishes it.",
			Query: []route.Parameter{publishedQuery(), forceQuery()},
			Takes: route.Body{Media: []string{yaml, "application/json", "text/plain"}}, Gives: ok(shape.StoredRuleSet{}), IfMatch: true,
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
		people("DELETE", "/rulesets/:ruleSet", route.Publisher, a.deleteRuleSet, 0, route.Doc{
			ID: "deleteRuleSet", Summary: "Deletes a rule set with all its versions; for 30 days it can be restored.", Query: []route.Parameter{purgeQuery(), usedQuery()},
			Gives: noContent(), IfMatch: true, Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("POST", "/rulesets/:ruleSet/restore", route.Publisher, a.restoreRuleSet, 0, route.Doc{
			ID: "restoreRuleSet", Summary: "Brings back the rule set of this name that was deleted last, as it was.", Query: []route.Parameter{asQuery()},
			Gives: ok(shape.RuleSet{}), Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("GET", "/rulesets/:ruleSet/versions", route.Viewer, a.listRuleSetVersions, 0, route.Doc{
			ID: "listRuleSetVersions", Summary: "The versions of a rule set.", Gives: ok(shape.RuleSetVersions{}),
		}),
		people("POST", "/rulesets/:ruleSet/live", route.Publisher, a.publishRuleSet, maxBody, route.Doc{
			ID: "publishRuleSet", Summary: "Makes a version the live one, or rolls back.",
			Takes: route.Body{Shape: shape.Publish{}}, Gives: ok(shape.LiveRuleSet{}),
			Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		attended(people("POST", "/rulesets/:ruleSet/test", route.Editor, a.testRuleSet, maxBody, route.Doc{
			ID: "testRuleSet", Summary: "Runs a rule set over leads, and its own tests; nothing is stored.",
			Takes: route.Body{Shape: shape.TestRules{}}, Gives: ok(shape.TestedRules{}), Fails: []int{http.StatusUnprocessableEntity},
		})),
		people("GET", "/rulesets/:ruleSet/diff", route.Viewer, a.diffRuleSet, 0, route.Doc{
			ID: "diffRuleSet", Summary: "Compares two versions by rule.", Query: diffQuery(), Gives: ok(shape.RuleSetDiff{}),
			Fails: []int{http.StatusUnprocessableEntity},
		}),
		people("GET", "/rulesets/:ruleSet/export", route.Viewer, a.exportRuleSet, 0, route.Doc{
			ID: "exportRuleSet", Summary: "A version as it was written.", Query: []route.Parameter{versionQuery()},
			Gives: route.Answer{Status: http.StatusOK, Media: []string{yaml}},
		}),
		people("GET", "/rulesets/:ruleSet/history", route.Viewer, a.ruleSetHistory, 0, route.Doc{
			ID: "showRuleSetHistory", Summary: "What was done to a rule set.", Gives: ok(shape.History{}),
		}),
	}
}

func (a *API) invocationRoutes() []route.Route {
	return []route.Route{
		people("GET", "/invocations", route.Viewer, a.listInvocations, 0, route.Doc{
			ID: "listInvocations", Summary: "The newest invocations.", Gives: ok(shape.Invocations{}),
			Query: []route.Parameter{
				{Name: "state", Text: "available, running, retryable, delivering, delivered, probably_delivered or dead; left out: all."},
				{Name: "limit", Type: "integer", Text: "At most so many; 50 where it is left out, 1,000 is the most."},
			},
		}),
		people("POST", "/invocations/replay", route.Owner, a.replayInvocations, maxBody, route.Doc{
			ID: "replayInvocations", Summary: "Delivers all finished invocations of a time span again.",
			Takes: route.Body{Shape: shape.Replay{}}, Gives: route.Answer{Status: http.StatusAccepted, Shape: shape.Replayed{}},
			Fails: []int{http.StatusInsufficientStorage},
		}),
		people("GET", "/invocations/:id", route.Viewer, a.showInvocation, 0, route.Doc{
			ID: "showInvocation", Summary: "An invocation with its attempts.", Gives: ok(shape.Invocation{}),
		}),
		people("POST", "/invocations/:id/replay", route.Owner, a.replayInvocation, 0, route.Doc{
			ID: "replayInvocation", Summary: "Delivers the stored answer of a finished invocation again.", Gives: route.Answer{Status: http.StatusAccepted},
			Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
	}
}
