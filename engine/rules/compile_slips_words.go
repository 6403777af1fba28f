package rules

import (
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/typos"
)

// What other languages call things, in small letters, and what they are called here.

// betweenOperands says what to write for a word that elsewhere stands between two
// operands; empty if it is none.
func betweenOperands(small string) string {
	switch small {
	case "xor":
		return "write (a or b) and not (a and b)"
	case "like", "ilike", "rlike":
		return `write contains, startsWith, endsWith, or matches with a regular expression`
	case "between":
		return "write lead.x >= 1 and lead.x <= 9"
	case "equals", "equal", "eq", "is", "are":
		return "write =="
	case "ne", "neq":
		return "write !="
	case "gt":
		return "write >"
	case "ge", "gte":
		return "write >="
	case "lt":
		return "write <"
	case "le", "lte":
		return "write <="
	case "starts", "begins", "beginswith", "startswith":
		return "write startsWith"
	case "ends", "endswith":
		return "write endsWith"
	case "contain", "includes", "include", "has":
		return "write contains"
	case "does", "doesn", "doesnt", "isn", "isnt":
		return `write not in front of the operator, as in lead.title not contains "VP"`
	case "as":
		return "write a function: string(x), number(x) or date(x)"
	case "mod":
		return "write %"
	case "div":
		return "write /"
	case "then":
		return "write condition ? value : other, or if condition { value } else { other }"
	case "unless":
		return "write and not (…)"
	}
	return ""
}

// nameOf says what to write for a name that stands alone; empty if it is not one of
// those.
func nameOf(small string) string {
	switch small {
	case "null", "nil", "none", "undefined", "nothing", "missing":
		return "write nil for what is not there"
	case "true", "false":
		return "write " + small + " in small letters"
	case "today", "now", "current_date", "sysdate", "current_timestamp":
		return "write now()"
	}
	if isScope(small) {
		return fmt.Sprintf("write %s in small letters, as in %s.country", small, small)
	}
	return ""
}

// callOf says what to write for a function that is called otherwise here; empty if it is
// not known.
func (l *language) callOf(name string) string {
	small := strings.ToLower(name)
	if isScope(small) {
		return fmt.Sprintf(`fields stand in brackets: %s["Lead Score"]`, small)
	}
	for _, entry := range otherFunctions {
		if slices.Contains(strings.Fields(entry.names), strings.ReplaceAll(small, "_", "")) {
			return "write " + entry.write
		}
	}
	// The same name in another case.
	for known, f := range l.functions {
		if strings.EqualFold(known, name) {
			return "write " + f.signature
		}
	}
	for known, f := range l.lists {
		if strings.EqualFold(known, name) {
			return "write " + f.signature
		}
	}
	return ""
}

