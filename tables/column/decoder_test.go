package column_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
)

func TestPickedCellsAreThoseOfTheDecodedChunk(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var (
		enc     column.Encoder
		decoder column.Decoder
	)
	for _, values := range []int{1, 3, 200, 300, 1 << 20} {
		for _, rows := range []int{1, 77, 5000} {
			var cells column.Cells
			for range rows {
				cells.Append(strings.Repeat("x", r.IntN(300)) + fmt.Sprint(r.IntN(values)))
			}
			data := enc.Append(nil, enc.Compact(cells.Chunk()))
			chunk, err := column.Decode(data)
			require.NoError(t, err)
			again, err := decoder.Decode(data)
			require.NoError(t, err)
			var wanted []int32
			for range 50 {
				wanted = append(wanted, int32(r.IntN(rows)))
			}
			var picked column.Cells
			n, err := decoder.Pick(data, wanted, &picked)
			require.NoError(t, err)
			require.Equal(t, rows, n)
			for i, row := range wanted {
				require.Equal(t, chunk.At(int(row)), picked.Chunk().At(i))
			}
			for row := range rows {
				require.Equal(t, chunk.At(row), again.At(row))
			}
			_, err = decoder.Pick(data, []int32{int32(rows)}, &picked)
			require.ErrorIs(t, err, column.ErrCorrupt)
		}
	}
}
