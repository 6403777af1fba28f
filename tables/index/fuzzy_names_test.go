package index

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// names is a seeded model of texts in normal form, as mode Fuzzy meets them: it gives as
// many different ones as are asked for, in a table or not.
type names struct {
	r    *rand.Rand
	make func() string
	seen map[string]bool
}

// fresh is a text that was not given before.
func (n *names) fresh() string {
	for {
		if text := n.make(); !n.seen[text] {
			n.seen[text] = true
			return text
		}
	}
}

func (n *names) list(count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = n.fresh()
	}
	return list
}

// keys are different values to look up in rows: three of five a row with one or two
// errors, the others no row.
func (n *names) keys(rows []string, count int) []string {
	given := map[string]bool{}
	var keys []string
	for len(keys) < count {
		key := ""
		if len(keys)%5 < 3 {
			key = n.mistype(rows[n.r.IntN(len(rows))], 1+n.r.IntN(2))
		} else {
			key = n.fresh()
		}
		if key != "" && !given[key] {
			given[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// mistype puts errors into a text: a letter more, less or another one, or two neighbours
// that change places.
func (n *names) mistype(text string, errors int) string {
	runes := []rune(text)
	for range errors {
		at, letter := n.r.IntN(len(runes)), rune('a'+n.r.IntN(26))
		switch kind := n.r.IntN(4); {
		case kind == 0:
			runes = slices.Insert(runes, at, letter)
		case kind == 1 && len(runes) > 1:
			runes = slices.Delete(runes, at, at+1)
		case kind == 2 && at+1 < len(runes) && runes[at] != runes[at+1]:
			runes[at], runes[at+1] = runes[at+1], runes[at]
		default:
			runes[at] = letter
		}
	}
	return string(runes)
}

func newNames(seed uint64, of func(r *rand.Rand) func() string) *names {
	r := rand.New(rand.NewPCG(seed, 14))
	return &names{r: r, make: of(r), seen: map[string]bool{}}
}

// syllables puts a word together that can be spoken.
func syllables(r *rand.Rand, count int) string {
	onsets := strings.Fields("b br c ch cl d dr f fl g gr h j k kr l m n p pl qu r s sc sh sl st t th tr v w z")
	vowels := strings.Fields("a a a e e e e i i o o o u y ai ea ee io ou")
	codas := []string{"", "", "", "", "n", "n", "r", "r", "s", "l", "t", "m", "ck", "ld", "nd", "rt", "x"}
	var b strings.Builder
	for range count {
		b.WriteString(onsets[r.IntN(len(onsets))])
		b.WriteString(vowels[r.IntN(len(vowels))])
	}
	b.WriteString(codas[r.IntN(len(codas))])
	return b.String()
}

// distinctWords are so many different words of two to four syllables.
func distinctWords(r *rand.Rand, count int) []string {
	seen := map[string]bool{}
	var list []string
	for len(list) < count {
		if word := syllables(r, 2+r.IntN(10)/6+r.IntN(10)/8); len(word) >= 4 && !seen[word] {
			seen[word] = true
			list = append(list, word)
		}
	}
	return list
}

// companies makes names of 8 to 40 characters, half of them up to 20, of 40,000 words of
// which the first are skewed: the commonest begins one name in forty.
func companies(r *rand.Rand) func() string {
	words := distinctWords(r, 40_000)
	skewed := rand.NewZipf(r, 1.1, 4, uint64(len(words)-1))
	business := strings.Fields(`systems solutions services group holding holdings partners consulting logistics energy media foods health
		capital software technologies industries international global digital design engineering construction trading transport
		marketing insurance pharma medical labs networks security data analytics robotics optics paper freight textiles motors
		steel chemicals plastics electronics packaging furniture hotels travel events properties ventures invest bank finance
		legal research studio works tools garden sports fashion print water power solar`)
	trade := rand.NewZipf(r, 1.2, 6, uint64(len(business)-1))
	forms := strings.Fields("inc ltd llc gmbh ag sa corp bv srl plc ab oy kg co spa")
	form := rand.NewZipf(r, 1.2, 3, uint64(len(forms)-1))
	return func() string {
		for {
			name := words[skewed.Uint64()]
			if r.IntN(100) < 30 {
				name += " " + words[r.IntN(len(words))]
			}
			if r.IntN(100) < 62 {
				name += " " + business[trade.Uint64()]
			}
			if r.IntN(100) < 8 {
				name += " & " + business[r.IntN(len(business))]
			}
			if r.IntN(100) < 50 {
				name += " " + forms[form.Uint64()]
			}
			if len(name) >= 8 && len(name) <= 40 {
				return name
			}
		}
	}
}

// places makes names of towns: many of one word with the same few endings, in the letters
// of several scripts.
func places(r *rand.Rand) func() string {
	stems := distinctWords(r, 6_000)
	before := strings.Fields("san santa saint sankt el los las new old bad novo upper north st. são la le nova")
	after := strings.Fields("ville burg dorf ton hausen kirchen grad ovo pur abad heim stedt ham by ford field ów ice ești köy")
	beside := []string{"de la sierra", "am see", "del río", "sur mer", "city", "an der elbe", "novyy", "do sul", "heights", "beach"}
	cyrillic := []rune("абвгдежзиклмнопрстуфхчшыя")
	kanji := []rune("東西南北大小山川田中村上下原島松本野高新")
	marked := strings.NewReplacer("a", "á", "u", "ü", "o", "ö", "e", "é", "i", "í")
	some := func(letters []rune, count int) string {
		b := make([]rune, count)
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	return func() string {
		switch r.IntN(20) {
		case 0:
			return some(cyrillic, 4+r.IntN(8)) + []string{"ск", "во", "град", ""}[r.IntN(4)]
		case 1:
			return some(kanji, 2+r.IntN(4))
		}
		name := stems[r.IntN(len(stems))]
		if r.IntN(3) == 0 {
			name += after[r.IntN(len(after))]
		}
		if r.IntN(5) == 0 {
			name = before[r.IntN(len(before))] + " " + name
		}
		if r.IntN(8) == 0 {
			name += " " + beside[r.IntN(len(beside))]
		}
		if r.IntN(8) == 0 {
			name = marked.Replace(name)
		}
		return name
	}
}

// twoLetters makes texts of up to 40 characters of two letters: all are near many.
func twoLetters(r *rand.Rand) func() string {
	return func() string {
		b := make([]byte, 6+r.IntN(35))
		for i := range b {
			b[i] = "ab"[r.IntN(2)]
		}
		return string(b)
	}
}

// textsOf are entries, in this order.
func textsOf(list []string) *texts {
	t := new(texts)
	var b strings.Builder
	for _, text := range list {
		b.WriteString(text)
		t.ends = append(t.ends, uint32(b.Len()))
	}
	t.arena = b.String()
	return t
}

func TestTheModelOfCompaniesIsAsItIsDescribed(t *testing.T) {
	t.Parallel()
	n := newNames(1, companies)
	rows := n.list(20_000)
	lengths := make([]int, len(rows))
	firsts := map[string]int{}
	words := map[string]bool{}
	for i, row := range rows {
		lengths[i] = utf8.RuneCountInString(row)
		first, _, _ := strings.Cut(row, " ")
		firsts[first]++
		for _, word := range strings.Fields(row) {
			words[word] = true
		}
	}
	slices.Sort(lengths)
	require.Equal(t, 8, lengths[0])
	require.Equal(t, 40, lengths[len(lengths)-1])
	require.Equal(t, 20, lengths[len(lengths)/2])
	most := 0
	for _, count := range firsts {
		most = max(most, count)
	}
	require.Greater(t, most, len(rows)/50)
	require.Greater(t, len(words), 8_000)
	require.Equal(t, rows[:100], newNames(1, companies).list(100), "seeded")
	keys := n.keys(rows, 1_000)
	slices.Sort(keys)
	require.Len(t, slices.Compact(keys), 1_000)
}
