package column_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
)

func TestBuiltVectorsHoldWhatWasAppended(t *testing.T) {
	var b column.Builder
	require.Equal(t, 0, b.Vector().Len())
	for _, rows := range []int{0, 1, 3, 64, 1000, 5, 20_000, 1} {
		r := rand.New(rand.NewPCG(uint64(rows), 2))
		b.Reset(rows / 4) // Too small a guess is no harm.
		want := make([]column.Value, rows)
		buffer := []byte{}
		for row := range want {
			kind := column.Kind(r.IntN(5))
			text := fmt.Sprint(r.IntN(max(1, rows/2)))
			if kind == column.Null {
				text = ""
			}
			want[row] = column.Value{Kind: kind, Text: text}
			switch {
			case kind == column.Null && row%2 == 0:
				b.AppendNull()
			case row%3 == 0:
				buffer = append(buffer[:0], text...)
				b.AppendBytes(kind, buffer)
				copy(buffer, "poisonpoison")
			default:
				b.Append(kind, text)
			}
		}
		require.Equal(t, rows, b.Len())
		v := b.Vector()
		require.Equal(t, rows, v.Len())
		require.Equal(t, column.Value{}, v.Values[0])
		seen := map[column.Value]bool{}
		for code, value := range v.Values {
			require.False(t, seen[value], "code %d repeats %v", code, value)
			seen[value] = true
		}
		for row := range want {
			require.Equal(t, want[row], v.At(row))
			require.Equal(t, want[row].Kind == column.Null, v.IsNull(row))
		}
	}
}

func TestTextsOfAVectorOutliveTheBuilder(t *testing.T) {
	var b column.Builder
	b.Append(column.Text, "first")
	text := b.Vector().At(0).Text
	b.Reset(1)
	b.Append(column.Text, "other")
	b.Vector()
	require.Equal(t, "first", text)
}

func TestAReusedBuilderHardlyAllocates(t *testing.T) {
	var b column.Builder
	texts := []string{"CA", "NY", "TX", "CA"}
	fill := func() {
		b.Reset(1000)
		for row := range 1000 {
			b.Append(column.Text, texts[row&3])
		}
		b.Vector()
	}
	fill()
	require.LessOrEqual(t, testing.AllocsPerRun(20, fill), 1.0)
}
