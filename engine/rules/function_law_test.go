package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine/rules"
)

// People's texts, and such as make trouble.
func lawTexts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"", " ", "a", "Ann Lee", "ANN LEE", "o'neil-smith", "McDonald", "VAN DER BERG", "J.R. SMITH III", "Zürich", "ZÜRICH", "straße", "İstanbul", "ıstanbul", "Ǆ", "ﬁx", "é", "e\u0301", "東京", "　full　",
			"jane@mail.example.co.uk", "Jane <jane@example.com>", "https://WWW.Example.com:8443/pricing?utm_source=x#f", "example.com", "co.uk", "xn--bcher-kva.example", "bücher.example", "localhost", "192.168.0.1",
			"+1 (415) 555-0123 x12", "0049 (0)30 123456", "Durchwahl 12", "tel:+1-415", "10K", "$1,234.50", "1.234,50 €", "15%", "-0", "1e5", "2024-02-29", "31.12.2024", "03/04/2024", "2024-02-29T10:00:00Z", "true", "no",
			"a;b;c", ";;", ";", "x\u200by", "\ufeffx", "a\tb", "a\n b", "%41", "a%zz", "\\", `"q"`, "null", "nil",
		}),
		rapid.StringMatching(`[A-Za-z .'-]{0,12}`),
		rapid.StringMatching(`[0-9+() .x-]{0,14}`),
		rapid.StringN(0, 8, 24),
	)
}

