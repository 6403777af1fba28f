package charset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/japanese"

	"tablestep/tables/ingest/charset"
)

// JIS X 0208 has its frequent kanji in rows 16 to 47 and the others in rows 48 to 84, whatever bytes
// an encoding writes them as.
func TestACharacterOfJapaneseIsOfOneClassInBothEncodings(t *testing.T) {
	t.Parallel()
	count := map[int]int{}
	for row := 1; row <= 84; row++ {
		for cell := 1; cell <= 94; cell++ {
			euc := []byte{0xa0 + byte(row), 0xa0 + byte(cell)}
			text, err := japanese.EUCJP.NewDecoder().Bytes(euc)
			require.NoError(t, err)
			if strings.ContainsRune(string(text), '\ufffd') || row > 8 && row < 16 {
				continue
			}
			sjis, err := japanese.ShiftJIS.NewEncoder().Bytes(text)
			require.NoError(t, err)
			want := charset.Marks
			switch {
			case row == 4, row == 5, string(text) == "ー":
				want = charset.Kana
			case row >= 48:
				want = charset.Second
			case row >= 16:
				want = charset.First
			}
			if len(sjis) < 2 {
				continue // such as ￣, which is written as a sign of ASCII
			}
			classes, sizes := charset.ClassesOf(sjis, euc)
			require.Equal(t, [2]int{2, 2}, sizes, "%s, row %d", text, row)
			require.Equal(t, want, classes[0], "%s, row %d: % x as Shift_JIS", text, row, sjis)
			require.Equal(t, want, classes[1], "%s, row %d: % x as EUC-JP", text, row, euc)
			count[int(want)]++
		}
	}
	require.Equal(t, 2965, count[int(charset.First)])
	require.Equal(t, 3390, count[int(charset.Second)])
}
