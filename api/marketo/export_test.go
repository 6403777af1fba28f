package marketo

// ReadDocument lets the tests hold the reading of JSON against encoding/json.
func ReadDocument(body []byte) (any, []string, error) { return readDocument(body) }

// Count fills in the numbers of a report that follow from its results.
func Count(r *Report) { r.count() }
