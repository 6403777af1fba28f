package record

import (
	"fmt"
	"strconv"
	"strings"

	"tablestep/tables/schema"
)

// Excerpt quotes the beginning of a text for a message.
func Excerpt(s string) string {
	return fmt.Sprintf("%q", strings.ToValidUTF8(schema.Cut(s, 40), "\uFFFD"))
}

// QuoteAll lists names for a message.
func QuoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, ", ")
}

// Refuse words why a file is no table: its code, and what it is instead where the code
// does not say so.
func Refuse(code, what string) error {
	message := "the file is " + what
	if !strings.Contains(what, ";") {
		message += "; upload a CSV file or an .xlsx workbook"
	}
	switch code {
	case "FILE_EMPTY":
		message = "the file is empty; check the export that made it"
	case "XLS_OLD":
		message = "the file is a workbook of the old .xls format; open it in a spreadsheet program and save it as .xlsx or CSV"
	case "PASSWORD_PROTECTED":
		message = "the workbook is protected by a password; remove the protection and save it again"
	case "ODS":
		message = "the file is an OpenDocument file; save it as .xlsx or CSV"
	}
	return &schema.UploadError{Code: code, Message: message}
}
