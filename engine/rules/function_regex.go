package rules

import (
	"errors"
	"fmt"
	"strings"
)

// regexFunctions are those of regular expressions beside matches and extract.
func regexFunctions() []*function {
	return []*function{
		{
			name: "regexReplace", signature: "regexReplace(x, regex, new)", takes: "text pattern text", nils: `""`, result: isText, group: "text",
			text:     "The text with every match of the regular expression (RE2) replaced. In what is put there, $1 to $9 are what the groups found, ${name} that of a named group, $$ is a dollar sign.",
			examples: []Example{{`regexReplace("Acme  GmbH & Co. KG", "\\s+(GmbH|KG|Inc\\.?).*$", "")`, `"Acme"`}, {`regexReplace("Lee, Ann", "^(.+), (.+)$", "$2 $1")`, `"Ann Lee"`}, {`regexReplace("4155552671", "^(\\d{3})(\\d{3})", "($1) $2-")`, `"(415) 555-2671"`}},
			call:     regexReplaceCall,
		},
	}
}

// regexReplaceCall stops as soon as the text is too long: what it puts there for one match
// may be the whole text again.
func regexReplaceCall(m *machine, args []value) (value, error) {
	var s, p, with string
	if err := textsOf(args, &s, &p, &with); err != nil {
		return value{}, err
	}
	re, err := m.regexp(p)
	if err != nil {
		return value{}, err
	}
	pieces, err := re.pieces(with)
	if err != nil {
		return value{}, err
	}
	matches, err := re.matches(m, s)
	if err != nil {
		return value{}, err
	}
	var (
		b    strings.Builder
		from int // of what is not yet written
	)
	for _, found := range matches {
		b.WriteString(s[from:found[0]])
		from = found[1]
		for _, piece := range pieces {
			if piece.group < 0 {
				b.WriteString(piece.text)
			} else if at := found[2*piece.group]; at >= 0 {
				b.WriteString(s[at:found[2*piece.group+1]])
			}
			if b.Len() > m.limits.Text {
				return value{}, m.tooLong()
			}
		}
	}
	if from == 0 && b.Len() == 0 {
		return text(s), nil
	}
	b.WriteString(s[from:])
	return text(b.String()), m.spend(effortOf(b.Len()))
}

// matches are all matches in a text, paid for: all searches together go through the text
// about once, but where the expression nests. Then each of them may go through all of it, and
// they are made some at a time, paid for beforehand.
func (p *pattern) matches(m *machine, s string) ([][]int, error) {
	search := 2 * p.effort(len(s)) // groups have to be found as well
	if !p.nests {
		if err := m.spend(search); err != nil {
			return nil, err
		}
		each := 10 + p.NumSubexp()
		// One more than can be paid for: there may be as many as the text has bytes.
		found := p.FindAllStringSubmatchIndex(s, m.effort/each+1)
		return found, m.spend(each * len(found))
	}
	const firstly, more = 4, 4
	for n := firstly; ; n *= more {
		if err := m.spend(search * n); err != nil {
			return nil, err
		}
		if found := p.FindAllStringSubmatchIndex(s, n); len(found) < n {
			return found, nil
		}
	}
}

// A piece is a part of what is put in the place of a match: a text, or what a group found.
type piece struct {
	text  string
	group int // -1 is none
}

// pieces takes apart what is put in the place of a match. What Go's Expand leaves away in
// silence, a group that there is not, is an error.
func (p *pattern) pieces(with string) ([]piece, error) {
	var list []piece
	for with != "" {
		before, rest, ok := strings.Cut(with, "$")
		if before != "" {
			list = append(list, piece{before, -1})
		}
		if !ok {
			break
		}
		switch {
		case strings.HasPrefix(rest, "$"):
			list = append(list, piece{"$", -1})
			with = rest[1:]
		case strings.HasPrefix(rest, "{") && strings.Contains(rest, "}"):
			name, after, _ := strings.Cut(rest[1:], "}")
			group := p.SubexpIndex(name)
			if len(name) == 1 && name[0] >= '0' && name[0] <= '9' {
				group = int(name[0] - '0')
			}
			if group < 0 || group > p.NumSubexp() {
				return nil, fmt.Errorf("argument 3: the regular expression has no group %q; a dollar sign is written $$", name)
			}
			list = append(list, piece{"", group})
			with = after
		case rest != "" && rest[0] >= '0' && rest[0] <= '9':
			group := int(rest[0] - '0')
			if group > p.NumSubexp() {
				return nil, fmt.Errorf("argument 3: the regular expression has no group %d; a dollar sign is written $$", group)
			}
			list = append(list, piece{"", group})
			with = rest[1:]
		default:
			return nil, errors.New("argument 3: behind $ stands the number of a group, as in $1, or its name, as in ${name}; a dollar sign is written $$")
		}
	}
	return list, nil
}
