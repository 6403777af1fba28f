package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// What the checker knows of the contexts that Marketo sends beside a lead's fields.

// customFields makes a scope of its own of member.pmcf, which holds the custom fields of
// the program's members, so that they are fields like all others: known before any lead
// is, and read once a batch.
func customFields(n *ast.MemberNode) {
	inner := n.Node
	if chain, ok := inner.(*ast.ChainNode); ok {
		inner = chain.Node
	}
	m, ok := inner.(*ast.MemberNode)
	if !ok {
		return
	}
	base, ok := m.Node.(*ast.IdentifierNode)
	part, isText := m.Property.(*ast.StringNode)
	if !ok || !isText || base.Value+"."+part.Value != string(ScopeCustom) {
		return
	}
	scope := &ast.IdentifierNode{Value: string(ScopeCustom)}
	scope.SetLocation(base.Location())
	n.Node = scope
}

// token warns of a my token that Marketo is not asked for: it is never sent, so the rule
// reads nil for every lead, however well its own tests went.
func (c *checker) token(n *ast.MemberNode, ref Ref) {
	asked := c.compiler.options.Tokens
	if ref.Scope != ScopeMy || asked == nil || slices.Contains(c.compiler.untold, ref.Name) ||
		slices.ContainsFunc(asked, func(name string) bool { return strings.EqualFold(name, ref.Name) }) {
		return
	}
	c.compiler.untold = append(c.compiler.untold, ref.Name)
	c.warn(n.Node.Location().From, "Marketo is not asked for the token {{my.%s}}, so %s is nil for every lead; start the service with --my-tokens %s, and install the flow step again, because Marketo reads once what it is to send",
		ref.Name, ref, strconv.Quote(strings.Join(slices.Concat(asked, c.compiler.untold), ",")))
}
