package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"

	"tablestep/tables/typos"
)

// A settingsFile is what --config names: a YAML mapping of flags, without their dashes, to a
// value, or to a list of values where a flag may be repeated. One file may serve several
// commands; each takes what it has flags for. Variables and flags win.
type settingsFile struct {
	path     string
	settings map[string]setting
}

// A setting is what a file says of one flag.
type setting struct {
	line  int
	texts []string
}

// BeforeResolve is called by the parser when it knows flags and variables, and not yet what
// they leave open.
func (c *cli) BeforeResolve(ctx *kong.Context) error {
	path := c.Config
	for _, flag := range ctx.Model.Flags {
		if flag.Name == "config" {
			path, _ = ctx.FlagValue(flag).(string)
		}
	}
	if path == "" {
		return nil
	}
	file, err := readSettings(path, flagsOf(ctx.Model.Node))
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	ctx.AddResolver(file)
	return nil
}

// flagsOf are the names that a file may have, and whether a flag of that name may be
// repeated in some command.
func flagsOf(n *kong.Node) map[string]bool {
	names := map[string]bool{}
	for _, flag := range n.Flags {
		if flag.Name != "help" && flag.Name != "config" {
			names[flag.Name] = names[flag.Name] || flag.IsSlice()
		}
	}
	for _, child := range n.Children {
		for name, several := range flagsOf(child) {
			names[name] = names[name] || several
		}
	}
	return names
}

// readSettings reads a file; several tells the names that there are.
func readSettings(path string, several map[string]bool) (*settingsFile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err // It names the file.
	}
	f := &settingsFile{path: path, settings: map[string]setting{}}
	if err := f.parse(raw, several); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *settingsFile) parse(raw []byte, several map[string]bool) error {
	d := yaml.NewDecoder(bytes.NewReader(raw))
	var document, more yaml.Node
	switch err := d.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil // There is nothing but comments.
	case err != nil:
		return fmt.Errorf("%s: %s", f.path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	top := document.Content[0]
	if top.Kind != yaml.MappingNode {
		return f.wrong(top.Line, `settings are lines such as "public-url: https://lookup.example.com"`)
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: there is more than one YAML document; use one", f.path)
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if err := f.add(top.Content[i], top.Content[i+1], several); err != nil {
			return err
		}
	}
	return nil
}

// add takes in one setting.
func (f *settingsFile) add(key, value *yaml.Node, several map[string]bool) error {
	name := key.Value
	many, known := several[name]
	switch earlier, twice := f.settings[name]; {
	case twice:
		return f.wrong(key.Line, "%s stands in line %d, too; use one", name, earlier.line)
	case !known && several != nil && strings.HasPrefix(name, "--"):
		return f.wrong(key.Line, "flags stand here without their dashes; write %s", strings.TrimLeft(name, "-"))
	case !known:
		return f.wrong(key.Line, "there is no setting %q%s", name, likelyFlag(name, several))
	}
	s := setting{line: key.Line}
	items := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		items = value.Content
		if !many {
			return f.wrong(value.Line, "%s takes one value and no list", name)
		}
	}
	for _, item := range items {
		if item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		if item.Kind != yaml.ScalarNode || item.ShortTag() == "!!null" {
			return f.wrong(item.Line, "%s has no value that can be used; write a text, a number, true or false, or a list of texts for a flag that can be repeated", name)
		}
		s.texts = append(s.texts, item.Value)
	}
	f.settings[name] = s
	return nil
}

// wrong is an error at a line.
func (f *settingsFile) wrong(line int, format string, args ...any) error {
	return fmt.Errorf("%s, line %d: %s", f.path, line, fmt.Sprintf(format, args...))
}

// likelyFlag suggests a name that there is.
func likelyFlag(name string, several map[string]bool) string {
	best, least := "", 3
	var written typos.Masks
	written.Set([]rune(strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "TABLESTEP_"), "_", "-"))))
	for candidate := range several {
		d, ok := written.Distance(candidate, min(2, len(candidate)/3))
		if ok && (d < least || d == least && candidate < best) {
			best, least = candidate, d
		}
	}
	if best == "" {
		return "; the names are those of the flags without their dashes"
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// Validate has nothing to say: names were looked at when the file was read.
func (f *settingsFile) Validate(*kong.Application) error { return nil }

// Resolve is what the file says of a flag, nil where that says nothing or a variable is set.
func (f *settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	s, ok := f.settings[flag.Name]
	if !ok || len(s.texts) == 0 {
		return nil, nil //nolint:nilnil // the parser's word for nothing
	}
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil //nolint:nilnil // likewise
		}
	}
	var value any
	switch sep := flag.Tag.Sep; {
	case !flag.IsSlice():
		value = s.texts[0] // Of several keys, one opens the door.
	case sep == -1:
		list := make([]any, len(s.texts))
		for i, text := range s.texts {
			list[i] = text
		}
		value = list
	case len(s.texts) == 1:
		value = s.texts[0] // It may have several itself, as in a variable.
	default:
		value = kong.JoinEscaped(s.texts, sep)
	}
	// The parser would not say where the value stands.
	if err := flag.Parse(kong.Scan().PushTyped(value, kong.FlagValueToken), reflect.New(flag.Target.Type()).Elem()); err != nil {
		return nil, f.wrong(s.line, "%s", strings.TrimPrefix(err.Error(), "--"+flag.Name+": ")) // The parser names the flag.
	}
	if choices := flag.EnumSlice(); flag.Enum != "" && !flag.IsSlice() && !slices.Contains(choices, s.texts[0]) {
		return nil, f.wrong(s.line, "%q is not one of %s", s.texts[0], strings.Join(choices, ", "))
	}
	return value, nil
}
