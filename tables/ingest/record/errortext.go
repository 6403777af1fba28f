package record

import "strings"

// ErrorText tells whether a cell of a CSV file shows an error of a spreadsheet program,
// in one of the languages in which they write it. In a workbook such a cell is of a kind
// of its own; a CSV file has only the text. Capitals count: a person who writes #n/a
// writes a text.
func ErrorText(cell string) bool {
	if len(cell) < 3 {
		return false
	}
	switch cell[0] {
	case '#':
		return len(cell) <= longestError && isErrorText(cell)
	case 'E':
		return libreOfficeError(strings.TrimPrefix(cell, "Err:"), cell)
	case 'F':
		return libreOfficeError(strings.TrimPrefix(cell, "Fehler:"), cell)
	}
	return false
}

// libreOfficeError knows the errors that LibreOffice shows by number, 501 to 540.
func libreOfficeError(number, cell string) bool {
	return len(number) < len(cell) && len(number) == 3 && number[0] == '5' && number[1] >= '0' && number[1] <= '4' && number[2] >= '0' && number[2] <= '9'
}

// longestError is no shorter than any text below, in bytes.
const longestError = 32

// isErrorText knows what Excel, LibreOffice, Numbers and Google Sheets show, by language.
func isErrorText(cell string) bool {
	switch cell {
	case "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", // English and many others
		"#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#EXTERNAL!", "#PYTHON!", "#GETTING_DATA", "#ERROR!",
		"#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", // German
		"#VALEUR!", "#NOM?", "#NOMBRE!", "#NUL!", "#PROPAGATION!", // French
		"#¡REF!", "#¡VALOR!", "#¿NOMBRE?", "#¡NUM!", "#¡NULO!", "#¡DIV/0!", "#¡DESBORDAMIENTO!", // Spanish
		"#N/D", "#VALOR!", "#NOME?", "#NÚM!", "#NULO!", // Portuguese
		"#RIF!", "#VALORE!", "#NULLO!", // Italian
		"#N/B", "#VERW!", "#WAARDE!", "#NAAM?", "#GETAL!", "#LEEG!", "#DEEL/0!", // Dutch
		"#SAKNAS!", "#REFERENS!", "#VÄRDEFEL!", "#NAMN?", "#OGILTIGT!", "#SKÄRNING!", "#DIVISION/0!", // Swedish
		"#I/T", "#REFERENCE!", "#VÆRDI!", "#NAVN?", "#VERDI!", // Danish, Norwegian
		"#PUUTTUU!", "#VIITTAUS!", "#ARVO!", "#NIMI?", "#LUKU!", "#TYHJÄ!", "#JAKO/0!", // Finnish
		"#N/D!", "#ADR!", "#ARG!", "#NAZWA?", "#LICZBA!", "#ZERO!", "#DZIEL/0!", // Polish
		"#NENÍ_K_DISPOZICI", "#ODKAZ!", "#HODNOTA!", "#NÁZEV?", "#ČÍSLO!", "#DĚLENÍ_NULOU!", // Czech
		"#NEDOSTUPNÝ", "#NÁZOV?", "#DELENIENULOU!", "#NEPLATNÝ!", // Slovak
		"#HIÁNYZIK", "#HIV!", "#ÉRTÉK!", "#NÉV?", "#SZÁM!", "#NULLA!", "#ZÉRÓOSZTÓ!", // Hungarian
		"#VRIJEDNOST!", "#BROJ!", "#DIJ/0!", "#NAZIV?", // Croatian
		"#VREDN!", "#ŠTEV!", "#DEL/0!", "#IME?", "#N/V", "#SKLIC!", "#NIČ!", // Slovenian
		"#VALOARE!", "#NUME?", // Romanian
		"#ΤΙΜΗ!", "#ΑΡΙΘ!", "#ΔΙΑΙΡ./0!", "#ΟΝΟΜΑ?", "#Δ/Υ", "#ΑΝΑΦ!", "#ΚΕΝΟ!", // Greek
		"#Н/Д", "#ССЫЛКА!", "#ЗНАЧ!", "#ИМЯ?", "#ЧИСЛО!", "#ПУСТО!", "#ДЕЛ/0!", // Russian
		"#YOK", "#BAŞV!", "#DEĞER!", "#AD?", "#SAYI!", "#BOŞ!", "#SAYI/0!", "#TAŞMA!": // Turkish
		return true
	}
	return false
}
