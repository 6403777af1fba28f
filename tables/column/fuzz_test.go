package column_test

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
)

// FuzzDecode wants a chunk or an error for any bytes. The checksum is set right,
// else hardly an input would come beyond it.
func FuzzDecode(f *testing.F) {
	var enc column.Encoder
	for _, texts := range [][]string{{}, {""}, {"a", "b", "a"}, {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}} {
		var cells column.Cells
		for range 40 {
			for _, text := range texts {
				cells.Append(text)
			}
		}
		f.Add(enc.Append(nil, cells.Chunk()))
		f.Add(enc.Append(nil, enc.Compact(cells.Chunk())))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 7 {
			table := crc32.MakeTable(crc32.Castagnoli)
			sum := crc32.Update(crc32.Checksum(data[:3], table), table, data[7:])
			binary.LittleEndian.PutUint32(data[3:], sum)
		}
		chunk, err := column.Decode(data)
		var decoder column.Decoder
		var picked column.Cells
		if n, err := decoder.Pick(data, []int32{0}, &picked); err != nil {
			require.ErrorIs(t, err, column.ErrCorrupt)
			require.True(t, chunk == nil || chunk.Len() == 0)
		} else if chunk != nil {
			require.Equal(t, chunk.Len(), n)
			require.Equal(t, chunk.At(0), picked.Chunk().At(0))
		}
		if err != nil {
			require.ErrorIs(t, err, column.ErrCorrupt)
			return
		}
		require.LessOrEqual(t, chunk.Len(), column.MaxRows)
		total := 0
		for row := range chunk.Len() {
			require.Less(t, chunk.Code(row), chunk.Values())
			total += len(chunk.At(row))
		}
		var enc column.Encoder
		again, err := column.Decode(enc.Append(nil, chunk))
		require.NoError(t, err)
		for row := range chunk.Len() {
			require.Equal(t, chunk.At(row), again.At(row))
		}
		require.GreaterOrEqual(t, total, 0)
	})
}
