package marketo

// ReadDocument lets the tests hold the reading of JSON against encoding/json.
func ReadDocument(body []byte) (any, []string, error) { return readDocument(body) }
