package route

// A Doc is what the OpenAPI document tells of a route beside its limits.
type Doc struct {
	ID      string // of the operation: two words in one, like listTables
	Summary string // one sentence
	Query   []Parameter
	Takes   Body
	Gives   Answer
	IfMatch bool  // a change that can be bound to a state of the thing; else 412
	Fails   []int // statuses beyond those that follow from keys, path, query and body
}

// A Parameter is one of the query.
type Parameter struct {
	Name string
	Type string // of JSON: string, integer or boolean; empty is string
	Text string
	Enum []string
	Role Role // that it needs where it is true; empty: that of the route
}

// A Body is what a request carries.
type Body struct {
	Shape any      // a zero value of the struct that is decoded; nil where it is no JSON of ours
	Media []string // content types, where there is no Shape
}

// None says that no body is taken.
func (b Body) None() bool { return b.Shape == nil && len(b.Media) == 0 }

// An Answer is what comes back where nothing failed.
type Answer struct {
	Status int
	Shape  any      // a zero value of the struct that is sent; nil where it is no JSON of ours
	Media  []string // content types, where there is no Shape, or besides JSON by Accept; neither: there is no body
}
