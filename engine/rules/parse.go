package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Bounds of a rule set's text.
const (
	maxSource   = 1 << 20 // bytes
	maxTests    = 1000
	maxWrites   = 200 // of one rule
	maxNameLen  = 100
	maxProblems = 20 // more are not collected
)

// Parse reads a rule set from YAML or JSON. Keys are strict: one that is not
// known, or that is there twice, is a Problem. The error is Problems.
func Parse(data []byte) (set *RuleSet, err error) {
	if len(data) > maxSource {
		return nil, Problems{{Message: fmt.Sprintf("the rule set has %d bytes; at most %d are read", len(data), maxSource)}}
	}
	src := newSource(string(data))
	d := &decoder{src: src}
	defer func() {
		// The YAML reader has panicked on strange input before.
		if r := recover(); r != nil {
			set, err = nil, Problems{src.problem("", "", position{1, 1}, "this is no YAML that can be read: %v", r)}
		}
	}()
	if !utf8.Valid(data) {
		return nil, Problems{src.problem("", "", src.position(invalidAt(src.text)), "the rule set is not UTF-8 here; save it as UTF-8")}
	}
	root, problem := tree(data, src)
	if problem != nil {
		return nil, Problems{problem}
	}
	set = d.ruleSet(root)
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	set.source = src
	return set, nil
}

// invalidAt is the offset of the first byte that is not UTF-8.
func invalidAt(text string) int {
	for at, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[at:], string(utf8.RuneError)) {
			return at
		}
	}
	return len(text)
}

// tree reads the text into nodes with places.
func tree(data []byte, src *source) (*yaml.Node, *Problem) {
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
	if len(text) == 0 {
		return nil, src.problem("", "", position{1, 1}, "the rule set is empty")
	}
	if text[0] == '{' {
		root, problem := jsonTree(data, src)
		if problem == nil {
			src.json = true
			return root, nil
		}
		// A flow mapping of YAML starts with a brace as well.
		if root, yamlProblem := yamlTree(data, src); yamlProblem == nil {
			return root, nil
		}
		return nil, problem
	}
	return yamlTree(data, src)
}

// yamlTree reads one document, and says so if there are more: the second one would be
// ignored without a word.
func yamlTree(data []byte, src *source) (*yaml.Node, *Problem) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, src.problem("", "", position{1, 1}, "the rule set is empty")
		}
		return nil, yamlProblem(err, src)
	}
	if len(doc.Content) != 1 || doc.Content[0].Tag == "!!null" {
		return nil, src.problem("", "", position{1, 1}, "the rule set is empty")
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, yamlProblem(err, src)
		}
		return nil, src.problem("", "", at(&more), "there is a second document here; a file has one rule set")
	}
	return doc.Content[0], nil
}

// yamlProblem takes the line out of the YAML reader's message.
func yamlProblem(err error, src *source) *Problem {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	at := position{}
	if m := regexp.MustCompile(`^(?:unmarshal errors:\s*)?line (\d+): `).FindStringSubmatch(message); m != nil {
		if line, err := strconv.Atoi(m[1]); err == nil {
			message = message[len(m[0]):]
			at = position{line, 1}
			if line <= len(src.starts) {
				text := src.line(line - 1)
				at.column = len(text) - len(strings.TrimLeft(text, " \t")) + 1 // white space of a byte each
			}
		}
	}
	if at.line == 0 {
		at = position{1, 1}
	}
	// What the reader says is about its own work; what helps is added.
	for said, wayOut := range map[string]string{
		"mapping values are not allowed":        `an expression with a colon and a space in it needs quotes around it, or | and the next line`,
		"found character that cannot start":     `a line begins with spaces, never with a tab, and a text that begins with a sign such as @, % or a backquote needs quotes around it`,
		"found a tab character":                 `a line begins with spaces, never with a tab`,
		"did not find expected '-' indicator":   `a line here or below is not moved in like its neighbours: what belongs to one rule begins in one column`,
		"did not find expected key":             `a line here or below is not moved in like its neighbours: what belongs to one rule begins in one column`,
		"could not find expected ':'":           `a line here or above is neither "key: value" nor a part of the text before it: look for a colon or a quote that is missing`,
		"found unexpected end of stream":        `a quote or a bracket that begins here is never closed`,
		"did not find expected ',' or ']'":      `a list in [ ] that begins here lacks a comma or its end`,
		"did not find expected ',' or '}'":      `an object in { } that begins here lacks a comma or its end`,
		"did not find expected alphabetic":      `a text that begins with & or * or ! needs quotes around it`,
		"did not find URI escape":               `a text that begins with ! needs quotes around it`,
		"found unknown escape character":        `in double quotes a backslash is written twice; in single quotes it is a sign like any other`,
		"did not find expected <document start": `the rule set goes on behind its end: look at the column in which this line begins`,
	} {
		if strings.Contains(message, said) {
			message += "; " + wayOut
			break
		}
	}
	return src.problem("", "", at, "this is not YAML: %s", message)
}

