package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

func TestAnEvaluationThatTakesLongGivesItsPlaceToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(1)
		long, err := turns.Enter(t.Context(), false, false)
		require.NoError(t, err)
		start := time.Now()
		next, err := turns.Enter(t.Context(), false, false)
		require.NoError(t, err)
		require.Positive(t, time.Since(start), "the place was taken")
		require.Less(t, time.Since(start), 100*time.Millisecond)
		require.False(t, long.Slow(), "it has none until it rests")
		for range engine.MovedPieces {
			require.False(t, long.Slow(), "hardly any work is left to most that took so long")
			require.NoError(t, long.Rest(t.Context()))
		}
		require.True(t, long.Slow())
		next.Leave()
		again, err := turns.Enter(t.Context(), false, false)
		require.NoError(t, err)
		again.Leave()
		long.Leave()
	})
}

func TestAnEvaluationThatIsDoneSoonKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(1)
		for range 100 {
			short, err := turns.Enter(t.Context(), false, false)
			require.NoError(t, err)
			time.Sleep(time.Millisecond)
			require.NoError(t, short.Rest(t.Context()))
			require.False(t, short.Slow())
			short.Leave()
		}
		time.Sleep(time.Minute)
		only, err := turns.Enter(t.Context(), false, false)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = turns.Enter(ctx, false, false)
		require.ErrorIs(t, err, context.DeadlineExceeded, "one place is one place, however often it was given back")
		only.Leave()
	})
}

func TestAnEvaluationWithLittleToDoEndsHoweverFullTheSlowLaneIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(1)
		slow, err := turns.Enter(t.Context(), true, false)
		require.NoError(t, err)
		defer slow.Leave()
		short, err := turns.Enter(t.Context(), false, false)
		require.NoError(t, err)
		time.Sleep(time.Second) // where processors are short, each takes long
		start := time.Now()
		for range engine.MovedPieces / 2 {
			require.NoError(t, short.Rest(t.Context()))
		}
		short.Leave()
		require.Zero(t, time.Since(start), "it did not wait for the slow one")
	})
}

func TestAnEvaluationWhosePiecesAreSlowIsSlowAfterFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(1)
		long, err := turns.Enter(t.Context(), false, false)
		require.NoError(t, err)
		defer long.Leave()
		time.Sleep(time.Second)
		pieces := 0
		for ; !long.Slow() && pieces < engine.MovedPieces; pieces++ {
			require.NoError(t, long.Rest(t.Context()))
			time.Sleep(time.Millisecond)
		}
		require.Less(t, pieces, 10)
		require.Greater(t, pieces, 1, "how long it waited until it ran does not count")
	})
}

func TestSlowEvaluationsTakeTurnsAndNeverAllProcessors(t *testing.T) {
	for processors, want := range map[int]int{1: 1, 2: 1, 4: 1, 7: 1, 8: 2, 16: 4} {
		room, running := engine.NewTurns(processors).Places()
		require.Equal(t, want, running, "of %d processors", processors)
		require.Equal(t, 16, room)
	}
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(2)
		ends := make(chan int, 2)
		for i, pieces := range []int{1000, 10} { // the longer one first
			go func() {
				turn, err := turns.Enter(context.Background(), true, false)
				if err != nil {
					panic(err)
				}
				for range pieces {
					time.Sleep(time.Millisecond)
					if err := turn.Rest(context.Background()); err != nil {
						panic(err)
					}
				}
				turn.Leave()
				ends <- i
			}()
			synctest.Wait()
		}
		require.Equal(t, 1, <-ends, "the shorter one does not wait for the whole of the longer one")
		require.Equal(t, 0, <-ends)
	})
}

func TestTheSlowLaneHasRoomForSomeAndLeavesWorkersForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(2)
		room, _ := turns.Places()
		require.Less(t, room, engine.Workers/2)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		for range room {
			go func() {
				turn, err := turns.Enter(ctx, true, false)
				if err == nil {
					<-ctx.Done()
					turn.Leave()
				}
				done <- err
			}()
		}
		synctest.Wait()
		_, err := turns.Enter(ctx, true, false)
		require.ErrorIs(t, err, engine.ErrCrowded)
		fast, err := turns.Enter(ctx, false, false)
		require.NoError(t, err, "which does not concern the fast lane")
		time.Sleep(time.Second)
		for range engine.MovedPieces - 1 {
			require.NoError(t, fast.Rest(ctx))
		}
		require.ErrorIs(t, fast.Rest(ctx), engine.ErrCrowded)
		require.ErrorIs(t, fast.Rest(ctx), engine.ErrCrowded)
		patient := make(chan error)
		go func() {
			turn, err := turns.Enter(t.Context(), true, true)
			if err == nil {
				turn.Leave()
			}
			patient <- err
		}()
		synctest.Wait()
		cancel()
		ended := 0
		for range room {
			if <-done != nil {
				ended++
			}
		}
		require.Equal(t, room-1, ended, "waiting ends with its context")
		require.NoError(t, <-patient)
		require.ErrorIs(t, fast.Rest(t.Context()), engine.ErrCrowded, "for good, although there is room now")
		fast.Leave()
	})
}

func TestWaitingForTheSlowLaneIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(1)
		first, err := turns.Enter(t.Context(), true, false)
		require.NoError(t, err)
		go func() {
			time.Sleep(time.Second)
			first.Leave()
		}()
		second, err := turns.Enter(t.Context(), true, false)
		require.NoError(t, err)
		require.Equal(t, time.Second, second.Waited())
		second.Leave()
	})
}

// One of two slow evaluations has the place for ten milliseconds, then the other one; one
// alone keeps it.
func TestASlowEvaluationKeepsItsPlaceForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(1)
		alone, err := turns.Enter(t.Context(), true, false)
		require.NoError(t, err)
		for range 50 {
			time.Sleep(time.Millisecond)
			require.NoError(t, alone.Rest(t.Context()))
			require.True(t, alone.Slow())
		}
		require.Zero(t, alone.Waited())
		alone.Leave()

		start := time.Now()
		var shifts [2]time.Duration // when each had its place first
		done := make(chan int)
		for i := range shifts {
			go func() {
				turn, err := turns.Enter(context.Background(), true, false)
				if err != nil {
					panic(err)
				}
				shifts[i] = time.Since(start)
				for range 30 {
					time.Sleep(time.Millisecond)
					if err := turn.Rest(context.Background()); err != nil {
						panic(err)
					}
				}
				turn.Leave()
				done <- i
			}()
			synctest.Wait()
		}
		<-done
		<-done
		require.Zero(t, shifts[0])
		require.GreaterOrEqual(t, shifts[1], 10*time.Millisecond)
		require.Less(t, shifts[1], 12*time.Millisecond)
	})
}

func TestAnEvaluationMovesToTheSlowLaneAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := engine.NewTurns(1)
		turn, err := turns.Enter(t.Context(), false, false)
		require.NoError(t, err)
		time.Sleep(29 * time.Millisecond)
		require.NoError(t, turn.Rest(t.Context()))
		require.False(t, turn.Slow())
		time.Sleep(2 * time.Millisecond)
		for range engine.MovedPieces {
			require.False(t, turn.Slow())
			require.NoError(t, turn.Rest(t.Context()))
		}
		require.True(t, turn.Slow())
		turn.Leave()
	})
}