// What functions promise of each other holds for any text x and y, any whole n and any number f.
func TestFunctionsKeepTheirLaws(t *testing.T) {
	t.Parallel()
	for _, law := range []string{
		// What has been done is done.
		`lower(lower(lead.x)) == lower(lead.x)`,
		`upper(upper(lead.x)) == upper(lead.x)`,
		`trim(trim(lead.x)) == trim(lead.x)`,
		`squeeze(squeeze(lead.x)) == squeeze(lead.x)`,
		`normalize(normalize(lead.x)) == normalize(lead.x)`,
		`ascii(ascii(lead.x)) == ascii(lead.x)`,
		`title(title(lead.x)) == title(lead.x)`,
		`phoneDigits(phoneDigits(lead.x)) == phoneDigits(lead.x)`,
		`registrableDomain(registrableDomain(lead.x)) == registrableDomain(lead.x)`,
		`urlHost(urlHost(lead.x)) == urlHost(lead.x)`,
		`emailDomain("a@" + emailDomain(lead.x)) == emailDomain(lead.x)`,
		`words(join(words(lead.x), " ")) == words(lead.x)`,
		`phone(lead.x, "US")?.e164 == nil or phone(phone(lead.x, "US").e164).e164 == phone(lead.x, "US").e164`,
		`phoneCountry(lead.x, "DE") == phone(lead.x, "DE")?.country`,
		`emailProblem(lead.x)?.suggestion == nil or emailProblem(emailProblem(lead.x).suggestion)?.problem != "syntax"`,
		`loose(loose(lead.x)) == loose(lead.x)`,
		`loose(normalize(lead.x)) == loose(lead.x)`,
		`loose(upper(lead.x)) == loose(lead.x) or not (lead.x matches "^[ -~]*$")`,
		`lower(lead.x) != string(lead.x) or not (lead.x matches "^[\\pL\\pM ]*$") or company(loose(lead.x)) == company(lead.x)`,
		`personName(lead.x) == personName(squeeze(lead.x))`,
		`regexReplace(lead.x, "a", "b") == replace(lead.x, "a", "b")`,
		`regexReplace(lead.x, ".", "$0") == string(lead.x)`,
		`lead.x == "" or left(sha256(lead.x), 16) == hash(lead.x)`,
		// Parts make the whole.
		`left(lead.x, lead.n) + right(lead.x, max(0, len(lead.x) - lead.n)) == string(lead.x)`,
		`len(left(lead.x, lead.n)) == min(lead.n, len(lead.x))`,
		`lead.y == "" or join(split(lead.x, ";"), ";") == string(lead.x) or lead.x contains ";;" or lead.x startsWith ";" or lead.x endsWith ";"`,
		`lead.x == "" or len(split(lead.x, lead.y == "" ? ";" : lead.y)) >= 1`,
		`replace(replace(lead.x, "a", "\u0001"), "\u0001", "a") == string(lead.x) or lead.x contains "\u0001"`,
		`(lead.x + lead.y) startsWith string(lead.x) and (lead.x + lead.y) endsWith string(lead.y)`,
		`len(string(lead.x) + string(lead.y)) == len(lead.x) + len(lead.y)`,
		// Numbers.
		`number(string(lead.f)) == lead.f`,
		`number(string(lead.n)) == lead.n`,
		`number(lead.x) == nil or number(string(number(lead.x))) == number(lead.x)`,
		`abs(round(lead.f, 2) - lead.f) <= 0.005000001`,
		`floor(lead.f) <= lead.f and lead.f <= ceil(lead.f) and ceil(lead.f) - floor(lead.f) <= 1`,
		`clamp(lead.f, -5, 5) >= -5 and clamp(lead.f, -5, 5) <= 5`,
		`clamp(lead.f, -5, 5) == max(-5, min(5, lead.f))`,
		`abs(lead.f) >= 0 and abs(-lead.f) == abs(lead.f)`,
		`sum([lead.n, lead.n]) == 2 * lead.n`,
		`max([lead.n, lead.f]) >= min([lead.n, lead.f])`,
		`number(score(lead.n)) == lead.n`,
		`bucket(lead.x, 7) >= 0 and bucket(lead.x, 7) < 7 and bucket(lead.x, 7) == bucket(lead.x, 7)`,
		// Dates.
		`date(lead.x) == nil or date(formatDate(lead.x, "YYYY-MM-DDTHH:mm:ssZ")) == date(lead.x)`,
		`date(lead.x) == nil or daysBetween(lead.x, addDays(lead.x, lead.n)) == lead.n`,
		`date(lead.x) == nil or addDays(addDays(lead.x, lead.n), -lead.n) == date(lead.x)`,
		`date(lead.x) == nil or timezone(lead.x, "Asia/Tokyo") == date(lead.x)`,
		`date(lead.x) == nil or date(string(date(lead.x))) == date(lead.x)`,
		`date(lead.x) == nil or hoursBetween(lead.x, addDays(lead.x, lead.n)) == 24 * lead.n`,
		`date(lead.x) == nil or monthsBetween(lead.x, addDays(lead.x, lead.n)) <= lead.n`,
		`date(lead.x) == nil or businessDays(lead.x, addDays(lead.x, 7 * lead.n)) == 5 * lead.n`,
		`date(lead.x) == nil or businessDays(addDays(lead.x, lead.n), lead.x) <= 0`,
		`date(lead.x, nil, "UTC") == date(lead.x)`,
		// Likeness.
		`similarity(lead.x, lead.y) == similarity(lead.y, lead.x)`,
		`similarity(lead.x, lead.y) >= 0 and similarity(lead.x, lead.y) <= 1`,
		`normalize(lead.x) == "" or similarity(lead.x, lead.x) == 1`,
		`(hash(lead.x) == hash(lead.y)) == (string(lead.x) == string(lead.y))`,
		`normalize(lead.x) == "" or oneOf(lead.x, lead.y, upper(lead.x), lead.x)`,
		`coalesce(lead.x, lead.y, "z") != nil`,
		`default(lead.x, "z") == coalesce(lead.x, "z")`,
		`boolean(lead.x) == nil or boolean(string(boolean(lead.x))) == boolean(lead.x)`,
		`isFreemail(lead.x) == isFreemail(upper(lead.x)) or upper(lead.x) != upper(lower(upper(lead.x))) or not (lead.x matches "^[ -~]*$")`,
	} {
		p, err := rules.Compile(condition(law), rules.Options{})
		require.NoError(t, err, law)
		t.Run(law, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				l := lead{
					"lead.x": lawTexts().Draw(r, "x"), "lead.y": lawTexts().Draw(r, "y"),
					"lead.n": rapid.IntRange(0, 40).Draw(r, "n"), "lead.f": float64(rapid.IntRange(-100_000, 100_000).Draw(r, "f")) / 1000,
				}
				require.Equal(r, "rules only", outcome(run(t, p, batchOf(l)), 0), "%s where x is %q, y is %q, n is %v, f is %v", law, l["lead.x"], l["lead.y"], l["lead.n"], l["lead.f"])
			})
		})
	}
}
