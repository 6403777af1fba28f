package testdata_test

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
)

// leadColumns are Marketo's API names.
func leadColumns() []string {
	return []string{"id", "email", "firstName", "lastName", "company", "title", "country", "state", "postalCode", "phone", "industry", "numberOfEmployees", "leadScore"}
}

// dice are seeded and use nothing of math/rand but the raw PCG stream, which is
// the same on every system and in every release.
type dice struct{ source *rand.PCG }

// below gives a number from 0 to n-1.
func (d dice) below(n int) int { return int(d.source.Uint64() % uint64(n)) }

// percent is true p times of 100.
func (d dice) percent(p int) bool { return d.below(100) < p }

// pick gives one of the choices.
func (d dice) pick(choices []string) string { return choices[d.below(len(choices))] }

// pickEarly prefers the choices at the front.
func (d dice) pickEarly(choices []string) string {
	return choices[min(d.below(len(choices)), d.below(len(choices)))]
}

// fill replaces # by a digit and @ by a letter.
func (d dice) fill(pattern string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '#':
			return rune('0' + d.below(10))
		case '@':
			return rune("ABCEGHJKLMNPRSTVWXYZ"[d.below(20)])
		default:
			return r
		}
	}, pattern)
}

// mess does to a value what typing and pasting do: nothing half of the time,
// else a change that a normalized comparison sees through.
func (d dice) mess(s string) string {
	if s == "" || d.percent(50) {
		return s
	}
	switch d.below(9) {
	case 0, 1:
		return strings.ToUpper(s)
	case 2, 3:
		return strings.ToLower(s)
	case 4:
		return s + " "
	case 5:
		return " " + s
	case 6:
		return strings.ReplaceAll(s, " ", "\u00a0") // as pasted from a web page
	case 7:
		return strings.ReplaceAll(s, " ", "  ")
	default:
		return "\u00a0" + s + "\t"
	}
}

// asciiLocal makes the local part of an address from a name.
func asciiLocal(name string) string {
	name = strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "đ", "d", "æ", "ae", "ı", "i", " ", "-").Replace(strings.ToLower(name))
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-') {
			return r
		}
		return -1
	}, norm.NFD.String(name))
}

// generateLeads makes leads.csv from the seed, the pools and the sample tables.
func generateLeads(t *testing.T) []byte {
	t.Helper()
	d := dice{rand.NewPCG(2024, 1000)}
	titles := readSheet(t, "tables/job-titles.csv").column(t, "title")
	tiers := readSheet(t, "tables/company-tiers.csv").column(t, "company")
	var pool []homeland
	for _, h := range homelands() {
		for range h.weight {
			pool = append(pool, h)
		}
	}

	var out bytes.Buffer
	w := csv.NewWriter(&out)
	require.NoError(t, w.Write(leadColumns()))
	var emails []string
	id := int64(1_000_000)
	for n := range 1000 {
		h := pool[d.below(len(pool))]
		id += int64(1 + d.below(40))
		first, last := d.pick(h.first), d.pick(h.last)
		company, domain := leadCompany(d, tiers)
		where := h.states[d.below(len(h.states))]
		postal := where.postal
		if postal == "" {
			postal = h.postal
		}
		email := leadEmail(d, h, first, last, domain, n)
		if len(emails) > 50 && d.percent(3) {
			email = d.mess(d.pick(emails)) // the same person again
		} else if email != "" {
			emails = append(emails, email)
		}
		require.NoError(t, w.Write([]string{
			leadID(n, id), email, name(d, first), name(d, last), company, leadTitle(d, titles), leadCountry(d, h),
			sometimes(d, 80, d.mess(d.pick(where.spellings))), sometimes(d, 85, d.fill(postal)), sometimes(d, 70, d.fill(h.phone)),
			sometimes(d, 75, d.pick(industries())), leadSize(d), leadScore(d),
		}))
	}
	w.Flush()
	require.NoError(t, w.Error())
	return out.Bytes()
}

// sometimes gives s p times of 100, else nothing.
func sometimes(d dice, p int, s string) string {
	if d.percent(p) {
		return s
	}
	return ""
}

// name is a first or last name, rarely missing or in the wrong case.
func name(d dice, s string) string {
	switch r := d.below(100); {
	case r < 2:
		return ""
	case r < 5:
		return strings.ToLower(s)
	case r < 8:
		return strings.ToUpper(s)
	case r < 9:
		return s + " "
	default:
		return s
	}
}

// leadID is the running id; a few leads have ids that a float64 cannot hold.
func leadID(n int, running int64) string {
	switch n {
	case 17:
		return "9007199254740993" // 2^53+1
	case 18:
		return "9007199254740995"
	case 250:
		return "1152921504606846977" // 2^60+1
	case 500:
		return "4611686018427387905" // 2^62+1
	case 777:
		return "9223372036854775806"
	case 999:
		return "9223372036854775807" // the largest int64
	default:
		return strconv.FormatInt(running, 10)
	}
}

// leadCompany gives a company as typed and the domain of its mail.
func leadCompany(d dice, tiers []string) (company, domain string) {
	switch r := d.below(100); {
	case r < 52:
		company = d.pick(tiers)
	case r < 88:
		company = d.pick(otherCompanies())
	case r < 94:
		return d.pick([]string{"n/a", "-", "self", "Self-employed", "none", "null", "test"}), "example." + d.pick([]string{"com", "org", "net"})
	default:
		return "", "example." + d.pick([]string{"com", "org", "net"})
	}
	slug := asciiLocal(strings.NewReplacer(" & ", " ", ",", "", ".", "").Replace(company))
	return d.mess(company), slug + ".example"
}

// leadEmail gives an address at the company or at a provider, and now and then
// none or what is none.
func leadEmail(d dice, h homeland, first, last, domain string, n int) string {
	first, last = asciiLocal(first), asciiLocal(last)
	switch r := d.below(100); {
	case r < 2:
		return ""
	case r < 4:
		return d.pick([]string{"n/a", "none@none", "-", "asdf", first + "@", "@" + domain})
	case r < 32:
		return first + "." + last + ".sample" + strconv.Itoa(n) + "@" + d.pick(h.mailHouses)
	case r < 38:
		return " " + strings.ToUpper(first+"."+last) + strconv.Itoa(n) + "@" + domain
	default:
		return first + "." + last + strconv.Itoa(n) + "@" + domain
	}
}

// leadCountry gives the country as typed; about a fifth names none.
func leadCountry(d dice, h homeland) string {
	switch r := d.below(100); {
	case r < 8:
		return ""
	case r < 20:
		return d.pick(wrongCountries())
	default:
		return d.mess(d.pickEarly(h.spellings))
	}
}

// leadTitle gives a title as typed; about a third is not in the table.
func leadTitle(d dice, titles []string) string {
	switch r := d.below(100); {
	case r < 10:
		return ""
	case r < 28:
		return d.pick(oddTitles())
	default:
		return d.mess(d.pick(titles))
	}
}

// leadSize is a head count: mostly small, sometimes unknown.
func leadSize(d dice) string {
	if d.percent(12) {
		return ""
	}
	magnitude := []int{10, 50, 200, 1000, 5000, 20000, 250000}[d.below(7)]
	return strconv.Itoa(1 + d.below(magnitude))
}

// leadScore is a whole number; 0 is a score and not a missing one.
func leadScore(d dice) string {
	switch r := d.below(100); {
	case r < 5:
		return ""
	case r < 15:
		return "0"
	case r < 20:
		return strconv.Itoa(-1 - d.below(20))
	default:
		return strconv.Itoa(d.below(120))
	}
}
