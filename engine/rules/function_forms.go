package rules

import "tablestep/tables/spelling"

// formFunctions are those of forms in which texts meet.
func formFunctions() []*function {
	return []*function{
		{
			name: "loose", signature: "loose(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The form in which the match mode loose compares, with plain letters: normalized, without accents and signs. ü is u there, ß is ss and & is and; that the mode finds Mueller for Müller, too, is its own.",
			examples: []Example{{`loose("  Müller-Lüdenscheidt, Straße ")`, `"muller ludenscheidt strasse"`}, {`loose("Côte d'Ivoire") == loose("COTE D’IVOIRE")`, `true`}, {`loose(nil)`, `""`}},
			plain:    func(s string) string { return plainForm(spelling.Loose, s) },
		},
		{
			name: "company", signature: "company(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The form in which the match mode company compares: loose, without the legal form, such as Inc. or GmbH & Co. KG.",
			examples: []Example{{`company("The ACME Co., Ltd.") == company("Acme")`, `true`}, {`company("Müller & Söhne GmbH")`, `"muller and sohne"`}, {`company(nil)`, `""`}},
			plain:    func(s string) string { return plainForm(spelling.Company, s) },
		},
	}
}

// plainForm is the first of a text's keys, that with plain letters.
func plainForm(f spelling.Form, s string) string {
	plain, _ := f.Keys(s)
	return plain
}
