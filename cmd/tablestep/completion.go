package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// A completionCommand prints a script that a shell reads at its start. It is made of the
// command line itself, so that it names what this very program has.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish,powershell" help:"bash, zsh, fish or powershell."`
}

// Help says where the script goes.
func (completionCommand) Help() string {
	return `bash:        tablestep completion bash >~/.local/share/bash-completion/completions/tablestep
zsh:         tablestep completion zsh >"${fpath[1]}/_tablestep"
fish:        tablestep completion fish >~/.config/fish/completions/tablestep.fish
powershell:  tablestep completion powershell | Out-String | Invoke-Expression`
}

// Run prints the script.
func (c *completionCommand) Run(s streams, k *kong.Kong) error {
	write := map[string]func(*strings.Builder, []completed){"bash": bashScript, "zsh": zshScript, "fish": fishScript, "powershell": powershellScript}
	var b strings.Builder
	write[c.Shell](&b, completions(k.Model.Node))
	_, err := io.WriteString(s.out, b.String())
	return err
}

// completed is what may stand behind a command: its own commands and its flags.
type completed struct {
	path  string // "table import", empty for the program itself
	words []string
}

// completions are all commands, deeper ones first: the first whose path begins what was
// typed is the right one.
func completions(root *kong.Node) []completed {
	var list []completed
	var walk func(n *kong.Node, path string)
	walk = func(n *kong.Node, path string) {
		c := completed{path: path}
		for _, child := range n.Children {
			walk(child, strings.TrimSpace(path+" "+child.Name))
			c.words = append(c.words, child.Name)
		}
		for _, group := range n.AllFlags(true) {
			for _, f := range group {
				c.words = append(c.words, "--"+f.Name)
				if f.Tag.Negatable != "" {
					c.words = append(c.words, "--no-"+f.Name)
				}
			}
		}
		// The help's topics are no commands, and the shells of completion are its argument.
		switch path {
		case "help":
			c.words = slices.Concat(c.words, []string{"functions", "modes", "codes"}, namesOf(root))
		case "completion":
			c.words = append(c.words, "bash", "zsh", "fish", "powershell")
		}
		list = append(list, c)
	}
	walk(root, "")
	return list
}

// The scripts below all do the same: they take the words that are no flags as the path of a
// command, and offer what may stand behind it; where nothing fits, names of files.

func bashScript(b *strings.Builder, list []completed) {
	b.WriteString(`_tablestep() {
	local word path="" words=""
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$word" in -*) ;; *) path="$path $word" ;; esac
	done
	case "$path " in
`)
	for _, c := range list {
		fmt.Fprintf(b, "	%s*) words=%q ;;\n", pattern(c.path, `\ `), strings.Join(c.words, " "))
	}
	b.WriteString(`	esac
	COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tablestep tablestep
`)
}

func zshScript(b *strings.Builder, list []completed) {
	b.WriteString(`#compdef tablestep
local word line=""
local -a found
for word in "${(@)words[2,CURRENT-1]}"; do
	case "$word" in -*) ;; *) line="$line $word" ;; esac
done
case "$line " in
`)
	for _, c := range list {
		fmt.Fprintf(b, "%s*) found=(%s) ;;\n", pattern(c.path, `\ `), strings.Join(c.words, " "))
	}
	b.WriteString(`esac
compadd -a found || _files
`)
}

func fishScript(b *strings.Builder, list []completed) {
	b.WriteString(`function __tablestep_words
	set -l path
	for word in (commandline -opc)[2..-1]
		string match -q -- '-*' $word; or set -a path $word
	end
	switch " $path "
`)
	for _, c := range list {
		begin := " " + c.path + " *"
		if c.path == "" {
			begin = "*"
		}
		fmt.Fprintf(b, "	case '%s'\n		printf '%%s\\n' %s\n", begin, strings.Join(c.words, " "))
	}
	b.WriteString(`	end
end
complete -c tablestep -a '(__tablestep_words)'
`)
}

func powershellScript(b *strings.Builder, list []completed) {
	b.WriteString(`Register-ArgumentCompleter -Native -CommandName tablestep -ScriptBlock {
	param($wordToComplete, $commandAst, $cursorPosition)
	$typed = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
	if ($wordToComplete) { $typed = @($typed | Select-Object -SkipLast 1) }
	$path = " " + (@($typed | Where-Object { -not $_.StartsWith("-") }) -join " ") + " "
	$words = switch -Wildcard ($path) {
`)
	for _, c := range list {
		begin := " " + c.path + " *"
		if c.path == "" {
			begin = "*"
		}
		fmt.Fprintf(b, "		'%s' { '%s' -split ' '; break }\n", begin, strings.Join(c.words, " "))
	}
	b.WriteString(`	}
	$words | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`)
}

// pattern is the beginning of a line that calls a command, with its spaces written so that
// the shell takes them as they are.
func pattern(path, space string) string {
	if path == "" {
		return ""
	}
	return space + strings.ReplaceAll(path, " ", space) + space
}
