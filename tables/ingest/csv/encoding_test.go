package csv_test

import (
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	textunicode "golang.org/x/text/encoding/unicode"

	"tablestep/tables/ingest/charset"
	"tablestep/tables/ingest/csv"
)

// A sample is a small table of facts in one language.
type sample struct {
	language string
	text     string
}

// samples reads testdata/encodings.txt: tables, each below a line with @ and its language.
func samples(t *testing.T) []sample {
	t.Helper()
	raw, err := os.ReadFile("testdata/encodings.txt")
	require.NoError(t, err)
	var all []sample
	for part := range strings.SplitSeq(strings.TrimPrefix(string(raw), "@ "), "\n@ ") {
		language, text, ok := strings.Cut(part, "\n")
		require.True(t, ok)
		all = append(all, sample{language, strings.TrimSuffix(text, "\n") + "\n"})
	}
	return all
}

// written is a character set and the languages whose samples are written in it; none are all.
type written struct {
	name      string
	in        encoding.Encoding
	languages string
}

func charsets() []written {
	const (
		western  = "de en fr es pt it sv da nb fi is ca nl"
		central  = "hu pl cs sk sl hr ro"
		baltic   = "lt lv et"
		cyrillic = "ru bg uk sr be"
	)
	return []written{
		{"UTF-8", encoding.Nop, ""},
		{"UTF-16LE", textunicode.UTF16(textunicode.LittleEndian, textunicode.IgnoreBOM), ""},
		{"UTF-16BE", textunicode.UTF16(textunicode.BigEndian, textunicode.IgnoreBOM), ""},
		{"windows-1250", charmap.Windows1250, central},
		{"windows-1251", charmap.Windows1251, cyrillic},
		{"windows-1252", charmap.Windows1252, western},
		{"windows-1253", charmap.Windows1253, "el"},
		{"windows-1254", charmap.Windows1254, "tr"},
		{"windows-1257", charmap.Windows1257, baltic},
		{"ISO-8859-2", charmap.ISO8859_2, central},
		{"KOI8-R", charmap.KOI8R, cyrillic},
		{"Mac Roman", charmap.Macintosh, western},
		{"cp850", charmap.CodePage850, western},
		{"cp852", charmap.CodePage852, central},
		{"cp866", charmap.CodePage866, cyrillic},
		{"Shift_JIS", japanese.ShiftJIS, "ja"},
		{"EUC-JP", japanese.EUCJP, "ja"},
		{"ISO-2022-JP", japanese.ISO2022JP, "ja"},
		{"GBK", simplifiedchinese.GBK, "zh"},
		{"Big5", traditionalchinese.Big5, "zh-Hant"},
		{"EUC-KR", korean.EUCKR, "ko"},
		{"TIS-620", charmap.Windows874, "th"},
	}
}

// writtenIn gives the samples that can be written in the set, and how they are.
func (w written) samples(t *testing.T) (texts, raws []string) {
	t.Helper()
	for _, s := range samples(t) {
		if w.languages != "" && !strings.Contains(" "+w.languages+" ", " "+s.language+" ") {
			continue
		}
		if raw, err := w.in.NewEncoder().String(s.text); err == nil {
			texts, raws = append(texts, s.text), append(raws, raw)
		}
	}
	return texts, raws
}

// content reads a file back as the text that it was, but for quotes.
func content(t *testing.T, raw string, o csv.Options) (text, name string, guessed bool) {
	t.Helper()
	o.Delimiter = '|'
	f := opened(t, raw, o)
	name, guessed = f.Encoding()
	records, _, err := all(t, f)
	require.NoError(t, err)
	var b strings.Builder
	for _, r := range records {
		b.WriteString(strings.Join(r, "|") + "\n")
	}
	return unquoted(b.String()), name, guessed
}

func unquoted(s string) string { return strings.ReplaceAll(s, `"`, "") }

