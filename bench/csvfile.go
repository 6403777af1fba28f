package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
)

// appendAccount adds the key of row i.
func appendAccount(dst []byte, i int) []byte { return fmt.Appendf(dst, "Account %07d Ltd", i) }

// writeCSV makes a table of so many rows, the same at every call, and returns its size.
func writeCSV(path string, rows int) (size int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("make table: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := w.WriteString("account,domain,state,employees,note\n"); err != nil {
		return 0, fmt.Errorf("make table: %w", err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	states := [...]string{"California", "New York", "Texas", "Ontario", "", "Québec"}
	var line []byte
	for i := range rows {
		line = appendAccount(line[:0], i)
		line = append(line, ",company"...)
		line = strconv.AppendUint(line, uint64(r.Uint32()), 16)
		line = append(line, ".example,"...)
		line = append(line, states[r.IntN(len(states))]...)
		line = append(line, ',')
		line = strconv.AppendInt(line, int64(1+r.IntN(100_000)), 10)
		line = fmt.Appendf(line, ",\"tier %d, owner %d\"\n", r.IntN(9), r.IntN(500))
		if _, err := w.Write(line); err != nil {
			return 0, fmt.Errorf("make table: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return 0, fmt.Errorf("make table: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("make table: %w", err)
	}
	return info.Size(), nil
}

// readCSV does the least that reading a CSV can be: encoding/csv with one record
// for all lines, of which nothing is kept.
func readCSV(path string) (rows int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("read table: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := csv.NewReader(bufio.NewReaderSize(f, 1<<20))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return rows - 1, nil // without the header
		} else if err != nil {
			return rows, fmt.Errorf("read table: %w", err)
		}
		rows++
	}
}
