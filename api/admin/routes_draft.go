package admin

import (
	"net/http"
	"slices"

	"tablestep/api/route"
	"tablestep/api/shape"
)

// draftRoutes are those of the draft of the person who asks. upload is the route of a file that
// becomes a version.
func (a *API) draftRoutes(upload, rows route.Route) []route.Route {
	file := upload
	file.Path, file.Handle, file.Role = Path+"/tables/:table/draft", a.draftFile, route.Editor
	file.Doc = route.Doc{
		ID: "draftFile", Summary: "Makes the draft from a file, in place of the one that there may be; the table need not be there.",
		Takes: upload.Takes, Gives: route.Answer{Status: http.StatusCreated, Shape: shape.DraftFile{}}, Fails: upload.Fails,
		Query: slices.DeleteFunc(slices.Clone(upload.Query), func(q route.Parameter) bool {
			return slices.Contains([]string{"publish", "confirm", "force", "message"}, q.Name) // of a version
		}),
	}
	list := rows
	list.Path, list.Handle = Path+"/tables/:table/draft/rows", a.draftRows
	list.Doc.ID, list.Summary = "listDraftRows", "A page of the rows of the draft. What the query asks of them must all hold."
	list.Query = slices.DeleteFunc(slices.Clone(rows.Query), func(q route.Parameter) bool { return q.Name == "version" })
	list.Fails = append(slices.Clone(rows.Fails), http.StatusConflict, http.StatusPreconditionFailed)
	fails := []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusInsufficientStorage}
	return []route.Route{
		people("GET", "/tables/:table/draft", route.Viewer, a.showDraft, 0, route.Doc{
			ID: "showDraft", Summary: "The draft of the person who asks. Its ETag is for If-Match of what changes it.", Gives: ok(shape.Draft{}), Fails: []int{http.StatusConflict},
		}),
		file, list,
		people("DELETE", "/tables/:table/draft", route.Editor, a.dropDraft, 0, route.Doc{
			ID: "deleteDraft", Summary: "Throws the draft away.", Gives: noContent(),
			Fails: []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusInsufficientStorage},
		}),
		people("PATCH", "/tables/:table/draft/rows", route.Editor, a.patchDraft, maxBody, route.Doc{
			ID: "changeDraftRows", Summary: "Changes rows of the draft, by its numbers or by key; where there is none it is begun with the live version.",
			Query: []route.Parameter{{Name: "version", Type: "integer", Text: "Of a draft that is begun by it: the version that the numbers of rows are of; 412 if another one is live."}},
			Takes: route.Body{Shape: shape.Patch{}}, Gives: ok(shape.Draft{}), Fails: fails,
		}),
		people("POST", "/tables/:table/draft/save", route.Editor, a.saveDraft, maxBody, route.Doc{
			ID: "saveDraft", Summary: "Makes a version of the draft, which is then gone. Where another version went live meanwhile, the rows are changed in that one; 412 where one of them was changed in it, too.",
			Query: []route.Parameter{
				{Name: "confirm", Type: "boolean", Text: "Of a draft from a file: publish although most rows are gone."},
				{Name: "force", Type: "boolean", Text: "Of a draft from a file: publish although a lookup needs a column that is gone, or is far too slow."},
			},
			Takes: route.Body{Shape: shape.SaveDraft{}}, Gives: ok(shape.Imported{}), Fails: fails,
		}),
	}
}
