package ingest

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

const (
	tailSize   = 16           // of the ring: footerRows, the row that was given last, and the next one
	footerRows = tailSize - 2 // so many of the last rows can be told to be a footer
	shapeSizes = 16           // rows with as many texts or more count as one
	shapeRows  = 4096         // after so many rows only every eighth one is counted
)

// A tail is a source that holds the last rows back until it knows whether they are a
// footer: totals, notices, what an export says about itself. Such a row comes with the
// finding FOOTER, and is a row all the same. So does a total that stands first. Blank records pass at once, before rows that
// are held.
type tail struct {
	source
	held  [tailSize]heldRecord // a ring; the one that was given last stays valid
	from  int                  // index of the oldest
	count int
	begun bool // the first row was given
	blank bool // the last record was a blank one
	skips bool // blank records may be left out, and the next one tells so by its place
	last  int  // place of the last record
	body  bodyShape
	end   error // why the source gives no more; nil while it does
}

// A heldRecord is a record that was taken from its source.
type heldRecord struct {
	record.Record
	gap bool // a blank record stands above it
}

// Next gives the next record.
func (t *tail) Next() (*record.Record, error) {
	for t.end == nil && t.count <= footerRows {
		rec, err := t.source.Next()
		switch {
		case err != nil:
			t.end = err
			if errors.Is(err, io.EOF) {
				t.markFooter()
			}
		case !rec.Written:
			t.blank = true
			return rec, nil
		default:
			t.hold(rec)
		}
	}
	if t.count == 0 {
		return nil, t.end
	}
	oldest := &t.held[t.from]
	t.from = (t.from + 1) % tailSize
	t.count--
	if t.end == nil {
		t.body.add(oldest.Cells)
	}
	if !t.begun {
		t.begun = true
		// If the last rows go back to it, it was looked at with them.
		if row := texts(oldest.Cells); t.count > 0 && len(row) > 1 && isTotal(row) {
			oldest.Findings = append(oldest.Findings, footerFinding(row))
		}
	}
	return &oldest.Record, nil
}

// hold takes the slices of a record and gives the source others in exchange: a copy would
// cost a fifth of what reading a line of a CSV file does (75 of 420 ns for six cells).
func (t *tail) hold(rec *record.Record) {
	slot := &t.held[(t.from+t.count)%tailSize]
	t.count++
	slot.Cells, rec.Cells = rec.Cells, slot.Cells[:0]
	slot.Findings, rec.Findings = rec.Findings, slot.Findings[:0]
	if rec.Quoted == nil {
		slot.Quoted = nil
	} else {
		slot.Quoted = append(slot.Quoted[:0], rec.Quoted...)
	}
	slot.Place, slot.Written = rec.Place, true
	slot.gap = t.blank || t.skips && rec.Place > t.last+1
	t.blank, t.last = false, rec.Place
}

// markFooter adds the finding to the last rows that look like a footer.
func (t *tail) markFooter() {
	last := make([]lastRow, t.count)
	for i := range last {
		r := &t.held[(t.from+i)%tailSize]
		last[i] = lastRow{cells: r.Cells, gap: r.gap}
	}
	for i := t.body.footerFrom(last); i < len(last); i++ {
		r := &t.held[(t.from+i)%tailSize]
		r.Findings = append(r.Findings, footerFinding(texts(r.Cells)))
	}
}

func footerFinding(texts []string) record.Finding {
	return record.Finding{Code: "FOOTER", Cell: -1, Text: strings.Join(texts, " ")}
}

// A lastRow is one of the last rows of a file.
type lastRow struct {
	cells []string
	gap   bool // a blank line stands above it
}

// A bodyShape counts how many cells and texts rows have; the zero value counted none.
type bodyShape struct {
	seen  int             // rows
	rows  int             // of them that were counted
	blind int             // rows without a text in the first cell
	cells [shapeSizes]int // rows by their number of cells
	texts [shapeSizes]int // rows by their number of cells with text
}

func (b *bodyShape) add(cells []string) {
	if b.seen++; b.seen > shapeRows && b.seen%8 != 0 {
		return
	}
	b.rows++
	if len(cells) == 0 || cells[0] == "" {
		b.blind++
	}
	b.cells[min(len(cells), shapeSizes-1)]++
	n := 0
	for _, cell := range cells {
		if cell != "" {
			n++
		}
	}
	b.texts[min(n, shapeSizes-1)]++
}

// footerFrom is the index of the first of the last rows that look like a footer, their
// number if none does. A footer needs a body above it: rows that b counted, or some of the
// last ones.
func (b *bodyShape) footerFrom(last []lastRow) int {
	for from := range last {
		// The rows above are body for the question whether those from here on are a footer.
		if from > 0 {
			b.add(last[from-1].cells)
		}
		if b.rows > 0 && b.allFooter(last[from:]) {
			return from
		}
	}
	return len(last)
}

// allFooter says that all of these rows look like a footer. A blank line above the first
// one stands above them all.
func (b *bodyShape) allFooter(last []lastRow) bool {
	for _, row := range last {
		if !b.like(row.cells, last[0].gap) {
			return false
		}
	}
	return true
}

