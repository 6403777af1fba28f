package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"tablestep/tables/typos"
)

// errUsage marks errors of the arguments that only a command itself can see.
var errUsage = errors.New("wrong usage")

// A usageError is an error of the arguments; it is errUsage, whose words it does not need.
type usageError struct{ error }

// usagef makes an error of the arguments.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func (e usageError) Is(target error) bool { return target == errUsage }
func (e usageError) Unwrap() error        { return e.error }

// refused tells what is wrong with the arguments, and which help says how they are used.
func refused(stderr io.Writer, k *kong.Kong, err error) int {
	command := k.Model.Node
	var parsed *kong.ParseError
	if errors.As(err, &parsed) && parsed.Context != nil {
		if selected := parsed.Context.Selected(); selected != nil {
			command = selected
		}
		err = explained(command, parsed)
	}
	code := failed(stderr, err, exitUsage)
	if parsed != nil && parsed.Context != nil && len(parsed.Context.Args) == 0 {
		_, _ = fmt.Fprintln(stderr, `New here? "tablestep demo" shows what it does, and "tablestep serve" runs it.`)
	}
	_, _ = fmt.Fprintf(stderr, "Run %q to see how it is used.\n", called(command)+" --help")
	return code
}

// called is how a command is called: "tablestep table import".
func called(n *kong.Node) string {
	if n.Parent == nil {
		return n.Name
	}
	return called(n.Parent) + " " + n.Name
}

// An explanation says in our words what the parser says in those of programmers. Its
// pattern is that of the parser's whole text; say is given what the brackets hold.
type explanation struct {
	pattern string
	say     func(command *kong.Node, part []string) error
}

// explanations are those of all that the parser can find here. A value that is quoted may
// hold anything, so patterns end where that no longer matters.
func explanations(parsed *kong.ParseError) []explanation {
	const quoted = `("(?:[^"\\]|\\.)*")`
	at := func(format string) func(*kong.Node, []string) error {
		return func(_ *kong.Node, part []string) error {
			return usagef(format, part[0], part[1])
		}
	}
	return []explanation{
		{`^unexpected argument (.*?)(?:, did you mean .*)?$`, func(c *kong.Node, part []string) error { return strange(c, part[0]) }},
		{`^unknown flag (-\S+?)(?:, did you mean .*)?$`, func(c *kong.Node, part []string) error { return strangeFlag(c, typed(parsed, part[0])) }},
		{`^expected "<.*$`, func(c *kong.Node, _ []string) error { return lacking(c) }},
		{`^expected .*$`, func(c *kong.Node, _ []string) error {
			return usagef("name a command of %q: %s", called(c), strings.Join(namesOf(c), ", "))
		}},
		{`^missing flags: .*$`, func(c *kong.Node, _ []string) error { return lackingFlags(c) }},
		{`^(.*): expected (?:a valid \d+ bit u?int|a float) but got ` + quoted, at("%s: %s is not a number")},
		{`^(.*): expected duration but got ` + quoted, at("%s: %s is not a time span such as 30s or 5m")},
		{`^(.*): parsing time ` + quoted, at("%s: %s is not a time such as 2026-11-20T08:00:00Z")},
		{`^(.*): bool value must be .* but got ` + quoted, at("%s: %s is neither true nor false")},
		{`^(.*): invalid map value ` + quoted, at("%s: %s is not a number")},
		{`^(.*): expected "<key>=<value>" but got ` + quoted, at("%s: %s has no =; write it as NAME=VALUE")},
		{`^(.*) must be one of (.*) but got (".*")$`, func(_ *kong.Node, part []string) error { return oneOf(part[0], part[1], part[2]) }},
		{`^(.*): expected \S+ value but got "EOL" \(<EOL>\)$`, func(_ *kong.Node, part []string) error { return usagef("%s needs a value", part[0]) }},
		{`^(.*): expected \S+ value but got ` + quoted + ` \((?:short|long) flag\)`, func(_ *kong.Node, part []string) error {
			return usagef("%s needs a value, and %s looks like a flag; a value that begins with a dash is written %s=VALUE", part[0], part[1], part[0])
		}},
		{`^(.*): missing value, .*$`, func(_ *kong.Node, part []string) error { return usagef("%s needs a value", part[0]) }},
	}
}

// explained says what the parser has found in the arguments of a command. What it has no
// words for stays as the parser told it.
func explained(command *kong.Node, parsed *kong.ParseError) error {
	if own, ok := errors.AsType[usageError](parsed); ok {
		return own // a command's own words need no place in front of them
	}
	text, variable := parsed.Error(), ""
	if from := regexp.MustCompile(`(?s)^(.*) \(from envar ([A-Z0-9_]+)=".*"\)$`).FindStringSubmatch(text); from != nil {
		text, variable = from[1], from[2]
	}
	err := reworded(command, parsed, text)
	if variable != "" {
		return usagef("%w; the value is that of the variable %s", err, variable)
	}
	return err
}

