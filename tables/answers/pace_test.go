package answers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func pace(t testing.TB, c *answers.Cache, of *scantest.Table, l schema.Lookup) answers.Pace {
	t.Helper()
	p, err := c.Pace(context.Background(), "t", of.Version, of, &l)
	require.NoError(t, err)
	return p
}

func TestThePaceOfALookupIsTheSameForTheSameRows(t *testing.T) {
	t.Parallel()
	var works []int64
	l := fuzzyLookup()
	l.HitPolicy = schema.PolicyFirst // The best of some rows is found sooner than of others.
	for _, groupRows := range []int{0, 0, 250} {
		of := hard(1000, 200, groupRows)
		p := pace(t, shelve(t, answers.Options{Budget: roomy}, of).Cache, of, l)
		require.True(t, p.Slow())
		require.False(t, p.TooSlow())
		works = append(works, p.Work)
	}
	require.Equal(t, works[0], works[1])
	require.InEpsilon(t, works[0], works[2], 0.5, "samples are others, but not the amount of work")
}

func TestAPaceIsCountedOnceAndTheRowsAreReadOnceForIt(t *testing.T) {
	t.Parallel()
	of := hard(200, 100, 50)
	c := shelve(t, answers.Options{Budget: roomy}, of)
	l := fuzzyLookup()
	l.HitPolicy = schema.PolicyAny
	first := pace(t, c.Cache, of, l)
	require.Equal(t, 1, of.Reads(0))
	require.Equal(t, 1, of.Reads(1))
	l.Name = "another name"
	require.Equal(t, first, pace(t, c.Cache, of, l))
	require.Equal(t, 1, of.Reads(0), "it is remembered")
	for i := range answers.MaxPaces {
		l.Match[0].Threshold = 0.5 + float64(i+1)/10_000
		small := scantest.New([]string{"text", "owner"}, [][]string{{"a", "b"}}, 0)
		small.Version.Storage = 2
		pace(t, c.Cache, small, l)
	}
	require.Equal(t, first, pace(t, c.Cache, of, func() schema.Lookup { l.Match[0].Threshold = 0.5; return l }()))
	require.Equal(t, 2, of.Reads(0), "not for ever")
}

// What is kept between the two looks at the rows has a bound.
func TestOfAVeryLargeSampleSomeIsReadAgain(t *testing.T) {
	t.Parallel()
	const length, groupRows = 100_000, 10
	rows := answers.PaceKept/length + 4*groupRows
	of := scantest.Make([]string{"k"}, groupRows, func(row int, cells []string) bool {
		cells[0] = strings.Repeat(fmt.Sprint(row%10), length) + fmt.Sprint(row)
		return row < rows
	})
	l := schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeExact}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateCount}
	require.Positive(t, pace(t, shelve(t, answers.Options{Budget: roomy}, of).Cache, of, l).Work)
	require.Equal(t, 1, of.ReadsOf(0, 0))
	require.Equal(t, 2, of.ReadsOf(len(of.Groups())-2, 0))
}

func TestALookupThatTakesAStepOrTwoIsNotCounted(t *testing.T) {
	t.Parallel()
	of := numbered(100)
	c := shelve(t, answers.Options{Budget: roomy}, of)
	require.Zero(t, pace(t, c.Cache, of, schema.Lookup{Match: []schema.Match{{Column: "account"}}}))
	require.Zero(t, of.Reads(0))
	_, err := c.Pace(context.Background(), "t", of.Version, of, &schema.Lookup{Name: "l", Match: []schema.Match{{Column: "none"}}})
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	require.ErrorContains(t, err, `count lookup "l" of table "t"`)
}

func TestAPaceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	of := hard(200, 100, 50)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l := fuzzyLookup()
	_, err := shelve(t, answers.Options{Budget: roomy}, of).Pace(ctx, "t", of.Version, of, &l)
	require.ErrorIs(t, err, context.Canceled)
}

// A file of an older program may have such cells; an upload has none.
func TestThePaceOverCellsThatAreNoTextIsCounted(t *testing.T) {
	t.Parallel()
	var rows [][]string
	for i := range 40 {
		rows = append(rows, []string{strings.Repeat("\xff", 2100+i)})
	}
	of := scantest.New([]string{"k"}, rows, 0)
	for _, mode := range schema.Modes() {
		l := schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k", Mode: mode}}, HitPolicy: schema.PolicyAny}
		_, err := shelve(t, answers.Options{Budget: roomy}, of).Pace(context.Background(), "t", of.Version, of, &l)
		require.NoError(t, err, mode)
	}
}

func TestAPaceIsSaidInWords(t *testing.T) {
	t.Parallel()
	for says, p := range map[string]answers.Pace{
		"less than one lead a second":  {Work: 2000 * answers.Second},
		"one lead a second":            {Work: 1000 * answers.Second},
		"at most 5 leads a second":     {Work: 200 * answers.Second, AtLeast: true},
		"about 500 leads a second":     {Work: 2 * answers.Second},
		"about 1000000 leads a second": {},
	} {
		require.Equal(t, says, p.String())
	}
	require.False(t, answers.Pace{Work: answers.BatchWork}.Slow())
	require.True(t, answers.Pace{Work: answers.BatchWork + 1}.Slow())
	require.False(t, answers.Pace{Work: 10 * answers.BatchWork}.TooSlow())
	require.True(t, answers.Pace{Work: 10*answers.BatchWork + 1}.TooSlow())
}
