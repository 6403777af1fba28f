package tables

import (
	"context"
	"errors"
	"fmt"

	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// Rows reads a page of a version of a table.
func (s *Store) Rows(ctx context.Context, table string, q view.Query) (*view.Page, error) {
	r, err := s.read(table, q.Version)
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	defer r.done()
	var found schema.Findings
	if q.Finding != "" {
		if found, _, err = s.Findings(ctx, table, r.version.Number); err != nil {
			return nil, fmt.Errorf("read rows of table %q: %w", table, err)
		}
	}
	page, err := view.Rows(ctx, s.side(r), found.List, q)
	if err != nil {
		return nil, fmt.Errorf("read rows of table %q: %w", table, err)
	}
	return page, nil
}

// Values are the most frequent values of a column of a version, 0 for the live one.
func (s *Store) Values(ctx context.Context, table, column string, version, top int) (*view.Values, error) {
	r, err := s.read(table, version)
	if err != nil {
		return nil, fmt.Errorf("count values: %w", err)
	}
	defer r.done()
	values, err := view.ValuesOf(ctx, s.side(r), column, top)
	if err != nil {
		return nil, fmt.Errorf("count values of table %q: %w", table, err)
	}
	return values, nil
}

// Found is where a text stands in the live versions of all tables.
type Found struct {
	Tables     []view.Found // by name; those that have it
	Searched   int          // tables, to their end
	Unsearched []Unsearched
}

// An Unsearched is a table of which nobody knows.
type Unsearched struct {
	Table  string
	Reason string
}

// Find looks for a text in all tables, one after the other in the order of their names, and
// gives the first rows of each, at most limit. What cannot be read does not stand in the way,
// and where the time of ctx is over it tells of what is left as Unsearched; only an end
// of ctx for another reason is an error.
func (s *Store) Find(ctx context.Context, text string, limit int) (*Found, error) {
	found := &Found{}
	for _, t := range s.Catalog().Tables() {
		if t.Live == nil && t.Damage == nil {
			continue // There is nothing that a lead could hit.
		}
		of, err := s.findIn(ctx, t.Name, text, limit)
		switch {
		case errors.Is(err, schema.ErrTableNotFound), errors.Is(err, schema.ErrVersionNotFound):
			// It was deleted a moment ago.
		case err == nil:
			found.Searched++
			if of.Total > 0 {
				found.Tables = append(found.Tables, *of)
			}
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			found.Unsearched = append(found.Unsearched, Unsearched{t.Name, "the time for one search is over: look into this table by itself"})
		case errors.Is(err, ErrDamaged):
			found.Unsearched = append(found.Unsearched, Unsearched{t.Name, err.Error()})
		default:
			return nil, fmt.Errorf("find in table %q: %w", t.Name, err)
		}
	}
	return found, nil
}

func (s *Store) findIn(ctx context.Context, table, text string, limit int) (*view.Found, error) {
	r, err := s.read(table, 0)
	if err != nil {
		return nil, err
	}
	defer r.done()
	return view.Find(ctx, s.side(r), text, limit)
}
