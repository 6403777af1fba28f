package tables

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"tablestep/tables/check"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// The bounds of what an import holds in memory. A row group ends with the first
// row beyond one of them.
const (
	groupBytes = 4 << 20 // text of a row group
	groupCells = 1 << 20 // cells of a row group

	// txBytes is of chunks in a transaction. An acceptance that needs the disk waits
	// for it: in runs by turns the slowest one of a hundred took 8.2 to 8.7 ms with
	// 4 MB and 6.4 to 8.7 with 1 MB.
	txBytes = 1 << 20
	// yieldRows is how often an import lets others run. The scheduler would take
	// the processor from it only after 10 ms, for which acceptances would wait.
	yieldRows = 512
)

// An importer takes the rows of one file through three steps, each in its own
// goroutine: read into row groups, make chunks of them, write chunks.
type importer struct {
	store     *Store
	table     string
	columns   []string
	checks    []check.Cells
	shape     *schema.Version // the names of the columns, for patterns
	patterns  []check.Pattern // that rows are held against while they come in
	notations *check.Notations
	warnings  check.Warnings // written by the encoding step
	version   *schema.Version
	stats     []check.Stats
	free      chan *rowGroup
}

// A rowGroup is rows on their way, column by column.
type rowGroup struct {
	first int // number of the first row, from 1
	cells []column.Cells
}

// encodedGroup is a row group as it goes to the disk.
type encodedGroup struct {
	rows   int
	chunks [][]byte // of each column
	bytes  int
	memory int64
}

func newImporter(s *Store, table string, storage uint64, columns []string, lookups []schema.Lookup, n *check.Notations) *importer {
	im := &importer{
		store: s, table: table, columns: columns,
		version: &schema.Version{Storage: storage},
		stats:   make([]check.Stats, len(columns)),
		shape:   schema.NamedVersion(columns), notations: n,
		free: make(chan *rowGroup, 2),
	}
	n.Apply(im.shape)
	im.checks = check.CellsOf(im.shape, lookups)
	im.patterns = n.Early(check.PatternsOf(im.shape, lookups))
	for i := range im.stats {
		im.stats[i] = check.NewStats(len(columns))
	}
	// Two groups go round: one is filled while the other is encoded.
	for range cap(im.free) {
		im.free <- &rowGroup{cells: make([]column.Cells, len(columns))}
	}
	return im
}

// run writes all rows and returns the version, which has no number yet.
func (im *importer) run(ctx context.Context, rows schema.RowSource) (*schema.Version, error) {
	full, encoded := make(chan *rowGroup), make(chan *encodedGroup, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(full)
		return im.read(ctx, rows, full)
	})
	g.Go(func() error {
		defer close(encoded)
		return im.encode(ctx, full, encoded)
	})
	g.Go(func() error { return im.write(ctx, encoded) })
	if err := g.Wait(); err != nil {
		if _, ok := errors.AsType[*schema.UploadError](err); ok {
			return nil, err
		}
		if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
			err = cause
		}
		return nil, fmt.Errorf("import table %q: %w", im.table, err)
	}
	v := im.version
	if v.Rows == 0 {
		return nil, &schema.UploadError{Code: "NO_ROWS", Message: "the file has a header and no rows: a table without rows is not published"}
	}
	for i, name := range im.columns {
		v.Columns = append(v.Columns, im.stats[i].Column(name, v.Rows))
	}
	im.notations.Settle(v, im.stats, &im.warnings)
	return v, v.Locate()
}

