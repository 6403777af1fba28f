package charset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"tablestep/tables/ingest/charset"
)

func TestGuessReadsATextAsItWasWritten(t *testing.T) {
	t.Parallel()
	const (
		german    = "Jürgen Schäfer;Düsseldorf;größer\n"
		polish    = "Świętosława Łąkowska;Żory;źródło\n"
		czech     = "Řehoř Šťáva;Mělník;příští týden\n"
		turkish   = "Işıl Doğrusöz;Eskişehir;şubat ayı\n"
		latvian   = "Ģirts Ķauķis;Sēme;vēstniecība Ļubļana\n"
		greek     = "Άννα Καψή;Έδεσσα;μάιος\n"
		russian   = "Евлампий Щукарь;Кинешма;объём продаж\n"
		ukrainian = "Їжакевич Ґалина;Бровари;їдальня є її\n"
		hebrew    = "אורלי גרינברג;גבעתיים;תשובה מהירה\n"
		arabic    = "بلقيس الزهراني;أبها;الطابق الثاني\n"
		thai      = "สมปอง ทวีทรัพย์;ร้อยเอ็ด;ชั้นสอง\n"
		kanaKanji = "磯野波平,世田谷区,サザエさん通り\n"
		chinese   = "诸葛亮,襄阳隆中,丞相府办公室\n"
		taiwanese = "諸葛亮,襄陽隆中,丞相府辦公室\n"
		hangul    = "독고탁,울릉군,반장님께 드립니다\n"
	)
	for _, c := range []struct {
		name string // what is told
		in   encoding.Encoding
		text string
	}{
		{"windows-1252", charmap.Windows1252, german},
		{"macintosh", charmap.Macintosh, german},
		{"IBM850", charmap.CodePage850, german},
		{"windows-1250", charmap.Windows1250, polish},
		{"ISO-8859-2", charmap.ISO8859_2, polish},
		{"IBM852", charmap.CodePage852, polish},
		{"windows-1250", charmap.Windows1250, czech},
		{"windows-1254", charmap.Windows1254, turkish},
		{"windows-1254", charmap.ISO8859_9, turkish}, // which is a part of it
		{"windows-1257", charmap.Windows1257, latvian},
		{"windows-1253", charmap.Windows1253, greek},
		{"ISO-8859-7", charmap.ISO8859_7, greek},
		{"windows-1251", charmap.Windows1251, russian},
		{"KOI8-R", charmap.KOI8R, russian},
		{"IBM866", charmap.CodePage866, russian},
		{"ISO-8859-5", charmap.ISO8859_5, russian},
		{"x-mac-cyrillic", charmap.MacintoshCyrillic, russian},
		{"IBM855", charmap.CodePage855, russian},
		{"windows-1251", charmap.Windows1251, ukrainian},
		{"KOI8-U", charmap.KOI8U, ukrainian},
		{"windows-1255", charmap.Windows1255, hebrew},
		{"windows-1256", charmap.Windows1256, arabic},
		{"ISO-8859-6", charmap.ISO8859_6, arabic},
		{"windows-874", charmap.Windows874, thai},
		{"Shift_JIS", japanese.ShiftJIS, kanaKanji},
		{"EUC-JP", japanese.EUCJP, kanaKanji},
		{"GB18030", simplifiedchinese.GBK, chinese},
		{"GB18030", simplifiedchinese.GB18030, chinese},
		{"Big5", traditionalchinese.Big5, taiwanese},
		{"EUC-KR", korean.EUCKR, hangul},
	} {
		raw, err := c.in.NewEncoder().String(c.text)
		require.NoError(t, err, c.name)
		name, in := charset.Guess([]byte(raw))
		got, err := in.NewDecoder().String(raw)
		require.NoError(t, err, c.name)
		require.Equal(t, c.text, got, "%s was read as %s", c.name, name)
		require.Equal(t, c.name, name)
	}
}

