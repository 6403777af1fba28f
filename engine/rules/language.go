package rules

import (
	"sync"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
)

// A language is the tables of operators and functions by their names, and what
// expr's parser needs to know of them.
type language struct {
	operations map[string]*operation // by each of their names
	functions  map[string]*function
	lists      map[string]*listFunction
	parse      *conf.Config
}

// theLanguage is the one language of rules, which nobody changes. It is made once:
// making it takes longer than compiling three rules.
var theLanguage = sync.OnceValue(func() *language { //nolint:gochecknoglobals // see above
	l := &language{
		operations: make(map[string]*operation), functions: make(map[string]*function), lists: make(map[string]*listFunction),
		parse: conf.CreateNew(),
	}
	for _, o := range operations() {
		for _, name := range o.names {
			l.operations[name] = o
		}
	}
	// The parser leaves names alone that are functions of ours; what they do is none
	// of its business.
	l.parse.Functions = make(conf.FunctionsTable)
	for _, f := range allFunctions() {
		l.functions[f.name] = f
		l.parse.Functions[f.name] = &builtin.Function{Name: f.name}
	}
	for _, f := range listFunctions() {
		l.lists[f.name] = f
	}
	return l
})
