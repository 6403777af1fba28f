package schema

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxSuggested is how many outputs a guess has at most: as many as a person looks through.
const maxSuggested = 10

// Guess makes the default lookup of a table that nobody has set up: the
// key is matched after normalisation with the lead field of about the same name,
// and the columns behind it are suggested as outputs, then those before it, which are row
// numbers and ids mostly. Outputs are text, because a guess at a number could lose leading
// zeros or a sign. It writes nothing before a person has confirmed it.
func Guess(table string, v *Version) Lookup {
	l := Lookup{
		Name: table, Guessed: true, HitPolicy: PolicyFirst, OnNoMatch: NoMatchKeep,
		Match: []Match{}, Outputs: []Output{},
	}
	key, taken := map[string]bool{}, map[string]bool{"id": true}
	for _, name := range v.Key {
		key[name] = true
		l.Match = append(l.Match, Match{Column: name, Field: fieldName(name), Mode: ModeNormalized})
	}
	behind := 1 + slices.IndexFunc(v.Columns, func(c Column) bool { return key[c.Name] })
	for _, c := range slices.Concat(v.Columns[behind:], v.Columns[:behind]) {
		if key[c.Name] || len(l.Outputs) == maxSuggested {
			continue
		}
		typ := TypeString
		if c.MaxBytes > MaxStringBytes {
			typ = TypeText
		}
		l.Outputs = append(l.Outputs, Output{Column: c.Name, Field: freeField(table, c.Name, taken), Type: typ})
	}
	return l
}

// freeField is a field for an output that no other output has and that is not
// the lead's id, which nobody may write.
func freeField(table, column string, taken map[string]bool) string {
	field := fieldName(column)
	if taken[field] {
		field = fieldName(table + " " + column)
	}
	for n, base := 2, field; taken[field]; n++ {
		field = base + strconv.Itoa(n)
	}
	taken[field] = true
	return field
}

// fieldName makes a lead field's name of a column's: the words joined, each but
// the first with a capital letter (Company Size: companySize, alpha-2: alpha2).
func fieldName(column string) string {
	words := strings.FieldsFunc(column, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "value"
	}
	var b strings.Builder
	for i, word := range words {
		runes := []rune(word)
		if i == 0 {
			b.WriteString(lowerFirst(runes))
			continue
		}
		if word == strings.ToUpper(word) {
			word = strings.ToLower(word)
			runes = []rune(word)
		}
		b.WriteRune(unicode.ToUpper(runes[0]))
		b.WriteString(string(runes[1:]))
	}
	return b.String()
}

// lowerFirst makes the beginning of a name small: ID is id, companySize stays,
// CompanySize is companySize, URLPath is urlPath.
func lowerFirst(runes []rune) string {
	capitals := 0
	for capitals < len(runes) && !unicode.IsLower(runes[capitals]) {
		capitals++
	}
	if capitals > 1 && capitals < len(runes) && unicode.IsLetter(runes[capitals-1]) {
		capitals-- // The last capital begins the next word.
	}
	for i := range runes[:capitals] {
		runes[i] = unicode.ToLower(runes[i])
	}
	return string(runes)
}
