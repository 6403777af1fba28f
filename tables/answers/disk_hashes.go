package answers

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"sync"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/spelling"
)

// hashes are lists of the hashes of columns: 4 bytes a row, in the order of the
// rows, of the normal form of each cell. With one of them an answer from the disk
// reads the blocks that have a row to be hit, and no others, and it reads 4 bytes
// of most rows instead of unpacking and normalising them. In the modes loose and company
// a cell may have two keys: a list then has the hashes of the first keys of all rows, and
// behind them those of the second keys, or of the first one again where there is no other.
//
// The lists stand in a scratch file in Options.Scratch: in memory they would take
// a good part of a small budget. A list is made when it is first wanted. The file
// has no name, so nothing is left of it when the process ends, however it does.
type hashes struct {
	cache *Cache
	seed  maphash.Seed

	mu    sync.Mutex // guards the fields below
	file  *os.File   // nil: none yet
	size  int64      // of what lists have taken of it
	lists map[listName]*hashList
}

// listName is a column of a version in the form in which its cells are compared.
type listName struct {
	storage uint64
	column  int
	form    spelling.Form
}

// hashes is how many hashes of a row such a list has.
func (n listName) hashes() int64 {
	if n.form == spelling.Normalized {
		return 1
	}
	return 2
}

// hashList is one list, ready or in the making.
type hashList struct {
	done    chan struct{} // closed when file or err is set
	file    *os.File
	at      int64 // where it begins in the file
	rows    int64
	doubled bool // some cell has a second key
	err     error
	failed  time.Time // when it could not be made for want of a file; else zero
}

const (
	hashBytes = 4

	// maxScratch is how large the file gets. Beyond it a new one is begun, and the
	// lists in the old one are made anew when they are wanted.
	maxScratch = 1 << 30

	// scratchRest is how long nobody tries again what a full disk has refused.
	scratchRest = time.Minute
)

func newHashes(c *Cache) hashes {
	return hashes{cache: c, seed: maphash.MakeSeed(), lists: map[listName]*hashList{}}
}

// text are the hashes of the keys of a cell or value: in normal form of one, and the second
// is the first again where there is no other.
func (h *hashes) text(form spelling.Form, text string, scratch *[]byte) (first, second uint32) {
	if form == spelling.Normalized {
		*scratch = column.AppendNormalized((*scratch)[:0], text)
		first = uint32(maphash.Bytes(h.seed, *scratch) >> 32)
		return first, first
	}
	keys, at := form.AppendKeys((*scratch)[:0], text)
	*scratch = keys
	first = uint32(maphash.Bytes(h.seed, keys[:at]) >> 32)
	if at == len(keys) {
		return first, first
	}
	return first, uint32(maphash.Bytes(h.seed, keys[at:]) >> 32)
}

// of is the list of a column in a form, which is made first where there is none. It is nil
// where it cannot be kept.
func (h *hashes) of(ctx context.Context, sn *Snapshot, c int, form spelling.Form) (*hashList, error) {
	name := listName{sn.version.Storage, c, form}
	h.mu.Lock()
	list, ok := h.lists[name]
	if !ok || !list.failed.IsZero() && h.cache.options.Now().Sub(list.failed) > scratchRest {
		if err := h.cache.enter(); err != nil {
			h.mu.Unlock()
			return nil, err
		}
		list = &hashList{done: make(chan struct{})}
		h.lists[name] = list
		go func() {
			defer h.cache.leave()
			h.make(name, list, sn)
		}()
	}
	h.mu.Unlock()
	select {
	case <-list.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	switch {
	case list.err == nil:
		return list, nil
	case !list.failed.IsZero():
		return nil, nil
	}
	return nil, list.err
}

// make makes a list. It goes on when its caller has given up: others may wait.
func (h *hashes) make(name listName, list *hashList, sn *Snapshot) {
	defer close(list.done)
	err := h.fill(name, list, sn)
	if err == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cache.ctx.Err() != nil {
		err = ErrClosed
	}
	list.err = err
	if _, ok := errors.AsType[*scratchError](err); ok {
		list.failed = h.cache.options.Now()
		return // and stays, so that not every batch tries
	}
	if h.lists[name] == list {
		delete(h.lists, name)
	}
}

// A scratchError says that the scratch file does not take or give a list.
type scratchError struct{ err error }

func (e *scratchError) Error() string {
	return "scratch file beside the tables, for hashes of columns: " + e.err.Error()
}

func (e *scratchError) Unwrap() error { return e.err }

func (h *hashes) fill(name listName, list *hashList, sn *Snapshot) error {
	list.rows = int64(sn.version.Rows)
	if err := h.place(list, list.rows*name.hashes()*hashBytes); err != nil {
		return err
	}
	var (
		codes [2][]uint32 // of the first and of the second keys
		data  []byte
		text  []byte
	)
	return scan.Each(h.cache.ctx, sn.reader, []int{name.column}, func(first int, chunks []*column.Chunk) error {
		chunk := chunks[0]
		codes[0], codes[1] = codes[0][:0], codes[1][:0]
		for value := range chunk.Values() {
			one, other := h.text(name.form, chunk.Value(value), &text)
			codes[0], codes[1] = append(codes[0], one), append(codes[1], other)
			list.doubled = list.doubled || one != other
		}
		for of := range name.hashes() {
			data = data[:0]
			for row := range chunk.Len() {
				data = binary.LittleEndian.AppendUint32(data, codes[of][chunk.Code(row)])
			}
			if _, err := list.file.WriteAt(data, list.at+hashBytes*(of*list.rows+int64(first))); err != nil {
				return &scratchError{err}
			}
		}
		return nil
	})
}

// place finds room for a list.
func (h *hashes) place(list *hashList, size int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.file == nil || h.size > 0 && h.size+size > maxScratch {
		file, err := openScratch(h.cache.options.Scratch)
		if err != nil {
			return &scratchError{err}
		}
		// The old file goes when nobody holds a list in it any more: a File that
		// is not reachable is closed.
		for name, other := range h.lists {
			if other.file != nil && other.file == h.file {
				delete(h.lists, name)
			}
		}
		h.file, h.size = file, 0
	}
	list.file, list.at = h.file, h.size
	h.size += size
	return nil
}

// read reads the hashes of the first keys of some rows, or of their second ones, first of
// which is counted from 0.
func (l *hashList) read(data []byte, first int, second bool) error {
	at := int64(first)
	if second {
		at += l.rows
	}
	if _, err := l.file.ReadAt(data, l.at+hashBytes*at); err != nil {
		return fmt.Errorf("read hashes: %w", &scratchError{err})
	}
	return nil
}

// addHashes mixes the hashes of one more part into sums.
func addHashes(sums []uint32, data []byte) {
	for i := range sums {
		sums[i] = foldHash(sums[i], binary.LittleEndian.Uint32(data[hashBytes*i:]))
	}
}

// drop forgets the lists of a version that is gone.
func (h *hashes) drop(storage uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.lists {
		if name.storage == storage {
			delete(h.lists, name)
		}
	}
}

// close closes the file, once nobody reads any more.
func (h *hashes) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.file == nil {
		return nil
	}
	if err := h.file.Close(); err != nil {
		return fmt.Errorf("close %w", &scratchError{err})
	}
	return nil
}
