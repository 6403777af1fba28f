package spelling_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/spelling"
)

func requireCompany(t *testing.T, want map[string][]string) {
	t.Helper()
	for key, texts := range want {
		for _, text := range texts {
			require.Equal(t, key, keyed(spelling.Company, text), "%q", text)
		}
	}
}

func TestALegalFormAtTheEndGoes(t *testing.T) {
	t.Parallel()
	requireCompany(t, map[string][]string{
		"acme":         {"Acme, Inc.", "ACME Incorporated", "Acme", "Acme L.L.C.", "Acme Co., Ltd.", "acme private limited"},
		"eni":          {"Eni S.p.A.", "ENI SpA", "Eni S. p. A."},
		"orlen":        {"Orlen Sp. z o.o.", "Orlen Sp. z o. o. sp. k.", "orlen sp z oo", "Orlen sp. zoo"},
		"sofom":        {"Sofom S. C. de R. L. de C.V.", "Sofom S.C. de R.L. de C.V."},
		"cemex":        {"Cemex S.A.B. de C.V.", "Cemex SAB de CV", "Cemex S. A. B. de C. V."},
		"novo nordisk": {"Novo Nordisk A/S", "Novo Nordisk AS"},
		"bosch":        {"Bosch Gesellschaft mit beschränkter Haftung", "Bosch Gesellschaft mit beschraenkter Haftung", "Bosch GESELLSCHAFT MIT BESCHRANKTER HAFTUNG", "Bosch Ges. m. b. H."},
		"ege":          {"Ege San. ve Tic. Ltd. Şti.", "Ege Ltd Sti", "EGE A.Ş."},
		"οτε":          {"ΟΤΕ Α.Ε.", "ΟΤΕ ΑΕ"},
		"華為技術":         {"華為技術有限公司", "華為技術 有限公司", "華為技術股份有限公司"},
		"トヨタ":          {"トヨタ株式会社", "ﾄﾖﾀ株式会社", "トヨタ㈱", "トヨタ（株）"},
		"אלביט":        {`אלביט בע"מ`, "אלביט בע״מ"},
	})
}

func TestLegalFormsGoAgainAndAgain(t *testing.T) {
	t.Parallel()
	requireCompany(t, map[string][]string{
		"globex":        {"Globex GmbH & Co. KG", "Globex GmbH und Co KG", "Globex"},
		"brown":         {"Brown & Co", "Brown and Company", "Brown & Company, Inc."},
		"edp":           {"EDP, S.G.P.S., S.A."},
		"roi et":        {"Roi Et GmbH"},
		"roi":           {"Roi et Cie", "Roi & GmbH", "Roi och Co"},
		"brown and son": {"Brown & Son Ltd"},
		"bankinter":     {"Bankinter & Cía", "Bankinter y Cía.", "Bankinter & Cia", "Bankinter y Cia"},
	})
}

func TestAFormInFrontGoesInTheseVeryLettersOnly(t *testing.T) {
	t.Parallel()
	requireCompany(t, map[string][]string{
		"astra":           {"PT Astra", " PT  Astra Tbk", "\ufeffPT Astra", "PT «Astra»"},
		"pt astra":        {"Pt Astra", "pt astra", "PT. Astra", "PT-Astra", "PT/Astra"},
		"pt reyes cheese": {"Pt. Reyes Cheese"},
		"ромашка":         {"ООО «Ромашка»", "ООО\"Ромашка\"", "Ромашка"},
		"ооо ромашка":     {"Ооо Ромашка"},
		"トヨタ":             {"株式会社トヨタ", "株式会社 トヨタ", "(株)トヨタ", "㈱トヨタ"},
		"株 トヨタ":           {"株 トヨタ"},
		"카카오":             {"(주)카카오", "주식회사 카카오", "주식회사카카오", "카카오(주)"},
		"ab inbev":        {"AB InBev"},
		"as roma":         {"AS Roma"},
		"sas institute":   {"SAS Institute Inc."},
		"ag edwards":      {"A.G. Edwards", "A G Edwards"},
	})
}