// read fills row groups.
func (im *importer) read(ctx context.Context, rows schema.RowSource, full chan<- *rowGroup) error {
	var group *rowGroup
	count, bytes := 0, 0 // rows and text of the group
	total := 0
	send := func() error {
		select {
		case full <- group:
			group = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		row, err := rows.Next()
		if err == io.EOF { //nolint:errorlint // a RowSource returns io.EOF itself
			if group != nil {
				return send()
			}
			return nil
		}
		if err != nil {
			return err
		}
		if len(row.Cells) != len(im.columns) {
			return &schema.UploadError{Row: row.Number, Code: "RAGGED_ROW", Message: fmt.Sprintf("%d cells for %d columns", len(row.Cells), len(im.columns))}
		}
		if total++; total > schema.MaxTableRows {
			return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf("more than %d rows", schema.MaxTableRows)}
		}
		if total%yieldRows == 0 {
			runtime.Gosched()
		}
		if group == nil {
			select {
			case group = <-im.free:
			case <-ctx.Done():
				return ctx.Err()
			}
			group.first, count, bytes = total, 0, 0
			for i := range group.cells {
				group.cells[i].Reset()
			}
		}
		for i, cell := range row.Cells {
			if len(cell) > schema.MaxCellBytes {
				return &schema.UploadError{Row: row.Number, Column: schema.Excerpt(im.columns[i]), Code: "TOO_LARGE", Message: fmt.Sprintf("a cell of %d bytes, %d are the most", len(cell), schema.MaxCellBytes)}
			}
			group.cells[i].Append(cell)
			bytes += len(cell)
		}
		count++
		if count == im.store.options.groupRows || bytes >= groupBytes || count*len(im.columns) >= groupCells {
			if err := send(); err != nil {
				return err
			}
		}
	}
}

// encode makes chunks of row groups, describes the columns and checks the cells.
func (im *importer) encode(ctx context.Context, full <-chan *rowGroup, encoded chan<- *encodedGroup) error {
	var enc column.Encoder
	chunks := make([]*column.Chunk, len(im.columns))
	seed := maphash.MakeSeed()
	for group := range full {
		out := &encodedGroup{chunks: make([][]byte, len(im.columns)), rows: group.cells[0].Len()}
		// Each step takes half a millisecond to three. On one processor, who wakes every
		// half millisecond meanwhile waits 0.6 ms in the median with a turn for others
		// after every step, 4.6 with one after every column, and 27 with none.
		for i := range group.cells {
			chunk := enc.Compact(group.cells[i].Chunk())
			runtime.Gosched()
			chunks[i] = chunk
			im.stats[i].Add(seed, chunk)
			runtime.Gosched()
			im.checks[i].Check(&im.warnings, group.first, chunk)
			runtime.Gosched()
			out.chunks[i] = enc.Append(nil, chunk)
			runtime.Gosched()
			out.bytes += len(out.chunks[i])
			out.memory += chunk.Bytes()
		}
		if err := check.Bad(&im.warnings, im.shape, im.patterns, group.first, func(c int) *column.Chunk { return chunks[c] }); err != nil {
			return err
		}
		im.free <- group // Never blocks: it has room for all groups there are.
		select {
		case encoded <- out:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// write hands chunks to the keeper, several row groups at once.
func (im *importer) write(ctx context.Context, encoded <-chan *encodedGroup) error {
	var (
		waiting []*encodedGroup
		bytes   int
	)
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		if err := im.put(ctx, waiting); err != nil {
			return fmt.Errorf("write chunks: %w", err)
		}
		waiting, bytes = waiting[:0], 0
		return nil
	}
	for group := range encoded {
		waiting = append(waiting, group)
		bytes += group.bytes
		if bytes >= txBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return flush()
}

func (im *importer) put(ctx context.Context, groups []*encodedGroup) error {
	v := im.version
	chunks := make([][][]byte, len(groups))
	for i, group := range groups {
		chunks[i] = group.chunks
	}
	if err := im.store.note(im.store.keeper.Put(ctx, v.Storage, len(v.Groups), chunks)); err != nil {
		return err
	}
	for _, group := range groups {
		v.Groups = append(v.Groups, group.rows)
		v.Rows += group.rows
		v.Bytes += int64(group.bytes)
		v.Memory += group.memory
	}
	return nil
}
