package rules

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// withoutCustom takes the custom fields, pmcf, out of what a test gives of a member; the
// other fields stay.
func (d *decoder) withoutCustom(n *yaml.Node, given map[string]map[string]any) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n
	}
	_, pmcf, _ := strings.Cut(string(ScopeCustom), ".")
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == pmcf && n.Content[i+1].Kind == yaml.MappingNode {
			given[string(ScopeCustom)] = d.values(n.Content[i+1], string(ScopeCustom))
			own := *n
			own.Content = slices.Concat(n.Content[:i], n.Content[i+2:])
			return &own
		}
	}
	return n
}