func TestRunsOfSingleLettersJoin(t *testing.T) {
	t.Parallel()
	requireCompany(t, map[string][]string{
		"usa steel":              {"U S A Steel", "U.S.A. Steel Corp.", "USA Steel"},
		"plan b":                 {"Plan B A/S", "Plan B, A S", "Plan B A.S."},
		"visa":                   {"V I S A", "V. I. S. A."},
		"jp morgan":              {"J. P. Morgan", "J.P. Morgan & Co.", "JP Morgan"},
		"c and a":                {"C & A", "C&A"},
		"3 m":                    {"3 M"},
		"as":                     {"A/S", "AS"},
		"ai afjord|aa i aafjord": {"Å i Åfjord"},
		"aa i aafjord":           {"Aa i Aafjord"},
		"ae ix":                  {"Æ i x", "AE i x"},
		"qa":                     {"Q\u0303 A", "Q\u0488!A", "q a"},
		"ax|ae x":                {"\u1ea1\u0308 x"}, // ạ with a diaeresis
	})
}

func TestALeadingTheAndACountryBeforeTheFormGo(t *testing.T) {
	t.Parallel()
	requireCompany(t, map[string][]string{
		"coca cola":    {"The Coca-Cola Company", "Coca-Cola"},
		"acme":         {"The Acme (Germany) GmbH", "Acme (Deutschland) GmbH", "Acme (U.K.) Ltd", "Acme (United Arab Emirates) LLC", "Acme (Oesterreich) AG", "Acme [India] Pvt. Ltd."},
		"acme germany": {"Acme Germany GmbH", "Acme (Germany)"},
		"acme europe":  {"Acme (Europe) Ltd"},
		"英特尔":          {"英特尔(中国)有限公司", "英特尔（中国）有限公司"},
		"the the":      {"The The"},
		"germany":      {"(Germany) GmbH"},
	})
}

func TestANameIsNeverCutDownToNothing(t *testing.T) {
	t.Parallel()
	for key, texts := range map[string][]string{
		"the limited":               {"The Limited"},
		"the company":               {"The Company"},
		"company":                   {"Company"},
		"ag":                        {"AG", "A.G."},
		"sa de cv":                  {"S.A. de C.V.", "SA de CV"},
		"limited liability company": {"Limited Liability Company"},
		"x corp":                    {"X Corp"},
		"3 ltd":                     {"3 Ltd"},
		"inc ltd":                   {"Inc Ltd"},
		"and co":                    {"& Co"},
		"der ag":                    {"Der AG"},
		"the ag":                    {"The AG"},
		"the a":                     {"The A"},
		"pt":                        {"PT Tbk"},
		"株式会社":                      {"株式会社"},
		"光株式会社":                     {"光株式会社"},
		"株式会社光":                     {"株式会社光"},
		"株":                         {"(株)"},
		"!!!":                       {"!!!"},
		"":                          {"", "\u200b"},
	} {
		requireCompany(t, map[string][]string{key: texts})
	}
}

func TestWhatOnlyLooksLikeAFormStays(t *testing.T) {
	t.Parallel()
	requireCompany(t, map[string][]string{
		"inc magazine":   {"Inc Magazine"},
		"cochlear sal":   {"Cochlear SAL"},
		"cochlear":       {"Cochlear S.A.L.", "Cochlear S A L"},
		"bank na":        {"Bank NA"},
		"bank":           {"Bank, N.A."},
		"grupo a":        {"Grupo A, S.A.", "Grupo A S.A."},
		"foo o|foo oe":   {"Foo Ö"},
		"acme holding":   {"Acme Holding AG"},
		"foo s a":        {"Foo S, A"},
		"foo flex":       {"Foo Flex Co"},
		"トヨタ 日本":         {"トヨタ(日本株式会社)"},
		"トヨタ 株":          {"トヨタ 株"},
		"株 トヨタ":          {"株 トヨタ"},
		"foo mtu":        {"Foo MTU"},
		"x uk":           {"X (UK) Ltd"},
		"smith and sons": {"Smith & Sons Ltd"},
		"1.5":            {"1.5 Ltd"},
	})
}

func TestANameOfManyFormsIsReadInOneGo(t *testing.T) {
	t.Parallel()
	for _, forms := range []string{"co) ", "(co) ", "& co ", "s a ", "(uk) ltd "} {
		start := time.Now()
		spelling.Company.Keys("Acme " + strings.Repeat(forms, 1<<20/len(forms)))
		require.Less(t, time.Since(start), 5*time.Second, "a megabyte of %q", forms)
	}
}

func TestMarksOfACompanyHaveTwoWays(t *testing.T) {
	t.Parallel()
	requireCompany(t, map[string][]string{"muller|mueller": {"Müller GmbH & Co. KG"}, "mueller": {"Mueller GmbH & Co KG"}})
	requireCompany(t, map[string][]string{"o'ne\xff inc": {"O'Ne\xff Inc"}})
}
