package xlsx_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/ingest/xlsx"
)

func TestElementsAndTextsAreReadAsXMLSays(t *testing.T) {
	t.Parallel()
	for document, want := range map[string][]string{ // the texts in a row, then the elements' names
		"<a/>":                             {"", "a"},
		"<a />":                            {"", "a"},
		"<a></a>":                          {"", "a"},
		"<a></a >":                         {"", "a"},
		"<x:a><x:b/></x:a>":                {"", "a", "b"},
		"\ufeff<a>x</a>\n":                 {"x", "a"},
		" \t\r\n<a>x</a> \t\r\n":           {"x", "a"},
		"<?xml version=\"1.0\"?><a>x</a>":  {"x", "a"},
		"<a>x<!-- <b> - -- >y -->z</a>":    {"xz", "a"},
		"<a>x<?p <b> ?>z</a>":              {"xz", "a"},
		"<a><![CDATA[<b>&amp;]]]]></a>":    {"<b>&amp;]]", "a"},
		"<a>&lt;&gt;&amp;&apos;&quot;</a>": {"<>&'\"", "a"},
		"<a>&#65;&#x42;&#x1F600;</a>":      {"AB😀", "a"},
		"<a>1\r\n2\r3\n4</a>":              {"1\n2\n3\n4", "a"},
		"<a b='1>2' c=\"'\">x</a>":         {"x", "a"},
		"<a\tb = '1'\n>x</a>":              {"x", "a"},
		"<a><b/><b></b><c/></a>":           {"", "a", "b", "b", "c"},
	} {
		names, texts, err := xlsx.Pull(strings.NewReader(document), 1000)
		require.NoError(t, err, document)
		require.Equal(t, want, append([]string{texts}, names...), document)
	}
}

func TestWhatIsNoXMLIsRefusedInWords(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	for document, says := range map[string]string{
		"":                              "unexpected EOF",
		" ":                             "unexpected EOF",
		"<":                             "unexpected EOF",
		"<a":                            "unexpected EOF",
		"<a>":                           "unexpected EOF",
		"<a>x":                          "unexpected EOF",
		"<a><b></a>":                    "<b> is closed by </a>",
		"<a></a></a>":                   "an end tag without a start",
		"</a>":                          "an end tag without a start",
		"<a/><b/>":                      "a second root element",
		"x<a/>":                         "text outside the root element",
		"<a/>x":                         "text outside the root element",
		"<![CDATA[x]]><a/>":             "text outside the root element",
		"<>x</>":                        "a tag without a name",
		"</ ><a/>":                      "an end tag without a start",
		"<a <b/>":                       "< inside a tag",
		"<a b/>":                        "xml: ",
		"<a b=c/>":                      "an attribute without quotes",
		"<a b=\"/>":                     "unexpected EOF",
		"<a b='\xff'/>":                 "not UTF-8",
		"<a b='&#xD800;'/>":             "xml: ",
		"<a>\xff</a>":                   "not UTF-8",
		"<a><![CDATA[\xff]]></a>":       "not UTF-8",
		"<a>&bad;</a>":                  "xml: ",
		"<a>&amp</a>":                   "xml: ",
		"<a>&#0;</a>":                   "xml: ",
		"<a>&#x110000;</a>":             "xml: ",
		"<a><!-- x</a>":                 "unexpected EOF",
		"<a><?p x</a>":                  "unexpected EOF",
		"<a><![CDATA[x]]</a>":           "unexpected EOF",
		"<!DOCTYPE a><a/>":              "document type declaration",
		"<!ENTITY x 'y'><a/>":           "document type declaration",
		"<a><!x></a>":                   "document type declaration",
		"<a>" + deep(200) + "</a>":      "nest too deep",
		"<" + strings.Repeat("a", 3000): "too long",
		"<a>" + strings.Repeat("x", 3000) + "</a>":             "too long",
		"<a b='" + strings.Repeat("x", 3000) + "'/>":           "too long",
		"<a><!--" + strings.Repeat("x", 3000) + "--></a>":      "too long",
		"<a><![CDATA[" + strings.Repeat("x", 3000) + "]]></a>": "too long",
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(document), "in bits": iotest.OneByteReader(strings.NewReader(document))} {
			_, _, err := xlsx.Pull(r, 1000)
			require.ErrorContains(t, err, says, "%s: %.60q", name, document)
		}
	}
	_, _, err := xlsx.Pull(strings.NewReader(deep(200)), 1000)
	require.NoError(t, err, "so deep they may nest")
	_, texts, err := xlsx.Pull(strings.NewReader("<a>"+strings.Repeat("<b>"+strings.Repeat("x", 900)+"</b>", 10)+"</a>"), 1000)
	require.NoError(t, err, "many that are not too long are none that is")
	require.Len(t, texts, 9000)
}

// A reader that gives neither bytes nor an end would be asked for ever.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestAReaderThatFailsOrSticksEndsTheXML(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for _, begin := range []string{"", " ", "<", "<a", "<a>", "<a>x", "<a></", "<a><!", "<a><!-", "<a><!--", "<a><![CDATA[x]", "<?", "<a b='"} {
		_, _, err := xlsx.Pull(io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)), 1000)
		require.ErrorIs(t, err, broken, "%q", begin)
		_, _, err = xlsx.Pull(io.MultiReader(strings.NewReader(begin), stuck{}), 1000)
		require.ErrorIs(t, err, io.ErrNoProgress, "%q", begin)
	}
}

// What encoding/xml accepts is read the same here, but for what we refuse on purpose.
func TestXMLIsReadAsEncodingXMLReadsIt(t *testing.T) {
	t.Parallel()
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{
			"<a>", "</a>", "<b c='d'>", "</b>", "<b/>", `<p:e f="&lt;">`, "</p:e>", "x", " ", "\r\n", "\r", "é", "&amp;", "&#65;", "<!--c-->", "<![CDATA[<&]]>", "<?p q?>",
		}), 0, 12).Draw(t, "parts")
		document := "<r>" + strings.Join(parts, "") + "</r>"
		var names []string
		var texts strings.Builder
		for d := xml.NewDecoder(strings.NewReader(document)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				_, _, ours := xlsx.Pull(strings.NewReader(document), 1000)
				require.Error(t, ours, "%q: %v", document, err)
				return
			}
			switch token := token.(type) {
			case xml.StartElement:
				names = append(names, token.Name.Local)
			case xml.CharData:
				texts.Write(token)
			}
		}
		accepted++
		ourNames, ourTexts, err := xlsx.Pull(strings.NewReader(document), 1000)
		require.NoError(t, err, "%q", document)
		require.Equal(t, names, ourNames, "%q", document)
		require.Equal(t, texts.String(), ourTexts, "%q", document)
	})
	require.Positive(t, accepted)
}
