package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Changes within changes: each does alone what it says, and none of them nothing.
func TestABoardDoesWhatItsChangesDoAlone(t *testing.T) {
	t.Parallel()
	const source = `package main

func kind(a, b int) string {
	if a > 1 && (b > 2 || a == b) {
		return "x"
	}
	for i := 0; i < b; i++ {
		if a == 0 {
			return "y"
		}
	}
	return "z"
}

func main() {
	for a := range 4 {
		for b := range 5 {
			print(kind(a, b))
		}
	}
}
`
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module small\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "main.go"), []byte(source), 0o600))
	changes, err := findAll(root, []string{"main.go"})
	require.NoError(t, err)
	require.Len(t, changes, 11)

	dir := t.TempDir()
	trial := &trial{root: root, module: "small"}
	board, err := trial.newBoard(t.Context(), dir, &Room{Path: ".", Name: "main"}, changes)
	require.NoError(t, err)
	require.Len(t, board.numbers, len(changes))
	built := func(overlay string) string {
		binary := filepath.Join(t.TempDir(), "program")
		build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", binary, ".")
		build.Dir = root
		out, err := build.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return binary
	}
	output := func(binary, number string) string {
		program := exec.CommandContext(t.Context(), binary)
		program.Env = append(os.Environ(), switchVariable+"="+number)
		out, err := program.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	switched := built(board.overlay)
	original := output(switched, "")
	seen := 0
	for _, c := range changes {
		overlay := filepath.Join(t.TempDir(), "overlay.json")
		compiles, err := trial.alone(t.Context(), t.TempDir(), overlay, &Room{Path: "."}, c)
		require.NoError(t, err)
		require.True(t, compiles)
		alone := filepath.Join(t.TempDir(), "main.go")
		require.NoError(t, os.WriteFile(alone, c.apply([]byte(source)), 0o600))
		require.NoError(t, writeOverlay(overlay, map[string]string{filepath.Join(root, "main.go"): alone}))
		want := output(built(overlay), "")
		require.Equal(t, want, output(switched, board.numbers[c.id()]), c.String())
		if want != original {
			seen++
		}
	}
	require.GreaterOrEqual(t, seen, 8)
}

// What does not compile behind its switch is tried by itself.
func TestABoardLeavesOutWhatItCannotSwitch(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module small\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "room.go"), []byte(`package small

const most = 5

const large = most > 4

type flag bool

func ends(n int) flag {
	if n > 3 {
		return true
	} else {
		return large
	}
}
`), 0o600))
	changes, err := findAll(root, []string{"room.go"})
	require.NoError(t, err)
	trial := &trial{root: root, module: "small"}
	board, err := trial.newBoard(t.Context(), t.TempDir(), &Room{Path: ".", Name: "small"}, changes)
	require.NoError(t, err)
	var in, out []string
	for _, c := range changes {
		if board.numbers[c.id()] != "" {
			in = append(in, c.Old)
		} else {
			out = append(out, c.Old)
		}
	}
	require.Equal(t, []string{"n > 3", "n > 3"}, in)
	require.Contains(t, out, "5", "a constant")
	require.Contains(t, out, "most > 4", "of a constant, too")
	require.Contains(t, out, "return true", "without it the function has no end")
	require.Empty(t, strings.TrimSpace(strings.Join(blame("no line of a compiler", nil), "")))
}
