package rules

import (
	"fmt"

	"tablestep/tables/column"
)

// A fieldColumn is one field of the batch at hand. Its values are read when they
// are needed, each distinct one once.
type fieldColumn struct {
	code   uint32 // of the tuple that is being evaluated
	codes  []uint32
	raw    []column.Value // by code
	values []value        // by code, where read says so
	read   []bool
	zeros  []uint32
}

// load takes a column of the batch.
func (f *fieldColumn) load(batch *Batch, ref Ref) error {
	v := batch.Column(ref)
	if len(v.Values) == 0 && len(v.Codes) == 0 {
		if len(f.zeros) < batch.Rows {
			f.zeros = make([]uint32, batch.Rows)
		}
		v = column.Vector{Codes: f.zeros[:batch.Rows], Values: []column.Value{{}}}
	}
	if len(v.Codes) != batch.Rows {
		return fmt.Errorf("column of %s has %d rows, the batch has %d", ref, len(v.Codes), batch.Rows)
	}
	f.codes, f.raw = v.Codes, v.Values
	n := len(v.Values)
	if cap(f.values) < n {
		f.values, f.read = make([]value, n), make([]bool, n)
	}
	f.values, f.read = f.values[:n], f.read[:n]
	clear(f.read)
	return nil
}

// value is the value of a code.
func (f *fieldColumn) value(code uint32) value {
	if !f.read[code] {
		f.values[code] = fromColumn(f.raw[code])
		f.read[code] = true
	}
	return f.values[code]
}

// forget drops the batch.
func (f *fieldColumn) forget() {
	f.codes, f.raw = nil, nil
	clear(f.values)
}