// like says that a row looks like one of a footer: by what it says, or because it has far
// fewer texts than rows have here.
func (b *bodyShape) like(cells []string, gap bool) bool {
	n, usual := len(texts(cells)), usualSize(b.texts)
	switch {
	case n == 0:
		return false // A row of empty texts, which is reported as such.
	case isTotal(texts(cells)) && (usual > 1 || gap):
		return true
	case (n == 1 || 2*n <= usual) && isNotice(texts(cells)[0]) && (usual > 1 || gap):
		return true
	}
	if b.rows < 3 && (usual < 3 || !gap) {
		return false // So few rows have no shape yet.
	}
	if cells[0] == "" && 50*b.blind <= b.rows && !slices.ContainsFunc(texts(cells), notFigure) {
		return true // Sums below their columns, without a word.
	}
	// Several texts may be a row that somebody began, unless a blank line stands above.
	few := n == 1 && (usual > 2 || gap) || 2*n < usual && gap
	short := len(cells) == 1 && usualSize(b.cells) > 2 && b.rare(b.cells, 1)
	return few && (short || b.rare(b.texts, n))
}

// rare says that at most one of fifty rows is so small.
func (b *bodyShape) rare(sizes [shapeSizes]int, size int) bool {
	count := 0
	for _, n := range sizes[:min(size+1, shapeSizes)] {
		count += n
	}
	return 50*count <= b.rows
}

// usualSize is the most frequent size, the largest of several.
func usualSize(sizes [shapeSizes]int) int {
	usual := 0
	for size, n := range sizes {
		if n >= sizes[usual] {
			usual = size
		}
	}
	return usual
}

// totalWord says that a folded text is what rows of sums begin with.
func totalWord(text string) bool {
	switch text {
	case "total", "totals", "grand total", "grand totals", "subtotal", "sub-total", "sum", "overall total", "report total",
		"gesamt", "gesamtsumme", "gesamtergebnis", "summe", "insgesamt", "total général", "totaux", "somme", "total general", "suma total", "totale", "totale complessivo",
		"total geral", "totaal", "eindtotaal", "suma", "razem", "suma końcowa", "celkem", "celkový součet", "spolu", "összesen", "végösszeg", "summa", "totalt", "i alt", "hovedtotal", "yhteensä",
		"итого", "всего", "общий итог", "разом", "σύνολο", "genel toplam", "toplam", "合計", "総計", "总计", "合计", "總計", "합계", "총합계", "סה״כ", "الإجمالي", "المجموع":
		return true
	}
	return false
}

// isTotal says that a row holds the word for a sum, and nothing but numbers and dashes
// beside it. "Total: Campaigns" and "Total (12)" are such words too.
func isTotal(texts []string) bool {
	at := slices.IndexFunc(texts, notFigure)
	if at < 0 || !likeTotal(texts[at]) {
		return false
	}
	return !slices.ContainsFunc(texts[at+1:], notFigure)
}

// notFigure says that a text is no number and does not stand for one.
func notFigure(text string) bool { return !likeFigure(text) }

// likeTotal says that a text is the word for a sum.
func likeTotal(text string) bool {
	first := foldName(text)
	head := strings.TrimSpace(strings.TrimRightFunc(first, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(" ().,:-–—=#", r) }))
	label, _, labelled := strings.Cut(first, ":")
	return totalWord(head) || labelled && totalWord(strings.TrimSpace(label))
}

// likeFigure says that a text is a number, with the signs that reports put around one, or
// stands for none.
func likeFigure(text string) bool {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "-–—") == "" || strings.EqualFold(text, "n/a") {
		return true
	}
	if _, ok := schema.ParseNumber(text); ok {
		return true
	}
	return strings.ContainsAny(text, "0123456789") && !strings.ContainsFunc(text, unicode.IsLetter)
}

// noticeStarts are what the last lines of an export begin with, folded: who may read it, who
// made it and when, and how much it holds.
func noticeStarts() []string {
	return []string{
		"copyright", "©", "(c) ", "generated ", "report ", "exported ", "printed ", "created by", "created on", "prepared by", "run by", "run on", "downloaded ",
		"as of ", "source:", "sources:", "note:", "notes:", "disclaimer", "end of ", "*** end", "page ", "total records", "total rows", "record count", "row count", "number of records", "number of rows",
		"filters:", "filtered by", "last updated", "last modified", "data as of",
		"erstellt ", "exportiert ", "bericht ", "stand:", "quelle:", "hinweis:", "seite ", "généré ", "exporté ", "source :", "généré le", "generado ", "fuente:", "nota:", "página ", "fonte:",
	}
}

// noticeWords are what they contain, folded.
func noticeWords() []string {
	return []string{
		"confidential", "do not distribute", "all rights reserved", "internal use only", "proprietary",
		"vertraulich", "alle rechte vorbehalten", "confidentiel", "tous droits réservés", "confidencial", "todos los derechos", "riservat", "vertrouwelijk", "poufne", "důvěrné", "конфиденциально", "機密", "保密", "rows selected", "rows affected",
	}
}

// isNotice says that a text is one that stands below a table and not in it.
func isNotice(text string) bool {
	folded := cases.Fold().String(strings.TrimSpace(text))
	return slices.ContainsFunc(noticeStarts(), func(s string) bool { return strings.HasPrefix(folded, s) }) ||
		slices.ContainsFunc(noticeWords(), func(s string) bool { return strings.Contains(folded, s) })
}
