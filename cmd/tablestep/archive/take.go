package archive

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Source copies a file of the data folder that is in use. Copy opens a transaction,
// writes all of one moment, and returns how much that was.
type Source struct {
	Name string
	Copy func(w io.Writer) (int64, error)
}

// An Archive is copies that wait to be written. Close it.
type Archive struct {
	Manifest Manifest

	manifest []byte // as it is written
	copies   []*os.File
}

// Take copies all sources into temporary files, whose names begin with a prefix, in a
// folder on a disk of ours. Program is the version of this program, for the manifest.
func Take(ctx context.Context, folder, prefix, program string, sources []Source) (_ *Archive, err error) {
	a := &Archive{Manifest: Manifest{Format: Format, Program: program, Files: make([]File, len(sources))}}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("take backup: %w", err), a.Close())
		}
	}()
	for range sources {
		f, err := os.CreateTemp(folder, prefix+"backup-*")
		if err != nil {
			return nil, err
		}
		a.copies = append(a.copies, f)
	}
	g, ctx := errgroup.WithContext(ctx)
	all := newMoment(len(sources))
	for i, s := range sources {
		g.Go(func() error {
			if err := all.turn(ctx, i); err != nil {
				return err
			}
			sum := sha256.New()
			w := &gate{moment: all, place: i, to: io.MultiWriter(a.copies[i], sum), ctx: ctx}
			n, err := s.Copy(w)
			w.arrive() // it may have had nothing to write
			if err != nil {
				return fmt.Errorf("copy %s: %w", s.Name, err)
			}
			a.Manifest.Files[i] = File{Name: s.Name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	a.Manifest.Created = all.at
	a.manifest, err = json.MarshalIndent(a.Manifest, "", "  ")
	return a, err
}

// A moment is when all sources have their transactions open.
type moment struct {
	open []chan struct{} // of each source: closed when its transaction is open
	at   time.Time       // when the last one was
}

func newMoment(sources int) *moment {
	m := &moment{open: make([]chan struct{}, sources)}
	for i := range m.open {
		m.open[i] = make(chan struct{})
	}
	return m
}

// turn waits until the source before has its transaction open.
func (m *moment) turn(ctx context.Context, place int) error {
	if place == 0 {
		return nil
	}
	return wait(ctx, m.open[place-1])
}

// A gate stands before the first byte of a copy until all transactions are open.
type gate struct {
	moment *moment
	place  int
	to     io.Writer
	ctx    context.Context
	open   bool // its own transaction is, as far as it has told
}

func (g *gate) arrive() {
	if g.open {
		return
	}
	g.open = true
	if g.place == len(g.moment.open)-1 {
		g.moment.at = time.Now().UTC()
	}
	close(g.moment.open[g.place])
}

func (g *gate) Write(p []byte) (int, error) {
	if !g.open {
		g.arrive()
		if err := wait(g.ctx, g.moment.open[len(g.moment.open)-1]); err != nil {
			return 0, err
		}
	}
	if err := g.ctx.Err(); err != nil {
		return 0, err
	}
	return g.to.Write(p)
}

func wait(ctx context.Context, c <-chan struct{}) error {
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// block is the unit of a tar file: headers and ends are whole blocks.
const block = 512

// Size is how many bytes WriteTo writes.
func (a *Archive) Size() int64 {
	whole := func(n int64) int64 { return block + (n+block-1)/block*block }
	n := whole(int64(len(a.manifest))) + 2*block
	for _, f := range a.Manifest.Files {
		n += whole(f.Bytes)
	}
	return n
}

// WriteTo writes the archive.
func (a *Archive) WriteTo(w io.Writer) (int64, error) {
	counted := &counter{to: w}
	t := tar.NewWriter(counted)
	err := entry(t, manifestName, int64(len(a.manifest)), a.Manifest.Created, func() error {
		_, err := t.Write(a.manifest)
		return err
	})
	for i, f := range a.Manifest.Files {
		if err != nil {
			break
		}
		err = entry(t, f.Name, f.Bytes, a.Manifest.Created, func() error {
			_, err := io.Copy(t, io.NewSectionReader(a.copies[i], 0, f.Bytes))
			return err
		})
	}
	if err == nil {
		err = t.Close()
	}
	if err != nil {
		return counted.n, fmt.Errorf("write backup: %w", err)
	}
	return counted.n, nil
}

func entry(t *tar.Writer, name string, bytes int64, at time.Time, write func() error) error {
	// USTAR has room for 8 GiB a file; what is larger needs another header.
	format := tar.FormatUSTAR
	if bytes >= 1<<33 {
		format = tar.FormatGNU
	}
	err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: bytes, ModTime: at.Truncate(time.Second), Format: format})
	if err != nil {
		return err
	}
	return write()
}

type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// Close removes the copies.
func (a *Archive) Close() error {
	var errs []error
	for _, f := range a.copies {
		errs = append(errs, f.Close(), os.Remove(filepath.Clean(f.Name())))
	}
	a.copies = nil
	return errors.Join(errs...)
}
