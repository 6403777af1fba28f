package view_test

import (
	"context"
	"testing"

	"tablestep/tables/view"
)

// go test ./tables/view -run '^$' -bench Rows -benchtime 3x
func BenchmarkRows(b *testing.B) {
	of := numbered(1_000_000)
	for name, q := range map[string]view.Query{
		"q":             {Text: "0999999"},
		"contains":      {Where: []view.Condition{{Column: "account", Text: "0999999"}}},
		"sort=text":     {Sort: "-account"},
		"sort=text/end": {Sort: "account", Offset: 199_950, Limit: 50},
	} {
		b.Run("rows=1000000/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := view.Rows(context.Background(), side(of), nil, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("rows=1000000/values", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := view.ValuesOf(context.Background(), side(of), "account", 20); err != nil {
				b.Fatal(err)
			}
		}
	})
}