// A decoder makes a RuleSet of nodes and collects what is wrong.
type decoder struct {
	src      *source
	rule     string // which is being read
	problems Problems
}

// at is where a node begins, lines and columns from 1.
func at(n *yaml.Node) position { return position{n.Line, n.Column} }

// problem notes what is wrong at a node and goes on, so that a person sees more than one
// mistake at a time.
func (d *decoder) problem(n *yaml.Node, expression, format string, args ...any) {
	if len(d.problems) < maxProblems {
		d.problems = append(d.problems, d.src.problem(d.rule, expression, at(n), format, args...))
	}
}

// A field is one key of a mapping.
type field struct {
	key, value *yaml.Node
}

// mapping goes through the keys of a mapping in order.
func (d *decoder) mapping(n *yaml.Node, what string, each func(field)) {
	// Anchors are refused everywhere: a few of them, each used by the next, make a text
	// of a kilobyte as large as memory.
	if n.Kind != yaml.MappingNode || n.Anchor != "" {
		d.problem(n, "", "%s must be a mapping of keys to values, not %s", what, nodeKind(n))
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || k.Anchor != "" || k.Tag == "!!merge" {
			d.problem(k, "", "a key of %s must be a plain name, not %s", what, nodeKind(k))
			continue
		}
		if seen[k.Value] {
			d.problem(k, "", "%s has the key %q twice", what, k.Value)
			continue
		}
		seen[k.Value] = true
		each(field{k, v})
	}
}

// sequence goes through the entries of a list of at most so many.
func (d *decoder) sequence(n *yaml.Node, what string, most int, each func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode || n.Anchor != "" {
		d.problem(n, "", "%s must be a list, not %s", what, nodeKind(n))
		return
	}
	if len(n.Content) > most {
		d.problem(n, "", "%s has %d entries; at most %d are allowed", what, len(n.Content), most)
		return
	}
	for _, item := range n.Content {
		each(item)
	}
}

// text reads a scalar as text.
func (d *decoder) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Anchor != "" {
		d.problem(n, "", "%s must be a text, not %s", what, nodeKind(n))
		return ""
	}
	if n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// unknown refuses a key, and names those that there are: it is mostly a typing error.
func (d *decoder) unknown(f field, what, known string) {
	d.problem(f.key, "", "%s has no key %q; it may have %s", what, f.key.Value, known)
}

// ruleSet reads the top level. What is missing is told at its first line, and only where it
// is a mapping at all.
func (d *decoder) ruleSet(n *yaml.Node) *RuleSet {
	set := &RuleSet{HitPolicy: First}
	var rules *yaml.Node
	d.mapping(n, "a rule set", func(f field) {
		switch f.key.Value {
		case "name":
			set.Name = d.text(f.value, "name")
		case "description":
			set.Description = d.text(f.value, "description")
		case "hitPolicy":
			switch p := HitPolicy(d.text(f.value, "hitPolicy")); p {
			case First, All:
				set.HitPolicy = p
			default:
				d.problem(f.value, "", "hitPolicy is %q; it must be first or all", p)
			}
		case "rules":
			rules = f.value
			d.rules(f.value, set)
		case "otherwise":
			d.rule = "otherwise"
			set.Otherwise = d.readRule(f.value, true)
			d.rule = ""
		case "tests":
			d.sequence(f.value, "tests", maxTests, func(n *yaml.Node) { set.Tests = append(set.Tests, d.test(n)) })
		default:
			d.unknown(f, "a rule set", "name, description, hitPolicy, rules, otherwise and tests")
		}
	})
	if n.Kind == yaml.MappingNode {
		if set.Name == "" {
			d.problem(n, "", "the rule set has no name")
		}
		if rules == nil && set.Otherwise == nil {
			d.problem(n, "", "the rule set has no rules")
		}
	}
	return set
}