// Right is a file of which every letter is read right, whatever name the set is given. At
// least nine of ten are, of UTF-8 and windows-1252 all.
func TestFilesAreReadRightWithoutBeingToldTheEncoding(t *testing.T) {
	t.Parallel()
	for _, w := range charsets() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			texts, raws := w.samples(t)
			require.GreaterOrEqual(t, len(texts), 20)
			right := 0
			for i, text := range texts {
				letters := 0
				for _, r := range text {
					if r >= utf8.RuneSelf && unicode.In(r, unicode.L, unicode.M) {
						letters++
					}
				}
				require.GreaterOrEqual(t, letters, 20, text)
				require.GreaterOrEqual(t, len(raws[i]), 200, text)
				require.LessOrEqual(t, len(raws[i]), 2000, text)

				got, name, guessed := content(t, raws[i], csv.Options{})
				require.Equal(t, w.name != "UTF-8", guessed)
				if got == unquoted(text) {
					right++
				} else {
					t.Logf("read as %s: %.40q", name, text)
				}
				// The name that is told can be given back, and so can the usual one.
				for _, asked := range []string{name, w.name}[:2*((i+1)%2)] {
					again, _, guessed := content(t, raws[i], csv.Options{Encoding: asked})
					require.False(t, guessed)
					if asked == w.name || got == unquoted(text) {
						require.Equal(t, unquoted(text), again, asked)
					}
				}
			}
			t.Logf("%d of %d", right, len(texts))
			require.GreaterOrEqual(t, 10*right, 9*len(texts))
			if strings.HasPrefix(w.name, "UTF") || w.name == "windows-1252" {
				require.Equal(t, len(texts), right)
			}
		})
	}
}

// Hardly a file is as short as one line with letters beyond ASCII, beside a plain one.
func TestOneLineIsMostlyEnoughToTellTheEncoding(t *testing.T) {
	t.Parallel()
	for _, w := range charsets() {
		if strings.HasPrefix(w.name, "UTF") || w.name == "ISO-2022-JP" {
			continue // They are told by their form.
		}
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			texts, _ := w.samples(t)
			lines, right := 0, 0
			for _, text := range texts {
				for line := range strings.Lines(unquoted(text)) {
					text := "id;name\n17;" + line + "18;Main Street 4;+1 555 0100\n"
					raw, err := w.in.NewEncoder().String(text)
					require.NoError(t, err)
					if raw == text {
						continue
					}
					lines++
					sample, err := charset.Sample(strings.NewReader(raw))
					require.NoError(t, err)
					_, in := charset.Guess(sample)
					got, err := in.NewDecoder().String(raw)
					require.NoError(t, err)
					if got == text {
						right++
					}
				}
			}
			t.Logf("%d of %d", right, lines)
			least := 90
			if w.name == "windows-1257" {
				least = 80 // A Lithuanian line may have no more of its own than one š or ų.
			}
			require.GreaterOrEqual(t, 100*right, least*lines)
		})
	}
}

// The samples say something only while the words that letters are counted in are others.
func TestSamplesHoldNoWordsThatAreLearnt(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../charset/words.txt")
	require.NoError(t, err)
	cut := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;\"().:„“”", r) }
	learnt := map[string]bool{}
	for word := range strings.FieldsFuncSeq(strings.ToLower(string(raw)), cut) {
		learnt[word] = true
	}
	require.Greater(t, len(learnt), 5000)
	for _, s := range samples(t) {
		for word := range strings.FieldsFuncSeq(strings.ToLower(s.text), cut) {
			if strings.IndexFunc(word, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
				require.False(t, learnt[word], "%q is in a sample of %s and in words.txt", word, s.language)
			}
		}
	}
}

// What programs write in Hungary and Turkey.
func TestShortListsOfPlacesAreReadInTheirLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		in         encoding.Encoding
	}{
		{"windows-1250", "Ország,Város\nMagyarország,Győr\nMagyarország,Szeged\nMagyarország,Pécs\nMagyarország,Debrecen\n" +
			"Magyarország,Kőszeg\nMagyarország,Hódmezővásárhely\n", charmap.Windows1250},
		{"windows-1254", "Ülke,Şehir\nTürkiye,İstanbul\nTürkiye,Ankara\nTürkiye,İzmir\nTürkiye,Eskişehir\nTürkiye,Diyarbakır\n" +
			"Türkiye,Şanlıurfa\nTürkiye,Muğla\nTürkiye,Çanakkale\nTürkiye,Kırklareli\n", charmap.Windows1254},
	} {
		raw, err := c.in.NewEncoder().String(c.text)
		require.NoError(t, err)
		got, name, guessed := content(t, raw, csv.Options{})
		require.Equal(t, c.name, name)
		require.True(t, guessed)
		require.Equal(t, c.text, got)
	}
}

