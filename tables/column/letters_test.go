package column_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
)

func requireAsSlowly(t *testing.T, s string) {
	t.Helper()
	if want, got := string(column.AppendSlowly(nil, s)), column.Normalize(s); want != got {
		require.Equal(t, want, got, "%+q", s)
	}
}

// around are texts that could change a character beside them: letters with and without
// marks, marks of several classes, the parts of Korean syllables and what cannot be seen.
var around = []string{
	"a", "É", " ", "\u0301", "\u0308", "\u0323", "\u0345", "\u3099", "\u1161", "\u11a8", "\u0653", "\u0338", "\u200d", "가", "か", "ß", "Σ", "´", "\u2003",
}

func TestEveryCharacterIsNormalizedQuicklyAsSlowly(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		requireAsSlowly(t, s)
		// Beside others, a part is enough of where a thousand are alike or none is quick.
		quick := r < 0x800 || r >= 0x1e00 && r < 0x2200 || r >= 0x3000 && r < 0x3100 || r >= 0xff00 && r < 0xff60
		if !quick && r%29 != 0 && (r < 0x1100 || r > 0x1200) {
			continue
		}
		for _, other := range around {
			requireAsSlowly(t, s+other)
			requireAsSlowly(t, other+s)
		}
	}
}

func TestAnyTextIsNormalizedQuicklyAsSlowly(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(14, 1))
	for range 200_000 {
		var b strings.Builder
		for range random.IntN(12) {
			switch random.IntN(8) {
			case 0:
				b.WriteString(around[random.IntN(len(around))])
			case 1:
				b.WriteByte(byte(random.IntN(128)))
			case 2:
				b.WriteRune(rune(0x1e00 + random.IntN(0x270)))
			case 3:
				b.WriteRune(rune(0x3000 + random.IntN(0x100)))
			case 4:
				b.WriteRune(rune(random.IntN(0xd800)))
			default:
				b.WriteRune(rune(0x80 + random.IntN(0x780)))
			}
		}
		requireAsSlowly(t, b.String())
	}
}

func TestNearlyAllLettersOfPrintAreQuick(t *testing.T) {
	var buf [128]byte
	for _, s := range []string{
		"Côte d’Ivoire", "ŁÓDŹ — Łódź", "Diyarbakır İzmir", "Việt Nam", "Αθήνα ΟΔΌΣ", "Йошкар-Ола", "תל אביב", "القاهرة",
		"株式会社トヨタ　モーター", "삼성전자", "ＡＣＭＥ（株）", "Stra\u00adße\u200b", "naïve “quoted” … text", "ŉ ǆ ΐ", "Acme™ 1½ №5", "party 🎉",
	} {
		require.Zero(t, testing.AllocsPerRun(10, func() { column.AppendNormalized(buf[:0], s) }), "%q went the slow way", s)
	}
}

func TestAFormThatIsLongerThanItsTextIsWritten(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"ᾀ", "ŉ", "ẞ", "ǰ", "ΐ"} {
		long := strings.Repeat(s, 300)
		requireAsSlowly(t, long)
		for size := range 40 {
			dst := append(make([]byte, 0, size), "kept"...)
			require.Equal(t, "kept"+column.Normalize(long), string(column.AppendNormalized(dst, long)))
		}
	}
}
