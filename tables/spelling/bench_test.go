package spelling_test

import (
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"tablestep/tables/spelling"
)

// benchTexts are values as leads have them, four of a kind.
var benchTexts = []struct {
	name  string
	texts [4]string
}{
	{"ascii", [4]string{"united states", "Acme Widgets, Inc.", "Johnson & Johnson", "saint etienne du bois"}},
	{"latin", [4]string{"Côte d’Ivoire", "Müller GmbH & Co. KG", "Saint-Étienne", "Łódź Śródmieście"}},
	{"mixed", [4]string{"Αθήνα Α.Ε.", "ООО «Ромашка»", "Škoda Auto a.s.", "İstanbul Ltd. Şti."}},
	{"cjk", [4]string{"株式会社トヨタ", "華為技術有限公司", "삼성전자 주식회사", "東京都　千代田区"}},
}

// appendTwice is what a form beyond ASCII cost before there was a table of letters: two
// normalisations around a folding.
func appendTwice(dst []byte, s string) []byte {
	buf := norm.NFKC.Bytes([]byte(s))
	buf = cases.Fold().Bytes(buf)
	return append(dst, norm.NFKC.Bytes(buf)...)
}

// go test ./tables/spelling -run '^$' -bench Forms -count=10
func BenchmarkForms(b *testing.B) {
	ways := []struct {
		name string
		add  func(dst []byte, s string) []byte
	}{
		{"before", appendTwice},
		{"normalized", func(dst []byte, s string) []byte { dst, _ = spelling.Normalized.AppendKeys(dst, s); return dst }},
		{"loose", func(dst []byte, s string) []byte { dst, _ = spelling.Loose.AppendKeys(dst, s); return dst }},
		{"company", func(dst []byte, s string) []byte { dst, _ = spelling.Company.AppendKeys(dst, s); return dst }},
	}
	for _, c := range benchTexts {
		for _, w := range ways {
			b.Run("texts="+c.name+"/form="+w.name, func(b *testing.B) {
				b.ReportAllocs()
				buf := make([]byte, 0, 128)
				i := 0
				for b.Loop() {
					buf = w.add(buf[:0], c.texts[i&3])
					i++
				}
			})
		}
	}
}

func TestKeysThatFitAreWrittenWithoutMemory(t *testing.T) {
	buf := make([]byte, 0, 128)
	for _, c := range benchTexts {
		for _, text := range c.texts {
			for _, f := range []spelling.Form{spelling.Normalized, spelling.Loose, spelling.Company} {
				if n := testing.AllocsPerRun(10, func() { buf, _ = f.AppendKeys(buf[:0], text) }); n > 0 {
					t.Errorf("form %d of %q allocates %v times", f, text, n)
				}
			}
		}
	}
}
