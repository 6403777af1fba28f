package queue

// ParseBody reads the inside of a sealed body.
func ParseBody(plain []byte, size int) ([]byte, error) {
	_, body, err := parseBody(plain, size)
	return body, err
}
