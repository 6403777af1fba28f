package charset

import (
	"math"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// A class is a part of an East Asian set whose characters are about equally frequent.
type class int

const (
	bad    class = iota // no character
	kana                // hiragana and katakana
	half                // katakana of half width
	first               // the level of frequent characters
	second              // the level of rare ones
	marks               // punctuation, letters of full width, lines
	extra               // what was added to the set later
)

// A double is a set of characters of two bytes.
type double struct {
	name   string
	in     encoding.Encoding
	words  string                      // the language in words.txt
	cut    func(p []byte) (int, class) // the first character, which does not begin with ASCII
	chance map[class]float64           // probability of each character of a class
	often  map[string]float64          // probability of the characters of the words, by their bytes
	prior  float64                     // as in single
}

// doubles are made once; nothing changes them.
var doubles = sync.OnceValue(func() []double { //nolint:gochecknoglobals // made of a constant
	han := func(firsts, seconds float64) map[class]float64 {
		return map[class]float64{
			first: 0.75 / firsts, second: 0.05 / seconds, marks: 0.1 / 400, kana: 0.005 / 170, half: 1e-5, extra: 0.003 / 12000, bad: 1e-9,
		}
	}
	ja := map[class]float64{
		kana: 0.4 / 170, first: 0.45 / 2965, second: 0.02 / 3390, marks: 0.1 / 400, half: 0.02 / 63, extra: 0.001 / 6000, bad: 1e-9,
	}
	ko := map[class]float64{
		first: 0.9 / 2350, second: 0.01 / 4888, marks: 0.05 / 400, kana: 0.002 / 170, extra: 0.005 / 8800, half: 1e-5, bad: 1e-9,
	}
	all := []double{
		{name: "Shift_JIS", in: japanese.ShiftJIS, words: "ja", cut: cutShiftJIS, chance: ja, prior: -6},
		{name: "EUC-JP", in: japanese.EUCJP, words: "ja", cut: cutEUCJP, chance: ja, prior: -7},
		{name: "GB18030", in: simplifiedchinese.GB18030, words: "zh", cut: cutGBK, chance: han(3755, 3008), prior: -6},
		{name: "Big5", in: traditionalchinese.Big5, words: "zh-Hant", cut: cutBig5, chance: han(5401, 7652), prior: -6},
		{name: "EUC-KR", in: korean.EUCKR, words: "ko", cut: cutEUCKR, chance: ko, prior: -6},
	}
	for i := range all {
		all[i].often = all[i].frequent()
	}
	return all
})

// frequent gives the probabilities of the characters that are met in the words of the
// language, by their bytes.
func (d double) frequent() map[string]float64 {
	counts, total := map[string]float64{}, 0.0
	enc := d.in.NewEncoder()
	_, text, _ := strings.Cut("\n"+words, "\n@ "+d.words+"\n")
	text, _, _ = strings.Cut(text, "\n@ ")
	for _, c := range text {
		if c < utf8.RuneSelf {
			continue
		}
		if raw, err := enc.String(string(c)); err == nil {
			counts[raw]++
			total++
		}
	}
	for raw := range counts {
		counts[raw] /= total
	}
	return counts
}

// known is the share of characters that the words of the language are expected to hold.
const known = 0.7

// weigh gives the logarithm of the probability of the sample's characters.
func (d double) weigh(sample []byte) float64 {
	sum := d.prior
	before := class(-1)
	for i := 0; i < len(sample); {
		if sample[i] < utf8.RuneSelf {
			before = -1
			i++
			continue
		}
		n, c := d.cut(sample[i:])
		raw := sample[i : i+n]
		p := (1-known)*d.chance[c] + known*d.often[string(raw)]
		if c == half && before == half {
			p = 0.9 / 63
		}
		sum += math.Log(p)
		if before == -1 && i > 0 && letter(rune(sample[i-1])) && sample[i-1] < utf8.RuneSelf {
			sum += besideLatin
		}
		if i += n; i < len(sample) && sample[i] < utf8.RuneSelf && letter(rune(sample[i])) {
			sum += besideLatin
		}
		before = c
	}
	return sum
}

// besideLatin is what a plain letter without a space beside an East Asian one takes away.
const besideLatin = -3

func within(c, low, high byte) bool { return low <= c && c <= high }

func cutShiftJIS(p []byte) (int, class) {
	lead := p[0]
	if within(lead, 0xa1, 0xdf) {
		return 1, half
	}
	if len(p) < 2 || !within(p[1], 0x40, 0xfc) || p[1] == 0x7f {
		return 1, bad
	}
	switch {
	case lead == 0x82 && p[1] >= 0x9f, lead == 0x83 && p[1] <= 0x96, lead == 0x81 && p[1] == 0x5b:
		return 2, kana
	case within(lead, 0x81, 0x84):
		return 2, marks
	case within(lead, 0x88, 0x97), lead == 0x98 && p[1] <= 0x72:
		return 2, first
	case within(lead, 0x98, 0x9f), within(lead, 0xe0, 0xea):
		return 2, second
	case lead == 0x87, within(lead, 0xed, 0xee), within(lead, 0xfa, 0xfc):
		return 2, extra
	}
	return 1, bad
}

func cutEUCJP(p []byte) (int, class) {
	lead := p[0]
	if len(p) < 2 || !within(p[1], 0xa1, 0xfe) {
		return 1, bad
	}
	switch {
	case lead == 0x8e && p[1] <= 0xdf:
		return 2, half
	case lead == 0x8f && len(p) > 2 && within(p[2], 0xa1, 0xfe):
		return 3, extra
	case lead == 0xa4, lead == 0xa5, lead == 0xa1 && p[1] == 0xbc:
		return 2, kana
	case within(lead, 0xa1, 0xa8):
		return 2, marks
	case within(lead, 0xb0, 0xcf):
		return 2, first
	case within(lead, 0xd0, 0xf4):
		return 2, second
	case lead == 0xad, within(lead, 0xf9, 0xfc):
		return 2, extra
	}
	return 1, bad
}

func cutGBK(p []byte) (int, class) {
	lead := p[0]
	if len(p) > 3 && within(lead, 0x81, 0xfe) && within(p[1], '0', '9') && within(p[2], 0x81, 0xfe) && within(p[3], '0', '9') {
		return 4, extra
	}
	if len(p) < 2 || !within(p[1], 0x40, 0xfe) || p[1] == 0x7f || !within(lead, 0x81, 0xfe) {
		return 1, bad
	}
	switch {
	case p[1] < 0xa1:
		return 2, extra
	case lead == 0xa4, lead == 0xa5:
		return 2, kana
	case within(lead, 0xa1, 0xa9):
		return 2, marks
	case within(lead, 0xb0, 0xd7):
		return 2, first
	case within(lead, 0xd8, 0xf7):
		return 2, second
	}
	return 2, extra
}

func cutBig5(p []byte) (int, class) {
	lead := p[0]
	if len(p) < 2 || !within(p[1], 0x40, 0x7e) && !within(p[1], 0xa1, 0xfe) {
		return 1, bad
	}
	switch {
	case within(lead, 0xa1, 0xa3):
		return 2, marks
	case within(lead, 0xa4, 0xc5), lead == 0xc6 && p[1] <= 0x7e:
		return 2, first
	case within(lead, 0xc9, 0xf9):
		return 2, second
	case within(lead, 0x87, 0xfe):
		return 2, extra
	}
	return 1, bad
}

func cutEUCKR(p []byte) (int, class) {
	lead := p[0]
	if len(p) < 2 || !within(p[1], 0x41, 0xfe) || !within(lead, 0x81, 0xfd) {
		return 1, bad
	}
	switch {
	case p[1] < 0xa1:
		return 2, extra
	case lead == 0xaa, lead == 0xab:
		return 2, kana
	case within(lead, 0xa1, 0xac):
		return 2, marks
	case within(lead, 0xb0, 0xc8):
		return 2, first
	case within(lead, 0xca, 0xfd):
		return 2, second
	}
	return 2, extra
}
