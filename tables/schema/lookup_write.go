package schema

import (
	"fmt"
	"strings"
)

// Constant says that an output writes the same text for every row that is hit.
func (o *Output) Constant() bool { return o.Column == "" && o.Value != "" }

// Careful says that an output looks at what the lead has before it writes.
func (o *Output) Careful() bool { return o.Write == WriteIfEmpty || o.Write == WriteIfDifferent }

// Source names for a message what an output writes.
func (o *Output) Source() string {
	if o.Constant() {
		return fmt.Sprintf("constant %q", Excerpt(o.Value))
	}
	return fmt.Sprintf("column %q", o.Column)
}

// Writes are all ways to write.
func Writes() []Write { return []Write{WriteAlways, WriteIfEmpty, WriteIfDifferent} }

// settleSource checks what is written: a column of the version, or a constant.
func (o *Output) settleSource(v *Version) (err error) {
	switch {
	case o.Column != "" && o.Value != "":
		return fmt.Errorf("%w: column %q and value %q: an output writes one of them; leave the other out", ErrInvalid, Excerpt(o.Column), Excerpt(o.Value))
	case o.Column == "" && o.Value == "":
		return fmt.Errorf("%w: no column and no value: name the column to write, or give a constant as value", ErrInvalid)
	case o.Column != "":
		o.Column, err = v.spelled(o.Column)
		return err
	}
	return nil
}

// settleWrite checks a constant against the type, and how it is written.
func (o *Output) settleWrite() error {
	if o.Constant() {
		if strings.TrimSpace(o.Value) == "" || IsNullText(o.Value) {
			return fmt.Errorf("%w: value %q of field %q would empty the field: give another one, or choose clear for that", ErrInvalid, Excerpt(o.Value), o.Field)
		}
		if err := CheckValue(o.Type, o.Value); err != nil {
			return fmt.Errorf("value of field %q: %w", o.Field, err)
		}
	}
	switch o.Write {
	case "", WriteAlways, WriteIfEmpty, WriteIfDifferent:
	default:
		return fmt.Errorf("%w: write %q of field %q: use one of %s%s", ErrInvalid, Excerpt(string(o.Write)), o.Field, Joined(Writes()), Meant(string(o.Write), Writes()))
	}
	return nil
}