// otherFunctions are functions of spreadsheets, of SQL and of expr, by their names in
// small letters and without underscores.
var otherFunctions = []struct{ names, write string }{ //nolint:gochecknoglobals // a table
	{"if iif iff", "condition ? value : other, or if condition { value } else { other }"},
	{"ifs switch choose case decode", "a ? x : b ? y : z; a list of many is a table, and lookup(table, key)"},
	{"and", "a and b"},
	{"or", "a or b"},
	{"not", "not in small letters"},
	{"isnull isnil isblank isempty isna empty isundefined", `x == nil, or default(x, "") == "" where a blank text counts, too`},
	{"isnotnull isnotempty isnotblank notnull notempty", `x != nil, or default(x, "") != "" where a blank text counts, too`},
	{"ifnull nvl ifna ifempty ifblank", "x ?? other, or default(x, other) where a blank text counts, too"},
	{"int toint parseint cint toint64", "integer(x), which rounds, or floor(x), which cuts off; number(x) reads any number"},
	{"float tonumber num val value parsefloat tofloat cdbl double decimal numeric", "number(x)"},
	{"str tostring text cstr tochar", "string(x), or formatDate(date, layout) for a date"},
	{"bool tobool toboolean cbool", "boolean(x)"},
	{"substr substring mid slice", "left(x, n), right(x, n), or extract(x, regex) for a part in the middle"},
	{"concat concatenate", "+ between texts, or join([x, y], \", \")"},
	{"textjoin stringjoin", "join(list, \", \")"},
	{"lcase tolower lowercase tolowercase", "lower(x)"},
	{"ucase toupper uppercase touppercase", "upper(x)"},
	{"proper initcap capitalize titlecase propercase", "title(x)"},
	{"length strlen size count", "len(x)"},
	{"today getdate currentdate currenttimestamp sysdate utcnow", "now()"},
	{"datediff datedif days daysdiff timestampdiff", "daysBetween(from, to)"},
	{"dateadd adddate datesub edate", "addDays(date, n)"},
	{"todate parsedate datevalue strtodate datetime parsedatetime todatetime", `date(x), or date(x, "DD.MM.YYYY") with a layout`},
	{"year", `number(formatDate(x, "YYYY"))`},
	{"month", `number(formatDate(x, "M"))`},
	{"day", `number(formatDate(x, "D"))`},
	{"weekday dayofweek dayname", `formatDate(x, "dddd")`},
	{"hour", `number(formatDate(x, "HH"))`},
	{"duration", "daysBetween(from, to)"},
	{"vlookup xlookup hlookup", `lookup("territories", lead.state).owner`},
	{"get", `lead["Lead Score"] for a field, and list[0] for an element`},
	{"contains includes has strpos", `x contains "y"`},
	{"startswith hasprefix beginswith", `x startsWith "y"`},
	{"endswith hassuffix", `x endsWith "y"`},
	{"matches match regexmatch regex ismatch regexplike rlike test", "x matches `^y`"},
	{"like ilike", `x contains "y"`},
	{"in", `x in ["a", "b"]`},
	{"between", "x >= 1 and x <= 9"},
	{"indexof lastindexof instr charindex position search locate", "x contains y to find it, or extract(x, regex) for a part"},
	{"regexextract regexpextract", "extract(x, regex)"},
	{"regexreplace substitute replaceall translate", "replace(x, old, new)"},
	{"ltrim rtrim strip trimprefix trimsuffix clean", "trim(x), or squeeze(x) for white space inside, too"},
	{"avg average mean median", "sum(list) / len(list)"},
	{"mod", "x % y"},
	{"power pow", "x ** y"},
	{"sqrt", "x ** 0.5"},
	{"trunc truncate rounddown fix", "floor(x)"},
	{"ceiling roundup", "ceil(x)"},
	{"rand random randbetween", "bucket(lead.email, n), which is the same for a lead each time"},
	{"md5 sha1 sha256 crc32 uuid", "hash(x)"},
	{"greatest", "max(x, y)"},
	{"least", "min(x, y)"},
	{"urlencode encodeurl urldecode", "urlParam(url, name) for a part of an address"},
	{"domain getdomain", "emailDomain(x), urlHost(x) or registrableDomain(x)"},
}

// methodOf says what to write for x.name(y).
func (l *language) methodOf(name string, object string, args []string) string {
	if op := l.operations[name]; op != nil && len(args) == 1 {
		return fmt.Sprintf("write %s %s %s", object, name, args[0])
	}
	small := strings.ToLower(name)
	for known := range l.operations {
		if strings.EqualFold(known, name) && len(args) == 1 {
			return fmt.Sprintf("write %s %s %s", object, known, args[0])
		}
	}
	if l.functions[name] != nil {
		return fmt.Sprintf("write %s(%s)", name, strings.Join(append([]string{object}, args...), ", "))
	}
	if write := l.callOf(small); write != "" {
		return write
	}
	return ""
}

// likely suggests a name for one that does not exist: one typing error, or two in a longer
// name.
func likely(name string, candidates []string) string {
	best := typos.Nearest(name, candidates)
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}