// reworded finds the explanation of what the parser has said.
func reworded(command *kong.Node, parsed *kong.ParseError, text string) error {
	// An argument stands in help as <table>, and as TABLE in our messages.
	if place := regexp.MustCompile(`^\[?<([a-z-]+)>\]?(?: \.\.\.)?( must be|:)`).FindStringSubmatch(text); place != nil {
		text = strings.ToUpper(place[1]) + place[2] + text[len(place[0]):]
	}
	for _, e := range explanations(parsed) {
		if part := regexp.MustCompile(e.pattern).FindStringSubmatch(text); part != nil {
			return e.say(command, part[1:])
		}
	}
	return errors.New(text)
}

// strange refuses a word for which a command has no place.
func strange(command *kong.Node, word string) error {
	if len(command.Children) == 0 {
		return usagef("%q takes no argument %q%s", called(command), word, tooMany(command))
	}
	near := typos.Nearest(word, namesOf(command))
	text := fmt.Sprintf("%q is not a command", word)
	if command.Parent != nil {
		text = fmt.Sprintf("%q is not a command of %q", word, called(command))
	}
	switch {
	case near != "":
		return usagef("%s; did you mean %q?", text, called(command)+" "+near)
	case command.Parent == nil:
		// "import" stands below "table", and so does "tables": people leave a word out.
		if found := below(command, strings.ToLower(word)); len(found) > 0 {
			return usagef("%s; did you mean %s?", text, strings.Join(found, " or "))
		}
		return usagef("%s: the commands are %s", text, strings.Join(namesOf(command), ", "))
	}
	return usagef("%s: it has %s", text, strings.Join(namesOf(command), ", "))
}

// tooMany says what is likely where a command is given more than it takes.
func tooMany(command *kong.Node) string {
	if len(command.Positional) == 0 {
		return ": it takes flags only"
	}
	var takes []string
	for _, p := range command.Positional {
		takes = append(takes, strings.ToUpper(p.Name))
	}
	return fmt.Sprintf(": it takes %s; a text with spaces must stand in quotes", strings.Join(takes, " "))
}

// below finds the commands of a name in all groups of commands.
func below(root *kong.Node, word string) []string {
	var found []string
	for _, group := range root.Children {
		for _, c := range group.Children {
			if c.Name == word {
				found = append(found, fmt.Sprintf("%q", called(c)))
			}
		}
	}
	return found
}

// typed is a flag as it was typed: of -server the parser tells -s alone.
func typed(parsed *kong.ParseError, flag string) string {
	for _, a := range parsed.Context.Args {
		if !strings.HasPrefix(flag, "--") && strings.HasPrefix(a, flag) && !strings.HasPrefix(a, "--") {
			whole, _, _ := strings.Cut(a, "=")
			return whole
		}
	}
	return flag
}

// strangeFlag refuses a flag that a command does not have.
func strangeFlag(command *kong.Node, flag string) error {
	var known []string
	for _, group := range command.AllFlags(true) {
		for _, f := range group {
			known = append(known, "--"+f.Name)
			if f.Tag.Negatable != "" {
				known = append(known, "--no-"+f.Name)
			}
		}
	}
	text := fmt.Sprintf("%q has no flag %s", called(command), flag)
	// One dash where two are needed is a slip of those who know other programs.
	if near := typos.Nearest("--"+strings.TrimLeft(flag, "-"), known); near != "" {
		return usagef("%s; did you mean %s?", text, near)
	}
	if begins := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return !strings.HasPrefix(k, flag) }); len(flag) > 3 && len(begins) == 1 {
		return usagef("%s; did you mean %s?", text, begins[0])
	}
	return usagef("%s", text)
}

// lacking names the arguments that a command cannot do without.
func lacking(command *kong.Node) error {
	for _, p := range command.Positional {
		if p.Required && !p.Set {
			return usagef("%s is missing: %s", strings.ToUpper(p.Name), p.Help)
		}
	}
	return usagef("an argument is missing")
}

// lackingFlags names the flags that a command cannot do without.
func lackingFlags(command *kong.Node) error {
	var texts []string
	for _, f := range command.Flags {
		if f.Required && !f.Set {
			texts = append(texts, fmt.Sprintf("--%s is missing: %s", f.Name, f.Help))
		}
	}
	return usagef("%s", strings.Join(texts, "\n"))
}

// oneOf refuses a value that is not one of a list; choices and value are quoted.
func oneOf(flag, choices, value string) error {
	var list []string
	for c := range strings.SplitSeq(choices, ",") {
		if c = strings.Trim(c, `"`); c != "" {
			list = append(list, c)
		}
	}
	text := fmt.Sprintf("%s: %s is not one of %s", flag, value, strings.Join(list, ", "))
	if near := typos.Nearest(strings.Trim(value, `"`), list); near != "" {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	return usagef("%s", text)
}

// notBelow refuses a number that a command has no meaning for. Left out, which is 0, the
// default holds, so that a service is not asked for what nobody wants.
func notBelow(least int, numbers map[string]int) error {
	for _, flag := range slices.Sorted(maps.Keys(numbers)) {
		if n := numbers[flag]; n < least {
			return usagef("%s: %d is too small: it must be at least %d", flag, n, least)
		}
	}
	return nil
}

// namesOf are the names of a command's own commands.
func namesOf(command *kong.Node) []string {
	var list []string
	for _, c := range command.Children {
		list = append(list, c.Name)
	}
	return list
}
