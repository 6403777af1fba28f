package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tablestep/tables/ingest/record"
	"tablestep/tables/ingest/xlsx"
	"tablestep/tables/schema"
)

const (
	coverSheets = 20 // sheets that are looked at to find one that looks like a table
	coverRows   = 40 // a cover has fewer rows
	proseLength = 60 // characters of a text that hardly stands in a table of short rows
)

// chooseSheet is the sheet that is read where none was named: the first one that a person
// sees, unless it is a cover (a title, a description, who made it and when) or empty, and
// another one looks like a table.
func (f *File) chooseSheet() (xlsx.Sheet, error) {
	first, err := f.book.Choose("")
	if err != nil || first.Hidden {
		return first, err
	}
	visible := f.book.Sheets()
	visible = slices.DeleteFunc(slices.Clone(visible), func(s xlsx.Sheet) bool { return s.Hidden })
	if len(visible) < 2 {
		return first, nil
	}
	for i, s := range visible[:min(len(visible), coverSheets)] {
		sample, err := sampleOf(func() (source, error) { return f.book.Records(s, xlsx.Merges{}) })
		if err != nil {
			return first, f.unlessDamaged(err)
		}
		switch {
		case i == 0 && !likeCover(sample):
			return first, nil
		case i > 0 && !likeCover(sample) && likeTable(sample):
			f.warn.addOnce("COVER_SHEET", schema.Warning{Message: fmt.Sprintf(
				"sheet %q, the first one, looks like a cover and is not read, but sheet %q; if that is wrong, name the sheet", first.Name, s.Name)})
			return s, nil
		}
	}
	return first, nil
}

// unlessDamaged passes over what is wrong with a sheet that is only looked at: it is
// refused if it is the one that is read.
func (f *File) unlessDamaged(err error) error {
	if _, ok := errors.AsType[*schema.UploadError](err); ok {
		return nil
	}
	return err
}

// likeCover says that the first rows of a sheet look like a cover: few rows, of which each
// is a title, a sentence, or a label with what it says.
func likeCover(sample []record.Record) bool {
	if len(sample) >= coverRows {
		return false
	}
	gaps, prose, labels, wide := 0, 0, 0, 0
	for i, rec := range sample {
		row := texts(rec.Cells)
		if i > 0 && rec.Place > sample[i-1].Place+1 {
			gaps++
		}
		if slices.ContainsFunc(row, likeProse) {
			prose++
		}
		if len(row) > 0 && len(row) <= 2 && likeLabel(row[0]) {
			labels++
		}
		if len(row) > 2 {
			wide++
		}
	}
	rows := len(sample)
	switch {
	case rows == 0:
		return true
	case 4*wide > rows: // A table below a title has more wide rows than others.
		return false
	case usualWidth(sample) <= 1 || widestRow(sample) <= 1:
		// A list of single texts is a table of one column, unless it reads like a page.
		return rows <= 2 || gaps > 0 || prose > 0 || labels > 0
	}
	return 2*labels >= rows || labels >= 2 && gaps > 0
}

// widestRow is the largest number of texts that a row has.
func widestRow(sample []record.Record) int {
	most := 0
	for _, rec := range sample {
		most = max(most, len(texts(rec.Cells)))
	}
	return most
}

// likeTable says that rows look like a table of several columns: most of them have as many
// texts as a row that looks like their header, or nearly.
func likeTable(sample []record.Record) bool {
	width := usualWidth(sample)
	if width < 2 {
		return false
	}
	for at, rec := range sample[:min(len(sample), titleRecords)] {
		n := len(texts(rec.Cells))
		if n < 2 || 2*n < width || !likeHeader(rec.Cells) {
			continue
		}
		below, full := sample[at+1:], 0
		for _, row := range below {
			if len(texts(row.Cells)) >= 2 {
				full++
			}
		}
		return full > 0 && 2*full >= len(below)
	}
	return false
}

// likeProse says that a text is a sentence.
func likeProse(text string) bool {
	return utf8.RuneCountInString(text) > proseLength || strings.Count(strings.TrimSpace(text), " ") >= 6
}

// labelWord says that a folded text is one by which covers tell what they say of a workbook.
func labelWord(text string) bool {
	switch text {
	case "author", "owner", "created", "created by", "created on", "prepared by", "date", "version", "title", "report", "report name", "report date", "source", "contact", "department", "status", "company",
		"description", "purpose", "period", "generated", "generated on", "last updated", "last modified", "updated", "confidentiality", "classification", "subject", "project", "client", "account", "property", "date range", "time zone", "currency", "filters", "notes",
		"autor", "verfasser", "erstellt", "erstellt von", "erstellt am", "datum", "stand", "titel", "bericht", "quelle", "kontakt", "beschreibung", "zeitraum", "auteur", "créé par", "titre", "fecha", "título", "fonte", "data":
		return true
	}
	return false
}

// likeLabel says that a text names what stands beside it: "Author", "Valid from:".
func likeLabel(text string) bool {
	folded := foldName(text)
	return strings.HasSuffix(folded, ":") || labelWord(folded)
}