// A few letters and signs are windows-1252, as they were before other sets were told: each
// of these texts has one to six bytes beyond ASCII.
func TestFewLettersAndSignsAreWindows1252(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"id,note\n1,don’t call\n2,it’s fine – really\n3,O’Brien & Sons\n4,D’Angelo’s\n",
		"id,quote\n1,“new”\n2,“used”\n3,“refurbished”\n4,“new”\n",
		"price,unit\n£5,each\n£6.50,each\n£12,box\n",
		"price\n12 €\n9 €\n", "price\n1 000 €\n2 500 €\n",
		"temp,place\n20°C,Boston\n25°C,Austin\n-4°F,Fargo\n",
		"id,size\n1,½ inch\n2,¼ inch\n3,¾ inch\n", "id,size\n1,5 µm\n2,10 m²\n3,5 m³\n",
		"note\nsee page 3…\nmore…\n", "list\n• one\n• two\n• three\n", "text\nAcme®\nWidget™\n© 2020 Acme\n",
		"a\n1º\n2º\n3ª\nNº 5\n", "a\n§ 5 BGB\n§ 6 BGB\n",
		"name\nMüller\nSmith\n", "city\nZürich\nBoston\nNew York\n", "name\nJosé\n", "name\nSøren\nAnna\nPeter\n",
		"name\nGarcía\nLópez\nMuñoz\n", "name\nFrançois\nSmith\n", "name\nNuñez\nPeña\nIbáñez\n", "place\nSão Paulo\nRio\n",
		"place\nCuraçao\nCôte d’Ivoire\nRéunion\nÅland Islands\n", "name,title\nBjörk,Señor\nRenée,naïve\n",
		"item\nCafé – 5 • Crème brûlée\nThé\n", "a,b\n1,Crédit Agricole\n2,Société Générale\n",
		"n,v\nÖsterreich,1\nÄgypten,2\nÜbersee,3\n", "n,v\nÅsa,1\nØyvind,2\nÆgir,3\n", "city\nGENÈVE\nZÜRICH\nKÖLN\n",
		"name\nÞór\nGuðrún\nÆgir\nSigurður\n", "name\nÞóra\n", "word\nl’eau\nd’art\nj’ai\nqu’il\n", "a\nper l’Università\nperché\n",
		"street\nHauptstraße 5\nBahnhofstraße 7\nRingstraße 11\n", "street\nGroßweg\nFloßgasse\n",
		"name\nŽižek\nŠkoda\n", "brand\nL’Oréal\nNestlé\nCitroën\nŠkoda\nHermès\n", "brand\nŒuvre\nSœur\nCœur\n",
	} {
		raw, err := charmap.Windows1252.NewEncoder().String(text)
		require.NoError(t, err)
		name, in := charset.Guess([]byte(raw))
		got, err := in.NewDecoder().String(raw)
		require.NoError(t, err)
		require.Equal(t, text, got, name)
	}
}

// One or two words are enough where no other set makes words of them; each of these is taken
// for something else where one of the rules of pair.go or double.go is left out.
func TestAWordMayBeEnough(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   encoding.Encoding
		text string
	}{
		{charmap.CodePage852, "szangó\nIndia\n"},
		{charmap.ISO8859_2, "jidiš\n"},
		{charmap.CodePage852, "limburgheză\n"},
		{charmap.CodePage852, "Švýcarsko\n"},
		{charmap.Windows1257, "Šveice\n"},
		{charmap.ISO8859_2, "ruandščina\n"},
		{charmap.ISO8859_2, "kurdščina\n"},
		{charmap.Windows1252, "inúktitút\n"},
		{charmap.KOI8R, "арагонский\n"},
		{charmap.Macintosh, "Hongkong – Kiinan e.h.a.\n"},
		{japanese.ShiftJIS, "タイ\n"},
		{japanese.ShiftJIS, "ﾊﾔｼ ｼﾞﾛｳ;ｻｲﾀﾏ\n"},
		{charmap.Windows1252, "Ýmir\n"},  // and not İmir
		{charmap.Windows1253, "ΛΑΓΟΣ\n"}, // and not лацос in KOI8-U
	} {
		raw, err := c.in.NewEncoder().String(c.text)
		require.NoError(t, err)
		name, in := charset.Guess([]byte(raw))
		got, err := in.NewDecoder().String(raw)
		require.NoError(t, err)
		require.Equal(t, c.text, got, name)
	}
}

func TestATextWithoutLettersBeyondASCIIIsWindows1252(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a,b\n1,2\n"} {
		name, in := charset.Guess([]byte(text))
		require.Equal(t, "windows-1252", name)
		require.Equal(t, charmap.Windows1252, in)
	}
}

// Bytes that are marks in both say nothing: the one that is written more is told.
func TestOfTwoSetsThatAreAsLikelyTheFirstIsTold(t *testing.T) {
	t.Parallel()
	name, _ := charset.Guess([]byte(strings.Repeat("\xa1\xac", 4)))
	require.Equal(t, "GB18030", name)
}

// A byte that got lost does not make another set of a text.
func TestAByteThatIsNoneOfTheSetIsBorne(t *testing.T) {
	t.Parallel()
	raw, err := japanese.ShiftJIS.NewEncoder().String(strings.Repeat("磯野波平,世田谷区,サザエさん通り\n", 4))
	require.NoError(t, err)
	name, _ := charset.Guess([]byte(raw + "\xff,\x80\n"))
	require.Equal(t, "Shift_JIS", name)
}

func BenchmarkGuess(b *testing.B) {
	for name, text := range map[string]string{"script=latin": "Jürgen Schäfer;Düsseldorf;größer\n", "script=cyrillic": "Евлампий Щукарь;Кинешма\n"} {
		b.Run(name, func(b *testing.B) {
			var in encoding.Encoding = charmap.Windows1252
			if name == "script=cyrillic" {
				in = charmap.Windows1251
			}
			raw, err := in.NewEncoder().String(strings.Repeat(text, 64<<10/len(text)))
			require.NoError(b, err)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				charset.Guess([]byte(raw))
			}
		})
	}
}
