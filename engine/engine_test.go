package engine_test

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/queue"
	queuefile "tablestep/engine/queue/file"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// rows is a RowSource over CSV text.
type rows struct {
	columns []string
	reader  *csv.Reader
	n       int
}

func fromCSV(t *testing.T, text string) *rows {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	columns, err := r.Read()
	require.NoError(t, err)
	return &rows{columns: columns, reader: r}
}

func (r *rows) Columns() []string          { return r.columns }
func (r *rows) Warnings() []schema.Warning { return nil }
func (r *rows) Next() (schema.Row, error) {
	cells, err := r.reader.Read()
	if err != nil {
		return schema.Row{}, err
	}
	r.n++
	return schema.Row{Number: r.n, Cells: cells}, nil
}

// A house is an engine with its tables, in a folder of its own.
type house struct {
	*engine.Engine
	store *tables.Store
	dir   string
}

// open opens the house in dir; what was there before is found again.
func open(t *testing.T, dir string, o engine.Options) *house {
	t.Helper()
	return openOn(t, dir, openQueue(t, dir, queuefile.Options{}), o)
}

// openQueue opens the file of the queue in dir. The engine closes it.
func openQueue(t *testing.T, dir string, o queuefile.Options) *queuefile.Queue {
	t.Helper()
	o.Bounds.Running = engine.Workers
	q, _, err := queuefile.Open(filepath.Join(dir, "queue.db"), o)
	require.NoError(t, err)
	return q
}

// openOn is open with a store of invocations.
func openOn(t *testing.T, dir string, q queue.Store, o engine.Options) *house {
	t.Helper()
	store, err := file.OpenStore(filepath.Join(dir, "tables.db"), tables.Options{})
	require.NoError(t, err)
	o.CallbackPrivate = true
	e, err := engine.New(store, q, o)
	require.NoError(t, err)
	return &house{e, store, dir}
}

// The engine's calls about invocations, with a context that lasts.

func (h *house) Stats() engine.Stats {
	s, err := h.Engine.Stats(context.Background())
	if err != nil {
		panic(err) // No test takes the store away from it.
	}
	return s
}

func (h *house) Invocation(id string) (engine.InvocationInfo, error) {
	return h.Engine.Invocation(context.Background(), id)
}

func (h *house) Invocations(state string, limit int) ([]engine.InvocationInfo, error) {
	return h.Engine.Invocations(context.Background(), state, limit)
}

func (h *house) Replay(id string) error { return h.Engine.Replay(context.Background(), id) }

func (h *house) ReplayBetween(from, to time.Time, state string) (int, error) {
	return h.Engine.ReplayBetween(context.Background(), from, to, state)
}

func (h *house) close(t *testing.T) {
	t.Helper()
	require.NoError(t, h.Close())
	require.NoError(t, h.store.Close())
}

// newHouse has the tables that most tests use.
func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseIn(t, t.TempDir())
}

// newHouseIn is newHouse in a folder in which tables may be already.
func newHouseIn(t *testing.T, dir string) *house {
	t.Helper()
	h := open(t, dir, engine.Options{})
	t.Cleanup(func() { h.close(t) })
	h.table(t, "countries", "country,code,numeric,note\nGermany,DE,276,\nAfghanistan,AF,004,null\nNarnia,NA,0,0\nAtlantis,AT,x,y\n",
		`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"countryCode","type":"string","default":"ZZ"},{"column":"numeric","field":"countryNumber","type":"integer"},{"column":"note","field":"countryNote","type":"text"}]}`)
	h.table(t, "states", "country,state,owner\nUS,CA,west@example.com\nUS,NY,east@example.com\nDE,CA,nobody@example.com\n",
		`{"match":[{"column":"country","field":"country"},{"column":"state","field":"state"}],"hitPolicy":"unique","outputs":[{"column":"owner","field":"ownerEmail","type":"email"}]}`)
	h.table(t, "points", "title,points\nVP,+10\nIntern,-5\nVP ,+20\n",
		`{"match":[{"column":"title","field":"title"}],"hitPolicy":"unique","outputs":[{"column":"points","field":"leadScore","type":"score"}]}`)
	return h
}

// unreadable puts a table into a folder whose live version, bad, has cells that its lookup cannot read, as
// versions of before there were guards may have; good is one for which the lookup can be set.
func unreadable(t *testing.T, dir, name, bad, good, lookup string) {
	t.Helper()
	path := filepath.Join(dir, "tables.db")
	store, err := file.OpenStore(path, tables.Options{})
	require.NoError(t, err)
	h := &house{store: store}
	h.table(t, name, bad, "")
	h.table(t, name, good, lookup)
	require.NoError(t, store.Close())
	keeper, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	stored, err := keeper.Load(t.Context(), tables.Name{Kind: tables.KindTable, Name: name})
	require.NoError(t, err)
	r := stored.Records[0]
	head := r.Things[""].Head
	head.Live = 1
	require.NoError(t, keeper.Commit(t.Context(), &tables.Commit{
		At: head.Updated, On: []tables.Base{{Name: r.Name, Revision: r.Revision}}, Heads: []tables.ThingHead{{Thing: tables.Thing{Name: r.Name}, Head: head}},
	}))
	require.NoError(t, keeper.Close())
}

// table imports, publishes and sets the default lookup.
func (h *house) table(t *testing.T, name, text, lookup string) {
	t.Helper()
	_, err := h.store.Import(t.Context(), name, fromCSV(t, text), tables.ImportOptions{Publish: true, Confirm: true, By: "test"})
	require.NoError(t, err)
	if lookup == "" {
		return
	}
	l := lookupAsWritten(t, []byte(lookup))
	l.Name = name
	require.NoError(t, h.store.SetLookup(name, l, "test"))
}

// receiver is Marketo's side of the callbacks.
type receiver struct {
	*httptest.Server
	answer func(n int, w http.ResponseWriter) // n counts from 1

	mu  sync.Mutex // guards got
	got []received
}

type received struct {
	key, token string
	body       []byte
}

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.got = append(r.got, received{q.Header.Get("x-api-key"), q.Header.Get("x-callback-token"), body})
		n := len(r.got)
		r.mu.Unlock()
		if r.answer != nil {
			r.answer(n, w)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

// run runs the engine until the returned function is called.
func (h *house) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	return func() {
		cancel()
		select {
		case err := <-done:
			require.True(t, err == nil || errors.Is(err, context.Canceled), "%v", err)
		case <-time.After(20 * time.Second):
			require.Fail(t, "the engine did not stop")
		}
	}
}
