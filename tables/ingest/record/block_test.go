package record_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/record"
)

func TestABlockIsWhatTitlesAndFootersSurround(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		widths []int
		want   record.Block
	}{
		{"nothing", nil, record.Block{}},
		{"one column", []int{1, 1, 1}, record.Block{}},
		{"one record alone", []int{1, 3, 1}, record.Block{}},
		{"all of it", []int{3, 3, 3}, record.Block{Width: 3, First: 0, Last: 2, Full: 3}},
		{"below titles", []int{1, 1, 1, 1, 3, 3}, record.Block{Width: 3, First: 4, Last: 5, Full: 2}},
		{"above footers", []int{3, 3, 1, 1, 1, 1}, record.Block{Width: 3, First: 0, Last: 1, Full: 2}},
		{"below pairs, though these are more", []int{2, 2, 2, 6, 6}, record.Block{Width: 6, First: 3, Last: 4, Full: 2}},
		{"with another one inside", []int{1, 3, 2, 3}, record.Block{Width: 3, First: 1, Last: 3, Full: 2}},
		{"too much else inside", []int{3, 1, 1, 1, 1, 3}, record.Block{}},
		{"of two as big the wider one", []int{2, 2, 2, 4}, record.Block{Width: 2, First: 0, Last: 2, Full: 3}},
	} {
		got := record.BlockOf(c.widths)
		require.Equal(t, c.want, got, c.name)
		if got.Full > 0 {
			require.Equal(t, got.Last-got.First+1, got.Records(), c.name)
		}
	}
}

func TestAHeaderIsUnlikeTheRowsBelow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rows [][]string
		want bool
	}{
		{"a word over numbers", [][]string{{"name", "clicks"}, {"x", "5"}, {"y", "6"}}, true},
		{"a word over a number and nothing", [][]string{{"name", "clicks"}, {"x", ""}, {"y", "6"}}, true},
		{"words over words", [][]string{{"A", "B"}, {"C", "D"}}, false},
		{"a code over codes", [][]string{{"A1"}, {"B2"}}, false},
		{"a word over numbers and words", [][]string{{"a"}, {"1"}, {"b"}}, false},
		{"a word over nothing", [][]string{{"a", "b"}, {"", ""}}, false},
		{"nothing over numbers", [][]string{{"", " "}, {"1", "2"}}, false},
		{"short rows", [][]string{{"a", "b"}, {"x"}, {"y", "1"}}, true},
		{"no rows", [][]string{{"a"}}, false},
	} {
		require.Equal(t, c.want, record.Contrast(c.rows), c.name)
	}
	for _, c := range []struct {
		cells []string
		want  bool
	}{
		{[]string{"a", "b"}, true},
		{[]string{"a", "", "b", " "}, true},
		{[]string{"Region", "2023", "2024"}, true},
		{[]string{"Region", "1900", "1999"}, true},
		{[]string{"Region", "1899"}, false},
		{[]string{"Region", "2100"}, false},
		{[]string{"a", "5"}, false},
		{[]string{"a", "1,200.50"}, false},
		{[]string{"a", "b", "A "}, false},
		{[]string{"", " "}, false},
		{nil, false},
	} {
		require.Equal(t, c.want, record.NameLike(c.cells), "%q", c.cells)
	}
}

func TestTheTextOfAnErrorIsTold(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#GETTING_DATA", "#ERROR!",
		"#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#VALEUR!", "#NOM?", "#¡REF!", "#¿NOMBRE?", "#N/D", "#NÚM!", "#RIF!", "#N/B", "#VERW!", "#SAKNAS!", "#VÄRDEFEL!",
		"#I/T", "#VÆRDI!", "#PUUTTUU!", "#TYHJÄ!", "#N/D!", "#LICZBA!", "#NENÍ_K_DISPOZICI", "#HIÁNYZIK", "#ZÉRÓOSZTÓ!", "#Н/Д", "#ССЫЛКА!", "#YOK", "#BAŞV!",
		"Err:501", "Err:540", "Fehler:522",
	} {
		require.True(t, record.ErrorText(text), text)
		require.Equal(t, "'"+text, record.Defuse(text), text)
		require.Equal(t, text, record.Undefuse("'"+text), text)
		require.Equal(t, "''"+text, record.Defuse("'"+text), text)
	}
	for _, text := range []string{
		"", "#", "#n/a", "#N/A ", " #N/A", "N/A", "#1", "#tag", "#NVX", "#REF", "#N/A, or so", "C#", "E", "Err:", "Err:404", "Err:5020", "Err:59x", "Err:550", "Fehler:1", "Fehler", "F",
		"#" + string(make([]byte, 100)),
	} {
		require.False(t, record.ErrorText(text), text)
		require.Equal(t, text, record.Defuse(text), text)
	}
}

func TestCleaningNamesWhatItTookAway(t *testing.T) {
	t.Parallel()
	rec := record.Record{Cells: []string{"a", "b\x00c", "\ufeffd", "\x00\ufeff"}}
	record.Clean(&rec)
	require.Equal(t, []string{"a", "bc", "d", ""}, rec.Cells)
	require.Equal(t, []record.Finding{{"NUL_BYTE", 1, "bc"}, {"MARK_INSIDE", 2, "d"}, {"NUL_BYTE", 3, "\ufeff"}, {"MARK_INSIDE", 3, ""}}, rec.Findings)
}
