package tables

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tablestep/tables/schema"
)

// Settings are what people say of a table beside its rows and lookups. None of them changes what a lead gets.
type Settings struct {
	Label       string // what people see; empty: the name
	Description string // what it is for, in some lines
	Owner       string // who is asked about it
	Hidden      bool   // not among the choices of a flow step; campaigns that chose it go on
	Order       int    // its place among the others, the lowest first; 0: behind those that have one
}

// TableChange says which settings change; nil leaves one as it is.
type TableChange struct {
	Label, Description, Owner *string
	Hidden                    *bool
	Order                     *int
}

// The bounds of settings.
const (
	MaxDescription = 2000      // bytes
	MaxOrder       = 1_000_000 // and 0 is none
)

// SetLabel says what people see in place of a table's name; an empty label is the name.
// Campaigns know a table by its name, which stays.
func (s *Store) SetLabel(table, label, by string) error {
	return s.ChangeTable(table, TableChange{Label: &label}, by)
}

// ChangeTable changes settings of a table, in one step and with one event, which has what they were and what they are.
func (s *Store) ChangeTable(table string, ch TableChange, by string) error {
	t := Thing{Name: Name{Kind: KindTable, Name: table}}
	err := ch.clean()
	if err == nil {
		err = s.change(func(c *change) error {
			r, err := c.present(t)
			if err != nil {
				return err
			}
			was := r.Head.Settings
			now := ch.of(was)
			if now == was {
				return errUnchanged
			}
			r.Head.Settings = now
			c.changed(t)
			c.event(t.Name, settingsEvent(was, now, by))
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("change %s: %w", t, err)
	}
	return nil
}

// clean brings texts into the form in which they are kept.
func (ch *TableChange) clean() error {
	for _, text := range []struct {
		of    **string
		clean func(string) (string, error)
	}{
		{&ch.Label, schema.CleanLabel},
		{&ch.Owner, schema.CleanOwner},
		{&ch.Description, func(text string) (string, error) { return schema.CleanLines("description", text, MaxDescription) }},
	} {
		if *text.of == nil {
			continue
		}
		kept, err := text.clean(**text.of)
		if err != nil {
			return err
		}
		*text.of = &kept
	}
	if ch.Order != nil && (*ch.Order < 0 || *ch.Order > MaxOrder) {
		return fmt.Errorf("%w: order %d: give 1 to %d, or 0 for none", schema.ErrInvalid, *ch.Order, MaxOrder)
	}
	return nil
}

// of are settings with the change made.
func (ch *TableChange) of(s Settings) Settings {
	for _, text := range []struct{ by, of *string }{{ch.Label, &s.Label}, {ch.Description, &s.Description}, {ch.Owner, &s.Owner}} {
		if text.by != nil {
			*text.of = *text.by
		}
	}
	if ch.Hidden != nil {
		s.Hidden = *ch.Hidden
	}
	if ch.Order != nil {
		s.Order = *ch.Order
	}
	return s
}

// settingsEvent tells what has changed. One of the label alone is what it was before there were other settings.
func settingsEvent(was, now Settings, by string) Event {
	e := Event{Action: ActionChange, By: by, Before: map[string]string{}, After: map[string]string{}}
	before, after := was.texts(), now.texts()
	for name := range before {
		if before[name] != after[name] {
			e.Before[name], e.After[name] = schema.Excerpt(before[name]), schema.Excerpt(after[name])
		}
	}
	if _, label := e.After["label"]; label && len(e.After) == 1 {
		e.Action, e.Note = ActionLabel, e.After["label"]
	}
	return e
}

// texts are the settings for people, by their names.
func (s Settings) texts() map[string]string {
	return map[string]string{
		"label": s.Label, "description": s.Description, "owner": s.Owner, "hidden": strconv.FormatBool(s.Hidden), "order": strconv.Itoa(s.Order),
	}
}

// Rank is the order of tables for people, as a number to compare.
func (t *Table) Rank() int {
	if t.Order == 0 {
		return MaxOrder + 1
	}
	return t.Order
}

// InOrder are all tables in the order for people: by Order, then by what they are called.
func (c *Catalog) InOrder() []*Table {
	list := slices.Clone(c.tables)
	slices.SortStableFunc(list, func(a, b *Table) int {
		return cmp.Or(cmp.Compare(a.Rank(), b.Rank()), schema.CompareLabels(a.Title(), b.Title()))
	})
	return list
}
