package strict_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/strict"
)

const lookup = `{"label": "exakt",
 "match": [{"column": "country", "mode": "exact"},
           {"column": "exakt", "mode": "exakt", "exakt": [{}]}],
 "outputs": [], "hitPolicy": "last"}`

func TestAValueThatACheckRefusesHasItsPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		list         string
		n            int
		value        string
		line, column int
	}{
		{"match", 1, "exakt", 3, 23}, // the first in the entry that is no key
		{"match", 0, "country", 2, 23},
		{"match", 0, "gone", 2, 12}, // the entry itself
		{"", 0, "last", 4, 30},
		{"", 0, "exakt", 1, 11},
	} {
		m := strict.Place([]byte("\ufeff"+lookup), c.list, c.n, c.value, "it is wrong")
		require.NotNil(t, m, "%v", c)
		require.Equal(t, []int{c.line, c.column}, []int{m.Line, m.Column}, "%v", c)
		require.Equal(t, "it is wrong", m.Message)
	}
	for _, c := range []struct {
		text, list string
		n          int
	}{
		{lookup, "match", 2}, {lookup, "gone", 0}, {lookup, "label", 0}, {lookup, "outputs", 0}, {"[]", "match", 0}, {"", "match", 0}, {`{"match"`, "match", 0}, {`{"x":`, "match", 0},
	} {
		require.Nil(t, strict.Place([]byte(c.text), c.list, c.n, "x", "it is wrong"), "%v", c)
	}
	require.Nil(t, strict.Place([]byte(lookup), "", 0, "gone", "it is wrong"))
	require.Nil(t, strict.Place([]byte(lookup), "", 0, "", "it is wrong"))
}
