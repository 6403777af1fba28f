package csv_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/csv"
)

// FuzzScanner holds that the scanner loses no letter, however the text comes in and
// whatever it is told of the number of cells and of backslashes. It does some thousands a
// second.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a,b\n\"x\ny\",2\n\"z,3\n4,5\n", "a,b\rcafé,\"x \"y\" z\"\r", "a,,b,\n1,2,3,\n", "a\n\"\"\"\n",
		"a,b\n\"x \\\"y\\\",\\\\\",1\nA\\, B,2\\", "=\"00501\",\"=\"\"a\"\"\"\n=\"a\"&\"b\",=\"x\n", "\ufeff\"a\",\ufeffb\n \ufeff \"c\nd\",e\n",
	} {
		f.Add([]byte(seed), uint8(2))
		f.Add([]byte(seed), uint8(7))
	}
	f.Fuzz(func(t *testing.T, data []byte, choice uint8) {
		if !utf8.Valid(data) {
			return
		}
		cells, escapes := int(choice%5), choice/5%2 == 1
		got, found, err := csv.CutEscaped(bytes.NewReader(data), ',', cells, escapes)
		bits, foundBits, errBits := csv.CutEscaped(iotest.OneByteReader(bytes.NewReader(data)), ',', cells, escapes)
		require.Equal(t, err, errBits)
		if err != nil {
			return
		}
		require.Equal(t, got, bits)
		require.Equal(t, found, foundBits)
		var all strings.Builder
		for _, rec := range got {
			all.WriteString(strings.Join(rec, ""))
		}
		require.Equal(t, letters(string(data)), letters(all.String()))
	})
}
