package boltfile

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrDamaged says that stored bytes are not what was written.
var ErrDamaged = errors.New("damaged")

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("in use by another process")

// A Finding is one thing that is wrong with a file.
type Finding struct {
	Place   string `json:"place"` // for people, in words
	Problem string `json:"problem"`
}

func (f Finding) String() string { return f.Place + ": " + f.Problem }

// Guard runs f, which reads or writes within a transaction, so that a fault of the
// map or a panic of bbolt comes back as an ErrDamaged. Any other panic is a mistake of
// ours and goes on. It belongs inside the function that bbolt calls: a transaction of
// which bbolt itself sees a panic is rolled back by reading the whole file again.
func Guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = judge(p)
		}
	}()
	return f()
}

// judge tells what bbolt panics with, texts, and faults from everything else.
func judge(p any) error {
	switch p := p.(type) {
	case interface {
		error
		Addr() uintptr
	}:
		return fmt.Errorf("%w: a page cannot be read from the file", ErrDamaged)
	case string:
		return fmt.Errorf("%w: %s", ErrDamaged, p)
	}
	panic(p)
}
