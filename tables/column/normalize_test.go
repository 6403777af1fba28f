package column_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
)

func TestTextsThatReadTheSameHaveOneNormalForm(t *testing.T) {
	for want, texts := range map[string][]string{
		"":               {"", " ", "\t\r\n", "\u00a0", "\u200b", "\ufeff", " \u2003\u3000 ", "\u00ad"},
		"united states":  {"united states", "United States", " UNITED\t\tstates\n", "United\u00a0States", "\ufeffUnited\u2009States", "Uni\u00adted St\u200bates", "United\u202fStates\u2028"},
		"strasse":        {"Straße", "STRASSE", "straẞe"},
		"café":           {"café", "cafe\u0301", "CAFÉ", "CAFE\u0301", "cafe\u200d\u0301"},
		"fi":             {"ﬁ", "FI", "ｆｉ"},
		"k":              {"K", "k", "\u212a"},
		"σοφοσ":          {"ΣΟΦΟΣ", "σοφος", "σοφος"},
		"東京 1":           {"東京 1", "東京\u3000１"},
		"i\u0307stanbul": {"İstanbul"},
		"a b c":          {" a  b   c ", "A\vB\fC"},
		"x\x01y":         {"X\x01Y"},
		"0.5":            {"0.5", "０.５"},
		"o'neil":         {"O'Neil", "O’Neil", "O‘Neil", "Oʼneil", "O´Neil", "O′Neil", "Oʻneil", "O＇NEIL", "O‛Neil", "O›Neil"},
		`the "a" team`:   {`The "A" Team`, "The “A” Team", "The „A“ Team", "The «A» Team", "The ″A″ Team", "The 〝A〟 Team", "The ＂A＂ Team"},
		"7-eleven":       {"7-Eleven", "7‐Eleven", "7‑Eleven", "7–Eleven", "7—Eleven", "7−Eleven", "7﹘Eleven", "7﹣Eleven", "7－Eleven", "7⁻Eleven", "7―Eleven"},
		"o`neil":         {"O`Neil"}, // as any sign of ASCII, it is what it is
		"ハーバー":           {"ハーバー"},
		"ᏣᎳᎩᏰ":           {"ᏣᎳᎩᏰ", "ꮳꮃꭹᏸ"},
	} {
		for _, text := range texts {
			require.Equal(t, want, column.Normalize(text), "%q", text)
		}
	}
}

func TestBytesThatAreNotUTF8Stay(t *testing.T) {
	require.Equal(t, "a\xffb\xc3", column.Normalize(" A\xffB\xc3 "))
	require.NotEqual(t, column.Normalize("\xff"), column.Normalize("\xfe"))
	require.Equal(t, "É\xffa b", column.Normalize("É\xffA  b\u00a0"), "only ASCII is folded")
}

func TestATextInNormalFormIsReturnedItself(t *testing.T) {
	text := "already normal 004"
	buf := make([]byte, 0, 64)
	buf, is := column.AppendUnlessNormal(buf, text)
	require.True(t, is)
	require.Empty(t, buf)
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = column.Normalize(text) }))
	for _, other := range []string{"A", " a", "a ", "a  b", "a\tb", "é"} {
		_, is := column.AppendUnlessNormal(nil, other)
		require.False(t, is, "%q", other)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { buf = column.AppendNormalized(buf[:0], "  MIXED  case ") }))
	require.Equal(t, "mixed case", string(buf))
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"", "a B", " \u00a0x", "ﬁ\xff", "e\u0301\u200d", "İ", "\u1100\u1161\u11a8", "ά\u0345", "\u3164", "ΐ", "ﷺ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := column.Normalize(s)
		require.Equal(t, n, string(column.AppendNormalized(nil, s)))
		require.Equal(t, "x"+n, string(column.AppendNormalized([]byte("x"), s)))
		require.Equal(t, n, column.Normalize(" "+s+"\u00a0"), "spaces around do not count")
		require.Equal(t, n, column.Normalize(n), "a normal form is its own")
		require.NotContains(t, n, "  ")
		require.Equal(t, n, strings.TrimSpace(n))
		if utf8.ValidString(s) {
			require.True(t, utf8.ValidString(n))
		}
		unless, is := column.AppendUnlessNormal([]byte("x"), s)
		if is {
			require.Equal(t, s, n)
			require.Equal(t, "x", string(unless))
		} else {
			require.Equal(t, "x"+n, string(unless))
		}
	})
}

// go test ./tables/column -run '^$' -bench Normalize -count=10
func BenchmarkNormalize(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"normal", "united states"},
		{"capitals", "United States"},
		{"accents", "Côte d'Ivoire"},
		{"apostrophe", "Côte d’Ivoire"},
		{"greek", "Αθήνα Ελλάδα"},
		{"cjk", "株式会社トヨタ"},
		{"decomposed", "Co\u0302te d'Ivoire"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = column.AppendNormalized(buf[:0], c.text)
			}
		})
		b.Run(c.name+"/slowly", func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = column.AppendSlowly(buf[:0], c.text)
			}
		})
	}
}
