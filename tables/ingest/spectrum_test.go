package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

// The kinds of file that csv-spectrum (npm, 2.0.0) has for readers of CSV, made again with
// texts of our own.
func TestTheKindsOfCSVSpectrumAreRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content string
		columns       []string
		rows          [][]string
	}{
		{"comma_in_quotes", "first,last,street,city,zip\nAnn,Roe,1 Main St.,\"Springfield, IL\",08123", []string{"first", "last", "street", "city", "zip"}, [][]string{{"Ann", "Roe", "1 Main St.", "Springfield, IL", "08123"}}},
		{"empty", "a,b,c\n1,\"\",\"\"\n2,3,4", []string{"a", "b", "c"}, [][]string{{"1", "", ""}, {"2", "3", "4"}}},
		{"empty_crlf", "a,b,c\r\n1,\"\",\"\"\r\n2,3,4", []string{"a", "b", "c"}, [][]string{{"1", "", ""}, {"2", "3", "4"}}},
		{"escaped_quotes", "a,b\n1,\"so \"\"it\"\" is\"\n3,4\n", []string{"a", "b"}, [][]string{{"1", `so "it" is`}, {"3", "4"}}},
		{"json", "key,val\n1,\"{\"\"type\"\": \"\"Line\"\", \"\"points\"\": [7.0, 0.5]}\"\n", []string{"key", "val"}, [][]string{{"1", `{"type": "Line", "points": [7.0, 0.5]}`}}},
		{"location_coordinates", "Phone,Coordinates,Cities\n5551234567,37\ufffd36'37.8\"N 121\ufffd2'17.9\"W,Modesto", []string{"Phone", "Coordinates", "Cities"}, [][]string{{"5551234567", "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W", "Modesto"}}},
		{"newlines", "a,b,c\n1,2,3\n\"There was \na day\",5,6\n7,8,9\n", []string{"a", "b", "c"}, [][]string{{"1", "2", "3"}, {"There was \na day", "5", "6"}, {"7", "8", "9"}}},
		{"newlines_crlf", "a,b,c\r\n1,2,3\r\n\"There was \r\na day\",5,6\r\n7,8,9\r\n", []string{"a", "b", "c"}, [][]string{{"1", "2", "3"}, {"There was \r\na day", "5", "6"}, {"7", "8", "9"}}},
		{"quotes_and_newlines", "a,b\n1,\"so \n\"\"it\"\" \nis\"\n3,4\n", []string{"a", "b"}, [][]string{{"1", "so \n\"it\" \nis"}, {"3", "4"}}},
		{"simple", "a,b,c\n1,2,3\n", []string{"a", "b", "c"}, [][]string{{"1", "2", "3"}}},
		{"simple_crlf", "a,b,c\r\n1,2,3\r\n", []string{"a", "b", "c"}, [][]string{{"1", "2", "3"}}},
		{"utf8", "a,b,c\n1,2,3\n4,5,ʤ", []string{"a", "b", "c"}, [][]string{{"1", "2", "3"}, {"4", "5", "ʤ"}}},
	} {
		got, err := readText(t, c.content, ingest.Options{})
		require.NoError(t, err, c.name)
		require.Equal(t, c.columns, got.columns, c.name)
		require.Equal(t, c.rows, got.rows, c.name)
		require.LessOrEqual(t, len(got.warnings), 1, c.name) // the quotes of the coordinates
	}
}
