package xlsx

import (
	"path"
	"strings"

	"tablestep/tables/schema"
)

// exportProperty is the document property that marks a workbook of ours.
const exportProperty = "TablestepExport"

// A relation ties one part of a workbook to another.
type relation struct {
	id, kind, target string // kind is the last word of the type's URL
}

// each calls do for every start tag of a part.
func (w *Workbook) each(name string, do func(p *part) error) error {
	p, err := w.open(name, xmlBuffer)
	if err != nil {
		return err
	}
	defer p.Close()
	for {
		kind, err := p.next()
		if err == nil && kind == xmlStart {
			err = do(p)
		}
		if err != nil {
			return w.fail(name, err)
		}
		if kind == xmlEOF {
			return nil
		}
	}
}

// relations reads the relations of a part; "" are those of the whole package.
// A part without any has none.
func (w *Workbook) relations(of string) ([]relation, error) {
	dir, file := path.Split(of)
	name := dir + "_rels/" + file + ".rels"
	if w.part(name) == nil {
		return nil, nil
	}
	var all []relation
	err := w.each(name, func(p *part) error {
		if string(p.name) != "Relationship" || string(p.attr("TargetMode")) == "External" {
			return nil
		}
		target := strings.ReplaceAll(string(p.attr("Target")), `\`, "/")
		if strings.HasPrefix(target, "/") {
			target = path.Clean(target[1:])
		} else {
			target = path.Join(dir, target)
		}
		kind := string(p.attr("Type"))
		all = append(all, relation{string(p.attr("Id")), kind[strings.LastIndexByte(kind, '/')+1:], target})
		if len(all) > w.limits.Entries {
			return &schema.UploadError{Code: "TOO_LARGE", Message: "the workbook has too many relations between its parts"}
		}
		return nil
	})
	return all, err
}

// readBook reads the list of sheets and which calendar the dates use.
func (w *Workbook) readBook(name string, relations []relation) error {
	return w.each(name, func(p *part) error {
		switch string(p.name) {
		case "workbookPr":
			if p.depth() == 2 { // Another one may stand in an extension.
				w.date1904 = isTrue(p.attr("date1904"))
			}
		case "sheet":
			state := string(p.attr("state"))
			for _, r := range relations {
				if r.id == string(p.attr("id")) && r.kind == "worksheet" {
					w.sheets = append(w.sheets, Sheet{Name: string(p.attr("name")), Hidden: state == "hidden" || state == "veryHidden", part: r.target})
				}
			}
			if len(w.sheets) > w.limits.Entries {
				return &schema.UploadError{Code: "TOO_LARGE", Message: "the workbook has too many sheets"}
			}
		}
		return nil
	})
}

// readMark tells whether the workbook carries the mark of our exports.
func (w *Workbook) readMark(name string) (bool, error) {
	marked := false
	if w.part(name) == nil {
		return false, nil
	}
	err := w.each(name, func(p *part) error {
		marked = marked || string(p.name) == "property" && string(p.attr("name")) == exportProperty
		return nil
	})
	return marked, err
}

func isTrue(v []byte) bool { return string(v) == "1" || string(v) == "true" }
