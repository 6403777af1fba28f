package ingest

import "tablestep/tables/ingest/record"

// tableWidth is how many cells the records of the table in a sample have: the most
// frequent number of cells up to the last text; but where nearly all records have one
// text, as in a short file with titles above and footers below, that of their block.
func tableWidth(sample []record.Record) int {
	width := usualWidth(sample)
	if block := blockOf(sample); width < 2 && block.Width > 1 {
		return block.Width
	}
	return width
}

// blockBelow finds the header of a table below lines with several cells of their own,
// such as the name of an account beside its number. Their count does not tell them from a
// table; but the block of wider records below them does, if its first one is a header
// above numbers. 0 is none.
func blockBelow(sample []record.Record) int {
	block := blockOf(sample)
	if block.First == 0 || block.First > titleRecords || 5*block.Full < 4*block.Records() {
		return 0
	}
	for _, rec := range sample[:block.First] {
		if textWidth(rec.Cells) >= block.Width {
			return 0
		}
	}
	header := sample[block.First].Cells
	var rows [][]string
	for _, rec := range sample[block.First : block.Last+1] {
		rows = append(rows, rec.Cells)
	}
	if len(texts(header)) < block.Width || !likeHeader(header) || !record.Contrast(rows) {
		return 0
	}
	return block.First
}

func blockOf(sample []record.Record) record.Block {
	widths := make([]int, len(sample))
	for i, rec := range sample {
		widths[i] = textWidth(rec.Cells)
	}
	return record.BlockOf(widths)
}
