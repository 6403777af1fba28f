package schema

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxLabel is the longest label, in bytes of UTF-8.
const maxLabel = 255

// CleanLabel is a label as it is kept: composed (a file's name on a Mac is not), on one
// line, without white space around it. One that is too long, or is no text, is refused.
func CleanLabel(label string) (string, error) {
	if !utf8.ValidString(label) {
		return "", fmt.Errorf("%w: label %q is no text in UTF-8", ErrInvalid, Excerpt(label))
	}
	label = strings.Join(strings.FieldsFunc(norm.NFC.String(label), func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r)
	}), " ")
	if len(label) > maxLabel {
		return "", fmt.Errorf("%w: label of %d bytes, %d are the most", ErrInvalid, len(label), maxLabel)
	}
	return label, nil
}

// CleanOwner is CleanLabel for the name of an owner.
func CleanOwner(owner string) (string, error) {
	owner, err := CleanLabel(owner)
	if err != nil {
		return "", fmt.Errorf("owner: %w", err)
	}
	return owner, nil
}

// CleanLines is a text of some lines as it is kept: composed, without white space around it, with one kind of line
// end and no other control characters but tabs.
func CleanLines(what, text string, most int) (string, error) {
	if !utf8.ValidString(text) {
		return "", fmt.Errorf("%w: %s %q is no text in UTF-8", ErrInvalid, what, Excerpt(text))
	}
	text = norm.NFC.String(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text))
	if len(text) > most {
		return "", fmt.Errorf("%w: %s of %d bytes, %d are the most", ErrInvalid, what, len(text), most)
	}
	return text, nil
}

// CompareLabels orders labels for people: by their letters in any case, then by case.
func CompareLabels(a, b string) int {
	return cmp.Or(strings.Compare(folded(a), folded(b)), strings.Compare(a, b))
}

// SameLabel says that two labels differ by case, width and white space at most.
func SameLabel(a, b string) bool { return folded(a) == folded(b) }

func folded(label string) string {
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(label))), " ")
}

// FileName is the last part of a path, of either kind of system, in small letters.
func FileName(file string) string {
	return strings.ToLower(path.Base(strings.ReplaceAll(file, `\`, "/")))
}

// fileKinds are the ends of files that are no part of what a person calls them.
var fileKinds = []string{".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm"} //nolint:gochecknoglobals // a constant

// HumanName is what a person calls a file: its name without path and ending, as a label.
func HumanName(file string) string {
	file = path.Base(strings.ReplaceAll(file, `\`, "/"))
	for _, kind := range fileKinds {
		if at := len(file) - len(kind); at > 0 && strings.EqualFold(file[at:], kind) {
			file = file[:at]
			break
		}
	}
	file = strings.ToValidUTF8(file[:min(len(file), 4*maxLabel)], "�")
	label, err := CleanLabel(file)
	for err != nil { // too long
		_, last := utf8.DecodeLastRuneInString(file)
		file = file[:len(file)-last]
		label, err = CleanLabel(file)
	}
	return label
}

// NameOf makes a name of a label: its letters in Latin ones, everything between them a dash.
// Several labels may have one name.
func NameOf(label string) string {
	var b strings.Builder
	dash := false // is due before the next letter
	for _, r := range strings.ToLower(unidecode.Unidecode(norm.NFKC.String(label))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		case r == '.' || r == '_':
			if b.Len() > 0 && !dash {
				b.WriteRune(r)
			}
		case r != '\'' && r != '`': // which stand for signs that are no letters: no word ends at them
			dash = true
		}
	}
	name := b.String()
	name = strings.TrimRight(name[:min(len(name), MaxName)], "-._")
	if name == "" || name == ReservedName {
		return "table"
	}
	return name
}

// Spells says that a label is a name but for case and the signs between its letters, so that
// a table of that name is what the label means.
func Spells(label, name string) bool {
	for _, r := range label {
		if r > unicode.MaxASCII {
			return false
		}
	}
	return NameOf(label) == name && lettersOf(label) == lettersOf(name)
}

// lettersOf are the letters and digits of an ASCII text, in small letters, and signs that
// are no mere space between them.
func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_.", r) {
			return -1
		}
		return r
	}, strings.ToLower(text))
}
