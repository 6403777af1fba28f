package schema

// SeverityTable is the table of all codes.
var SeverityTable = severities
