package rules

import "github.com/expr-lang/expr/ast"

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
