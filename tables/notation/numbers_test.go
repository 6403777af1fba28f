package notation_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

func TestNumbersAreSpelledByTheirConvention(t *testing.T) {
	t.Parallel()
	const no = ""
	for _, c := range []struct {
		text                       string
		english, point, space, tic string // by CommaPoint, PointComma, SpaceComma, ApostrophePoint
	}{
		{"12", "12", "12", "12", "12"},
		{"007", "007", "007", "007", "007"},
		{"-12", "-12", "-12", "-12", "-12"},
		{" +12 ", "+12", "+12", "+12", "+12"},
		{"- 12", no, no, no, no},
		{"−12", "-12", "-12", "-12", "-12"},
		{"1,001", "1001", "1.001", "1.001", no},
		{"1.001", "1.001", "1001", no, "1.001"},
		{"1 001", no, no, "1001", no},
		{"1\u00a0001", no, no, "1001", no},
		{"1\u202f001", no, no, "1001", no},
		{"1'001", no, no, no, "1001"},
		{"1’001", no, no, no, "1001"},
		{"1,001,234.50", "1001234.50", no, no, no},
		{"1.001.234,50", no, "1001234.50", no, no},
		{"1 001 234,50", no, no, "1001234.50", no},
		{"1'001'234.50", no, no, no, "1001234.50"},
		{"12,34", no, "12.34", "12.34", no},
		{"0,123", no, "0.123", "0.123", no},
		{"12,3456", no, "12.3456", "12.3456", no},
		{".5", "0.5", no, no, "0.5"},
		{",5", no, "0.5", "0.5", no},
		{"5.", "5", no, no, "5"},
		{"1.5e3", "1.5e3", no, no, "1.5e3"},
		{"1,200e3", "1200e3", "1.200e3", "1.200e3", no},
		{"1e-3", "1e-3", "1e-3", "1e-3", "1e-3"},
		{"$1,200", "1200", "1.200", "1.200", no},
		{"-$12", "-12", "-12", "-12", "-12"},
		{"$-12", "-12", "-12", "-12", "-12"},
		{"€ 12", "12", "12", "12", "12"},
		{"12 €", "12", "12", "12", "12"},
		{"12€", "12", "12", "12", "12"},
		{"USD 12", "12", "12", "12", "12"},
		{"12 USD", "12", "12", "12", "12"},
		{"CHF 1'200.50", no, no, no, "1200.50"},
		{"1.200,50 EUR", no, "1200.50", no, no},
		{"15%", "0.15", "0.15", "0.15", "0.15"},
		{"15 %", "0.15", "0.15", "0.15", "0.15"},
		{"5%", "0.05", "0.05", "0.05", "0.05"},
		{"12.5%", "0.125", no, no, "0.125"},
		{"1250%", "12.50", "12.50", "12.50", "12.50"},
		{"١٢٣", "123", "123", "123", "123"},
		{"１２３", "123", "123", "123", "123"},
		{"१२", "12", "12", "12", "12"},
		{"", no, no, no, no},
		{" ", no, no, no, no},
		{"(5)", no, no, no, no},
		{"0x10", no, no, no, no},
		{"10²", no, no, no, no},
		{"①", no, no, no, no},
		{"½", no, no, no, no},
		{"--5", no, no, no, no},
		{"-$-5", no, no, no, no},
		{"$12$", no, no, no, no},
		{"usd 12", no, no, no, no},
		{"XYZ 12", no, no, no, no},
		{"5K", no, no, no, no},
		{"5 kg", no, no, no, no},
		{"1,23,456", no, no, no, no},
		{"1,,234", no, no, no, no},
		{",123", no, "0.123", "0.123", no},
		{"1,234,", no, no, no, no},
		{"1 2", no, no, no, no},
		{"1  234", no, no, no, no},
		{"415,510,650", "415510650", no, no, no},
		{"12:30", no, no, no, no},
		{"1.2.3", no, no, no, no},
		{"1e", no, no, no, no},
		{"e5", no, no, no, no},
		{".", no, no, no, no},
		{"NaN", no, no, no, no},
	} {
		for i, want := range []string{c.english, c.point, c.space, c.tic} {
			n := notation.Conventions()[i]
			got, ok := notation.Reading{Numbers: n}.Spell(c.text)
			require.Equal(t, want, got, "%q by %s", c.text, n)
			require.Equal(t, want != no, ok, "%q by %s", c.text, n)
		}
	}
}

func TestScaleAndUnitsCountWhereTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, unit string
		scale      bool
		want       string
	}{
		{"5K", "", true, "5000"},
		{"50K%", "", true, "500"},
		{"0.5M%", "", true, "05000"},
		{"1.5M", "", true, "1500000"},
		{"1.2345K", "", true, "1234.5"},
		{"1.5e2K", "", true, "1500e2"},
		{"$ 5 K", "", true, "5000"},
		{"5M EUR", "", true, "5000000"},
		{"5k", "", true, ""},
		{"5Kg", "", true, ""},
		{"5K", "", false, ""},
		{"5 kg", "kg", false, "5"},
		{"5kg", "KG", false, "5"},
		{"1,200 km/h", "km/h", false, "1200"},
		{"5 lb", "kg", false, ""},
		{"5", "kg", false, "5"},
		{"kg", "kg", false, ""},
		{"5 m²", "m²", false, "5"},
		{"5² m²", "m²", false, ""},
	} {
		got, ok := notation.Reading{Scale: c.scale, Unit: c.unit}.Spell(c.text)
		require.Equal(t, c.want, got, "%q", c.text)
		require.Equal(t, c.want != "", ok, "%q", c.text)
	}
}

func TestATextThatIsTwoNumbersIsAmbiguous(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1.500", "1,500", "$1.500", "-1,500", "12.345", "1.500 EUR", "100,000"} {
		require.True(t, notation.Ambiguous(text), text)
	}
	for _, text := range []string{"", "1500", "-5", "1.5", "1,5", "1.50", "0.500", "0,500", "1.500,5", "1,500.5", "1 500", "1'500", "1.500.000", "1,500,000", "1.5000", "n/a", "15%"} {
		require.False(t, notation.Ambiguous(text), text)
	}
}

// written writes digits in a convention.
func written(n notation.Numbers, whole, fraction string, grouped bool) string {
	group, decimal := map[notation.Numbers]string{
		notation.CommaPoint: ",", notation.PointComma: ".", notation.SpaceComma: " ", notation.ApostrophePoint: "'",
	}[n], "."
	if n == notation.PointComma || n == notation.SpaceComma {
		decimal = ","
	}
	if grouped {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + group + whole[i:]
		}
	}
	if fraction != "" {
		whole += decimal + fraction
	}
	return whole
}

func TestWhatIsWrittenInAConventionIsReadInIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom(notation.Conventions()).Draw(t, "convention")
		whole := rapid.StringMatching(`0|[1-9][0-9]{0,11}`).Draw(t, "whole")
		fraction := rapid.StringMatching(`|[0-9]{1,6}`).Draw(t, "fraction")
		text := written(n, whole, fraction, rapid.Bool().Draw(t, "grouped"))
		sign := rapid.SampledFrom([]string{"", "-", "+"}).Draw(t, "sign")
		front := rapid.SampledFrom([]string{"", "$", "€ ", "USD "}).Draw(t, "front")
		behind := ""
		if front == "" {
			behind = rapid.SampledFrom([]string{"", " €", " CHF", "zł"}).Draw(t, "behind")
		}
		if behind == "zł" {
			_, ok := notation.Reading{Numbers: n}.Spell(text + behind)
			require.False(t, ok, "a unit that the column does not have")
			return
		}
		got, ok := notation.Reading{Numbers: n}.Spell(sign + front + text + behind)
		require.True(t, ok, "%q by %s", sign+front+text+behind, n)
		want := sign + whole
		if fraction != "" {
			want += "." + fraction
		}
		require.Equal(t, want, got)
		_, ok = schema.ParseDecimal(got)
		require.True(t, ok, "%q is spelled as the program reads it", got)
	})
}

func TestTheColumnTellsTheConvention(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells     string // separated by ;
		elsewhere notation.Numbers
		want      notation.Numbers
		decided   bool
	}{
		{"1;2;3", "", notation.CommaPoint, true},
		{"", "", notation.CommaPoint, true},
		{"a;b", "", notation.CommaPoint, true},
		{"1,001;5,000", "", notation.CommaPoint, true},
		{"1,001;0,500", "", notation.PointComma, true},
		{"1,001;12,5", "", notation.PointComma, true},
		{"1,001;12.5", "", notation.CommaPoint, true},
		{"1.001;12,5", "", notation.PointComma, true},
		{"1.001;12.5", "", notation.CommaPoint, true},
		{"1.001;5.000", "", notation.CommaPoint, false},
		{"1.001;5.000", notation.PointComma, notation.PointComma, true},
		{"1.001;5.000", notation.SpaceComma, notation.CommaPoint, false},
		{"1,001;5,000", notation.PointComma, notation.CommaPoint, true},
		{"1.001.000;5.000", "", notation.PointComma, true},
		{"1 001;5 000", "", notation.SpaceComma, true},
		{"1 001,5;5", "", notation.SpaceComma, true},
		{"1'001;5", "", notation.ApostrophePoint, true},
		{"12,5;12.5;13.5", "", notation.CommaPoint, true},
		{"$1,200;$900", "", notation.CommaPoint, true},
		{"n/a;1.200,50", "", notation.PointComma, true},
	} {
		var s notation.NumberSurvey
		for cell := range strings.SplitSeq(c.cells, ";") {
			s.Add(cell)
		}
		var elsewhere []notation.Numbers
		if c.elsewhere != "" {
			elsewhere = append(elsewhere, c.elsewhere)
		}
		n, decided := s.Decide(elsewhere...)
		require.Equal(t, c.want, n, c.cells)
		require.Equal(t, c.decided, decided, c.cells)
	}
}

