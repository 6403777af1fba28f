package column_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/column"
)

// columns are texts of the shapes that chunks care about.
func columns(rows int) map[string][]string {
	r := rand.New(rand.NewPCG(uint64(rows), 1))
	all := map[string][]string{}
	add := func(name string, f func(row int) string) {
		texts := make([]string, rows)
		for row := range texts {
			texts[row] = f(row)
		}
		all[name] = texts
	}
	add("empty", func(int) string { return "" })
	add("one", func(int) string { return "the same" })
	add("few", func(int) string { return fmt.Sprint(r.IntN(7)) })
	add("hundreds", func(int) string { return fmt.Sprintf("a somewhat longer value %d", r.IntN(1000)) })
	add("distinct", func(row int) string { return fmt.Sprintf("key %d", row) })
	add("mixed", func(row int) string { return strings.Repeat("é\x00\xff", r.IntN(4)) })
	add("long", func(row int) string { return strings.Repeat("x", r.IntN(2)*r.IntN(70_000)/max(1, rows/50)) })
	return all
}

func TestTextsComeBackFromEveryRow(t *testing.T) {
	for _, rows := range []int{0, 1, 2, 3, 64, 1000, column.MaxRows, column.MaxRows + 1, 3*column.MaxRows + 5} {
		for name, texts := range columns(rows) {
			s := column.FromStrings(texts)
			require.Equal(t, rows, s.Len(), name)
			for row, text := range texts {
				if s.At(row) != text {
					require.Equal(t, text, s.At(row), "%s row %d of %d", name, row, rows)
				}
			}
			require.Positive(t, s.Bytes())
		}
	}
}

func TestShortChunksAreFoundAsWellAsFullOnes(t *testing.T) {
	var chunks []*column.Chunk
	var want []string
	for i, rows := range []int{column.MaxRows, 5, 0, 1, column.MaxRows - 1, 300, column.MaxRows, 2, 2, 2} {
		var cells column.Cells
		for row := range rows {
			text := fmt.Sprintf("%d/%d", i, row)
			cells.Append(text)
			want = append(want, text)
		}
		chunks = append(chunks, cells.Chunk())
	}
	s := column.NewStrings(chunks)
	require.Equal(t, len(want), s.Len())
	require.Equal(t, 9, s.Chunks())
	for row, text := range want {
		require.Equal(t, text, s.At(row), row)
		chunk, start := s.Chunk(s.ChunkOf(row))
		require.Equal(t, text, chunk.At(row-start), row)
	}
}

func TestRepeatedTextsTakeLessMemory(t *testing.T) {
	texts := columns(column.MaxRows)
	few := column.FromStrings(texts["few"])
	require.Less(t, few.Bytes(), int64(2*column.MaxRows))
	chunk, _ := few.Chunk(0)
	require.True(t, chunk.HasDictionary())
	require.Equal(t, 7, chunk.Values())
	hundreds := column.FromStrings(texts["hundreds"])
	require.Less(t, hundreds.Bytes(), int64(5*column.MaxRows))
	distinct, _ := column.FromStrings(texts["distinct"]).Chunk(0)
	require.False(t, distinct.HasDictionary())
	require.Equal(t, distinct.Len(), distinct.Values())
}

func TestReadingATextDoesNotAllocate(t *testing.T) {
	for name, texts := range columns(20_000) {
		s := column.FromStrings(texts)
		n := 0
		require.Zero(t, testing.AllocsPerRun(100, func() { n += len(s.At(17_000)) }), name)
	}
}

func TestCellsKeepNothingOfAChunk(t *testing.T) {
	var cells column.Cells
	cells.Append("before")
	chunk := cells.Chunk()
	cells.Reset()
	cells.Append("afterwards")
	require.Equal(t, "before", chunk.At(0))
	require.Equal(t, 1, cells.Len())
	require.Equal(t, len("afterwards"), cells.Bytes())
	for range column.MaxRows {
		cells.Append("")
	}
	require.Panics(t, func() { cells.Chunk() })
}

func TestChunksComeBackFromTheirBytes(t *testing.T) {
	var enc column.Encoder
	for _, rows := range []int{0, 1, 3, 64, 1000, column.MaxRows} {
		for name, texts := range columns(rows) {
			var cells column.Cells
			for _, text := range texts {
				cells.Append(text)
			}
			plain := cells.Chunk()
			for _, chunk := range []*column.Chunk{plain, enc.Compact(plain)} {
				data := enc.Append([]byte("before"), chunk)
				require.Equal(t, "before", string(data[:6]))
				data = data[6:]
				got, err := column.Decode(data)
				require.NoError(t, err, name)
				clear(data)
				require.Equal(t, chunk.Len(), got.Len())
				require.Equal(t, chunk.Values(), got.Values())
				require.Equal(t, chunk.Bytes(), got.Bytes())
				for row, text := range texts {
					if got.At(row) != text {
						require.Equal(t, text, got.At(row), "%s row %d", name, row)
					}
				}
			}
		}
	}
}

func TestAnyChangedByteIsFound(t *testing.T) {
	var enc column.Encoder
	var cells column.Cells
	for row := range 300 {
		cells.Append(fmt.Sprint(row % 9))
	}
	for _, chunk := range []*column.Chunk{cells.Chunk(), enc.Compact(cells.Chunk())} {
		data := enc.Append(nil, chunk)
		for i := range data {
			damaged := bytes.Clone(data)
			damaged[i] ^= 1 << (i % 8)
			_, err := column.Decode(damaged)
			require.ErrorIs(t, err, column.ErrCorrupt, "byte %d", i)
			_, err = column.Decode(data[:i])
			require.ErrorIs(t, err, column.ErrCorrupt, "cut at %d", i)
		}
	}
}

func TestAnyTextsComeBackFromTheirBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a", "b", "null"})), 0, 300).Draw(t, "texts")
		var enc column.Encoder
		var cells column.Cells
		for _, text := range texts {
			cells.Append(text)
		}
		got, err := column.Decode(enc.Append(nil, enc.Compact(cells.Chunk())))
		if err != nil {
			t.Fatal(err)
		}
		if got.Len() != len(texts) {
			t.Fatalf("%d rows, want %d", got.Len(), len(texts))
		}
		for row, text := range texts {
			if got.At(row) != text {
				t.Fatalf("row %d: %q, want %q", row, got.At(row), text)
			}
		}
	})
}