// rules reads the rules in order, which is the order in which they are tried.
func (d *decoder) rules(n *yaml.Node, set *RuleSet) {
	names := make(map[string]bool)
	d.sequence(n, "rules", Limits{}.withDefaults().Rules, func(n *yaml.Node) {
		d.rule = ruleName(n, len(set.Rules)+1)
		r := d.readRule(n, false)
		if names[r.Name] && r.Name != "" {
			d.problem(n, "", "there is another rule of this name; names must differ")
		}
		names[r.Name] = true
		set.Rules = append(set.Rules, *r)
		d.rule = ""
	})
}

// ruleName is what messages call a rule.
func ruleName(n *yaml.Node, number int) string {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "name" && n.Content[i+1].Value != "" {
				return n.Content[i+1].Value
			}
		}
	}
	return "#" + strconv.Itoa(number)
}

// readRule reads a rule, or otherwise, which has no name and no condition of its own.
func (d *decoder) readRule(n *yaml.Node, otherwise bool) *Rule {
	r := &Rule{}
	known := "name, description, when, set and activity"
	if otherwise {
		r.Name, known = "otherwise", "set and activity"
	}
	var when bool
	d.mapping(n, "a rule", func(f field) {
		switch key := f.key.Value; {
		case key == "set":
			r.Set = d.assignments(f.value, "set")
		case key == "activity":
			r.Activity = d.assignments(f.value, "activity")
		case otherwise:
			d.unknown(f, "otherwise", known)
		case key == "name":
			r.Name = d.text(f.value, "name")
			if err := checkRuleName(r.Name); err != nil {
				d.problem(f.value, "", "%v", err)
			}
		case key == "description":
			r.Description = d.text(f.value, "description")
		case key == "when":
			when = true
			r.When = d.expression(f.value, "when")
		default:
			d.unknown(f, "a rule", known)
		}
	})
	if n.Kind == yaml.MappingNode && !otherwise {
		if r.Name == "" {
			d.problem(n, "", "the rule has no name")
		}
		if !when {
			d.problem(n, "", "the rule has no condition; write when: true if it always holds")
		}
	}
	return r
}

// checkRuleName says what is wrong with a rule's name. Names are written to the
// activity log, separated by commas.
func checkRuleName(name string) error {
	switch {
	case len(name) > maxNameLen:
		return fmt.Errorf("the name has %d bytes; at most %d are allowed", len(name), maxNameLen)
	case name == "otherwise":
		return errors.New(`"otherwise" is the name of the branch for leads that no rule took; choose another one`)
	case strings.ContainsFunc(name, func(r rune) bool { return r == ',' || r < ' ' }):
		return errors.New("a rule's name may have no comma and no control characters")
	}
	return nil
}

// assignments reads what a rule writes, in the order of the text. what is set or activity.
func (d *decoder) assignments(n *yaml.Node, what string) []Assignment {
	var list []Assignment
	d.mapping(n, what, func(f field) {
		if f.key.Value == "" || len(f.key.Value) > maxNameLen {
			d.problem(f.key, "", "%s needs the name of a field here", what)
			return
		}
		list = append(list, Assignment{Target: f.key.Value, Value: d.expression(f.value, what+"."+f.key.Value)})
	})
	if len(list) > maxWrites {
		d.problem(n, "", "%s has %d entries; at most %d are allowed", what, len(list), maxWrites)
	}
	return list
}

