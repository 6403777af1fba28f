package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/engine/rules"
	"tablestep/tables/schema"
)

// helpCommand prints what can be looked up without a running service.
type helpCommand struct {
	Topic string `arg:"" optional:"" enum:"functions,modes,codes," default:"" help:"functions (of rules), modes (of lookups) or codes (of failed leads and batches). Default: the commands."`
	JSON  bool   `name:"json" help:"Print it as JSON."`
}

// Run prints a topic.
func (c *helpCommand) Run(s streams, k *kong.Kong) error {
	switch c.Topic {
	case "functions":
		list := shape.Functions{Functions: functions()}
		if c.JSON {
			return printJSON(s.out, list)
		}
		return printFunctions(s.out, list.Functions)
	case "modes":
		return c.words(s.out, "modes", modes())
	case "codes":
		return c.words(s.out, "codes", codes())
	}
	all, err := kong.Trace(k, nil)
	if err != nil {
		return fmt.Errorf("help: %w", err)
	}
	return all.PrintUsage(false)
}

// A word is one that a person meets in an answer or writes in a setting.
type word struct {
	Name string `json:"name"`
	Text string `json:"text"` // one sentence
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
		schema.ModePrefix:     "The cell is the start of the value.",
		schema.ModeSuffix:     "The cell is the end of the value.",
		schema.ModeDomain:     "The cell is the domain of the value (an e-mail address, URL or host), or one above it.",
		schema.ModeRange:      "The value lies between the ends that the cell names, such as 10-20 or >=500, or that two columns hold.",
		schema.ModeWildcard:   "The cell is a pattern for the whole value: * is any text, ? one character.",
		schema.ModeRegex:      "The cell is a regular expression (RE2) that is found in the value.",
		schema.ModeWords:      "All words of the cell stand in the value, in any order.",
		schema.ModeFuzzy:      "Cell and value differ by few typing errors; threshold says how few.",
		schema.ModeCIDR:       "The value is an IP address in the network of the cell.",
		schema.ModeCondition:  `The value passes the test of the cell, such as > 100 or "US","CA" or not("US").`,
	}
	var list []word
	for _, m := range schema.Modes() {
		list = append(list, word{string(m), texts[m]})
	}
	return list
}

// codes are what a failed lead, or a batch that failed as a whole, is answered with.
func codes() []word {
	return []word{
		{string(engine.CodeValueNotFound), "No row of the table matches the lead."},
		{string(engine.CodeKeyEmpty), "The lead has no value to look up."},
		{string(engine.CodeAmbiguous), "Several rows match, and the hit policy allows one, or wants them to agree."},
		{string(engine.CodeTooSlow), "The lookup did not get through the batch in its time."},
		{string(engine.CodeTableNotFound), "There is no such table or lookup, or nothing of it is published."},
		{string(engine.CodeColumnNotFound), "The table has no column that the lookup or the flow step names."},
		{string(engine.CodeFieldNotFound), "A lead field that is needed is not among those that Marketo sends."},
		{string(engine.CodeRuleSetNotFound), "There is no such rule set, or nothing of it is published."},
		{string(engine.CodeRuleNoMatch), "No rule of the rule set holds, and it has no otherwise."},
		{string(engine.CodeRuleFailed), "A rule failed at this lead; the reason names the rule and the expression."},
		{string(engine.CodeValueInvalid), "A value cannot be sent as the type of its field."},
		{string(engine.CodeLeadIDMissing), "The lead has no id, so that its answer reaches nobody."},
		{string(engine.CodeBatchInvalid), "The whole request cannot be read, or has too many leads."},
		{string(engine.CodeBatchExpired), "The whole request waited longer than --give-up-after."},
		{string(engine.CodeBatchFailed), "No answer to the request could be made, though it is sound."},
	}
}
