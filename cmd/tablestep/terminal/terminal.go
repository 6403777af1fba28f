package terminal

import (
	"github.com/mattn/go-isatty"
	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// A file is what an *os.File has of a terminal.
type file interface{ Fd() uintptr }

// Is says that a person may be at the other end of a stream.
func Is(stream any) bool {
	f, ok := stream.(file)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// Width is the number of places of a line of a terminal; 0: the stream is none, or it does
// not say how wide it is.
func Width(stream any) int {
	f, ok := stream.(file)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return max(0, width)
}

// Places is how many places of a terminal a text takes. The machine's language does not
// count: letters that are wide in some of them only (such as Greek ones) are narrow.
func Places(text string) int { return condition().StringWidth(text) }

// condition is how widths are counted, whatever the environment says.
func condition() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }
