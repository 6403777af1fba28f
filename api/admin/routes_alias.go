package admin

import (
	"net/http"

	"tablestep/api/route"
	"tablestep/api/shape"
)

// aliasRoutes are those of the aliases that stand beside a table.
func (a *API) aliasRoutes() []route.Route {
	lookup := route.Parameter{Name: "lookup", Text: "Name of a lookup."}
	list := lookup
	list.Text = "Only those of this lookup; left out: of all."
	return []route.Route{
		people("GET", "/tables/:table/aliases", route.Viewer, a.aliases, 0, route.Doc{
			ID: "listAliases", Summary: "What is said of values that the lookups have no row for. With format=csv, or Accept: text/csv, all of them as a file.",
			Gives: route.Answer{Status: http.StatusOK, Shape: shape.Aliases{}, Media: []string{mediaCSV}},
			Query: []route.Parameter{
				list,
				{Name: "format", Text: "json where it is left out and the request does not accept text/csv.", Enum: []string{"json", "csv"}},
				{Name: "offset", Type: "integer", Text: "Aliases to leave out."},
				{Name: "limit", Type: "integer", Text: "Aliases at most; 100 where it is left out, 2,000 is the most."},
			},
		}),
		people("POST", "/tables/:table/aliases", route.Publisher, a.addAliases, maxBody, route.Doc{
			ID: "addAliases", Summary: "Says what is meant by values that a lookup has no row for, for this version and all that come: one alias, or several together or none of them. A row that the lookup finds by itself wins over an alias.",
			Query: []route.Parameter{
				lookup,
				{Name: "replace", Type: "boolean", Text: "Aliases that are there for the same values are replaced; 409 where it is left out."},
			},
			Takes: route.Body{Shape: shape.NewAliases{}}, Gives: route.Answer{Status: http.StatusCreated, Shape: shape.Added{}},
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
		people("DELETE", "/tables/:table/aliases/:alias", route.Publisher, a.deleteAlias, 0, route.Doc{
			ID: "deleteAlias", Summary: "Removes an alias.", Gives: noContent(), Fails: []int{http.StatusConflict, http.StatusInsufficientStorage},
		}),
		people("POST", "/tables/:table/aliases/rows", route.Publisher, a.aliasRows, maxBody, route.Doc{
			ID: "makeRowsOfAliases", Summary: "Makes rows of aliases in a new version, which goes live: copies of their rows with the values of the aliases in the columns that are matched. The aliases are removed in the same step.",
			Query: []route.Parameter{confirmQuery(), liftQuery()},
			Takes: route.Body{Shape: shape.AliasRows{}}, Gives: ok(shape.Imported{}),
			Fails: []int{http.StatusConflict, http.StatusUnprocessableEntity, http.StatusInsufficientStorage},
		}),
	}
}
