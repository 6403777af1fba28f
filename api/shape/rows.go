package shape

// Rows is a page of a version's rows.
type Rows struct {
	Version int          `json:"version"`
	Total   int          `json:"total" doc:"Rows that fit the query, on all pages."`
	Columns List[string] `json:"columns"`
	Rows    List[Row]    `json:"rows"`
}

// A Row is one row as it stands in the file.
type Row struct {
	Row   int          `json:"row" doc:"From 1, the header not counted."`
	Cells List[string] `json:"cells"`
}

// A Patch changes rows, by their numbers or by the key of the table's default lookup. One
// request does either.
type Patch struct {
	Set        []SetRow    `json:"set" doc:"By number: changes cells of rows."`
	Insert     []InsertRow `json:"insert" doc:"By number: new rows; several for one place come in this order."`
	DeleteRows []int       `json:"deleteRows" doc:"Numbers of rows to remove."`

	Upsert []map[string]string `json:"upsert" doc:"By key, column: text. Changes the columns it names in the row with its key; adds a row where there is none. 409 where several rows have the key."`
	Delete []map[string]string `json:"delete" doc:"By key, column: text. Removes the row with its key. 409 where several rows have the key."`
}

// A SetRow changes cells of one row.
type SetRow struct {
	Row   int               `json:"row" doc:"From 1, the header not counted, in the version that is changed, whatever else the request does."`
	Cells map[string]string `json:"cells" doc:"Column: text."`
}

// An InsertRow is a new row.
type InsertRow struct {
	Before int               `json:"before" doc:"Number of the row that comes behind it, as in set; one more than there are rows: at the end."`
	Cells  map[string]string `json:"cells" doc:"Column: text; columns that are not named are empty."`
}

// Values are the most frequent values of a column.
type Values struct {
	Version int         `json:"version"`
	Column  string      `json:"column"`
	Rows    int         `json:"rows" doc:"Of the version."`
	Empty   int         `json:"empty" doc:"Cells without a character, which are no values."`
	Values  List[Value] `json:"values" doc:"The most frequent first; of those that are as frequent, the first in the file."`
	Rest    int         `json:"rest" doc:"Rows with values that are not listed."`
	Unsure  bool        `json:"unsure,omitempty" doc:"A value that is not listed may be as frequent as the last ones: there are too many different ones to count. The counts are right."`
}

// A Value is a text as it stands in cells.
type Value struct {
	Value string `json:"value"`
	Cut   bool   `json:"cut,omitempty" doc:"It is the first 1,000 bytes of a longer text, and …"`
	Count int    `json:"count" doc:"Rows."`
}

// Found is where a text stands in the live versions of all tables.
type Found struct {
	Tables     List[FoundTable] `json:"tables" doc:"Those that have it, by name."`
	Searched   int              `json:"searched" doc:"Tables that were looked through to their end."`
	Unsearched List[Unsearched] `json:"unsearched" doc:"Those that were not."`
}

// A FoundTable is one of the tables.
type FoundTable struct {
	Table   string         `json:"table"`
	Version int            `json:"version"`
	Total   int            `json:"total" doc:"Rows with a cell that contains the text."`
	Rows    List[FoundRow] `json:"rows" doc:"The first of them."`
}

// A FoundRow is one of its rows.
type FoundRow struct {
	Row   int             `json:"row" doc:"From 1, the header not counted."`
	Cells List[FoundCell] `json:"cells" doc:"Those that contain the text."`
}

// A FoundCell is one cell.
type FoundCell struct {
	Column string `json:"column"`
	Text   string `json:"text" doc:"At most the first 1,000 bytes, and …"`
}

// An Unsearched is a table of which nobody knows.
type Unsearched struct {
	Table  string `json:"table"`
	Reason string `json:"reason"`
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

	Aliases List[AliasChange] `json:"aliases" doc:"Those beside the table that one of the versions has no row for, and the other one has."`
}

// An AliasChange is an alias that is lost in the newer version, or found again.
type AliasChange struct {
	ID     int    `json:"id"`
	Lookup string `json:"lookup"`
	Text   string `json:"text" doc:"What it says."`
	Lost   string `json:"lost,omitempty" doc:"Why it hits nothing in the newer version; left out: it does, and did not in the older one."`
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
