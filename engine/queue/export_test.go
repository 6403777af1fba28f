package queue

import "os"

// SetTokenGeneration makes generations of tokens so small that a test sees them move.
func SetTokenGeneration(q *Queue, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tokens.generation = n
}

// OpenWith is Open with a stand-in for os.OpenFile.
func OpenWith(path string, o Options, open func(name string, flag int, mode os.FileMode) (*os.File, error)) (*Queue, Recovered, error) {
	return openWith(path, o, open)
}

// DecodeRecord decodes an info row and encodes it again.
func DecodeRecord(b []byte) ([]byte, error) {
	r, err := decodeRecord(b)
	if err != nil {
		return nil, err
	}
	return appendRecord(nil, &r), nil
}

// OpenBody opens a sealed body, as read from the file, with its key row.
func OpenBody(key, sealed []byte, size int) ([]byte, error) {
	var s sealer
	_, body, err := s.open(payloadBody, key, sealed, size)
	return body, err
}

// ParseBody reads the inside of a sealed body.
func ParseBody(plain []byte, size int) ([]byte, error) {
	_, body, err := parseBody(plain, size)
	return body, err
}

// DecodeKey decodes a key row.
func DecodeKey(row []byte) ([]byte, error) {
	key, err := decodeKey(row)
	return key[:], err
}

// DiskFull says how an error of a transaction is judged.
func DiskFull(err error) bool { return diskFull(err) }
