package marketo

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Lead is a record that is sent to the service.
type Lead struct {
	// ID goes out as a JSON integer, digit for digit.
	ID int64
	// Fields are the other values in order. A nil value stands for an empty
	// field of Marketo; Options.SendNulls says how it is sent.
	Fields Fields
}

// MarshalJSON writes the lead as Marketo's objectContext, empty fields as null.
func (l Lead) MarshalJSON() ([]byte, error) {
	return appendLead(nil, l, true)
}

// appendLead appends the lead as a JSON object that starts with its id.
func appendLead(out []byte, l Lead, nulls bool) ([]byte, error) {
	out = strconv.AppendInt(append(out, `{"id":`...), l.ID, 10)
	mark := len(out)
	out, err := appendFields(append(out, ','), l.Fields, nulls)
	if err != nil {
		return nil, fmt.Errorf("encode lead %d: %w", l.ID, err)
	}
	if len(out) == mark+1 {
		out = out[:mark]
	}
	return append(out, '}'), nil
}

// Bounds of a file of leads.
const (
	maxLeads      = 2_000_000
	maxLeadBytes  = 512 << 20
	maxLeadFields = 1000
)

// ErrNoLeads is returned for a file that has a header at most.
var ErrNoLeads = errors.New("no leads")

// ReadLeads reads leads from CSV in UTF-8 with a header line. Its delimiter is
// the one of comma, semicolon and tab that the header has most of. The column
// id (in any case) becomes the lead's id and must hold whole numbers; without
// it the leads are numbered from 1. Empty cells become nil, everything else
// stays the text that it is. Lines without any text are skipped.
func ReadLeads(r io.Reader) ([]Lead, error) {
	limited := &io.LimitedReader{R: r, N: maxLeadBytes}
	buffered := bufio.NewReaderSize(limited, 64<<10)
	head, err := buffered.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read leads: %w", err)
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		head = head[3:]
		if _, err := buffered.Discard(3); err != nil {
			return nil, fmt.Errorf("read leads: %w", err)
		}
	}
	if !bytes.ContainsRune(head, '\n') && bytes.ContainsRune(head, '\r') {
		return nil, errors.New("read leads: the lines end with CR alone; save the file as CSV UTF-8")
	}
	reader := csv.NewReader(buffered)
	reader.Comma = delimiter(head)
	reader.ReuseRecord = true
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read leads: %w", ErrNoLeads)
	}
	if err != nil {
		return nil, fmt.Errorf("read leads: header: %w", err)
	}
	names, idColumn, err := leadColumns(header)
	if err != nil {
		return nil, fmt.Errorf("read leads: header: %w", err)
	}
	leads, err := readRows(reader, names, idColumn)
	if err != nil {
		return nil, fmt.Errorf("read leads: %w", err)
	}
	if limited.N <= 0 {
		return nil, fmt.Errorf("read leads: the file is larger than %d MiB", maxLeadBytes>>20)
	}
	if len(leads) == 0 {
		return nil, fmt.Errorf("read leads: %w", ErrNoLeads)
	}
	return leads, nil
}

// delimiter gives the separator that the first line has most of.
func delimiter(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, candidate := range []rune{';', '\t'} {
		if n := bytes.Count(line, []byte(string(candidate))); n > most {
			best, most = candidate, n
		}
	}
	return best
}

// leadColumns checks the header. It gives the names, "" for a column without
// one, and the place of the id column, -1 where there is none.
func leadColumns(header []string) (names []string, idColumn int, err error) {
	if len(header) > maxLeadFields {
		return nil, 0, fmt.Errorf("%d columns are more than %d", len(header), maxLeadFields)
	}
	idColumn = -1
	seen := make(map[string]int, len(header))
	for i, cell := range header {
		name := strings.TrimSpace(cell)
		if !utf8.ValidString(name) {
			return nil, 0, fmt.Errorf("column %d is not UTF-8; save the file as CSV UTF-8", i+1)
		}
		if strings.EqualFold(name, "id") {
			name = "id"
			idColumn = i
		}
		if first, ok := seen[name]; ok && name != "" {
			return nil, 0, fmt.Errorf("columns %d and %d are both named %q", first+1, i+1, name)
		}
		seen[name] = i
		names = append(names, name)
	}
	return names, idColumn, nil
}

// readRows reads what follows the header.
func readRows(reader *csv.Reader, names []string, idColumn int) ([]Lead, error) {
	var leads []Lead
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return leads, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := reader.FieldPos(0)
		lead, blank, err := leadOf(record, names, idColumn)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if blank {
			continue
		}
		if idColumn < 0 {
			lead.ID = int64(len(leads) + 1)
		}
		if len(leads) == maxLeads {
			return nil, fmt.Errorf("line %d: more than %d leads", line, maxLeads)
		}
		leads = append(leads, lead)
	}
}

// leadOf makes a lead of one record; blank says that the record has no text.
func leadOf(record, names []string, idColumn int) (lead Lead, blank bool, err error) {
	blank = true
	for _, cell := range record {
		blank = blank && cell == ""
	}
	if blank {
		return Lead{}, true, nil
	}
	lead.Fields = make(Fields, 0, len(names))
	for i, cell := range record {
		switch {
		case !utf8.ValidString(cell):
			return Lead{}, false, fmt.Errorf("column %d is not UTF-8; save the file as CSV UTF-8", i+1)
		case i == idColumn:
			if lead.ID, err = parseID(cell); err != nil {
				return Lead{}, false, err
			}
		case names[i] == "" && cell != "":
			return Lead{}, false, fmt.Errorf("column %d has a value but no name", i+1)
		case names[i] == "":
		case cell == "":
			lead.Fields = append(lead.Fields, Field{Name: names[i]})
		default:
			// The record's cells share one string; a clone lets go of the rest.
			lead.Fields = append(lead.Fields, Field{Name: names[i], Value: strings.Clone(cell)})
		}
	}
	return lead, false, nil
}

// parseID reads a lead id, which must be written as Marketo writes it.
func parseID(cell string) (int64, error) {
	text := strings.TrimSpace(cell)
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != text {
		return 0, fmt.Errorf("id %s is not a whole number of at most 64 bits", shorten(cell))
	}
	return id, nil
}

// leadNames gives the names of all fields of the leads, in the order of their first sight.
func leadNames(leads []Lead) []string {
	var names []string
	seen := make(map[string]bool)
	for i := range leads {
		for _, field := range leads[i].Fields {
			if !seen[field.Name] {
				seen[field.Name] = true
				names = append(names, field.Name)
			}
		}
	}
	return names
}