// expression keeps the text as it is, with its place; it is compiled later. A number or
// true is an expression as well, so the tag of the scalar does not matter.
func (d *decoder) expression(n *yaml.Node, what string) Expression {
	e := Expression{place: placeOf(n)}
	switch {
	case n.Kind != yaml.ScalarNode || n.Anchor != "":
		d.problem(n, what, "an expression is wanted here, not %s", nodeKind(n))
	case n.Tag == "!!null" || strings.TrimSpace(n.Value) == "":
		d.problem(n, what, "the expression is empty")
	default:
		e.Text = n.Value
	}
	return e
}

// placeOf is where a scalar begins and how it is quoted, by which a place inside of it is
// found in the file again.
func placeOf(n *yaml.Node) place {
	p := place{position: at(n)}
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		p.quoting = single
	case n.Style&yaml.DoubleQuotedStyle != 0:
		p.quoting = double
	case n.Style&yaml.LiteralStyle != 0:
		p.quoting = literal
	case n.Style&yaml.FoldedStyle != 0:
		p.quoting = folded
	}
	return p
}

// test reads a test: what a lead has, scope by scope, and what is wanted of it.
func (d *decoder) test(n *yaml.Node) Test {
	t := Test{Given: make(map[string]map[string]any), place: placeOf(n)}
	d.mapping(n, "a test", func(f field) {
		key := f.key.Value
		switch {
		case key == "name":
			t.Name = d.text(f.value, "name")
		case key == "want":
			t.Want = d.want(f.value)
		case key == string(ScopeMember):
			t.Given[key] = d.values(d.withoutCustom(f.value, t.Given), key)
		case isScope(key):
			t.Given[key] = d.values(f.value, key)
		default:
			d.unknown(f, "a test", "name, want and the scopes "+strings.Join(scopeNames(), ", "))
		}
	})
	if t.Name == "" && n.Kind == yaml.MappingNode {
		d.problem(n, "", "the test has no name")
	}
	return t
}

// want reads what a test expects. A key that is left out expects nothing; an empty list of
// rules expects that none acts.
func (d *decoder) want(n *yaml.Node) Want {
	var w Want
	d.mapping(n, "want", func(f field) {
		switch f.key.Value {
		case "rules":
			w.Rules = []string{}
			d.sequence(f.value, "want.rules", maxTests, func(n *yaml.Node) { w.Rules = append(w.Rules, d.text(n, "a rule's name")) })
		case "set":
			w.Set = d.values(f.value, "want.set")
		case "activity":
			w.Activity = d.values(f.value, "want.activity")
		case "error":
			w.Error = d.text(f.value, "want.error")
		default:
			d.unknown(f, "want", "rules, set, activity and error")
		}
	})
	return w
}

// values reads a mapping of names to scalars: nil, bool, a number as
// column.Value would have it, or a text.
func (d *decoder) values(n *yaml.Node, what string) map[string]any {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	values := make(map[string]any)
	d.mapping(n, what, func(f field) {
		if f.value.Kind != yaml.ScalarNode || f.value.Anchor != "" {
			d.problem(f.value, "", "%s.%s must be a text, a number, true, false or null, not %s", what, f.key.Value, nodeKind(f.value))
			return
		}
		v, err := scalarValue(f.value)
		if err != nil {
			d.problem(f.value, "", "%s.%s: %v", what, f.key.Value, err)
			return
		}
		values[f.key.Value] = v
	})
	return values
}

// scalarValue is the value that a lead with this text in its JSON would have. YAML knows
// more ways to write numbers than JSON does, and those are refused.
func scalarValue(n *yaml.Node) (any, error) {
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	case "!!int", "!!float":
		number, ok := parseNumber(n.Value)
		if !ok {
			// 0x10, 1_000, 010 and .inf are numbers of YAML that no lead has.
			return nil, fmt.Errorf("%s is not a plain number; write it in quotes if it is a text", n.Value)
		}
		if t := strings.TrimLeft(n.Value, "-+"); len(t) > 1 && t[0] == '0' && t[1] != '.' {
			return nil, fmt.Errorf("%s has leading zeros; write it in quotes if it is a text", n.Value)
		}
		return toAny(number), nil
	}
	return n.Value, nil
}

// nodeKind says what a node is instead of what is wanted, for messages.
func nodeKind(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return "an anchor or alias (& and * are not supported; quote the text if it is one)"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	}
	return fmt.Sprintf("%q", n.Value)
}
