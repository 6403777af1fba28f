package rules

// A listFunction is a function that goes through a list with a predicate, such as
// any(list, # > 1). expr parses these itself; each entry of the table says what the
// checker, the kernels and the documentation need.
type listFunction struct {
	name      string
	signature string
	result    static
	// yields says that the predicate gives a value of any kind, and not a condition.
	yields bool
	// backwards says that the list is gone through from its end.
	backwards bool
	// step takes an element, its number in the list and what the predicate gave; it
	// says that the rest of the list does not matter.
	step func(t *tally, e value, i int, r value) (done bool)
	end  func(t *tally) value

	text     string
	examples []Example
}

// A tally is what a list function knows on its way through a list.
type tally struct {
	m     *machine // to charge what a step does beside the predicate
	err   error    // of a step, which then ends the way
	count int
	found value
	list  []any
}

// listFunctions is the table of functions with a predicate.
func listFunctions() []*listFunction {
	// Steps and ends that several functions share. A condition has bits of 0 or 1, so it
	// can be counted without a branch.
	counting := func(t *tally, _ value, _ int, r value) bool {
		if r.bool() {
			t.count++
		}
		return false
	}
	counted := func(t *tally) value { return integer(t.count) }
	// One element decides, and the rest is not looked at.
	untilOne := func(t *tally, _ value, _ int, r value) bool {
		t.count += int(r.bits)
		return t.count > 0
	}
	element := func(t *tally, e value, _ int, r value) bool {
		if r.bool() {
			t.found = e
		}
		return r.bool()
	}
	index := func(t *tally, _ value, i int, r value) bool {
		if r.bool() {
			t.found = integer(i)
		}
		return r.bool()
	}
	found := func(t *tally) value { return t.found }
	// A list without elements is still a list, and not nil.
	collected := func(t *tally) value {
		if t.list == nil {
			t.list = []any{}
		}
		return list(t.list)
	}
	return []*listFunction{
		{
			name: "all", signature: "all(list, condition)", result: isBool,
			step: func(t *tally, _ value, _ int, r value) bool {
				// Counted is what does not hold.
				t.count += 1 - int(r.bits)
				return t.count > 0
			},
			end:      func(t *tally) value { return boolean(t.count == 0) },
			text:     "Whether the condition holds for all elements; # is the element. It does for an empty list.",
			examples: []Example{{`all([1, 2, 3], # > 0)`, `true`}, {`all([], # > 0)`, `true`}},
		},
		{
			name: "any", signature: "any(list, condition)", result: isBool,
			step: untilOne, end: func(t *tally) value { return boolean(t.count > 0) },
			text:     "Whether the condition holds for at least one element.",
			examples: []Example{{`any(words("VP Sales"), # == "vp")`, `true`}},
		},
		{
			name: "none", signature: "none(list, condition)", result: isBool,
			step: untilOne, end: func(t *tally) value { return boolean(t.count == 0) },
			text:     "Whether the condition holds for no element.",
			examples: []Example{{`none([1, 2, 3], # > 3)`, `true`}},
		},
		{
			name: "one", signature: "one(list, condition)", result: isBool,
			step: counting, end: func(t *tally) value { return boolean(t.count == 1) },
			text:     "Whether the condition holds for exactly one element.",
			examples: []Example{{`one([1, 2, 3], # > 1)`, `false`}},
		},
		{
			name: "count", signature: "count(list, condition)", result: isNumber,
			step: counting, end: counted,
			text:     "For how many elements the condition holds; without one, how many elements are true.",
			examples: []Example{{`count([1, 2, 3], # > 1)`, `2`}, {`count([true, nil, false])`, `1`}},
		},
		{
			name: "filter", signature: "filter(list, condition)", result: isList,
			step: func(t *tally, e value, _ int, r value) bool {
				if r.bool() {
					t.list = append(t.list, toAny(e))
				}
				return false
			},
			end:      collected,
			text:     "The elements for which the condition holds.",
			examples: []Example{{`filter([1, 2, 3], # > 1)`, `[2, 3]`}},
		},
		{
			name: "map", signature: "map(list, expression)", result: isList, yields: true,
			step: func(t *tally, _ value, _ int, r value) bool {
				t.list = append(t.list, toAny(r))
				return false
			},
			end:      collected,
			text:     "What the expression makes of each element; #index is the element's number, counted from 0.",
			examples: []Example{{`map(["a", "b"], upper(#))`, `["A", "B"]`}, {`map([5, 5], # + #index)`, `[5, 6]`}},
		},
		{
			name: "find", signature: "find(list, condition)", result: unknown, step: element, end: found,
			text:     "The first element for which the condition holds, or nil.",
			examples: []Example{{`find([1, 2, 3], # > 1)`, `2`}, {`find([1], # > 1)`, `nil`}},
		},
		{
			name: "findIndex", signature: "findIndex(list, condition)", result: unknown, step: index, end: found,
			text:     "The number of that element, counted from 0, or nil.",
			examples: []Example{{`findIndex([1, 2, 3], # > 1)`, `1`}},
		},
		{
			name: "findLast", signature: "findLast(list, condition)", result: unknown, backwards: true, step: element, end: found,
			text:     "The last element for which the condition holds, or nil.",
			examples: []Example{{`findLast([1, 2, 3], # > 1)`, `3`}, {`upper(findLast(words("VP sales south"), # startsWith "s"))`, `"SOUTH"`}},
		},
		{
			name: "findLastIndex", signature: "findLastIndex(list, condition)", result: unknown, backwards: true, step: index, end: found,
			text:     "The number of that element, counted from 0, or nil.",
			examples: []Example{{`findLastIndex([1, 2, 3], # > 1)`, `2`}},
		},
		{
			name: "sum", signature: "sum(list, expression)", result: unknown, yields: true,
			step: func(t *tally, _ value, _ int, r value) bool {
				if t.found.isNil() {
					t.found = integer(0)
				}
				if r.isNumber() { // mostly, and without a closure
					t.found = total(t.found, r)
					return false
				}
				t.err = eachNumber(t.m, r, func(n value) { t.found = total(t.found, n) })
				return t.err != nil
			},
			end: func(t *tally) value {
				if t.found.isNil() {
					return integer(0)
				}
				return t.found
			},
			text:     "The sum of what the expression gives for each element, or of the elements; texts are read as numbers, a list stands for its elements, and what is no number does not count. 0 if there is none.",
			examples: []Example{{`sum([1, 2, 3], # * 2)`, `12`}, {`sum(["1", "2", "n/a"])`, `3`}, {`sum([])`, `0`}},
		},
	}
}
