package view

import "context"

// ValuesWithin is ValuesOf with room for so many different values.
func ValuesWithin(ctx context.Context, of Side, name string, top, most int) (*Values, error) {
	return valuesOf(ctx, of, name, top, most)
}
