package answers_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func ask(sn *answers.Snapshot, l schema.Lookup, value string) error {
	return sn.Find(context.Background(), &l, [][]string{{value}}, make([]answers.Found, 1))
}

func TestAClosedCacheAnswersFromMemoryAndNothingElse(t *testing.T) {
	t.Parallel()
	known, other := numberedAs(0, 1), numberedAs(1, 1)
	s := shelve(t, answers.Options{Budget: roomy}, known, other)
	disk := shelve(t, answers.Options{Budget: onDisk}, known)
	inMemory, err := s.take(context.Background(), "t0")
	require.NoError(t, err)
	onDisk, err := disk.take(context.Background(), "t0")
	require.NoError(t, err)
	l := schema.Lookup{Match: []schema.Match{{Column: "account"}}}
	require.NoError(t, ask(inMemory, l, "account 0000007"))
	require.NoError(t, ask(onDisk, l, "account 0000007"))

	for range 2 {
		require.NoError(t, s.Close())
		require.NoError(t, disk.Close())
	}
	require.NoError(t, ask(inMemory, l, "account 0000008"))
	l.Match[0].Mode = schema.ModeExact
	require.ErrorIs(t, ask(inMemory, l, "account 0000008"), answers.ErrClosed, "an index that is not there is not made any more")
	_, err = s.take(context.Background(), "t1")
	require.ErrorIs(t, err, answers.ErrClosed)
	require.ErrorIs(t, ask(onDisk, schema.Lookup{Match: []schema.Match{{Column: "account"}}}, "account 0000007"), answers.ErrClosed)
}

// A load that is under way when the cache is closed is cut short, and waited for.
func TestClosingCutsALoadShort(t *testing.T) {
	t.Parallel()
	of := scantest.Make([]string{"k"}, 10, func(row int, cells []string) bool {
		cells[0] = "x"
		return row < 1000
	})
	slow := &stalled{Table: of, reached: make(chan struct{}), on: make(chan struct{})}
	c := answers.NewCache(answers.Options{
		Budget: roomy, Scratch: t.TempDir(),
		Reader: func(*schema.Version) scan.Reader { return slow },
		Live:   func(string) (*schema.Version, *schema.Lookup) { return of.Version, nil },
	})
	loaded := make(chan error)
	go func() {
		_, err := c.Snapshot(context.Background(), "t", of.Version)
		loaded <- err
	}()
	<-slow.reached
	closed := make(chan error)
	go func() { closed <- c.Close() }()
	close(slow.on)
	require.ErrorIs(t, <-loaded, answers.ErrClosed)
	require.NoError(t, <-closed)
	require.Zero(t, c.Memory().Used, "what was taken for it was given back")
}

// stalled is a reader whose third read waits until its context ends.
type stalled struct {
	*scantest.Table

	reads       int // by one goroutine at a time
	reached, on chan struct{}
}

func (s *stalled) Read(ctx context.Context, group int, columns []int, f func(i int, chunk []byte) error) error {
	if s.reads++; s.reads == 3 {
		close(s.reached)
		<-s.on
		<-ctx.Done()
	}
	return s.Table.Read(ctx, group, columns, f)
}

func TestAVersionThatCannotBeLoadedIsTriedAgain(t *testing.T) {
	t.Parallel()
	of := numbered(100)
	of.Damage(0, 1)
	s := shelve(t, answers.Options{Budget: roomy}, of)
	_, err := s.take(context.Background(), "t")
	require.ErrorIs(t, err, scantest.ErrDamaged)
	require.Zero(t, s.Memory().Used)
	sound := numbered(100)
	sound.Version = of.Version
	s.put(sound) // as after a moment's trouble with the disk
	_, err = s.take(context.Background(), "t")
	require.NoError(t, err)
	require.Equal(t, 1, s.Memory().Loaded)
}

func TestDamagedRowsOnTheDiskAreAnErrorThatNamesTheTable(t *testing.T) {
	t.Parallel()
	of := numbered(100)
	sn := snapshot(t, onDisk, of)
	l := schema.Lookup{Match: []schema.Match{{Column: "account"}}, Outputs: []schema.Output{{Column: "state"}}}
	var b answers.Batch
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"account 0000007"}}, &b, nil))
	of.Damage(0, 1)
	err := sn.Answer(context.Background(), &l, [][]string{{"account 0000007"}}, &b, nil)
	require.ErrorIs(t, err, scantest.ErrDamaged)
	require.ErrorContains(t, err, `table "t"`)
	require.ErrorContains(t, err, `column "state"`)
	require.ErrorIs(t, sn.Answer(context.Background(), &l, [][]string{{"no such account"}}, &b, nil), scantest.ErrDamaged,
		"once it is known, all leads are told, those too that would hit no row")
}

func TestWhatIsDroppedIsForgotten(t *testing.T) {
	t.Parallel()
	one, other := numberedAs(0, 1), numberedAs(1, 1)
	s := shelve(t, answers.Options{Budget: roomy}, one, other)
	held, err := s.take(context.Background(), "t0")
	require.NoError(t, err)
	_, err = s.take(context.Background(), "t1")
	require.NoError(t, err)
	before := s.Memory()
	require.Equal(t, 2, before.Loaded)
	s.Drop(one.Version.Storage)
	s.Drop(12345) // which nobody knows
	m := s.Memory()
	require.Equal(t, 1, m.Loaded)
	require.Less(t, m.Cached, before.Cached)
	require.Equal(t, before.Used, m.Used, "somebody holds it")
	require.NoError(t, ask(held, schema.Lookup{Match: []schema.Match{{Column: "account"}}}, "account 0000001"), "and may ask it further")

	disk := shelve(t, answers.Options{Budget: onDisk}, one)
	sn, err := disk.take(context.Background(), "t0")
	require.NoError(t, err)
	require.NoError(t, ask(sn, schema.Lookup{Match: []schema.Match{{Column: "account"}, {Column: "state"}}[:1]}, "account 0000001"))
	require.Equal(t, 1, answers.Lists(disk.Cache))
	disk.Drop(one.Version.Storage)
	require.Zero(t, answers.Lists(disk.Cache))
}
