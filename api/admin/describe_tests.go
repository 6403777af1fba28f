package admin

import (
	"tablestep/api/shape"
	"tablestep/tables/schema"
)

// describeTests are the tests of a lookup, which it may have none of.
func describeTests(tests []schema.Test) (described []shape.Test) {
	for _, t := range tests {
		d := shape.Test{Name: t.Name, Lead: t.Lead, Matched: t.Matched}
		if len(t.Want) > 0 {
			d.Want = &t.Want
		}
		if !t.AsOf.IsZero() {
			d.AsOf = &t.AsOf
		}
		described = append(described, d)
	}
	return described
}

// testsOf are the tests that a request describes.
func testsOf(tests []shape.Test) (settings []schema.Test) {
	for _, t := range tests {
		s := schema.Test{Name: t.Name, Lead: t.Lead, Matched: t.Matched}
		if t.Want != nil {
			s.Want = *t.Want
		}
		if t.AsOf != nil {
			s.AsOf = *t.AsOf
		}
		settings = append(settings, s)
	}
	return settings
}
