package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/engine/rules"
	"tablestep/tables/schema"
	"tablestep/tables/typos"
)

// helpCommand prints what can be looked up without a running service.
type helpCommand struct {
	Topic []string `arg:"" optional:"" help:"functions (of rules), modes (of lookups), codes (of failed leads and batches), or a command such as table import. Default: the commands."`
	JSON  bool     `name:"json" help:"Print functions, modes or codes as JSON."`
}

// Run prints a topic.
func (c *helpCommand) Run(s streams, k *kong.Kong) error {
	switch strings.Join(c.Topic, " ") {
	case "functions":
		list := shape.Functions{Functions: functions()}
		if c.JSON {
			return printJSON(s.out, list)
		}
		return printFunctions(s.out, list.Functions)
	case "modes":
		return c.words(s.out, "modes", modes())
	case "codes":
		list := codes()
		if c.JSON {
			return c.words(s.out, "codes", list)
		}
		return printCodes(s.out, list)
	}
	// The parser would take words that are no command for arguments of the one before.
	command := k.Model.Node
	for _, word := range c.Topic {
		at := slices.IndexFunc(command.Children, func(n *kong.Node) bool { return n.Name == word })
		if at < 0 {
			return c.unknown(command, word)
		}
		command = command.Children[at]
	}
	all, err := kong.Trace(k, c.Topic)
	if err != nil {
		return fmt.Errorf("help: %w", err)
	}
	return all.PrintUsage(false)
}

// unknown refuses a topic, of which the first word that is none is told.
func (c *helpCommand) unknown(command *kong.Node, word string) error {
	topics := namesOf(command)
	if command.Parent == nil {
		topics = append([]string{"functions", "modes", "codes"}, topics...)
	}
	if near := typos.Nearest(word, topics); near != "" {
		return usagef("there is no help on %q; did you mean %q?", strings.Join(c.Topic, " "), near)
	}
	if len(topics) == 0 {
		return usagef("there is no help on %q: %q has no commands", strings.Join(c.Topic, " "), called(command))
	}
	return usagef("there is no help on %q: name one of %s", strings.Join(c.Topic, " "), strings.Join(topics, ", "))
}

// A word is one that a person meets in an answer or writes in a setting.
type word struct {
	Name string `json:"name"`
	Text string `json:"text"` // what it means, in full sentences
	// WayOut is what to do about it; empty where there is nothing wrong.
	WayOut string `json:"wayOut,omitempty"`
}

func (c *helpCommand) words(w io.Writer, topic string, words []word) error {
	if c.JSON {
		return printJSON(w, map[string][]word{topic: words})
	}
	rows := make([][]string, len(words))
	for i, word := range words {
		rows[i] = []string{word.Name, word.Text}
	}
	return printTable(w, rows)
}

// functions are those that rules can call.
func functions() []shape.Function {
	var list []shape.Function
	for _, f := range rules.Functions() {
		told := shape.Function{Name: f.Name, Signature: f.Signature, Text: f.Text, Group: f.Group}
		for _, e := range f.Examples {
			told.Examples = append(told.Examples, shape.Example(e))
		}
		list = append(list, told)
	}
	return list
}

// printFunctions prints a paragraph for each, under the heads of their groups.
func printFunctions(w io.Writer, list []shape.Function) error {
	var b strings.Builder
	group := ""
	for _, f := range list {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&b, "%s\n", strings.ToUpper(group))
		}
		fmt.Fprintf(&b, "  %s\n      %s\n", f.Signature, f.Text)
		for _, e := range f.Examples {
			fmt.Fprintf(&b, "      %s is %s\n", e.Expression, e.Result)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// modes are the match modes, each in one sentence: table cell against lead value.
func modes() []word {
	texts := map[schema.Mode]string{
		schema.ModeExact:      "The cell is equal to the value, byte for byte.",
		schema.ModeNormalized: "The cell is equal to the value, whatever their case, white space and Unicode form; the default.",
		schema.ModeLoose:      "The cell is equal to the value, whatever marks and signs they are written with: Zürich, Zurich and Zuerich; U.S.A. and USA.",
		schema.ModeCompany:    "As loose, and whatever legal form the company is written with: Acme, Inc. and ACME.",
		schema.ModePrefix:     "The cell is the start of the value.",
		schema.ModeSuffix:     "The cell is the end of the value.",
		schema.ModeContains:   "The cell stands in the value, anywhere.",
		schema.ModeDomain:     "The cell, a domain or a URL, is the domain of the value (an e-mail address, URL or host), or one above it.",
		schema.ModeRange:      "The value lies between the ends that the cell names, such as 10-20 or >=500, or that two columns hold.",
		schema.ModeAtLeast:    "Of the cells that are not above the value, the largest: from here on, up to the next cell.",
		schema.ModeAtMost:     "Of the cells that are not below the value, the smallest: up to here, from the cell before.",
		schema.ModeWildcard:   `The cell is a pattern for the whole value: * is any text, ? one character, \* and \? the signs themselves.`,
		schema.ModeRegex:      "The cell is a regular expression (RE2) that is found in the value.",
		schema.ModeWords:      "All words of the cell stand in the value, in any order.",
		schema.ModeFuzzy:      "Cell and value differ by few typing errors; threshold and maxErrors say how few, form in which spelling (normalized, loose, company).",
		schema.ModeCIDR:       "The value is an IP address in the network of the cell.",
		schema.ModeCondition:  `The value passes the test of the cell, such as > 100 or "US","CA" or not("US").`,
	}
	var list []word
	for _, m := range schema.Modes() {
		list = append(list, word{Name: string(m), Text: texts[m]})
	}
	return list
}

// codes are what a failed lead, or a batch that failed as a whole, is answered with.
func codes() []word {
	var list []word
	for _, c := range engine.Codes() {
		list = append(list, word{string(c.Code), c.Meaning, c.WayOut})
	}
	return list
}

// printCodes prints a paragraph for each: its texts are too long for a table.
func printCodes(w io.Writer, list []word) error {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "%s\n      %s\n      %s\n", c.Name, c.Text, c.WayOut)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
