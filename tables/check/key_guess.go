package check

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// guessKey takes the first column as the key, unless it is plainly a row number or an id:
// then the first one that is neither. Where all are, it is the first after all.
//
// A name alone does not make a column plain, nor do cells alone: a table of scores is
// matched by 1, 2, 3, and one of products may well be by an id that leads carry, too.
func guessKey(ctx context.Context, r scan.Reader, v *schema.Version) error {
	v.Key = []string{v.Columns[0].Name}
	for i := range v.Columns {
		plain, err := plainlyNumbers(ctx, r, v, i)
		if err != nil {
			return err
		}
		if !plain {
			v.Key = []string{v.Columns[i].Name}
			return nil
		}
	}
	return nil
}

// rowNames are what columns of row numbers are called, as words in small letters.
var rowNames = []string{ //nolint:gochecknoglobals // a constant
	"", "#", "№", "no", "nr", "num", "number", "row", "row no", "row nr", "row num", "row number", "row id", "rownum", "rowid", "rowno",
	"line", "line no", "line number", "index", "idx", "seq", "sequence", "s no", "sno", "sl no", "sr no", "serial", "serial no", "serial number",
	"lfd nr", "pos", "position", "item no", "unnamed", "unnamed 0", "column", "column1", "column 1", "field1", "field 1",
	"zeile", "zeilennummer", "fila", "ligne", "riga", "linha", "行", "行番号", "番号", "序号", "编号", "번호",
}

// idNames are what columns of ids are called that say of nothing else whose.
var idNames = []string{"id", "ids", "uid", "uuid", "guid", "oid", "pk", "record id", "object id", "internal id"} //nolint:gochecknoglobals // a constant

// plainlyNumbers says that a column is plainly a row number or an id: by its name, and by
// what all of its cells are. Only a column that its name, or its width, makes suspect is read.
func plainlyNumbers(ctx context.Context, r scan.Reader, v *schema.Version, col int) (bool, error) {
	c := &v.Columns[col]
	words := nameWords(c.Name)
	name := strings.Join(words, " ")
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	row, id := slices.Contains(rowNames, name), slices.Contains(idNames, name)
	whose := !id && (last == "id" || last == "uuid" || last == "guid") // an id of something that is named
	if c.Empty > 0 || !row && !id && !whose && c.MaxBytes != uuidBytes {
		return false, nil
	}
	cells, err := numbersOf(ctx, r, col)
	if err != nil {
		return false, err
	}
	switch {
	case cells.opaque == v.Rows && (id || whose || cells.uuids == v.Rows):
		return true, nil
	case id:
		return cells.whole == v.Rows && c.Distinct*10 >= v.Rows*9, nil // Distinct is an estimate.
	case row || whose:
		return cells.whole == v.Rows && cells.rises, nil
	}
	return false, nil
}

// nameWords are the words of a column's name in small letters, without signs but # and №;
// accountID is account and id.
func nameWords(name string) []string {
	var b strings.Builder
	small := false // the letter before is one
	for _, r := range name {
		switch {
		case r == '#' || r == '№':
			b.WriteRune(' ')
			b.WriteRune(r)
			b.WriteRune(' ')
			small = false
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteRune(' ')
			small = false
			continue
		case unicode.IsUpper(r) && small:
			b.WriteRune(' ')
		}
		b.WriteRune(unicode.ToLower(r))
		small = unicode.IsLower(r)
	}
	return strings.Fields(b.String())
}

// numbers counts the cells of a column by what they look like.
type numbers struct {
	whole  int  // of digits alone
	opaque int  // that nobody types: UUIDs, long hexadecimal numbers, ids of Salesforce
	uuids  int  // of opaque
	rises  bool // each whole number is one more than the one before
}

const uuidBytes = 36

// The shapes of ids that programs make.
var (
	uuidShape   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	hexShape    = regexp.MustCompile(`^([0-9a-f]{24}|[0-9a-f]{32}|[0-9A-F]{32})$`)
	recordShape = regexp.MustCompile(`^[a-zA-Z0-9]{15}([A-Z0-5]{3})?$`)
)

// numbersOf reads a column until a cell is of neither shape.
func numbersOf(ctx context.Context, r scan.Reader, col int) (n numbers, err error) {
	n.rises = true
	before := int64(-1)
	err = scan.Each(ctx, r, []int{col}, func(first int, chunks []*column.Chunk) error {
		for i := range chunks[0].Len() {
			cell := strings.TrimSpace(chunks[0].At(i))
			if number, ok := wholeNumber(cell); ok {
				n.whole++
				n.rises = n.rises && (first+i == 0 || number == before+1)
				before = number
				continue
			}
			switch {
			case uuidShape.MatchString(cell):
				n.uuids++
			case hexShape.MatchString(cell), recordShape.MatchString(cell) && strings.ContainsAny(cell, "0123456789"):
			default:
				return scan.ErrStop
			}
			n.opaque++
		}
		return nil
	})
	return n, err
}

// wholeNumber reads up to 18 digits.
func wholeNumber(cell string) (number int64, ok bool) {
	if cell == "" || len(cell) > 18 {
		return 0, false
	}
	for i := range len(cell) {
		if cell[i] < '0' || cell[i] > '9' {
			return 0, false
		}
		number = 10*number + int64(cell[i]-'0')
	}
	return number, true
}
