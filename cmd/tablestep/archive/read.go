package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Read goes through an archive and hands each file to open, which gives a place for its
// content; known says which names there may be. Nothing that was handed out can be
// relied on before Read has returned without an error.
func Read(r io.Reader, known func(name string) bool, open func(f File) (io.WriteCloser, error)) (Manifest, error) {
	t := tar.NewReader(r)
	head, err := t.Next()
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: it does not begin as one: name a file that \"tablestep backup\" has written", ErrDamaged)
	}
	if head.Name != manifestName || head.Size > maxManifest || head.Typeflag != tar.TypeReg {
		return Manifest{}, fmt.Errorf("this is no backup: it begins with %q of %d bytes, and a backup with %s", head.Name, head.Size, manifestName)
	}
	data, err := io.ReadAll(t)
	if err != nil {
		return Manifest{}, cutShort("within the manifest", err)
	}
	m, err := parseManifest(data, known)
	if err != nil {
		return m, err
	}
	for _, f := range m.Files {
		head, err := t.Next()
		if err != nil {
			return m, cutShort("before "+f.Name, err)
		}
		if head.Name != f.Name || head.Size != f.Bytes || head.Typeflag != tar.TypeReg {
			return m, fmt.Errorf("%w: %s of %d bytes should follow, and %q of %d bytes does", ErrDamaged, f.Name, f.Bytes, head.Name, head.Size)
		}
		if err := readFile(t, f, open); err != nil {
			return m, err
		}
	}
	switch head, err := t.Next(); {
	case err == nil:
		return m, fmt.Errorf("%w: %q follows, which its manifest does not name", ErrDamaged, head.Name)
	case !errors.Is(err, io.EOF):
		return m, cutShort("at its end", err)
	}
	return m, nil
}

func readFile(t io.Reader, f File, open func(f File) (io.WriteCloser, error)) (err error) {
	w, err := open(f)
	if err != nil {
		return err
	}
	defer func() {
		if closed := w.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write %s: %w", f.Name, closed)
		}
	}()
	sum := sha256.New()
	content := &source{of: t}
	switch n, err := io.Copy(io.MultiWriter(w, sum), content); {
	case content.err != nil:
		return cutShort("within "+f.Name, content.err)
	case err != nil:
		return fmt.Errorf("write %s: %w", f.Name, err)
	case n != f.Bytes:
		return cutShort("within "+f.Name, io.ErrUnexpectedEOF)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
		return fmt.Errorf("%w: %s is not what was written: its checksum is %s, not %s; use another backup", ErrDamaged, f.Name, got, f.SHA256)
	}
	return nil
}

// A source tells errors of reading from those of writing.
type source struct {
	of  io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.of.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// cutShort says that an archive cannot be read further.
func cutShort(where string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is cut short %s; use another backup, or make it anew", ErrDamaged, where)
	}
	return fmt.Errorf("%w: it cannot be read %s: %w", ErrDamaged, where, err)
}

// Extract reads an archive into a folder that is there, and has it on the disk when it
// returns.
func Extract(r io.Reader, folder string, known func(name string) bool) (Manifest, error) {
	return Read(r, known, func(f File) (io.WriteCloser, error) {
		file, err := os.OpenFile(filepath.Join(folder, f.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, fmt.Errorf("restore %s: %w", f.Name, err)
		}
		return durable{file}, nil
	})
}

// Verify reads an archive and keeps nothing of it.
func Verify(r io.Reader, known func(name string) bool) (Manifest, error) {
	return Read(r, known, func(File) (io.WriteCloser, error) { return nowhere{io.Discard}, nil })
}

// durable is a file that is on the disk once it is closed.
type durable struct{ *os.File }

func (d durable) Close() error { return errors.Join(d.Sync(), d.File.Close()) }

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }
