package rules

import (
	"github.com/expr-lang/expr/vm"
)

// Interpreted makes Compile put every expression as a whole on expr's VM.
func Interpreted(o Options) Options {
	o.interpreted = true
	return o
}

// Bytecode returns a func that runs the bytecode of the first write of the first
// rule over all rows of a batch, with environments made beforehand: what expr's VM
// takes for what this package gives it, and nothing else.
func Bytecode(p *Program, batch *Batch) func() error {
	u := p.rules[0].writes[0].plan.(*assignUnit).unit
	m := &machine{limits: p.limits, fixed: p.patterns}
	envs := make([]map[string]any, batch.Rows)
	for row := range envs {
		envs[row] = map[string]any{machineName: m}
		for i, ref := range p.refs {
			envs[row][p.names[i]] = toAny(fromColumn(batch.Column(ref).At(row)))
		}
	}
	v := vm.VM{MemoryBudget: memoryBudget}
	return func() error {
		for _, env := range envs {
			m.effort = p.limits.Effort
			if _, err := v.Run(u.program, env); err != nil {
				return err
			}
		}
		return nil
	}
}