// The letters that tell Polish from German may come after very many German ones.
func TestTheEncodingOfALongFileIsFoundInAllItsParts(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Jürgen Schäfer;Düsseldorf;größer\n", 8_000) + strings.Repeat("Świętosława Łąkowska;Żory;źródło\n", 2_000)
	raw, err := charmap.Windows1250.NewEncoder().String(text)
	require.NoError(t, err)
	got, name, _ := content(t, raw, csv.Options{})
	require.Equal(t, "windows-1250", name)
	require.Equal(t, text, got)
}

func TestEscapesOfATerminalAreNoEncoding(t *testing.T) {
	t.Parallel()
	const text = "a;\x1b[31mred\x1b[0m\nb;é\n"
	got, name, guessed := content(t, text, csv.Options{})
	require.Equal(t, "UTF-8", name)
	require.False(t, guessed)
	require.Equal(t, text, got)
}

// What is no character of the set that was found is a finding, and what was named an error.
func TestAByteThatIsNotOfTheEncodingThatWasFoundIsAFinding(t *testing.T) {
	t.Parallel()
	raw, err := japanese.ShiftJIS.NewEncoder().String(strings.Repeat("磯野波平,世田谷区,サザエさん通り\n", 4))
	require.NoError(t, err)
	f := opened(t, raw+"x,\xff,y\n", csv.Options{Delimiter: ','})
	name, _ := f.Encoding()
	require.Equal(t, "Shift_JIS", name)
	records, found, err := all(t, f)
	require.NoError(t, err)
	require.Equal(t, []string{"BAD_BYTES"}, found)
	require.Equal(t, []string{"x", "\uFFFD", "y"}, records[4])
	_, _, err = all(t, opened(t, raw+"x,\xff,y\n", csv.Options{Delimiter: ',', Encoding: "Shift_JIS"}))
	require.Equal(t, "BAD_ENCODING", refusal(t, err).Code)
}

// Names as programs and people write them are understood.
func TestEncodingsHaveManyNames(t *testing.T) {
	t.Parallel()
	for name, letter := range map[string]string{
		"Mac Roman": "\x8e", "macroman": "\x8e", "mac-roman": "\x8e", "macintosh": "\x8e", "cp1252": "\xe9", "latin-1": "\xe9", "latin-2": "\xe9", "latin-5": "\xe9", "latin-9": "\xe9", "ISO-8859-15": "\xe9",
		"cp850": "\x82", "IBM850": "\x82", "cp852": "\x82", "cp437": "\x82", "cp1250": "\xe9", "iso-8859-2": "\xe9", "cp1254": "\xe9", "cp1257": "\xe9",
	} {
		got, _, guessed := content(t, "caf"+letter+"\n", csv.Options{Encoding: name})
		require.Equal(t, "café\n", got, name)
		require.False(t, guessed)
	}
	for name, text := range map[string]string{
		"maccyrillic": "\xe9", "Mac Cyrillic": "\xe9", "cp1251": "\xe9", "cp866": "\xa9", "KOI8-R": "\xca", "KOI8-U": "\xca", "cp855": "\xbd",
	} {
		got, _, _ := content(t, text+"\n", csv.Options{Encoding: name})
		require.Equal(t, "й\n", got, name)
	}
	for name, text := range map[string]string{
		"cp874": "\xa1|ก", "TIS-620": "\xa1|ก", "cp932": "\x93\xfa|日", "cp936": "\xc8\xd5|日", "cp949": "\xc0\xcf|일", "cp950": "\xa4\xe9|日",
		"ISO-2022-JP": "\x1b$BF|\x1b(B|日", "cp1253": "\xe1|α", "cp1255": "\xe0|א", "cp1256": "\xc8|ب",
	} {
		at := strings.LastIndex(text, "|")
		raw, want := text[:at], text[at+1:]
		got, _, _ := content(t, raw+"\n", csv.Options{Encoding: name})
		require.Equal(t, want+"\n", got, name)
	}
}
