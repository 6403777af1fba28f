package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// What follows is written the way one writes it who does not think of speed, and
// no worse: it is what Tablestep is compared with.

// indexed is a table in a Go map.
type indexed struct {
	columns map[string]int
	rows    map[string][]string
}

func newIndexed(path string) (*indexed, error) {
	columns, records, err := readAll(path)
	if err != nil {
		return nil, err
	}
	x := &indexed{columns, make(map[string][]string, len(records))}
	for _, record := range records {
		key := normal(record[columns["account"]])
		if _, ok := x.rows[key]; !ok {
			x.rows[key] = record
		}
	}
	return x, nil
}

func readAll(path string) (columns map[string]int, records [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read table: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	records, err = csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("read table: %w", err)
	}
	columns = make(map[string]int)
	for i, name := range records[0] {
		columns[name] = i
	}
	return columns, records[1:], nil
}

func normal(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func (x *indexed) evaluate(body, dst []byte) ([]byte, error) {
	return naive(body, dst, x.columns, func(key string) []string { return x.rows[normal(key)] })
}

// reread reads the table again for each batch.
type reread struct {
	path string
	scan bool // go through the rows for each lead, instead of making a map first
}

func (r reread) evaluate(body, dst []byte) ([]byte, error) {
	if !r.scan {
		x, err := newIndexed(r.path)
		if err != nil {
			return nil, err
		}
		return x.evaluate(body, dst)
	}
	columns, records, err := readAll(r.path)
	if err != nil {
		return nil, err
	}
	column := columns["account"]
	return naive(body, dst, columns, func(key string) []string {
		key = strings.TrimSpace(key)
		for _, record := range records {
			if strings.EqualFold(strings.TrimSpace(record[column]), key) {
				return record
			}
		}
		return nil
	})
}

// naive answers a request by way of maps.
func naive(body, dst []byte, columns map[string]int, find func(key string) []string) ([]byte, error) {
	var request map[string]any
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	leads, ok := request["objectData"].([]any)
	if !ok {
		return nil, errors.New("read request: no leads")
	}
	records := make([]any, 0, len(leads))
	for _, item := range leads {
		lead, _ := item.(map[string]any)
		fields, _ := lead["objectContext"].(map[string]any)
		key, _ := fields["company"].(string)
		data := map[string]any{"id": fields["id"]}
		activity := map[string]any{"success": true, "matched": true, "searchParams": "account=" + key}
		if row := find(key); row != nil {
			data["website"] = row[columns["domain"]]
			data["numberOfEmployees"] = json.Number(row[columns["employees"]])
			activity["returnVal"] = row[columns["domain"]]
		} else {
			activity["success"], activity["matched"] = false, false
			activity["errorCode"], activity["reason"] = "LOOKUP_VALUE_NOT_FOUND", "no row has account = "+key
		}
		records = append(records, map[string]any{"leadData": data, "activityData": activity})
	}
	callback, err := json.Marshal(map[string]any{"munchkinId": "123-ABC-456", "objectData": records})
	if err != nil {
		return nil, fmt.Errorf("write callback: %w", err)
	}
	return append(dst, callback...), nil
}
