package shape

// Rows is a page of a version's rows.
type Rows struct {
	Version int          `json:"version"`
	Total   int          `json:"total" doc:"Rows that fit the query."`
	Columns List[string] `json:"columns"`
	Rows    List[Row]    `json:"rows"`
}

// A Row is one row as it stands in the file.
type Row struct {
	Row   int          `json:"row" doc:"From 1, the header not counted."`
	Cells List[string] `json:"cells"`
}

// A Patch changes rows by the key of the table's default lookup.
type Patch struct {
	Upsert []map[string]string `json:"upsert" doc:"Column: text. Changes the columns it names in every row with its key; adds a row where there is none."`
	Delete []map[string]string `json:"delete" doc:"Column: text. Removes every row with its key."`
}

// A Diff compares two versions of a table.
type Diff struct {
	From      int             `json:"from"`
	To        int             `json:"to"`
	Count     DiffCount       `json:"count"`
	Key       List[string]    `json:"key" doc:"Columns by which rows were paired; none: rows are compared whole."`
	Columns   List[string]    `json:"columns" doc:"Those of the newer version, then those that only the older one has."`
	Added     List[Row]       `json:"added" doc:"Rows of the newer version."`
	Removed   List[Row]       `json:"removed" doc:"Rows of the older version."`
	Changed   List[RowChange] `json:"changed"`
	Truncated bool            `json:"truncated" doc:"A list is shorter than its count."`
}

// A DiffCount is the size of a difference, in rows.
type DiffCount struct {
	Added     int `json:"added"`
	Removed   int `json:"removed"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
}

// A RowChange is a row that both versions have.
type RowChange struct {
	Row     int              `json:"row" doc:"In the newer version."`
	FromRow int              `json:"fromRow" doc:"In the older version."`
	Cells   List[CellChange] `json:"cells"`
}

// A CellChange is one cell of it.
type CellChange struct {
	Column string `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
}
