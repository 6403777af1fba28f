package main

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Work that takes as long as it says, by a clock of its own.
type work struct{ now time.Duration }

func (w *work) takes(d ...time.Duration) func() error {
	n := 0
	return func() error {
		w.now += d[min(n, len(d)-1)]
		n++
		return nil
	}
}

func TestTheGateFailsWhereAQuarterIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		ours time.Duration
		lost bool
	}{
		"as recorded":      {10 * time.Millisecond, false},
		"faster":           {time.Millisecond, false},
		"a little slower":  {13 * time.Millisecond, false},
		"a quarter is off": {14 * time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := new(work)
			var out bytes.Buffer
			err := hold([]pair{
				{"matching", w.takes(c.ours), w.takes(100 * time.Millisecond), 10},
				{"other work", w.takes(time.Millisecond), w.takes(time.Millisecond), 1},
			}, func() time.Duration { return w.now }, &out)
			require.Equal(t, c.lost, bytes.Contains(out.Bytes(), []byte("LOST")), out.String())
			if !c.lost {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "25 %")
			require.ErrorContains(t, err, ": matching; ")
		})
	}
}

func TestTheGateMeasuresAgainWhatFailed(t *testing.T) {
	w := new(work)
	slow := make([]time.Duration, gateTurns+1) // each takes longer than a turn
	for i := range slow {
		slow[i] = time.Second
	}
	slow[gateTurns] = gateSpin
	var out bytes.Buffer
	require.NoError(t, hold([]pair{{"matching", w.takes(slow...), w.takes(gateSpin), 1}}, func() time.Duration { return w.now }, &out))
	require.Contains(t, out.String(), "1.00")
}

func TestTheGateFailsWhereWorkDoes(t *testing.T) {
	w, wrong := new(work), errors.New("700 of 1,000 leads succeeded")
	var out bytes.Buffer
	err := hold([]pair{{"matching", func() error { return wrong }, w.takes(time.Second), 1}}, func() time.Duration { return w.now }, &out)
	require.ErrorIs(t, err, wrong)
	require.ErrorContains(t, err, "matching: ")
}
