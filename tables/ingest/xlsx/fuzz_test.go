package xlsx_test

import (
	"bytes"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/xlsx"
)

// FuzzXML holds the XML scanner against memory and endless loops; what it
// accepts it gives the same in portions of any size.
func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		"<a/>", `<?xml version="1.0"?><a b="c>d" e='&#65;'>x&amp;y<!-- z --><![CDATA[<]]></a>`, "<x:a><x:b/>\r\n</x:a>", "<!DOCTYPE a><a/>", "<a", "<a></b>", "\ufeff<a>&bad;</a>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		names, texts, err := xlsx.Pull(bytes.NewReader(data), 1000)
		bitNames, bitTexts, bitErr := xlsx.Pull(iotest.OneByteReader(bytes.NewReader(data)), 1000)
		require.Equal(t, err == nil, bitErr == nil, "%v %v", err, bitErr)
		if err != nil {
			return
		}
		require.Equal(t, names, bitNames)
		require.Equal(t, texts, bitTexts)
		require.True(t, utf8.ValidString(texts))
	})
}
