package terminal_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tablestep/cmd/tablestep/terminal"
)

func TestOnlyATerminalHasAWidth(t *testing.T) {
	t.Parallel()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, person.Close()) }()
	require.NoError(t, unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	program, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, program.Close()) }()

	require.True(t, terminal.Is(program))
	require.Zero(t, terminal.Width(program), "it does not say how wide it is")
	require.NoError(t, unix.IoctlSetWinsize(int(person.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 97}))
	require.Equal(t, 97, terminal.Width(program))

	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	for _, stream := range []any{f, new(strings.Builder), nil} {
		require.False(t, terminal.Is(stream))
		require.Zero(t, terminal.Width(stream))
	}
}