func TestTwoColumnsAreSurveyedAsOne(t *testing.T) {
	t.Parallel()
	var from, to notation.NumberSurvey
	for _, cell := range []string{"1.001", "2.001", ""} {
		from.Add(cell)
	}
	for _, cell := range []string{"1.999,99", "2.500"} {
		to.Add(cell)
	}
	_, decided := from.Decide()
	require.False(t, decided)
	from.Merge(&to)
	n, decided := from.Decide()
	require.Equal(t, notation.PointComma, n)
	require.True(t, decided)
	require.Equal(t, 4, from.Numbers())
	n, some := to.Evidence()
	require.True(t, some)
	require.Equal(t, notation.PointComma, n)
	var plain notation.NumberSurvey
	plain.Add("5")
	_, some = plain.Evidence()
	require.False(t, some, "every convention reads it")
}

func TestAUnitIsOneThatEveryCellHas(t *testing.T) {
	t.Parallel()
	for cells, want := range map[string]string{
		"5 kg;10 kg;1,200 kg": "kg",
		"5kg;10 KG":           "KG",
		"5 kg;10":             "",
		"5 kg;10 lb":          "",
		"5 kg; ;7 kg":         "kg",
		"5 °C;7 °C":           "°C",
		"3M;7-Eleven":         "",
		"12 km/h":             "km/h",
		"12 m²;13 m²":         "m²",
		"10²":                 "",
		"abc":                 "",
		"":                    "",
	} {
		var s notation.NumberSurvey
		for cell := range strings.SplitSeq(cells, ";") {
			s.Add(cell)
		}
		require.Equal(t, want, s.Unit(), cells)
	}
}

var spelled = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?$`)

func TestWhatMayBeANumberIsToldAtAGlance(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"5", " 5 ", "-5", "1.234,5", "1 234", "$5", "5 EUR", "USD 5", "  CHF 5", "٣", "１２", "15%", "5K", ".5", "5 kg"} {
		require.True(t, notation.MayBeNumber(text, "kg"), text)
	}
	for _, text := range []string{"", " ", "US", "Account 123", "A1", "USD", "XYZ 5", "usd 5", "5x", "5 Elm Street", "24/7", "5 lb", "é5", "Zürich", "10²", "K5"} {
		require.False(t, notation.MayBeNumber(text, "kg"), text)
	}
	// It is true of all that any convention reads.
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ $€A-Z]{0,4}[-+]?[0-9.,' ]{0,8}[KM%€ A-Zkg]{0,4}`).Draw(t, "text")
		for _, n := range notation.Conventions() {
			if _, ok := (notation.Reading{Numbers: n, Scale: true, Unit: "kg"}).Spell(text); ok {
				require.True(t, notation.MayBeNumber(text, "kg"), "%q", text)
			}
		}
	})
}

// What is spelled is spelled in the plain way, which English reads as it is.
func FuzzSpellNumber(f *testing.F) {
	for _, text := range []string{"1,001", "1.001,5", "1 001", "1'001", "$ -5", "15 %", "5M EUR", "١٢٣", "1e5", "- 1", "10²", "USD1e-99999999"} {
		f.Add(text, "kg")
	}
	f.Fuzz(func(t *testing.T, text, unit string) {
		for _, n := range notation.Conventions() {
			r := notation.Reading{Numbers: n, Scale: true, Unit: unit}
			got, ok := r.Spell(text)
			require.Equal(t, got != "", ok)
			if !ok {
				continue
			}
			require.Regexp(t, spelled, got, "%q by %s", text, n)
			again, ok := notation.Reading{}.Spell(got)
			require.True(t, ok, "%q, made of %q by %s", got, text, n)
			a, isA := schema.ParseDecimal(got)
			b, isB := schema.ParseDecimal(again)
			require.Equal(t, isA, isB)
			if isA {
				require.Zero(t, a.Compare(b), "%q and %q", got, again)
			}
		}
		var s notation.NumberSurvey
		s.Add(text)
		n, _ := s.Decide()
		if _, ok := (notation.Reading{Numbers: n, Unit: s.Unit()}).Spell(text); s.Numbers() == 1 && s.Unit() != "" {
			require.True(t, ok, "%q is a number by what its own survey says", text)
		}
		_ = notation.Ambiguous(text)
	})
}

func BenchmarkSpell(b *testing.B) {
	for _, text := range []string{"12345", "1,234.50", "$1,200", "Acme Corporation"} {
		b.Run(fmt.Sprintf("text=%s", strings.ReplaceAll(text, " ", "_")), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = notation.Reading{}.Spell(text)
			}
		})
	}
}
