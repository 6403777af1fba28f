package shape

import "time"

// An Alias says what is meant by values of leads that a lookup has no row for.
type Alias struct {
	ID     int               `json:"id"`
	Lookup string            `json:"lookup"`
	Values map[string]string `json:"values" doc:"What a lead has, by the fields that the lookup is matched by."`
	Action string            `json:"action" enum:"map,ignore"`
	Target map[string]string `json:"target,omitempty" doc:"map: the cells, by columns, that name the row."`
	By     string            `json:"by,omitempty"`
	At     time.Time         `json:"at"`
	Lost   string            `json:"lost,omitempty" doc:"Why it hits nothing in the live version; left out where it does."`
}

// Aliases is a page of those of a table.
type Aliases struct {
	Total   int         `json:"total"`
	Aliases List[Alias] `json:"aliases" doc:"In the order in which they were added."`
}

// A NewAlias is one that is to be added.
type NewAlias struct {
	Lookup string            `json:"lookup,omitempty" doc:"Of aliases that are added together, all have the same; left out: that of the query, else the table's own."`
	Values map[string]string `json:"values,omitempty" doc:"Each field that the lookup is matched by with its text; the moment of acceptance is none."`
	Action string            `json:"action,omitempty" enum:"map,ignore" doc:"map: leads with these values are answered from the row of target. ignore: they are known to have none."`
	Target map[string]string `json:"target,omitempty" doc:"map: the cell of the lookup's row key, or the cells of all columns that are matched, as they stand in the table."`
}

// NewAliases are one, or several that are added together or not at all.
type NewAliases struct {
	NewAlias
	Aliases []NewAlias `json:"aliases,omitempty" doc:"In place of a single one: several."`
}

// Added are the aliases as they are now.
type Added struct {
	Aliases List[Alias] `json:"aliases" doc:"In the order of the request; one that was there as it is keeps its id."`
}

// AliasRows asks for rows in the place of aliases.
type AliasRows struct {
	IDs     []int  `json:"ids,omitempty" doc:"Those aliases; left out: all maps of the lookup that are not lost."`
	Lookup  string `json:"lookup,omitempty" doc:"In place of ids; needed where these are left out."`
	Message string `json:"message,omitempty" doc:"What the version is for."`
}
