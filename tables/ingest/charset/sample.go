package charset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	sampleParts = 16      // parts of a file from which lines are taken
	partBytes   = 4 << 10 // taken from a part
	lineBytes   = 4 << 10 // a longer line counts as several
)

// Sample takes lines with bytes beyond ASCII out of a file, at most 64 KiB: the first 4 of
// each sixteenth, for the first letters may come late, and those of one language after
// those of another. A piece of a very long line may come twice; none is lost. A file
// without such bytes gives nothing.
func Sample(file io.ReadSeeker) ([]byte, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("find the end of the file: %w", err)
	}
	parts := int64(sampleParts)
	if size <= sampleParts*partBytes {
		parts = 1
	}
	var sample []byte
	for i := range parts {
		at, to := size*i/parts, size*(i+1)/parts
		if i > 0 { // Of a line over the beginning, the part before took all that is left out here.
			at--
		}
		if _, err := file.Seek(at, io.SeekStart); err != nil {
			return nil, fmt.Errorf("go to a part of the file: %w", err)
		}
		part := bufio.NewReaderSize(file, lineBytes)
		room := len(sample) + int(sampleParts*partBytes/parts)
		ended := true
		for first := i > 0; (at < to || !ended && at < to+lineBytes) && len(sample) < room; first = false {
			line, err := readLine(part)
			if err != nil {
				return nil, err
			}
			if len(line) == 0 {
				break
			}
			if !first && beyondASCII(line) {
				sample = append(sample, line[:min(len(line), room-len(sample))]...)
			}
			at += int64(len(line))
			ended = line[len(line)-1] == '\n'
		}
	}
	return sample, nil
}

// readLine gives a line, or lineBytes of it; nothing is the end.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("read a part of the file: %w", err)
	}
	return line, nil
}

func beyondASCII(line []byte) bool {
	for _, c := range line {
		if c >= utf8.RuneSelf {
			return true
		}
	}
	return false
}
